"""Reading the consent ledger: what a grant reaches, whether it is proof, and which stops are in force.

Order is by `occurred_at`, never by arrival; an event without a time is older than all others; a tie is a no.
A stop is lifted only by a sound grant that reaches the message and occurred strictly later, on the same of
several merged records or after the merge.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from privacy.policy.facts import ACTIONS, Event, EventId, as_utc

ALL = "*"
MARKETING, SALE, SHARING, PROFILING = "marketing", "sale", "share_third_party", "profiling"
MARKETING_CLASSES = frozenset({"marketing", "sharing"})
"""Classes of purpose that a stop of marketing reaches and that a pause holds back."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)
STOPS = {
    "object": "OBJECTED_DM",
    "complain": "COMPLAINED",
    "withdraw": "CONSENT_WITHDRAWN",
    "opt_out": "OPTED_OUT",
    "revoke": "REVOKED",
}
"""Actions that stop a purpose, in the order in which they decide, with their codes."""
DEFECTS = ("CONSENT_INVALID_METHOD", "DOI_PENDING", "CONSENT_UNDOCUMENTED", "CONSENT_UNPROVEN")
_LISTS = {
    "grant": "grants",
    "confirm": "confirms",
    "privacy_signal": "signals",
    "restrict": "restricts",
    "release": "releases",
    "pause": "pauses",
    **dict.fromkeys(STOPS, "stops"),
}


class LedgerUnreadable(ValueError):
    """An action that no rule knows: nothing may be concluded from this ledger."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a ledger is asked about. `purpose` is the one judged, `said` the one the message came with.

    `marketing`: the purpose is of that class, so a stop of marketing reaches it. `needs_record`: a consent to
    calls needs a documentation record beside its evidence (Germany, consumers).
    """

    channel: str
    purpose: str
    said: str = ""
    marketing: bool = True
    needs_record: bool = False


def time_of(event: Event) -> datetime:
    return event.occurred_at or LONG_AGO


class Ledger:
    """The events known at `now`, sorted by what they do."""

    __slots__ = (
        "confirms",
        "grants",
        "merge_at",
        "now",
        "pauses",
        "releases",
        "restricts",
        "signals",
        "stops",
    )

    def __init__(self, events: Iterable[Event], now: datetime, merge_at: datetime | None = None) -> None:
        self.now = as_utc(now)
        self.merge_at = merge_at
        self.grants: list[Event] = []
        self.confirms: list[Event] = []
        self.stops: list[Event] = []
        self.signals: list[Event] = []
        self.restricts: list[Event] = []
        self.releases: list[Event] = []
        self.pauses: list[Event] = []
        for event in events:
            if event.recorded_at <= self.now:
                self._keep(event)

    def _keep(self, event: Event) -> None:
        name = _LISTS.get(event.action)
        if name is not None:
            getattr(self, name).append(event)
        elif event.action not in ACTIONS:
            raise LedgerUnreadable(f"{event.action!r} is no action of the ledger")

    def outranks(self, later: Event, earlier: Event) -> bool:
        """Strictly later, and able to speak for the record that the earlier one stands on."""
        if time_of(later) <= time_of(earlier):
            return False
        return later.record == earlier.record or (
            self.merge_at is not None and time_of(later) > self.merge_at
        )

    def confirmed(self, grant: Event, channel: str) -> Event | None:
        """The confirmation of a double opt-in: later, on its channel, for one of its purposes. It shows whose
        the address is, so a sign-up for all channels is confirmed for the one that was confirmed on. Where no
        channel is asked about, any will do."""
        return earliest(
            event
            for event in self.confirms
            if time_of(event) <= self.now
            and (
                event.channel in (ALL, grant.channel)
                or (grant.channel == ALL and channel in (ALL, event.channel))
            )
            and _meets(event.purposes, grant.purposes)
            and self.outranks(event, grant)
        )

    def defect(self, grant: Event, ask: Ask) -> str | None:
        """Why a grant is no proof, or None. A time that has not come is no time."""
        if grant.method == "preticked_box" or grant.wording == "generic":
            return "CONSENT_INVALID_METHOD"
        if grant.method == "double_opt_in" and self.confirmed(grant, ask.channel) is None:
            return "DOI_PENDING"
        if ask.needs_record and not grant.documentation_record and _for_calls(grant, ask):
            return "CONSENT_UNDOCUMENTED"
        untimed = grant.occurred_at is None or grant.occurred_at > self.now
        if untimed or not grant.source or not grant.evidence or grant.wording != "specific":
            return "CONSENT_UNPROVEN"
        return None

    def reaching(self, ask: Ask) -> list[Event]:
        return [grant for grant in self.grants if grant_reaches(grant, ask.channel, ask.purpose)]

    def sound(self, ask: Ask) -> list[Event]:
        return [grant for grant in self.reaching(ask) if self.defect(grant, ask) is None]

    def lifted(self, stop: Event, grants: list[Event]) -> bool:
        return any(self.outranks(grant, stop) for grant in grants)

    def stops_in_force(self, ask: Ask, sound: list[Event]) -> list[Event]:
        """Those that reach the message and that none of the sound grants lifts."""
        return [stop for stop in self.stops if stop_reaches(stop, ask) and not self.lifted(stop, sound)]

    def sharing_stops(self) -> list[Event]:
        """Opt-outs of sale or sharing and browser signals; they name no channel that would limit them."""
        return [*self.signals, *(stop for stop in self.stops if _names_sharing(stop))]

    def stops_of_profiling(self) -> list[Event]:
        """Objections to profiling. Consent to a message is no consent to profiling, so only a grant for
        profiling lifts them."""
        return [
            stop
            for stop in self.stops
            if PROFILING in stop.purposes or (stop.action == "object" and ALL in stop.purposes)
        ]

    def restrictions(self) -> list[Event]:
        return [
            event
            for event in self.restricts
            if not any(self.outranks(release, event) for release in self.releases)
        ]

    def pauses_in_force(self, ask: Ask) -> list[Event]:
        """The latest pause that reaches the message, of each record that no later one speaks for."""
        reaching = [p for p in self.pauses if p.channel in (ask.channel, ALL) and _purpose_reached(p, ask)]
        return [p for p in reaching if not any(self.outranks(other, p) for other in reaching)]


def grant_reaches(grant: Event, channel: str, purpose: str) -> bool:
    """Exactly its channel and its purposes; `*` reaches all."""
    return (grant.channel == channel or grant.channel == ALL) and (
        purpose in grant.purposes or ALL in grant.purposes
    )


def stop_reaches(stop: Event, ask: Ask) -> bool:
    return _channel_stopped(stop, ask.channel) and _purpose_reached(stop, ask)


def only_sharing(stop: Event) -> bool:
    """An opt-out of sale or sharing alone: it reaches sharing, and is no stop for anything else."""
    return bool(stop.purposes) and all(purpose in (SALE, SHARING) for purpose in stop.purposes)


def names_channel(stop: Event, channel: str) -> bool:
    return stop.channel in (channel, ALL)


def _channel_stopped(stop: Event, channel: str) -> bool:
    """Objections and complaints stop all channels; a revocation stops texts and calls together."""
    return (
        stop.action in ("object", "complain")
        or names_channel(stop, channel)
        or (stop.action == "revoke" and channel in ("sms", "phone"))
    )


def _purpose_reached(stop: Event, ask: Ask) -> bool:
    if stop.action == "opt_out" and only_sharing(stop):
        return False
    purposes = stop.purposes
    return (
        ask.purpose in purposes
        or ask.said in purposes
        or ALL in purposes
        or (ask.marketing and MARKETING in purposes)
    )


def _names_sharing(stop: Event) -> bool:
    return SALE in stop.purposes or SHARING in stop.purposes


def _for_calls(grant: Event, ask: Ask) -> bool:
    return grant.channel == "phone" or (grant.channel == ALL and ask.channel == "phone")


def _meets(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    return not some or ALL in some or ALL in others or not set(some).isdisjoint(others)


def ids_of(events: Iterable[Event]) -> tuple[EventId, ...]:
    """Ids of events, each once, in an order that does not depend on arrival."""
    return tuple(sorted({event.id for event in events if event.id is not None}, key=str))


def latest(events: Iterable[Event]) -> Event | None:
    """The latest to happen; between equals, one that does not depend on arrival."""
    return max(events, key=_by_time, default=None)


def earliest(events: Iterable[Event]) -> Event | None:
    """The first to happen; between equals, one that does not depend on arrival."""
    return min(events, key=_by_time, default=None)


def _by_time(event: Event) -> tuple[datetime, datetime, str]:
    return time_of(event), event.recorded_at, str(event.id)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger alone says of a purpose on a channel.

    `state`: granted (a consent that can be proven), claimed (a grant that cannot; `code` says why), stopped
    (`code` says by what), paused (`until`), or none. `since` and `event` are those of the deciding event.
    """

    state: str
    since: datetime | None = None
    event: Event | None = None
    code: str | None = None
    until: datetime | None = None
    evidence_ids: tuple[EventId, ...] = ()

    @property
    def provable(self) -> bool:
        return self.state == "granted"


def standing(
    events: Iterable[Event],
    channel: str,
    purpose: str,
    *,
    now: datetime,
    marketing: bool = True,
    merge_at: datetime | None = None,
    needs_record: bool = False,
) -> Standing:
    """The state of a purpose on a channel, since when and by which event. Raises LedgerUnreadable."""
    ledger = Ledger(events, now, as_utc(merge_at) if merge_at else None)
    asked = MARKETING if purpose == "consent_request" else purpose
    ask = Ask(channel, asked, said=purpose, marketing=marketing, needs_record=needs_record)
    sound = ledger.sound(ask)
    if stopped := _stopped(ledger, ask, sound):
        return stopped
    if (paused := _paused(ledger, ask)) and marketing:
        return paused
    if grant := latest(sound):
        proof = [grant, ledger.confirmed(grant, channel) if grant.method == "double_opt_in" else None]
        ids = ids_of(event for event in proof if event)
        return Standing("granted", grant.occurred_at, grant, evidence_ids=ids)
    if grant := latest(ledger.reaching(ask)):
        code = ledger.defect(grant, ask)
        return Standing("claimed", grant.occurred_at, grant, code, evidence_ids=ids_of([grant]))
    return Standing("none")


def _stopped(ledger: Ledger, ask: Ask, sound: list[Event]) -> Standing | None:
    stops = ledger.stops_in_force(ask, sound)
    codes = dict(STOPS)
    if not stops and ask.purpose == SHARING:
        stops = [stop for stop in ledger.sharing_stops() if not ledger.lifted(stop, sound)]
        codes = dict.fromkeys((*STOPS, "privacy_signal"), "OPT_OUT_SALE_SHARE")
    if not stops and ask.purpose == PROFILING:
        stops = [stop for stop in ledger.stops_of_profiling() if not ledger.lifted(stop, sound)]
        codes = dict.fromkeys(STOPS, "OBJECTED_PROFILING")
    for action, code in codes.items():
        by = [stop for stop in stops if stop.action == action]
        if first := earliest(by):
            return Standing("stopped", first.occurred_at, first, code, evidence_ids=ids_of(by))
    return None


def _paused(ledger: Ledger, ask: Ask) -> Standing | None:
    pauses = [pause for pause in ledger.pauses_in_force(ask) if pause.until and pause.until > ledger.now]
    if not pauses:
        return None
    pause = max(pauses, key=lambda e: (e.until or LONG_AGO, str(e.id)))
    return Standing("paused", pause.occurred_at, pause, "PAUSED_BY_PERSON", pause.until, ids_of([pause]))

"""One question while it is being answered: the facts, and what several steps need of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from privacy.policy.dates import offset_of, zone_named
from privacy.policy.facts import Event, Facts, as_utc
from privacy.policy.ledger import MARKETING, MARKETING_CLASSES, SHARING, Ask, Ledger
from privacy.policy.regimes import Policy


@dataclass(frozen=True, slots=True)
class Clock:
    """Now, in one plausible zone of the recipient."""

    zone: tzinfo
    today: date

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for no, with the events that gave it."""

    code: str
    events: tuple[Event, ...] = ()


class Case:
    """`sound`: the grants that reach the message and are proof; `shared`: those that cover passing on data."""

    __slots__ = (
        "ask",
        "channel",
        "clocks",
        "facts",
        "ledger",
        "now",
        "policy",
        "profiled",
        "purpose",
        "reaching",
        "regimes",
        "shared",
        "shares",
        "sound",
    )

    def __init__(self, facts: Facts, policy: Policy, ledger: Ledger, *, purpose: str, klass: str) -> None:
        message = facts.message
        self.facts, self.policy, self.ledger = facts, policy, ledger
        self.now = as_utc(facts.now)
        self.channel = facts.channel
        self.purpose = purpose
        self.shares = klass == "sharing" or purpose == SHARING or message.shares_with_third_party
        self.profiled = message.audience == "profile"
        self.regimes = policy.applying(facts.person.residences, facts.sender.country)
        self.clocks = _clocks(facts)
        self.ask = Ask(
            facts.channel,
            MARKETING if purpose == "consent_request" else purpose,
            said=facts.purpose,
            marketing=klass in MARKETING_CLASSES,
            needs_record=self._needs_record(),
        )
        self.reaching = ledger.reaching(self.ask)
        self.sound = [grant for grant in self.reaching if ledger.defect(grant, self.ask) is None]
        self.shared = self.sound
        if message.shares_with_third_party and klass != "sharing":
            self.shared = self.sound_for(SHARING)

    def sound_for(self, purpose: str) -> list[Event]:
        """Sound grants for another purpose on this channel."""
        return self.ledger.sound(Ask(self.channel, purpose, needs_record=self.ask.needs_record))

    def _needs_record(self) -> bool:
        kind = self.facts.person.kind
        return any(regime.needs_record(kind, clock.today) for regime in self.regimes for clock in self.clocks)

    def age_of_consent(self) -> int:
        """The highest of the applying regimes."""
        return max(
            (regime.age_of_consent(clock.today) for regime in self.regimes for clock in self.clocks),
            default=0,
        )

    def is_marketing(self, purpose: str) -> bool:
        """Of an earlier contact; one whose purpose is not known is counted."""
        return self.policy.purposes.get(purpose, "marketing") in MARKETING_CLASSES

    def dated_since(self, moments: Iterable[datetime], first: date, clock: Clock) -> bool:
        """Did one of them happen on or after that day? What lies ahead has not happened."""
        return any(at <= self.now and clock.day_of(at) >= first for at in moments)


def _clocks(facts: Facts) -> tuple[Clock, ...]:
    """One for each plausible zone; the offset of `now` where none is known. ValueError for an unknown zone."""
    zones: list[tzinfo] = [zone_named(name) for name in sorted(set(facts.person.time_zones))]
    return tuple(Clock(zone, facts.now.astimezone(zone).date()) for zone in zones or [offset_of(facts.now)])

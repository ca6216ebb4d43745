"""The ledger as an officer browses it: everybody's events, filtered, each with what it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from privacy.models import ConsentEvent
from privacy.models.consent import REFUSALS
from privacy.policy import CODES, Standing
from privacy.selectors.browsing import REACH, Browsed, Stretch, browse
from privacy.selectors.worth import worths_of
from tenancy.selectors.keyset import FORWARDS, Order, position_of

Action = ConsentEvent.Action
NEWEST: Final = Order("recorded_at", "id", descending=True)
PROVABLE, WORTHLESS, STOPPED, OUTDONE = "provable", "worthless", "stopped", "outdone"
_SLICE, _MOST_SLICES = 500, 8


@dataclass(frozen=True)
class LedgerFilters(Stretch):
    """What is asked for; empty: anything. `action` may be `stops`; `worth` provable, worthless or a code."""

    purpose: str = ""
    channel: str = ""
    action: str = ""
    method: str = ""
    source: str = ""
    worth: str = ""

    def fitting(self) -> Q:
        found = self.same("channel", "method", "source")
        if self.purpose:
            found &= Q(purposes__contains=[self.purpose])
        if self.action and self.action != "stops":
            found &= Q(action=self.action)
        return found

    def rows(self) -> QuerySet[ConsentEvent]:
        """What an index finds by itself."""
        rows = self.within(ConsentEvent.objects.select_related("customer", "notice"), by="recorded_at")
        is_stop = self.action == "stops" or self.action in REFUSALS
        return rows.filter(action__in=REFUSALS) if is_stop else rows


@dataclass(frozen=True)
class Judged:
    """An event, and for a grant what it is worth for each purpose it names."""

    event: ConsentEvent
    verdicts: list[tuple[str, str, str]]
    """(purpose, verdict, code): provable, worthless, stopped, or outdone by a later word of the same person."""

    @property
    def verdict(self) -> str:
        """The one to show: the worst of what still counts."""
        found = [verdict for _, verdict, _ in self.verdicts]
        return next((one for one in (WORTHLESS, STOPPED, PROVABLE, OUTDONE) if one in found), "")

    @property
    def code(self) -> str:
        return next((code for _, verdict, code in self.verdicts if verdict == self.verdict), "")

    @property
    def why(self) -> str:
        return CODES[self.code].meaning if self.code in CODES else ""


def browse_ledger(filters: LedgerFilters, *, cursor: str = "") -> tuple[Browsed[ConsentEvent], list[Judged]]:
    """One page of the ledger, newest first."""
    if filters.worth:
        return _browse_worth(filters, cursor)
    found = browse(filters.rows(), by="recorded_at", fitting=filters.fitting(), cursor=cursor)
    return found, judge(found.rows)


def _browse_worth(filters: LedgerFilters, cursor: str) -> tuple[Browsed[ConsentEvent], list[Judged]]:
    """Grants by what they are worth: judged slice by slice, because only the whole chain knows it."""
    fitting = filters.fitting() & Q(action=Action.GRANT)
    kept: list[Judged] = []
    at, looked = cursor, None
    for _ in range(_MOST_SLICES):
        found = browse(filters.rows(), by="recorded_at", fitting=fitting, cursor=at, size=_SLICE, reach=REACH)
        judged = [one for one in judge(found.rows) if _has_worth(one, filters)]
        room = 50 - len(kept)
        kept += judged[:room]
        if len(judged) > room:
            at = FORWARDS + position_of(kept[-1].event, NEWEST).encode()
            looked = None
            break
        at, looked = (
            found.later,
            found.looked_back_to or (found.rows[-1].recorded_at if found.later else None),
        )
        if not at or len(kept) >= 50:
            break
    return Browsed([one.event for one in kept], "", at, looked), kept


def _has_worth(one: Judged, filters: LedgerFilters) -> bool:
    return any(
        filters.worth in (verdict, code)
        for purpose, verdict, code in one.verdicts
        if not filters.purpose or purpose == filters.purpose
    )


def judge(events: Sequence[ConsentEvent]) -> list[Judged]:
    """What each grant among the events is worth today; one look at the chains of their customers."""
    grants = {event.customer_id for event in events if event.action == Action.GRANT}
    known = worths_of(grants, as_of=timezone.now()) if grants else {}
    return [
        Judged(
            event,
            [
                (purpose, *_verdict(event, known[event.customer_id].get((purpose, event.channel))))
                for purpose in dict.fromkeys(event.purposes)
            ]
            if event.action == Action.GRANT
            else [],
        )
        for event in events
    ]


def _verdict(event: ConsentEvent, standing: Standing | None) -> tuple[str, str]:
    if standing is None or standing.event is None:
        return OUTDONE, ""
    if standing.state in ("stopped", "paused"):
        return STOPPED, standing.code or ""
    if str(standing.event.id) != str(event.id):
        return OUTDONE, ""
    return (PROVABLE, "") if standing.provable else (WORTHLESS, standing.code or "")


def event_here(event_id: UUID) -> ConsentEvent | None:
    rows = ConsentEvent.objects.select_related("customer", "notice__purpose", "personal")
    return rows.filter(id=event_id).first()


def events_named(ids: Sequence[str]) -> list[ConsentEvent]:
    """Evidence by id, in the order of the ids; what is no id is left out."""
    wanted = [UUID(one) for one in ids if _is_id(one)]
    rows = ConsentEvent.objects.select_related("customer").in_bulk(wanted)
    return [rows[one] for one in wanted if one in rows]


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def sources_seen(*, days: int = 400, most: int = 40) -> list[str]:
    """Sources among the newest events, to choose from."""
    since = timezone.now() - timedelta(days=days)
    rows = ConsentEvent.objects.filter(recorded_at__gte=since).order_by("-recorded_at", "-id")
    newest = rows.values_list("source", flat=True)[:5_000]
    return sorted({source for source in newest if source})[:most]

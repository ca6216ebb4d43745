"""Steps 12 and 13: caps and hours, of the law and of the tenant, and until when they hold a message back."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from privacy.policy.case import Case, Reason
from privacy.policy.circumstances import Clock
from privacy.policy.facts import Cap, Contact, Event
from privacy.policy.ledger import ALL
from privacy.policy.rows import CapRow
from privacy.policy.windows import Window, earliest


def reasons_of_legal_caps(case: Case) -> list[Reason]:
    """These deny."""
    if not case.facts.contacts:
        return []
    reasons = []
    if _refused_lately(case):
        reasons.append(Reason("COOLING_OFF_60D"))
    if any(_reached(case, row, clock) for row, clock in case.where.caps(case.channel)):
        reasons.append(Reason("FREQ_CAP_LEGAL"))
    return reasons


def _refused_lately(case: Case) -> bool:
    """Dated later than today less so many days."""
    refused = [contact for contact in case.facts.contacts if contact.outcome == "refused"]
    return any(
        contact.channel in row.channels and clock.day_of(contact.at) > clock.today - timedelta(days=row.days)
        for contact in refused
        for row, clock in case.where.refusals(case.channel)
    )


def _reached(case: Case, row: CapRow, clock: Clock) -> bool:
    counted = (c for c in case.facts.contacts if _counts(case, row, c))
    if row.hours:
        since = case.now - timedelta(hours=row.hours)
        return sum(contact.at > since for contact in counted) >= row.count
    first = clock.today - timedelta(days=row.days)
    return sum(clock.day_of(contact.at) > first for contact in counted) >= row.count


def _counts(case: Case, row: CapRow, contact: Contact) -> bool:
    """Attempts count, answered or not."""
    if contact.channel not in row.channels or not case.is_marketing(contact.purpose):
        return False
    return not row.same_subject or contact.subject == case.facts.message.subject


@dataclass(frozen=True, slots=True)
class Waiting:
    """Reasons to wait, in the order in which they decide, and what the first moment has to suit."""

    reasons: list[Reason]
    start: datetime | None
    windows: list[Window]
    zones: list[tzinfo]

    def until(self) -> datetime | None:
        """The first whole minute that suits all; None where none ever does."""
        return earliest(self.start, self.windows, self.zones) if self.start else None


def find_waiting(case: Case) -> Waiting:
    own = [Window(own=case.facts.hours)] if case.facts.hours else []
    pauses = _pauses(case)
    free_at = _caps_free_at(case)
    paused_until = case.facts.paused_until
    reasons = [Reason("PAUSED_BY_PERSON", tuple(pauses))] if pauses else []
    reasons += _legal_hours(case)
    if paused_until is not None and paused_until > case.now:
        reasons.append(Reason("PAUSED_BY_POLICY"))
    if not all(window.holds(clock.local) for window in own for clock in case.clocks):
        reasons.append(Reason("QUIET_HOURS_POLICY"))
    if free_at != case.now:
        reasons.append(Reason("FREQ_CAP_POLICY"))
    start = None
    if free_at is not None and all(pause.until for pause in pauses):
        start = max(case.now, free_at, paused_until or free_at, *(p.until for p in pauses if p.until))
    windows = [*case.where.hours(case.channel), *own]
    return Waiting(reasons, start, windows, [clock.zone for clock in case.clocks])


def _pauses(case: Case) -> list[Event]:
    """The person's own pause. One that names no end has none."""
    return [
        pause
        for pause in case.ledger.pauses_in_force(case.ask)
        if pause.until is None or pause.until > case.now
    ]


def _legal_hours(case: Case) -> list[Reason]:
    """Inside in one plausible zone and outside in another is a doubt, and waits."""
    inside = case.where.inside(case.channel)
    if all(inside):
        return []
    return [Reason("TIMEZONE_AMBIGUOUS" if any(inside) else "QUIET_HOURS_LEGAL")]


def _caps_free_at(case: Case) -> datetime | None:
    """When the tenant's caps let the next one pass: now, later, or never for a cap of none at all."""
    free_at = case.now
    for cap in case.facts.caps:
        if cap.channel not in (case.channel, ALL):
            continue
        if cap.count <= 0:
            return None
        counted = _counted(case, cap) if len(case.facts.contacts) >= cap.count else []
        if len(counted) >= cap.count:
            free_at = max(free_at, counted[cap.count - 1] + timedelta(days=cap.days))
    return free_at


def _counted(case: Case, cap: Cap) -> list[datetime]:
    """Moments of the contacts in its window, the latest first."""
    since = case.now - timedelta(days=cap.days)
    found = (
        contact.at
        for contact in case.facts.contacts
        if cap.channel in (contact.channel, ALL) and contact.at > since and case.is_marketing(contact.purpose)
    )
    return sorted(found, reverse=True)

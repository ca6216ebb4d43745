"""Step 6: stops in force, in the order in which they decide."""

from privacy.policy.case import Case, Reason
from privacy.policy.circumstances import Clock
from privacy.policy.dates import months_before
from privacy.policy.facts import Event
from privacy.policy.ledger import PROFILING, STOPS, time_of
from privacy.policy.rows import ListRow
from privacy.policy.state import suppressed_as


def reasons_of_stops(case: Case) -> list[Reason]:
    reasons = [*_of_marketing(case), *_of_sharing(case)]
    if case.profiled and (objections := profiling_objections(case)):
        reasons.append(Reason("OBJECTED_PROFILING", tuple(objections)))
    if case.channel == "phone" and _on_a_national_list(case):
        reasons.append(Reason("NATIONAL_DNC"))
    return reasons


def _of_marketing(case: Case) -> list[Reason]:
    in_force = case.ledger.stops_in_force(case.ask, case.sound)
    listed = suppressed_as(case.facts, "do_not_contact")
    if not in_force and not listed:
        return []
    reasons = []
    for action, code in STOPS.items():
        by = tuple(stop for stop in in_force if stop.action == action)
        if by or (listed and action == "opt_out"):
            reasons.append(Reason(code, by))
    return reasons


def profiling_objections(case: Case) -> list[Event]:
    stops = case.ledger.stops_of_profiling()
    lifting = case.sound_for(PROFILING) if stops else []
    return [stop for stop in stops if not case.ledger.lifted(stop, lifting)]


def _of_sharing(case: Case) -> list[Reason]:
    asking_again = case.purpose == "reoptin_prompt_sale"
    if not case.shares and not asking_again:
        return []
    stops = case.ledger.sharing_stops()
    reasons = []
    if case.shares and (left := tuple(s for s in stops if not case.ledger.lifted(s, case.shared))):
        reasons.append(Reason("OPT_OUT_SALE_SHARE", left))
    if asking_again and (waiting := tuple(stop for stop in stops if _too_soon(case, stop))):
        reasons.append(Reason("REOPTIN_WAIT_12M", waiting))
    return reasons


def _too_soon(case: Case, stop: Event) -> bool:
    """Less than twelve calendar months ago, by date, in a plausible zone."""
    if stop.occurred_at is None:
        return False
    months = case.policy.house.reoptin_wait_months.value
    return any(clock.today < months_before(clock.day_of(time_of(stop)), -months) for clock in case.clocks)


def _on_a_national_list(case: Case) -> bool:
    held = case.facts.contact_point.national_lists
    if not held or case.sound:
        return False
    return any(
        row.list in held and not exempt(case, row, clock) for row, clock in case.where.lists(case.channel)
    )


def exempt(case: Case, row: ListRow, clock: Clock) -> bool:
    """Has the person a relationship with us that the list allows for?"""
    relationship = case.facts.relationship
    return (row.contract and relationship.contract == "current") or bought_or_asked(
        case, clock, row.purchase_months, row.inquiry_months
    ) is not None


def bought_or_asked(case: Case, clock: Clock, purchase_months: int, inquiry_months: int) -> str | None:
    """`purchase` or `inquiry` dated within so many calendar months, the same day included; None if neither."""
    relationship = case.facts.relationship
    for kind, moments, months in (
        ("purchase", relationship.purchases, purchase_months),
        ("inquiry", relationship.inquiries, inquiry_months),
    ):
        if months and moments and case.dated_since(moments, months_before(clock.today, months), clock):
            return kind
    return None

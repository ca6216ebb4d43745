"""What the formula of `interactions.scoring` looks at, for one case."""

from typing import Final

from crm.models import CustomerSummary
from interactions.models import Case
from interactions.scoring import Standing, parts_of, priority_of, score_of
from privacy.selectors.profiling import why_no_profile
from value.selectors.average import average_value

_WHY: Final = {
    "objected": "not used, they objected to profiling",
    "restricted": "not used, the use of their data is restricted",
    "deceased": "not used, they are reported dead",
}


def score_case(case: Case) -> bool:
    """Work out score, parts and priority; whether the priority is another one than before."""
    parts = parts_of(_standing(case))
    before = case.priority
    case.score = score_of(parts)
    case.score_parts = [part.to_json() for part in parts]
    case.priority = priority_of(case.score)
    return case.priority != before


def _standing(case: Case) -> Standing:
    row = CustomerSummary.objects.get(customer_id=case.customer_id)
    times, why = _times_average(row)
    return Standing(
        severity=case.severity, kind=case.kind.name, weight=case.kind.weight, times_average=times, why_no_value=why,
        reopened=case.reopened, is_late=case.escalation == Case.PAST, open_promises=row.open_promises,
    )  # fmt: skip


def _times_average(row: CustomerSummary) -> tuple[float | None, str]:
    """(times the average customer, "") or (None, why not): by what may be used now, not by what stands in the row."""
    if why := why_no_profile(row.customer_id):
        return None, _WHY[why]
    average = average_value() if row.value is not None else None
    if row.value is None or average is None:
        return None, ""
    return row.value / average, ""

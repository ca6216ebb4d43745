"""What each portfolio carries: customers, value, work. Money in minor units of the tenant's currency."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import F, FloatField, OuterRef, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from crm.models import CostEvent
from portfolios.models import Portfolio
from portfolios.services.balance import Load, Loads, Measure
from tenancy.context import current_tenant_id

YEAR: Final = timedelta(days=365)


@dataclass(frozen=True)
class WorkloadUnit:
    """What workload is counted in, the same for everybody."""

    is_minutes: bool
    words: str
    explanation: str


MINUTES: Final = WorkloadUnit(
    True, "minutes a year", "Workload is the minutes of all costs of the last 365 days that name minutes."
)
ORDERS: Final = WorkloadUnit(
    False, "orders a year",
    "Workload is the orders a year that value expects of a customer; who has no score counts as none.",
)  # fmt: skip


def workload_unit(at: datetime | None = None) -> WorkloadUnit:
    """Minutes where any cost of the last year names some, else expected orders: never a mixture."""
    since = (at or timezone.now()) - YEAR
    costs = CostEvent.objects.filter(minutes__gt=0, occurred_at__gt=since)
    return MINUTES if costs.exists() else ORDERS


def workload_of_row(unit: WorkloadUnit, at: datetime) -> Combinable:
    """A customer's workload, over summary rows."""
    if not unit.is_minutes:
        return Coalesce(F("orders_year"), 0.0)
    costs = CostEvent.objects.filter(customer_id=OuterRef("customer_id"), occurred_at__gt=at - YEAR)
    minutes = costs.order_by().values("customer_id").annotate(all=Sum("minutes")).values("all")
    return Coalesce(Cast(Subquery(minutes), FloatField()), 0.0)


_LOADS: Final = """
SELECT s.portfolio_id, count(*), COALESCE(sum(s.value), 0)::float8, COALESCE(sum({work}), 0)::float8
  FROM crm_customersummary AS s {join}
 WHERE s.tenant_id = (SELECT %(tenant)s::uuid) AND NOT s.trashed AND s.portfolio_id = ANY(%(ids)s::uuid[])
 GROUP BY s.portfolio_id
"""
_MINUTES: Final = """
LEFT JOIN (SELECT customer_id, sum(minutes) AS minutes FROM crm_costevent
            WHERE tenant_id = (SELECT %(tenant)s::uuid) AND occurred_at > %(since)s GROUP BY customer_id) AS c
  ON c.customer_id = s.customer_id
"""
_COUNTS: Final = """
SELECT portfolio_id, count(*) FROM portfolios_assignment
 WHERE tenant_id = %(tenant)s AND upper_inf(period) AND portfolio_id = ANY(%(ids)s::uuid[]) GROUP BY portfolio_id
"""


def loads_of(portfolio_ids: Iterable[UUID], *, unit: WorkloadUnit, at: datetime) -> Loads:
    """What these portfolios carry now; one that is empty carries nothing."""
    ids = list(portfolio_ids)
    found: Loads = {key: Load() for key in ids}
    work, join = ("c.minutes", _MINUTES) if unit.is_minutes else ("s.orders_year", "")
    values: dict[str, Any] = {"tenant": current_tenant_id(), "ids": ids, "since": at - YEAR}
    with connection.cursor() as cursor:
        cursor.execute(_LOADS.format(work=work, join=join), values)
        for key, customers, value, workload in cursor.fetchall():
            found[key] = Load(customers, value, workload)
    return found


def counts_of(portfolio_ids: Iterable[UUID]) -> Loads:
    """Only how many customers they have, which one index knows."""
    ids = list(portfolio_ids)
    found: Loads = {key: Load() for key in ids}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"tenant": current_tenant_id(), "ids": ids})
        for key, customers in cursor.fetchall():
            found[key] = Load(customers)
    return found


def open_loads(*, unit: WorkloadUnit, at: datetime) -> Loads:
    """What every open portfolio carries."""
    return loads_of(Portfolio.objects.filter(closed_at=None).values_list("id", flat=True), unit=unit, at=at)


def loads_to_json(loads: Loads) -> dict[str, list[float]]:
    return {str(key): [load.customers, load.value, load.workload] for key, load in loads.items()}


def loads_from_json(raw: dict[str, list[float]]) -> Loads:
    return {UUID(key): Load(int(count), value, work) for key, (count, value, work) in raw.items()}


@dataclass(frozen=True)
class Bar:
    """One measure of one portfolio, before and after; shares are of the largest bar of the measure."""

    before: float
    after: float
    share_before: float
    share_after: float

    @property
    def change(self) -> float:
        return self.after - self.before


@dataclass(frozen=True)
class BalanceRow:
    portfolio: Portfolio
    customers: Bar
    value: Bar
    workload: Bar


def balance_rows(before: Loads, after: Loads) -> list[BalanceRow]:
    """Before and after by portfolio, those with managers first, by name."""
    keys = set(before) | set(after)
    largest = {
        measure: max([load.of(measure) for loads in (before, after) for load in loads.values()] + [1e-9])
        for measure in Measure
    }

    def bar(key: UUID, measure: Measure) -> Bar:
        was, will = before.get(key, Load()).of(measure), after.get(key, Load()).of(measure)
        return Bar(was, will, max(was, 0) / largest[measure], max(will, 0) / largest[measure])

    rows = Portfolio.objects.select_related("manager").filter(id__in=keys).order_by("is_house", "name")
    return [BalanceRow(row, *(bar(row.id, measure) for measure in Measure)) for row in rows]


def spread_of(loads: Loads, measure: Measure) -> float | None:
    """How uneven: the largest less the smallest, as a share of the average; None where there is nothing."""
    sizes = [load.of(measure) for load in loads.values()]
    average = sum(sizes) / len(sizes) if sizes else 0
    return (max(sizes) - min(sizes)) / average if average > 0 else None

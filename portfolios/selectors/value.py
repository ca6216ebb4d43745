"""What a portfolio is worth today: this fiscal quarter's margin, and what its customers will bring in three years.

Money is in minor units of the tenant's currency. The customers are those of today; transfers are not undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from portfolios.models import Portfolio
from tenancy.access import Access
from tenancy.context import current_tenant_id
from tenancy.models import TenantProfile
from value.models import EquityPoint
from value.registries import PortfolioLabel
from value.selectors.equity import model_miss, sum_range
from value.services.learning import current_fit
from value.services.snapshots import TEN_TO_NINETY, is_month_end

MONTH: Final = timedelta(days=30)


@dataclass(frozen=True)
class PortfolioValue:
    """quarter_margin: from `quarter_from` to today; margin_3y: expected, not discounted; value: discounted, with the
    range of 8 outcomes in 10; variance: of that sum by chance alone, squared minor units; change: value less that of
    the month's end nearest to a month ago (`since`), None where none was kept; history: (month's end, value), oldest
    first.
    """

    portfolio_id: UUID
    customers: int
    scored: int
    quarter_from: date
    quarter_margin: int
    margin_3y: int
    orders_year: float
    value: int
    low: int
    high: int
    variance: float
    change: int | None
    since: date | None
    history: tuple[tuple[date, int], ...]


_TODAY: Final = f"""
WITH worth AS (
  SELECT portfolio_id, count(*) AS customers, count(value) AS scored, COALESCE(sum(value), 0) AS value,
         COALESCE(sum(margin_3y), 0) AS margin_3y, COALESCE(sum(orders_year), 0) AS orders_year,
         COALESCE(sum(power((value_high - value_low) / {TEN_TO_NINETY}, 2)), 0) AS variance
    FROM crm_customersummary
   WHERE tenant_id = %(tenant)s AND portfolio_id = ANY(%(ids)s::uuid[]) AND NOT trashed GROUP BY portfolio_id),
quarter AS (
  SELECT s.portfolio_id, sum(o.margin) AS margin FROM crm_order AS o
    JOIN crm_customersummary AS s ON s.tenant_id = %(tenant)s AND s.customer_id = o.customer_id AND NOT s.trashed
   WHERE o.tenant_id = %(tenant)s AND o.ordered_on BETWEEN %(start)s AND %(today)s
     AND o.ordered_at >= %(start)s::date - interval '1 day' AND s.portfolio_id = ANY(%(ids)s::uuid[])
   GROUP BY s.portfolio_id)
SELECT w.portfolio_id, w.customers, w.scored, w.value::bigint, w.margin_3y::bigint, w.orders_year::float8,
       w.variance::float8, COALESCE(q.margin, 0)::bigint
  FROM worth AS w LEFT JOIN quarter AS q ON q.portfolio_id = w.portfolio_id
"""


def portfolio_value(portfolio: Portfolio, today: date) -> PortfolioValue:
    """The value of one portfolio; `today` is the day in the tenant's time zone."""
    return portfolio_values([portfolio.id], today)[portfolio.id]


def portfolio_values(portfolio_ids: Sequence[UUID], today: date) -> dict[UUID, PortfolioValue]:
    """The same for many at once: one query for today, one for the months' ends."""
    start = fiscal_quarter(today, TenantProfile.objects.get().fiscal_year_starts)
    history, miss = _history(portfolio_ids), model_miss(current_fit())
    values: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "ids": list(portfolio_ids),
        "start": start,
        "today": today,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TODAY, values)
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    nothing = (0, 0, 0, 0, 0.0, 0.0, 0)
    return {
        key: _value(key, rows.get(key, nothing), start, today, history.get(key, ()), miss)
        for key in portfolio_ids
    }


def _value(
    key: UUID, row: tuple[Any, ...], start: date, today: date, history: tuple[tuple[date, int], ...], miss: float
) -> PortfolioValue:  # fmt: skip
    customers, scored, value, margin_3y, orders_year, variance, quarter = row
    low, high = sum_range(value, variance, miss)
    before = min(history, key=lambda point: abs((today - MONTH - point[0]).days), default=None)
    return PortfolioValue(
        portfolio_id=key, customers=customers, scored=scored, quarter_from=start, quarter_margin=quarter,
        margin_3y=margin_3y, orders_year=orders_year, value=value, low=low, high=high, variance=variance,
        change=value - before[1] if before else None, since=before[0] if before else None, history=history,
    )  # fmt: skip


def _history(portfolio_ids: Sequence[UUID]) -> dict[UUID, tuple[tuple[date, int], ...]]:
    points = EquityPoint.objects.filter(portfolio_id__in=portfolio_ids).order_by("taken_on")
    found: dict[UUID, tuple[tuple[date, int], ...]] = {}
    for key, day, value in points.values_list("portfolio_id", "taken_on", "value"):
        if is_month_end(day):
            found[key] = (*found.get(key, ()), (day, value))
    return found


def fiscal_quarter(day: date, year_starts: int) -> date:
    """The first day of the fiscal quarter that holds `day`, where the fiscal year starts in month `year_starts`."""
    months = (day.month - year_starts) % 3
    month = day.month - months
    return date(day.year, month, 1) if month > 0 else date(day.year - 1, month + 12, 1)


def portfolio_labels(access: Access, portfolio_ids: Sequence[UUID]) -> dict[UUID, PortfolioLabel]:
    """Names for the pages of value, with the address for those who may open portfolios."""
    may = access.may("portfolios.view_portfolio")
    found = Portfolio.objects.filter(id__in=portfolio_ids).values_list("id", "name")
    base = f"/t/{access.tenant.slug}/portfolios/"
    return {key: PortfolioLabel(name, f"{base}{key}/" if may else "") for key, name in found}

"""What stands beside my day: the worth of one's portfolio, or of the company, and this quarter's margin."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from crm.models import CustomerSummary, Order
from portfolios.selectors.value import fiscal_quarter
from tenancy.access import Access
from value.models import EquityPoint
from value.selectors.equity import VARIANCE, model_miss, sum_range
from value.services.learning import current_fit

MANY: Final = 50_000
"""More customers than this are not added up while somebody waits."""


def portfolio_worth(
    access: Access, portfolio_ids: list[UUID], rows: QuerySet[CustomerSummary], today: date
) -> dict[str, Any]:
    """Of the customers in these portfolios now. `rows` are their summaries."""
    found = _sum_of_rows(rows)
    low, high = sum_range(found["value"], found["variance"], model_miss(current_fit()))
    history = _history(portfolio_ids)
    start, length = quarter(today, access.profile.fiscal_year_starts)
    slug = access.tenant.slug
    return {
        "title": "My portfolio" if len(portfolio_ids) == 1 else "My portfolios",
        "url": f"/t/{slug}/portfolios/{portfolio_ids[0]}/"
        if len(portfolio_ids) == 1
        else f"/t/{slug}/portfolios/",
        "customers": found["customers"],
        "value": found["value"],
        "low": low,
        "high": high,
        "history": [value for _, value in history] + [found["value"]] if history else [],
        "history_from": history[0][0] if history else today,
        "margin_quarter": _margin(rows, start, today),
        "margin_quarter_before": _margin(
            rows,
            quarter(start - timedelta(days=1), access.profile.fiscal_year_starts)[0],
            start - timedelta(days=1),
        ),
        "quarter_gone": ((today - start).days + 1) / length,
    }


def company_worth(access: Access, rows: QuerySet[CustomerSummary]) -> dict[str, Any] | None:
    """Of everybody: added up now, or, of many, from the last month's end: a million are not added up for a page."""
    history = _history(None)
    if not history:
        return None
    found = _sum_of_points(history[-1][0])
    as_of: date | None = history[-1][0]
    if found["customers"] <= MANY:
        found, as_of = _sum_of_rows(rows), None
        history.append((history[-1][0], found["value"]))
    low, high = sum_range(found["value"], found["variance"], model_miss(current_fit()))
    return {
        "title": "The company",
        "url": f"/t/{access.tenant.slug}/value/",
        "customers": found["customers"],
        "value": found["value"],
        "low": low,
        "high": high,
        "history": [value for _, value in history],
        "history_from": history[0][0],
        "as_of": as_of,
    }


def _sum_of_rows(rows: QuerySet[CustomerSummary]) -> dict[str, Any]:
    return rows.order_by().aggregate(
        customers=Count("customer_id"), value=Sum("value", default=0), variance=VARIANCE
    )


def _sum_of_points(day: date) -> dict[str, Any]:
    return EquityPoint.objects.filter(taken_on=day).aggregate(
        customers=Sum("customers"), value=Sum("value"), variance=Sum("variance")
    )


def _history(portfolio_ids: list[UUID] | None) -> list[tuple[date, int]]:
    """(day, sum of values) oldest first, at most 24."""
    points = EquityPoint.objects.all()
    if portfolio_ids is not None:
        points = points.filter(portfolio_id__in=portfolio_ids)
    sums = points.values_list("taken_on").annotate(total=Sum("value")).order_by("-taken_on")[:24]
    return list(reversed([(day, int(total)) for day, total in sums]))


def _margin(rows: QuerySet[CustomerSummary], start: date, end: date) -> int:
    """Margin of orders less returns, of those who are in the portfolio now."""
    bought = Order.objects.filter(
        customer_id__in=rows.order_by().values("customer_id"), ordered_on__gte=start, ordered_on__lte=end
    )
    return int(bought.aggregate(total=Sum("margin", default=0))["total"])


def quarter(day: date, fiscal_year_starts: int) -> tuple[date, int]:
    """First day and length in days of the fiscal quarter in which `day` lies."""
    start = fiscal_quarter(day, fiscal_year_starts)
    # Three months are 89 to 92 days: a hundred days on lies in the next quarter.
    after = fiscal_quarter(start + timedelta(days=100), fiscal_year_starts)
    return start, (after - start).days

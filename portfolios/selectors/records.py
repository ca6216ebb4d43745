"""What endpoints read of portfolios and transfers, within the scope of whoever asks."""

from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Final
from uuid import UUID

from django.db.models import Count, F, FloatField, Q, QuerySet, Sum
from django.db.models.functions import Cast, Power

from crm.models import CustomerSummary, Order
from crm.services.summaries import tenant_today
from portfolios.models import Portfolio, Transfer
from portfolios.selectors.scope import visible_portfolio_ids
from tenancy.access import Access
from tenancy.models import Member, TenantProfile, Unit
from value.models import EquityPoint

# Between the 10 % and the 90 % point of a normal distribution lie 2.563 standard deviations.
WIDTH: Final = 2.563


def visible_portfolio_rows(access: Access) -> QuerySet[Portfolio]:
    ids = visible_portfolio_ids(access)
    rows = Portfolio.objects.select_related("manager", "unit")
    return rows if ids is None else rows.filter(id__in=ids)


def visible_portfolio(access: Access, portfolio_id: UUID) -> Portfolio | None:
    return visible_portfolio_rows(access).filter(id=portfolio_id).first()


def portfolio_to_change(access: Access, portfolio_id: UUID) -> Portfolio | None:
    """The same, locked until the transaction ends."""
    rows = visible_portfolio_rows(access).select_for_update(of=("self",))
    return rows.filter(id=portfolio_id).first()


def open_portfolio_here(portfolio_id: UUID) -> Portfolio | None:
    """Any portfolio of the tenant to which customers can be moved."""
    return Portfolio.objects.filter(id=portfolio_id, closed_at=None).first()


def member_here(member_id: UUID) -> Member | None:
    return Member.objects.select_related("unit").filter(id=member_id, left_at=None).first()


def unit_here(unit_id: UUID) -> Unit | None:
    return Unit.objects.filter(id=unit_id).first()


def visible_transfers(access: Access) -> QuerySet[Transfer]:
    """Everybody's for who sees all customers; else those into portfolios in scope, and one's own."""
    ids = visible_portfolio_ids(access)
    rows = Transfer.objects.all()
    return rows if ids is None else rows.filter(Q(to_id__in=ids) | Q(author=access.actor))


@dataclass(frozen=True)
class PortfolioValue:
    """Money in minor units. `low` to `high` hold the sum with 80 % chance, by chance alone."""

    as_of: date
    customers: int
    value: int | None
    low: int | None
    high: int | None
    margin_3y: int | None = None
    margin_quarter: int | None = None


def portfolio_value(portfolio_id: UUID, profile: TenantProfile) -> PortfolioValue:
    """What the portfolio is worth now: this quarter's margin, and the expected margin of three years."""
    today = tenant_today(profile)
    rows = CustomerSummary.objects.filter(portfolio_id=portfolio_id, trashed=False)
    spread = Power(Cast(F("value_high") - F("value_low"), FloatField()) / WIDTH, 2)
    sums = rows.aggregate(
        customers=Count("*"), value=Sum("value"), margin_3y=Sum("margin_3y"), variance=Sum(spread)
    )
    low, high = _interval(sums["value"], sums["variance"])
    return PortfolioValue(
        as_of=today, customers=sums["customers"], value=sums["value"], low=low, high=high,
        margin_3y=sums["margin_3y"], margin_quarter=_margin_since(portfolio_id, quarter_start(today, profile)),
    )  # fmt: skip


def portfolio_value_on(portfolio_id: UUID, day: date) -> PortfolioValue | None:
    """What it was worth at the last month end (or day asked for) up to `day`; None: nothing was kept."""
    point = (
        EquityPoint.objects.filter(portfolio_id=portfolio_id, taken_on__lte=day).order_by("-taken_on").first()
    )
    if point is None:
        return None
    low, high = _interval(point.value, point.variance)
    return PortfolioValue(point.taken_on, point.customers, point.value, low, high)


def _interval(value: int | None, variance: float | None) -> tuple[int | None, int | None]:
    if value is None:
        return None, None
    half = WIDTH / 2 * sqrt(variance or 0.0)
    return round(value - half), round(value + half)


def quarter_start(day: date, profile: TenantProfile) -> date:
    """The first day of the tenant's fiscal quarter."""
    since = (day.month - profile.fiscal_year_starts) % 3
    month, year = day.month - since, day.year
    return date(year, month, 1) if month > 0 else date(year - 1, month + 12, 1)


def _margin_since(portfolio_id: UUID, start: date) -> int:
    """Margin of orders since `start` of the customers who are in the portfolio now, minor units."""
    rows = Order.objects.filter(customer__summary__portfolio_id=portfolio_id, ordered_on__gte=start)
    return rows.aggregate(margin=Sum("margin"))["margin"] or 0

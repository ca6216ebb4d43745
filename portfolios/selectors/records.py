"""What endpoints read of portfolios and transfers, within the scope of whoever asks."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from portfolios.models import Portfolio, Transfer
from portfolios.selectors.scope import visible_portfolio_ids
from tenancy.access import Access
from value.models import EquityPoint
from value.selectors.equity import model_miss, sum_range
from value.services.learning import current_fit


def visible_portfolio_rows(access: Access) -> QuerySet[Portfolio]:
    ids = visible_portfolio_ids(access)
    rows = Portfolio.objects.select_related("manager", "unit")
    return rows if ids is None else rows.filter(id__in=ids)


def visible_portfolio(access: Access, portfolio_id: UUID) -> Portfolio | None:
    return visible_portfolio_rows(access).filter(id=portfolio_id).first()


def portfolio_to_change(access: Access, portfolio_id: UUID) -> Portfolio | None:
    """The same, locked until the transaction ends."""
    rows = visible_portfolio_rows(access).select_for_update(of=("self",), no_key=True)
    return rows.filter(id=portfolio_id).first()


def open_portfolio_here(portfolio_id: UUID) -> Portfolio | None:
    """Any portfolio of the tenant to which customers can be moved."""
    return Portfolio.objects.filter(id=portfolio_id, closed_at=None, closing_to=None).first()


def visible_transfers(access: Access) -> QuerySet[Transfer]:
    """Everybody's for who sees all customers; else those into portfolios in scope, and one's own."""
    ids = visible_portfolio_ids(access)
    rows = Transfer.objects.all()
    return rows if ids is None else rows.filter(Q(to_id__in=ids) | Q(author=access.actor))


@dataclass(frozen=True)
class PastValue:
    """Minor units; `low` and `high` hold 8 outcomes in 10. `customers`: those with a value."""

    as_of: date
    customers: int
    value: int
    low: int
    high: int
    quarter_margin: None = None
    margin_3y: None = None


def portfolio_value_on(portfolio_id: UUID, day: date) -> PastValue | None:
    """What it was worth at the last month end (or day asked for) up to `day`; None: nothing was kept."""
    points = EquityPoint.objects.filter(portfolio_id=portfolio_id, taken_on__lte=day)
    point = points.order_by("-taken_on").first()
    if point is None:
        return None
    low, high = sum_range(point.value, point.variance, model_miss(current_fit()))
    return PastValue(point.taken_on, point.customers, point.value, low, high)

"""Portfolios and their managers, as names on pages."""

from dataclasses import dataclass
from uuid import UUID

from crm.selectors.scope import visible_portfolios
from portfolios.models import Portfolio
from tenancy.access import Access


@dataclass(frozen=True)
class PortfolioName:
    """What a page writes of a portfolio."""

    id: UUID
    name: str
    manager: str
    manager_id: UUID | None
    is_house: bool
    is_open: bool
    in_scope: bool


def portfolio_names(access: Access) -> dict[UUID, PortfolioName]:
    """Every portfolio of the tenant by id, open ones and closed ones, in the order of their names."""
    scope = visible_portfolios(access)
    return {
        row.id: PortfolioName(
            id=row.id,
            name=row.name,
            manager=row.manager.name if row.manager else "",
            manager_id=row.manager_id,
            is_house=row.is_house,
            is_open=row.closed_at is None,
            in_scope=scope is None or row.id in scope,
        )
        for row in Portfolio.objects.select_related("manager").order_by("name")
    }


def own_portfolios(access: Access, names: dict[UUID, PortfolioName]) -> list[PortfolioName]:
    """Open portfolios one answers for oneself, or stands in for today."""
    return [name for name in names.values() if name.is_open and name.manager_id in access.covers]


def portfolio_by_id(portfolio_id: UUID) -> Portfolio | None:
    """Any portfolio of the tenant: customers may be handed to a manager whose own ones one does not see."""
    return Portfolio.objects.filter(id=portfolio_id).first()

"""Portfolios open, change hands and close; a member who leaves hands them over."""

from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from portfolios.models import Portfolio
from portfolios.services.assignments import house_portfolio, transfer_customers
from tenancy.context import current_tenant_id
from tenancy.models import Member, Unit


class PortfolioRefused(ValueError):
    """The portfolio cannot be made or changed so; the message says why."""


def open_house_portfolio() -> None:
    """Every tenant has a house portfolio from its first moment."""
    Portfolio.objects.get_or_create(is_house=True, defaults={"name": "House"})


def open_portfolio(*, name: str, manager: Member, unit: Unit | None = None) -> Portfolio:
    """A new portfolio of one manager. Raises PortfolioRefused."""
    _require_here(manager)
    try:
        with transaction.atomic():
            return Portfolio.objects.create(name=name, manager=manager, unit=unit or manager.unit)
    except IntegrityError:
        raise PortfolioRefused(f"There is already a portfolio called {name}.") from None


def change_portfolio(
    *, portfolio: Portfolio, name: str, manager: Member | None, unit: Unit | None
) -> Portfolio:
    """Rename, give to another manager or unit. Raises PortfolioRefused."""
    if portfolio.is_house and manager:
        raise PortfolioRefused("The house portfolio has no manager; transfer its customers instead.")
    if not portfolio.is_house and manager is None:
        raise PortfolioRefused("A portfolio needs a manager: exactly one person answers for each customer.")
    if manager:
        _require_here(manager)
    portfolio.name, portfolio.manager, portfolio.unit = name, manager, unit
    try:
        with transaction.atomic():
            portfolio.save(update_fields=["name", "manager", "unit"])
    except IntegrityError:
        raise PortfolioRefused(f"There is already a portfolio called {name}.") from None
    return portfolio


def close_portfolio(
    *, portfolio: Portfolio, to: Portfolio | None, reason: str, author_name: str = ""
) -> None:
    """Move everybody out and close. Raises PortfolioRefused for the house."""
    if portfolio.is_house:
        raise PortfolioRefused("The house portfolio stays open: new customers need a place.")
    with transaction.atomic():
        # Locked first, so that nobody can be transferred in while the last ones move out.
        held = Portfolio.objects.select_for_update().get(id=portfolio.id)
        customers = _customers_of(held)
        if customers:
            transfer_customers(
                customer_ids=customers, to=to or house_portfolio(), reason=reason, author_name=author_name
            )
        held.closed_at = timezone.now()
        held.save(update_fields=["closed_at"])


def hand_over_portfolios(leaver_id: UUID, successor_id: UUID | None) -> None:
    """A member leaves: the successor takes the portfolios, or their customers go to the house."""
    for portfolio in Portfolio.objects.filter(manager_id=leaver_id, closed_at=None):
        if successor_id:
            Portfolio.objects.filter(id=portfolio.id).update(manager_id=successor_id)
        else:
            close_portfolio(portfolio=portfolio, to=None, reason="their manager left")


def _customers_of(portfolio: Portfolio) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id FROM portfolios_assignment"
            " WHERE tenant_id = %s AND portfolio_id = %s AND upper_inf(period)",
            [current_tenant_id(), portfolio.id],
        )
        return [row[0] for row in cursor.fetchall()]


def _require_here(member: Member) -> None:
    if member.left_at:
        raise PortfolioRefused(f"{member.name} has left; choose a member who is here.")

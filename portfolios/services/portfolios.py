"""Portfolios open, change hands and close; a member who leaves hands them over."""

from uuid import UUID

from django.db import IntegrityError, transaction

from portfolios.models import Portfolio
from portfolios.services.assignments import house_portfolio
from portfolios.services.closing import UNFINISHED, closing_job, empty_and_close
from portfolios.services.locks import hold_to_close
from tenancy.models import Job, Member, Unit
from tenancy.services.members import MemberRefused


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
) -> Job | None:
    """Move everybody out and close; where they are many a job does it, and is returned.

    Raises PortfolioRefused, also for the house, and TransferRefused.
    """
    if portfolio.is_house:
        raise PortfolioRefused("The house portfolio stays open: new customers need a place.")
    target = to or house_portfolio()
    if target.id == portfolio.id:
        raise PortfolioRefused("Its customers need another portfolio than the one that closes.")
    if not reason.strip():
        raise PortfolioRefused("Say why; it stays in each customer’s history.")
    with transaction.atomic():
        if not hold_to_close([portfolio.id], target.id):
            raise PortfolioRefused(f"{target.name} is closed, or just closing; choose another.")
        held = Portfolio.objects.get(id=portfolio.id)
        _require_free(held)
        return empty_and_close(portfolio=held, to=target, reason=reason, author_name=author_name)


def hand_over_portfolios(leaver_id: UUID, successor_id: UUID | None) -> None:
    """A member leaves: the successor takes the portfolios, or their customers go to the house. Raises MemberRefused."""
    theirs = Portfolio.objects.filter(manager_id=leaver_id, closed_at=None)
    if successor_id:
        theirs.update(manager_id=successor_id)
        return
    house = house_portfolio()
    # All of them before the first customer is locked: see locks.py.
    hold_to_close(theirs.values_list("id", flat=True), house.id)
    try:
        for portfolio in theirs.filter(closing_to=None).order_by("id"):
            _require_free(portfolio)
            empty_and_close(portfolio=portfolio, to=house, reason="their manager left", author_name="")
    except PortfolioRefused as refusal:
        raise MemberRefused(f"{refusal} Or let a successor take over.") from refusal


def _require_free(portfolio: Portfolio) -> None:
    """Raise PortfolioRefused where it is closed, is being closed, or takes in the customers of one that is."""
    if portfolio.closed_at:
        raise PortfolioRefused(f"{portfolio.name} is closed already.")
    job = closing_job(portfolio) if portfolio.closing_to_id else None
    if job and job.state in UNFINISHED:
        raise PortfolioRefused(f"{portfolio.name} is being closed already.")
    other = Portfolio.objects.filter(closing_to=portfolio, closed_at=None).first()
    if other:
        raise PortfolioRefused(
            f"The customers of {other.name} are just moving into {portfolio.name}; close it when they are there."
        )


def _require_here(member: Member) -> None:
    if member.left_at:
        raise PortfolioRefused(f"{member.name} has left; choose a member who is here.")

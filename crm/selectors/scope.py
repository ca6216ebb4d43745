"""Customers that somebody may see. Every read of customers, in any room, starts here."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from crm.models import Customer, CustomerSummary
from tenancy.access import Access
from tenancy.registries import customer_visibility


def visible_portfolios(access: Access) -> list[UUID] | None:
    """Ids of portfolios in the scope; None: all. portfolios registered how to tell."""
    return customer_visibility["portfolios"](access)


def visible_summaries(access: Access, *, trashed: bool = False) -> QuerySet[CustomerSummary]:
    """Summary rows in the scope of `access`."""
    rows = CustomerSummary.objects.filter(trashed=trashed)
    portfolios = visible_portfolios(access)
    return rows if portfolios is None else rows.filter(portfolio_id__in=portfolios)


def visible_customers(access: Access, *, trashed: bool = False) -> QuerySet[Customer]:
    """Customers in the scope of `access`, with their summaries."""
    rows = Customer.objects.select_related("summary").filter(trashed_at__isnull=not trashed)
    portfolios = visible_portfolios(access)
    return rows if portfolios is None else rows.filter(summary__portfolio_id__in=portfolios)


def visible_customer(access: Access, customer_id: UUID, *, trashed: bool = False) -> Customer | None:
    """One customer in the scope, or None: outside is as if it did not exist."""
    return visible_customers(access, trashed=trashed).filter(id=customer_id).first()


def serviceable_customer(access: Access, customer_id: UUID) -> Customer | None:
    """Frontline staff serve whoever walks in: any customer, but only as a service card, and logged."""
    if not access.may("crm.open_service_card"):
        return None
    return Customer.objects.select_related("summary").filter(id=customer_id, trashed_at=None).first()


def names_of(customer_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Names for the log of looks, which its readers may read whole; erased customers are left out."""
    return dict(Customer.objects.filter(id__in=customer_ids).values_list("id", "name"))

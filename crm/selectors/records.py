"""What endpoints and pages read of customers, orders and costs, within the scope of whoever asks."""

from uuid import UUID

from django.db.models import QuerySet

from crm.models import (
    ContactPoint,
    CostEvent,
    Customer,
    CustomerSummary,
    DatumSource,
    Import,
    ImportRow,
    Order,
    TimelineEntry,
)
from crm.selectors.scope import visible_customers, visible_portfolios, visible_summaries
from tenancy.access import Access


def customer_rows(access: Access) -> QuerySet[CustomerSummary]:
    """Summaries with their customers: one row has all that a list shows and sorts by."""
    return visible_summaries(access).select_related("customer")


def customer_row(access: Access, customer_id: UUID) -> CustomerSummary | None:
    return customer_rows(access).filter(customer_id=customer_id).first()


def written_customer_row(customer_id: UUID) -> CustomerSummary | None:
    """A customer whom the caller has just written, who may be outside their scope now (new: in the house)."""
    return CustomerSummary.objects.select_related("customer").filter(customer_id=customer_id).first()


def customer_by_number(access: Access, external_id: str) -> Customer | None:
    """The customer with this number, within the scope."""
    return visible_customers(access).filter(external_id=external_id).first()


def visible_ids(access: Access, customer_ids: set[UUID]) -> set[UUID]:
    """Those of these customers who are in the scope."""
    return set(
        visible_summaries(access).filter(customer_id__in=customer_ids).values_list("customer_id", flat=True)
    )


def trashed_customer(access: Access, customer_id: UUID) -> Customer | None:
    return visible_customers(access, trashed=True).filter(id=customer_id).first()


def contact_points_of(customer_id: UUID) -> QuerySet[ContactPoint]:
    """Of a customer whom the caller may see: primary ones first."""
    return ContactPoint.objects.filter(customer_id=customer_id).order_by("kind", "-is_primary", "id")


def contact_point_of(customer_id: UUID, point_id: UUID) -> ContactPoint | None:
    rows = ContactPoint.objects.select_related("customer")
    return rows.filter(customer_id=customer_id, id=point_id).first()


def timeline_of(customer_id: UUID) -> QuerySet[TimelineEntry]:
    return TimelineEntry.objects.filter(customer_id=customer_id)


def sources_of(customer_id: UUID) -> list[DatumSource]:
    """Where single attributes came from, where that is not where the customer came from."""
    return list(DatumSource.objects.filter(customer_id=customer_id).order_by("field"))


def visible_orders(access: Access) -> QuerySet[Order]:
    """Orders of customers in the scope; anonymous sales belong to nobody and need the whole scope."""
    portfolios = visible_portfolios(access)
    if portfolios is None:
        return Order.objects.all()
    return Order.objects.filter(customer__summary__portfolio_id__in=portfolios)


def visible_order(access: Access, order_id: UUID) -> Order | None:
    """One order with its lines and their products."""
    rows = visible_orders(access).select_related("customer")
    return rows.prefetch_related("lines__product").filter(id=order_id).first()


def last_order_of(customer_id: UUID) -> Order | None:
    sales = Order.objects.filter(customer_id=customer_id, kind=Order.Kind.SALE)
    return sales.order_by("-ordered_at", "id").first()


def visible_costs(access: Access) -> QuerySet[CostEvent]:
    portfolios = visible_portfolios(access)
    if portfolios is None:
        return CostEvent.objects.all()
    return CostEvent.objects.filter(customer__summary__portfolio_id__in=portfolios)


def visible_imports(access: Access) -> QuerySet[Import]:
    """Everybody's for who sees all customers, else one's own."""
    rows = Import.objects.select_related("file", "job")
    return rows if visible_portfolios(access) is None else rows.filter(created_by=access.member)


def visible_import(access: Access, import_id: UUID) -> Import | None:
    return visible_imports(access).filter(id=import_id).first()


def rejected_rows(import_id: UUID) -> QuerySet[ImportRow]:
    """Of an import that the caller may see."""
    return ImportRow.objects.filter(import_run_id=import_id)

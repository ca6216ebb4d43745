"""Customers come, change, go to the trash and return."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from crm.events import CustomerChanged, CustomerCreated, CustomersTrashed
from crm.keys import name_key
from crm.models import Customer, CustomerSummary, DatumSource
from crm.services.summaries import refresh_summaries, tenant_today
from crm.services.timeline import Entry, add_entries, add_entry
from tenancy.context import current_actor
from tenancy.models import Member, TenantProfile
from tenancy.outbox import emit
from tenancy.registries import customer_openers

EDITABLE = ("kind", "name", "external_id", "country", "language", "time_zone", "acts_for_id")


class CustomerRefused(ValueError):
    """A customer cannot be made or changed so. `field` says what to mend."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Conflict(Exception):
    """Somebody else changed the customer meanwhile; nothing was written.

    `theirs` are the fields they changed since: name -> value now.
    """

    customer: Customer
    theirs: dict[str, Any]


def open_customer(
    *, name: str, source: str, source_detail: str = "", portfolio_id: UUID | None = None, **values: Any
) -> Customer:
    """One new customer, in a portfolio from this instant. Raises CustomerRefused."""
    customer = Customer(name=name.strip(), source=source, source_detail=source_detail, **values)
    if not customer.name:
        raise CustomerRefused("A customer needs a name.", field="name")
    try:
        with transaction.atomic():
            open_customers([customer], portfolio_id=portfolio_id)
            emit(CustomerCreated(customer_id=customer.id))
    except IntegrityError as error:
        raise _refusal(error, customer) from error
    return customer


def open_customers(customers: Sequence[Customer], *, portfolio_id: UUID | None = None) -> None:
    """Insert new customers with their summaries and let the right rooms open them, in one transaction."""
    now = timezone.now()
    for customer in customers:
        customer.name_key = name_key(customer.name)
        customer.created_at = customer.created_at or now
    Customer.objects.bulk_create(customers, batch_size=2000)
    CustomerSummary.objects.bulk_create(
        [CustomerSummary(customer=customer, name_key=customer.name_key) for customer in customers],
        batch_size=2000,
    )
    run_openers([customer.id for customer in customers], portfolio_id=portfolio_id)
    add_entries([
        Entry(customer.id, customer.created_at, "created", "created", "Became a customer here",
              text=customer.source_detail)
        for customer in customers
    ])  # fmt: skip


def run_openers(customer_ids: Sequence[UUID], *, portfolio_id: UUID | None = None) -> None:
    """Hand new customers to the rooms on the right; portfolios puts each into one portfolio."""
    customer_openers.require()
    for opener in customer_openers:
        opener(customer_ids, portfolio_id)


def change_customer(
    *, customer: Customer, version: int, changes: dict[str, Any], source: str, source_detail: str = ""
) -> Customer:
    """Change fields of `EDITABLE`, each with its source.

    `version` is the one the writer saw. Changes of different fields by two people are both kept; the same
    field changed meanwhile raises Conflict with what it is now. Raises CustomerRefused.
    """
    unknown = set(changes) - set(EDITABLE)
    if unknown:
        raise CustomerRefused(f"Not editable: {', '.join(sorted(unknown))}.", field=min(unknown))
    with transaction.atomic():
        current = Customer.objects.select_for_update().get(id=customer.id)
        different = {field: value for field, value in changes.items() if getattr(current, field) != value}
        if current.version != version:
            _refuse_overlap(current, customer, different)
        if not different:
            return current
        return _apply(current, different, source=source, source_detail=source_detail)


def _refuse_overlap(current: Customer, seen: Customer, different: dict[str, Any]) -> None:
    """Raise Conflict when a field about to be written was changed by somebody since `seen` was read."""
    theirs = {
        field: getattr(current, field)
        for field in different
        if getattr(current, field) != getattr(seen, field)
    }
    if theirs:
        raise Conflict(current, theirs)


def _apply(customer: Customer, changes: dict[str, Any], *, source: str, source_detail: str) -> Customer:
    for field, value in changes.items():
        setattr(customer, field, value)
    customer.name = customer.name.strip()
    customer.name_key = name_key(customer.name)
    customer.version += 1
    try:
        with transaction.atomic():
            customer.save()
    except IntegrityError as error:
        raise _refusal(error, customer) from error
    if "name" in changes:
        CustomerSummary.objects.filter(customer=customer).update(name_key=customer.name_key)
    note_sources(customer=customer, fields=list(changes), source=source, source_detail=source_detail)
    emit(CustomerChanged(customer_id=customer.id, fields=tuple(sorted(changes))))
    return customer


def note_sources(*, customer: Customer, fields: Sequence[str], source: str, source_detail: str) -> None:
    """Remember where each of these attributes came from, now."""
    DatumSource.objects.bulk_create(
        [
            DatumSource(customer=customer, field=f, source=source, source_detail=source_detail, actor=current_actor(),
                        recorded_at=timezone.now())
            for f in fields
        ],
        update_conflicts=True,
        unique_fields=["tenant", "customer", "field"],
        update_fields=["source", "source_detail", "actor", "recorded_at"],
    )  # fmt: skip


def set_manual_status(*, customer: Customer, status: str, until: date, by: Member) -> Customer:
    """Overrule the derived status until a day; "" takes that back. Raises CustomerRefused for a day that is past."""
    if status and until < tenant_today(TenantProfile.objects.get()):
        raise CustomerRefused("The end of a manual status lies in the future.", field="until")
    now = timezone.now()
    changed = {
        "manual_status": status, "manual_status_by": by, "manual_status_until": until if status else None,
        "version": F("version") + 1, "updated_at": now,
    }  # fmt: skip
    with transaction.atomic():
        Customer.objects.filter(id=customer.id).update(**changed)
        refresh_summaries([customer.id])
        words = (
            f"Status set to {status} until {until:%-d %b %Y}" if status else "Status follows the orders again"
        )
        add_entry(Entry(customer.id, now, "status", f"status:{now.timestamp()}", words, who=by.name))
        emit(CustomerChanged(customer_id=customer.id, fields=("manual_status",)))
    customer.refresh_from_db()
    return customer


def trash_customers(*, customer_ids: Sequence[UUID], by: Member | None) -> int:
    """Put customers aside; they keep their portfolio and can be restored. Returns how many were not there yet."""
    return _set_trashed(customer_ids, trashed_at=timezone.now(), trashed_by=by)


def restore_customers(*, customer_ids: Sequence[UUID]) -> int:
    """Take customers out of the trash, as they were. Returns how many were in it."""
    return _set_trashed(customer_ids, trashed_at=None, trashed_by=None)


def _set_trashed(
    customer_ids: Sequence[UUID], *, trashed_at: datetime | None, trashed_by: Member | None
) -> int:
    """Those of these customers who are not so yet, with their summaries; the event names only them."""
    others = Customer.objects.filter(id__in=customer_ids, trashed_at__isnull=trashed_at is not None)
    with transaction.atomic():
        ids = list(others.select_for_update(no_key=True).order_by("id").values_list("id", flat=True))
        Customer.objects.filter(id__in=ids).update(trashed_at=trashed_at, trashed_by=trashed_by)
        CustomerSummary.objects.filter(customer_id__in=ids).update(trashed=trashed_at is not None)
        if ids:
            emit(CustomersTrashed(customer_ids=tuple(ids), restored=trashed_at is None))
    return len(ids)


def _refusal(error: IntegrityError, customer: Customer) -> CustomerRefused:
    if "customer_external_id_once" in str(error):
        return CustomerRefused(
            f"The number {customer.external_id!r} belongs to another customer.", field="external_id"
        )
    if "acts_for" in str(error):
        return CustomerRefused("There is no such organisation.", field="acts_for")
    return CustomerRefused("The database refused this customer; check name and number.")

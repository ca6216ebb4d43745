"""How a customer can be reached: normalised, with its source, one primary of each kind."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from crm.events import CustomerChanged
from crm.keys import AddressRefused, value_key
from crm.models import ContactPoint, Customer
from crm.services.timeline import Entry, add_entry
from tenancy.db.ids import new_id
from tenancy.models import TenantProfile
from tenancy.outbox import emit
from tenancy.registries import address_changes

EDITABLE = ("value", "is_primary", "invalid")


class ContactPointRefused(ValueError):
    """The address cannot be kept so. `field` says what to mend; `taken` whether the customer has it already."""

    def __init__(self, message: str, *, field: str = "value", taken: bool = False) -> None:
        super().__init__(message)
        self.field, self.taken = field, taken


def add_contact_point(
    *, customer: Customer, kind: str, value: str, source: str, source_detail: str = "", is_primary: bool = False,
    who: str = "",
) -> ContactPoint:  # fmt: skip
    """Add an address; the first of its kind is the primary one. Raises ContactPointRefused."""
    with transaction.atomic():
        _lock(customer)
        point = ContactPoint(
            customer=customer, kind=kind, value=value.strip(), value_key=_key(kind, value, customer),
            source=source, source_detail=source_detail,
        )  # fmt: skip
        point.is_primary = is_primary or not _of_kind(customer, kind).exists()
        _write(point)
        _tell(point, "added", who)
    return point


def change_contact_point(
    *, point: ContactPoint, changes: dict[str, Any], source: str, source_detail: str = "", who: str = ""
) -> ContactPoint:
    """Change `value`, `is_primary` or `invalid` (it does not reach the customer). Raises ContactPointRefused.

    Another value is another datum: it has a new source and is not verified.
    """
    unknown = set(changes) - set(EDITABLE)
    if unknown:
        raise ContactPointRefused(f"Not editable: {', '.join(sorted(unknown))}.", field=min(unknown))
    with transaction.atomic():
        _lock(point.customer)
        before = point.value_key
        if "value" in changes and changes["value"].strip() != point.value:
            point.value = changes["value"].strip()
            point.value_key = _key(point.kind, point.value, point.customer)
            point.source, point.source_detail = source, source_detail
            point.verified_at = point.invalid_at = None
        if "invalid" in changes:
            point.invalid_at = (point.invalid_at or timezone.now()) if changes["invalid"] else None
        _change_primary(point, changes.get("is_primary"))
        _write(point)
        if point.value_key != before:
            for forget in address_changes:
                forget([point.id])
        _tell(point, "changed", who)
    return point


def _change_primary(point: ContactPoint, wanted: bool | None) -> None:
    if wanted is False and point.is_primary:
        raise ContactPointRefused("Make another one primary instead.", field="is_primary")
    point.is_primary = point.is_primary or bool(wanted)


def verify_contact_point(*, point: ContactPoint, who: str = "") -> ContactPoint:
    """Somebody saw that the address reaches the customer."""
    with transaction.atomic():
        _lock(point.customer)
        point.verified_at, point.invalid_at = timezone.now(), None
        point.save(update_fields=["verified_at", "invalid_at"])
        _tell(point, "verified", who)
    return point


def remove_contact_point(*, point: ContactPoint, who: str = "") -> None:
    """Take an address away; where it was primary the oldest other of its kind becomes so."""
    with transaction.atomic():
        customer = _lock(point.customer)
        _tell(point, "removed", who)
        ContactPoint.objects.filter(id=point.id).delete()
        heir = _of_kind(customer, point.kind).order_by("created_at", "id").first()
        if point.is_primary and heir:
            heir.is_primary = True
            heir.save(update_fields=["is_primary"])


def _lock(customer: Customer) -> Customer:
    """Two changes of one customer's addresses wait for each other."""
    return Customer.objects.select_for_update(no_key=True).get(id=customer.id)


def _of_kind(customer: Customer, kind: str) -> Any:
    return ContactPoint.objects.filter(customer_id=customer.id, kind=kind)


def _key(kind: str, value: str, customer: Customer) -> str:
    try:
        return value_key(kind, value, country=customer.country or TenantProfile.objects.get().country)
    except AddressRefused as error:
        raise ContactPointRefused(str(error)) from None


def _write(point: ContactPoint) -> None:
    """Save, and take the primary place from whoever had it."""
    if not point.value_key:
        raise ContactPointRefused("An address cannot be empty.")
    try:
        with transaction.atomic():
            if point.is_primary:
                held = _of_kind(point.customer, point.kind).filter(is_primary=True).exclude(id=point.id)
                held.update(is_primary=False)
            point.save()
    except IntegrityError as error:
        if "contact_point_once_a_customer" in str(error):
            raise ContactPointRefused("The customer has this address already.", taken=True) from error
        raise


def _tell(point: ContactPoint, what: str, who: str) -> None:
    # The address itself stays out: the timeline is read by more people and kept longer.
    title = f"{point.get_kind_display().capitalize()} {what}"
    key = f"contact_point:{new_id()}"
    add_entry(Entry(point.customer_id, timezone.now(), "change", key, title, who=who))
    emit(CustomerChanged(customer_id=point.customer_id, fields=("contact_points",)))

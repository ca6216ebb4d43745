"""Who holds a link, as far as our rows still know them."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from crm.models import ContactPoint, Customer
from privacy.links import marks_of
from privacy.models import ConsentEvent, ConsentText, Person
from tenancy.links import Link

FRESH = timedelta(days=1)
_DOTS = "•" * 7


@dataclass(frozen=True)
class Holder:
    """`customer` None: nothing is kept about them any more. `point` None: the address is not theirs any more."""

    customer: Customer | None
    point: ContactPoint | None

    @property
    def language(self) -> str:
        return self.customer.language if self.customer else ""

    @property
    def masked(self) -> str:
        return masked(self.point.kind, self.point.value) if self.point else ""


def holder_of(link: Link) -> Holder:
    """For links that carry customer, contact point and mark.

    A contact point goes before the customer: where records were joined it went along. Whoever is in the trash is still
    a person with rights.
    """
    customer_id, point_id, mark = link.ids[:3]
    point = ContactPoint.objects.select_related("customer").filter(id=point_id).first()
    customer = point.customer if point else Customer.objects.filter(id=customer_id).first()
    if customer is None or is_erased(customer.id):
        return Holder(None, None)
    return Holder(customer, point if point and mark in marks_of(point) else None)


def is_erased(customer_id: UUID) -> bool:
    return Person.objects.filter(customer_id=customer_id, erased_at__isnull=False).exists()


def event_to_confirm(link: Link) -> ConsentEvent | None:
    """The double opt-in that a link confirms; None where the person was erased since."""
    customer_id, event_id = link.ids
    rows = ConsentEvent.objects.select_related("customer").filter(
        id=event_id, customer_id=customer_id, action="grant"
    )
    event = rows.first()
    return None if event is None or is_erased(customer_id) else event


def opt_in_to_confirm(event_id: UUID) -> ConsentEvent | None:
    """A double opt-in that began and was not erased since."""
    event = ConsentEvent.objects.select_related("customer").filter(id=event_id).first()
    if event is None or not begins_opt_in(event) or is_erased(event.customer_id):
        return None
    return event


def begins_opt_in(event: ConsentEvent) -> bool:
    """By e-mail and within the day: an old one that an import brings is left alone."""
    is_one = (event.action, event.channel, event.method) == ("grant", "email", "double_opt_in")
    return is_one and event.occurred_at is not None and event.recorded_at - event.occurred_at < FRESH


def address_said_for(event: ConsentEvent) -> str:
    """The address of an event, as it was given; empty where there was none or it was erased."""
    return ConsentText.objects.filter(event=event).values_list("address", flat=True).first() or ""


def point_said_for(event: ConsentEvent) -> ContactPoint | None:
    """The contact point with the address of an event, if the customer still has it."""
    address = address_said_for(event).strip().lower()
    rows = ContactPoint.objects.filter(customer_id=event.customer_id, kind=ContactPoint.Kind.EMAIL)
    return next((point for point in rows if address in (point.value.lower(), point.value_key)), None)


def masked(kind: str, value: str) -> str:
    """An address that its owner knows again and nobody else learns: "r•••••••g@veldpost.example", "+44•••••••21"."""
    if kind == ContactPoint.Kind.EMAIL:
        local, _, domain = value.strip().rpartition("@")
        last = local[-1] if len(local) > 2 else ""
        return f"{local[:1]}{_DOTS}{last}@{domain}"
    if kind == ContactPoint.Kind.PHONE:
        return f"{value[:3]}{_DOTS}{value[-2:]}"
    return _DOTS

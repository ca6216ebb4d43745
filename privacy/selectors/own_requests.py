"""What a person asked for on their own page, and how far it is."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils import timezone

from crm.models import Customer
from privacy.clocks import clock_for, due_by
from privacy.models import PersonRequest
from privacy.selectors.exports import export_of
from tenancy.models import StoredFile, TenantProfile

SHOWN_FOR: Final = timedelta(days=1)
"""How long a file that was taken is offered again; then the person asks for a fresh one."""


@dataclass(frozen=True)
class TakeAlong:
    """`file` None: it is being assembled."""

    request: PersonRequest
    file: StoredFile | None


def open_request_of(customer: Customer, kind: str) -> PersonRequest | None:
    """Of this kind, asked by the person's own link and not closed."""
    found = PersonRequest.objects.filter(customer=customer, kind=kind, came="link", closed_at=None)
    return found.order_by("received_at").first()


def take_along_of(customer: Customer) -> TakeAlong | None:
    """The newest file that the person asked for on their page."""
    asked = PersonRequest.objects.select_related("export_job").filter(
        customer=customer, kind="access", came="link", export_job__isnull=False,
        received_at__gt=timezone.now() - SHOWN_FOR,
    )  # fmt: skip
    newest = asked.order_by("-received_at").first()
    return TakeAlong(newest, export_of(newest)) if newest else None


def days_to_answer(customer: Customer) -> int:
    """How long an answer to this customer may take by their law."""
    profile = TenantProfile.objects.get()
    now = timezone.now()
    return (due_by(clock_for(customer.country or profile.country), now, profile.time_zone) - now).days

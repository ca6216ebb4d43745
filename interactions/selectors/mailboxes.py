"""Mailboxes, and the mail that waits for somebody."""

from uuid import UUID

from crm.keys import AddressRefused, email_key
from interactions.models import Mailbox
from tenancy.context import tenant_context
from tenancy.models import Tenant


def mailboxes() -> list[Mailbox]:
    """Those that take mail, by their address."""
    return list(Mailbox.objects.filter(is_active=True).order_by("address"))


def mailbox_here(mailbox_id: UUID) -> Mailbox | None:
    return Mailbox.objects.filter(id=mailbox_id, is_active=True).first()


def mailbox_at(address: str) -> Mailbox | None:
    """The mailbox of the active company with this address."""
    try:
        return Mailbox.objects.filter(address=email_key(address), is_active=True).first()
    except AddressRefused:
        return None


def companies_with(address: str) -> list[Tenant]:
    """The active companies that take mail at this address; for whoever runs the installation."""
    found = []
    for tenant in Tenant.objects.filter(state=Tenant.State.ACTIVE).order_by("slug"):
        with tenant_context(tenant.id):
            if mailbox_at(address):
                found.append(tenant)
    return found

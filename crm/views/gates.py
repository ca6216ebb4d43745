"""Get the customer and know that one was allowed to. Outside the scope is as if it did not exist."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from crm.models import Customer
from crm.selectors.scope import serviceable_customer, visible_customer
from tenancy.requests import TenantRequest
from tenancy.services.audit import note_access


def record_or_404(request: TenantRequest, customer_id: UUID) -> Customer:
    """A customer whose full record may be opened; also from the trash."""
    access = request.access
    if not access.may("crm.view_customer"):
        raise Http404
    found = visible_customer(access, customer_id) or visible_customer(access, customer_id, trashed=True)
    if found is None:
        raise Http404
    return found


def changeable_or_404(request: TenantRequest, customer_id: UUID, permission: str) -> Customer:
    """A record that may also be changed so. Seen but not changeable is refused in words."""
    found = record_or_404(request, customer_id)
    if not request.access.may(permission):
        raise PermissionDenied("Your role may see this customer, but not change this.")
    return found


def card_or_404(request: TenantRequest, customer_id: UUID) -> Customer:
    """Any customer of the tenant as a service card; the look is logged, also a refused one."""
    found = serviceable_customer(request.access, customer_id)
    subject = customer_id if found else None
    purpose = "" if found is None else _served_by(request, customer_id)
    note_access(request, view="service card", subject_id=subject, purpose=purpose, allowed=found is not None)
    if found is None:
        raise Http404
    return found


def _served_by(request: TenantRequest, customer_id: UUID) -> str:
    """What a service card is opened for, without asking: whoever serves has no hand free for it."""
    own = visible_customer(request.access, customer_id) is not None
    return "serving a customer in their scope" if own else "serving a customer outside their scope"

"""Of whom something is written over the API: whoever the caller may serve."""

from uuid import UUID

from crm.models import Customer
from interactions.models import Interaction
from interactions.selectors.serving import contact_with, customer_to_serve
from interactions.services.holding import CustomerRefused
from interactions.services.refusals import Refused
from tenancy.access import Access


def customer_served(access: Access, customer_id: UUID) -> Customer:
    """A customer in scope, or one whose service card may be opened. Raises CustomerRefused."""
    found = customer_to_serve(access, customer_id)
    if found is None:
        raise CustomerRefused("There is no such customer.", field="customer", code="customer_unknown")
    return found


def interaction_of(customer: Customer, interaction_id: UUID | None) -> Interaction | None:
    """A contact with this customer. Raises Refused."""
    contact = contact_with(customer, interaction_id) if interaction_id else None
    if interaction_id and contact is None:
        raise Refused("There is no such contact with this customer.", field="interaction")
    return contact

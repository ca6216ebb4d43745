"""Whom somebody may serve, and the contacts that are evidence of what was said."""

from uuid import UUID

from crm.models import Customer
from crm.selectors.scope import serviceable_customer, visible_customer
from interactions.models import Interaction
from tenancy.access import Access


def customer_to_serve(access: Access, customer_id: UUID) -> Customer | None:
    """A customer in scope, or one whose service card may be opened."""
    return visible_customer(access, customer_id) or serviceable_customer(access, customer_id)


def contact_with(customer: Customer, interaction_id: UUID) -> Interaction | None:
    """A contact with this customer, or None."""
    return Interaction.objects.filter(id=interaction_id, customer=customer).first()

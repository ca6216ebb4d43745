"""Questions for the gate, and ledgers to ask them about."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from crm.models import ContactPoint, Customer
from crm.services.contact_points import add_contact_point
from privacy.gate import Ask
from privacy.models import ConsentEvent
from privacy.policy.facts import Message
from privacy.services.consents import ConsentEntry, record_consent
from tests.cast import Company

NEWSLETTER = Message(has_sender_identity=True, has_postal_address=True, has_opt_out=True)
MAY = datetime(2026, 5, 1, 12, tzinfo=UTC)


def may(customer: Customer | UUID, channel: str = "email", purpose: str = "newsletter", **values: Any) -> Ask:
    """A decent message: it says who writes and offers a way out."""
    customer_id = customer if isinstance(customer, UUID) else customer.id
    return Ask(customer_id=customer_id, channel=channel, purpose=purpose, **{"message": NEWSLETTER, **values})


def give_address(customer: Customer, value: str = "", kind: str = "email") -> ContactPoint:
    return add_contact_point(
        customer=customer,
        kind=kind,
        value=value or f"{customer.id.hex}@example.org",
        source="member",
        who="Alice",
    )


def say(customer: Customer, action: str = "grant", **values: Any) -> ConsentEvent:
    """A sound grant, or a stop, of the newsletter by e-mail."""
    values = {
        "channel": "email", "purposes": ("newsletter",), "method": "web_form", "source": "sign-up form",
        "occurred_at": MAY if action == "grant" else None, "wording": "specific", "evidence": ("form:1",), **values,
    }  # fmt: skip
    return record_consent(ConsentEntry(customer_id=customer.id, action=action, **values)).event


def reachable(company: Company, key: str = "ada", **values: Any) -> Customer:
    """A customer with an e-mail address and a sound consent to the newsletter."""
    customer = company.customer[key]
    give_address(customer, **values)
    say(customer)
    return customer

"""Sending privacy's own letters: each asks the gate first, and a no is an answer, not an error."""

from django.db import transaction

from crm.models import ContactPoint
from privacy.delivery import send_email
from privacy.gate import Ask, Given, Permit, permit
from privacy.letters import confirmation_letter, data_letter, preferences_letter
from privacy.models import ConsentEvent
from privacy.policy.facts import Message
from privacy.selectors.holders import point_said_for
from privacy.selectors.purposes import find_purpose
from tenancy.db.ids import new_id

ANSWER_PURPOSE = "privacy_answer"
CONFIRM_PURPOSE = "doi_request"
OWN = Message(has_sender_identity=True, has_postal_address=True, has_opt_out=True, automated=True)
"""What our own letters are: they name the sender, offer a way out, and promote nothing."""


def send_confirmation(*, event: ConsentEvent) -> bool:
    """Ask once whether a double opt-in is meant. False where the gate says no or it was asked before."""
    point, purpose = point_said_for(event), find_purpose(event.purposes[0])
    if point is None or purpose is None:
        return False
    with transaction.atomic():
        given = permit(_ask(point, CONFIRM_PURPOSE, "double opt-in"), key=f"confirm:{event.id}")
        if isinstance(given, Permit):
            send_email(given, confirmation_letter(event, purpose))
    return isinstance(given, Permit)


def send_data_link(*, point: ContactPoint, language: str) -> bool:
    """A fresh link to everything we know, to the address itself. False where the gate says no."""
    with transaction.atomic():
        given = permit(_ask(point, ANSWER_PURPOSE, "data page"), key=f"data:{new_id()}")
        if isinstance(given, Permit):
            send_email(given, data_letter(point, language))
    return isinstance(given, Permit)


def send_preferences_link(*, point: ContactPoint, language: str) -> Given | None:
    """The link to the person's own page, because they asked a member for it. The gate's answer where it says no."""
    with transaction.atomic():
        given = permit(_ask(point, ANSWER_PURPOSE, "preference link"), key=f"preferences:{new_id()}")
        if isinstance(given, Permit):
            send_email(given, preferences_letter(point, language))
            return None
    return given if isinstance(given, Given) else None


def _ask(point: ContactPoint, purpose: str, asked_for: str) -> Ask:
    return Ask(
        customer_id=point.customer_id, channel="email", purpose=purpose, message=OWN, contact_point_id=point.id,
        asked_for=asked_for,
    )  # fmt: skip

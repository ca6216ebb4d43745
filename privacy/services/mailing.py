"""Sending privacy's own letters: each asks the gate first, and a no is an answer, not an error.

What somebody asked for on a page goes out while they wait. What a worker sends goes out once: it is claimed, the claim
is committed with the worker's step, and only then it is handed over. A worker that dies in between leaves a claim that
nobody takes up, for nobody knows whether the mail server has the letter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import transaction

from crm.models import ContactPoint
from privacy.delivery import Mail, NotTaken, send_email
from privacy.gate import Ask, Claim, Given, Permit, permit, reserve
from privacy.letters import confirmation_letter, data_letter, preferences_letter
from privacy.models import ConsentEvent
from privacy.policy.facts import Message
from privacy.selectors.holders import point_said_for
from privacy.selectors.purposes import find_purpose
from privacy.services.contacts import let_contact_go
from tenancy.context import current_tenant_id, tenant_context
from tenancy.db.ids import new_id
from tenancy.outbox import Then

ANSWER_PURPOSE = "privacy_answer"
CONFIRM_PURPOSE = "doi_request"
OWN = Message(has_sender_identity=True, has_postal_address=True, has_opt_out=True, automated=True)
"""What our own letters are: they name the sender, offer a way out, and promote nothing."""


@dataclass(frozen=True)
class Letter:
    """A letter that goes out once. `write` is called when it goes; `told` says, in its transaction, whether it did."""

    write: Callable[[], Mail]
    told: Callable[[bool], object] = lambda was_sent: None


def send_once(ask: Ask, letter: Letter, *, key: str) -> Then | None:
    """Claim a letter in the caller's transaction; call what is returned when that is committed.

    None where the gate says no, or a letter under this key went out before, or may have.
    """
    with transaction.atomic():
        claim = reserve(ask, key=key, once=True)
        if isinstance(claim, Given):
            letter.told(False)
        return partial(_hand_over, current_tenant_id(), claim, letter) if isinstance(claim, Claim) else None


def _hand_over(tenant_id: UUID, claim: Claim, letter: Letter) -> None:
    """Raises NotTaken, with the claim taken back, where the mail server may take the letter another time."""
    try:
        with tenant_context(tenant_id):
            given = permit(claim.ask, key=claim.key, claim=claim)
            if isinstance(given, Permit):
                send_email(given, letter.write())
            letter.told(isinstance(given, Permit))
    except NotTaken as refused:
        with tenant_context(tenant_id):
            let_contact_go(contact_id=claim.contact_id)
            if refused.for_good:
                letter.told(False)
        if not refused.for_good:
            raise


def send_confirmation(*, event: ConsentEvent) -> Then | None:
    """Ask once whether a double opt-in is meant; see `send_once`."""
    point, purpose = point_said_for(event), find_purpose(event.purposes[0])
    if point is None or purpose is None:
        return None
    ask = own_ask(point, CONFIRM_PURPOSE, "double opt-in")
    return send_once(ask, Letter(lambda: confirmation_letter(event, purpose)), key=f"confirm:{event.id}")


def send_data_link(*, point: ContactPoint, language: str) -> bool:
    """A fresh link to everything we know, to the address itself. False where the gate says no."""
    with transaction.atomic():
        given = permit(own_ask(point, ANSWER_PURPOSE, "data page"), key=f"data:{new_id()}")
        if isinstance(given, Permit):
            send_email(given, data_letter(point, language))
    return isinstance(given, Permit)


def send_preferences_link(*, point: ContactPoint, language: str) -> Given | None:
    """The link to the person's own page, because they asked a member for it. The gate's answer where it says no."""
    with transaction.atomic():
        given = permit(own_ask(point, ANSWER_PURPOSE, "preference link"), key=f"preferences:{new_id()}")
        if isinstance(given, Permit):
            send_email(given, preferences_letter(point, language))
            return None
    return given if isinstance(given, Given) else None


def own_ask(point: ContactPoint, purpose: str, asked_for: str) -> Ask:
    """The gate's question about a letter of our own to this address."""
    return Ask(
        customer_id=point.customer_id, channel="email", purpose=purpose, message=OWN, contact_point_id=point.id,
        asked_for=asked_for,
    )  # fmt: skip

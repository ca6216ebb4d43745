"""A letter becomes a contact of its customer; whose it is when nobody knows, somebody says."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from crm.models import Customer
from crm.services.timeline import rewrite_entry
from interactions.models import InboundMail
from interactions.services.authors import Author
from interactions.services.contact import Contact, excerpt, timeline_entry
from interactions.services.holding import CustomerRefused
from interactions.services.inbound_sent import Sent
from interactions.services.inbound_stops import holders_of
from interactions.services.interactions import record_interaction
from interactions.services.news import Kind, note_news
from privacy.services.choices import WHO

State, Check = InboundMail.State, InboundMail.SenderCheck
UNPROVEN: Final = {
    Check.UNKNOWN: "Nobody checked that this comes from the address it names.",
    Check.DENIED: "This does not come from the address it names, by the word of our mail server.",
}
"""What a reader is to know of a sender, where it is not proven."""


def file_letter(mail: InboundMail, *, own: str, answered: Sent | None) -> None:
    """To the customer by whose address it came, where that is one and nothing speaks against it; else to a human.

    `own`: what the writer wrote now. `answered`: the message of ours that it answers. The caller saves the mail.
    """
    customer_id, mail.why = _whose(mail, answered)
    if customer_id is None:
        return
    try:
        record_letter(mail, Customer.objects.get(id=customer_id), own)
    except CustomerRefused as refused:
        mail.state, mail.why = State.UNMATCHED, str(refused)
        return
    if answered and answered.customer_id == customer_id and mail.kind != InboundMail.Kind.STOP:
        note_news(sent=answered, kind=Kind.ANSWERED, key=f"mail:{mail.id}", at=mail.received_at)


def _whose(mail: InboundMail, answered: Sent | None) -> tuple[UUID | None, str]:
    """The customer, or why it is not known."""
    if mail.sender_check == Check.DENIED:
        return None, UNPROVEN[Check.DENIED]
    holders = holders_of(mail.channel, mail.from_address)
    if answered and answered.customer_id in holders:
        return answered.customer_id, ""
    if len(holders) > 1:
        return None, f"{len(holders):,} customers have this address: say whose it is."
    return (holders[0], "") if holders else (None, "Nobody here has this address.")


def record_letter(mail: InboundMail, customer: Customer, own: str) -> None:
    """Raises CustomerRefused. The caller saves the mail, and holds it."""
    note = UNPROVEN.get(Check(mail.sender_check)) if mail.mailbox_id else None
    text = f"{mail.text}\n\n[{note}]" if note else mail.text
    contact = Contact(
        channel=mail.channel, occurred_at=mail.received_at, subject=mail.subject, text=text.strip()
    )
    interaction, _ = record_interaction(
        customer=customer, contact=contact, by=Author(_actor(mail), WHO), key=f"mail:{mail.id}"
    )
    # The timeline shows what was written now, not what it answers.
    rewrite_entry(replace(timeline_entry(interaction), text=excerpt(own or text)))
    mail.state, mail.customer, mail.interaction, mail.text = State.FILED, customer, interaction, ""


def _actor(mail: InboundMail) -> str:
    return f"mailbox:{mail.mailbox_id}" if mail.mailbox_id else f"connector:{mail.connector_id}"

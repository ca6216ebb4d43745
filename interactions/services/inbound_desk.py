"""What people do with mail that nobody could place: they say whose it is, or that nothing is to be done."""

from django.db import transaction

from crm.models import Customer
from interactions.mails.stop_words import stop_word_in
from interactions.mails.texts import own_words
from interactions.models import InboundMail
from interactions.services.holding import hold_customer
from interactions.services.inbound_filing import record_letter
from interactions.services.inbound_stops import Stop, stop_for
from interactions.services.refusals import Refused

Kind, State = InboundMail.Kind, InboundMail.State


class MailPlaced(Refused):
    """Somebody has placed this mail already."""


def place_mail(*, mail: InboundMail, customer: Customer) -> InboundMail:
    """Somebody says whose it is: it becomes a contact of that customer, and where it says stop, it stops.

    Raises MailPlaced, and CustomerRefused where nothing may be written of the customer now.
    """
    with transaction.atomic():
        hold_customer(customer.id)
        held = _held(mail)
        if held.kind == Kind.AUTOMATIC:
            held.kind = Kind.LETTER
        own = own_words(held.text)
        words = stop_word_in(own) or stop_word_in(held.subject)
        if held.kind == Kind.STOP and words:
            stop_for(held, Stop(held.channel, words), customer.id)
        held.why = ""
        record_letter(held, customer, own)
        held.save()
    return held


def ignore_mail(*, mail: InboundMail) -> InboundMail:
    """Nothing is to be done about it; it goes when mail of its age goes. Raises MailPlaced."""
    with transaction.atomic():
        held = _held(mail)
        held.state, held.why = State.IGNORED, "Somebody looked at it: nothing is to be done."
        held.save(update_fields=["state", "why"])
    return held


def _held(mail: InboundMail) -> InboundMail:
    held = InboundMail.objects.select_for_update(of=("self",)).filter(id=mail.id).first()
    if held is None or held.state == State.FILED:
        raise MailPlaced(
            "Somebody has placed this mail already, or it is gone. Look at the list again.", code="placed"
        )
    return held

"""Templates, and letters to a few customers.

Nothing is handed to a mail server: what the gate permits is noted as sent, what it refuses is held back with its
reason.
"""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from config.demo.companies import Shop
from crm.models import Customer
from interactions.models import Message, Template
from interactions.selectors.messages import filled
from interactions.services import message_ends as ends
from interactions.services.authors import SYSTEM, Author
from interactions.services.messages import TAKEN_BACK, queue_message
from interactions.services.sending import ask_of
from interactions.services.templates import Words, add_template, word_template
from portfolios.selectors.card import portfolio_of
from privacy.gate import Given, Permit, permit
from privacy.models import Purpose

LETTERS: Final = 24
READY, NEWS, CALL = "Your order is packed", "What is new this month", "Ask how it went"
TEXTS: Final = (
    (READY, "email", "order_confirmation", {
        "en": Words("en", "Your order is packed, {{ customer.first_name }}",
                    "Dear {{ customer.name }},\n\nyour order is packed and leaves us today. It is with you in two or "
                    "three days.\n\nIf something is not right, just answer this letter.\n\n{{ manager.name }}"),
        "es": Words("es", "Su pedido está listo, {{ customer.first_name }}",
                    "{{ customer.name }}:\n\nsu pedido está empaquetado y sale hoy. Llega en dos o tres días.\n\n"
                    "Si algo no está bien, responda a este mensaje.\n\n{{ manager.name }}"),
    }),
    (NEWS, "email", "newsletter", {
        "en": Words("en", "New at {{ company.name }}",
                    "Dear {{ customer.first_name }},\n\nthree things came in this month that we would tell a friend"
                    " about. Come by, or look at them on our site.\n\n{{ company.name }}"),
    }),
    (CALL, "phone", "marketing", {
        "en": Words("en", "How was it?", "Ask how the last order went, and what they are looking for next."),
    }),
)  # fmt: skip


def load_letters(shop: Shop) -> None:
    """In the tenant's context; the same keys again change nothing."""
    templates = {name: _template(name, channel, purpose, words) for name, channel, purpose, words in TEXTS}
    known = set(Purpose.objects.values_list("key", flat=True))
    usable = [one for one in templates.values() if one.purpose in known and one.channel == "email"]
    customers = Customer.objects.select_related("summary").filter(
        trashed_at=None, kind="person", summary__orders__gt=0
    )
    for number, customer in enumerate(customers.order_by("-summary__last_order_on", "name_key")[:LETTERS]):
        _write(customer, usable[number % len(usable)], f"demo:letter:{customer.id}")


def _template(name: str, channel: str, purpose: str, words: dict[str, Words]) -> Template:
    found = Template.objects.filter(name=name).first()
    first, *others = words.values()
    made = found or add_template(name=name, channel=channel, purpose=purpose, words=first, by=SYSTEM)
    for other in others:
        word_template(template=made, words=other, by=SYSTEM)
    return made


def _write(customer: Customer, template: Template, key: str) -> None:
    found = filled(template, customer)
    if found is None or Message.objects.filter(key=key).exists():
        return
    wording, words = found
    message, _ = queue_message(
        customer=customer, channel=template.channel, purpose=template.purpose, subject=words["subject"],
        body=words["body"], language=wording.language, wording=wording, by=_manager_of(customer), key=key,
        not_before=timezone.now() + timedelta(days=1),  # no worker takes it meanwhile
    )  # fmt: skip
    given = permit(ask_of(message), key=f"message:{message.id}")
    if isinstance(given, Permit):
        given.accepted()
        ends.end_sent(message, given)
    elif isinstance(given, Given) and given.answer.until is None:
        ends.end_refused(message, given)
    else:
        ends.withhold(message, code=TAKEN_BACK, why="Taken back: it could not go at that hour.")


def _manager_of(customer: Customer) -> Author:
    portfolio = portfolio_of(customer)
    manager = portfolio.manager if portfolio else None
    return Author(f"member:{manager.id}", manager.name, manager) if manager else SYSTEM

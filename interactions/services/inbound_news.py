"""What the provider of a connector tells us: what became of a message, and what people answer. Each once.

It comes signed with the connector's secret (Standard Webhooks), so the provider is believed, about messages that went
through it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from crm.keys import AddressRefused, phone_key
from interactions.events import MailReceived
from interactions.mails.parsing import clean
from interactions.mails.reports import without_addresses
from interactions.mails.stop_words import stop_word_in
from interactions.models import Connector, InboundMail, Message
from interactions.services.inbound_filing import file_letter
from interactions.services.inbound_sent import Sent, sent_by
from interactions.services.inbound_stops import Stop, stop_by_provider, stop_by_words, stop_everything
from interactions.services.news import Kind, mark_invalid, note_news
from interactions.services.refusals import Refused
from privacy.models import Contact
from tenancy.db.ids import new_id
from tenancy.models import TenantProfile
from tenancy.outbox import emit

TOLD: Final = {
    "message.delivered": Kind.DELIVERED, "message.bounced": Kind.BOUNCED, "message.delayed": Kind.DELAYED,
    "message.complained": Kind.COMPLAINED, "message.stopped": Kind.STOPPED,
}  # fmt: skip
RECEIVED: Final = "message.received"
MOST_TEXT: Final = 10_000


class NewsRefused(Refused):
    """It cannot be taken: code "unknown" for a message that is not there, or not there yet."""


@dataclass(frozen=True)
class News:
    """`key`: the webhook-id; the same again is the same news. `data` as docs/connectors.md says."""

    key: str
    type: str
    data: Mapping[str, Any]

    def text(self, name: str, most: int) -> str:
        found = self.data.get(name)
        return clean(found)[:most] if isinstance(found, str) else ""


def take_news(*, connector: Connector, news: News) -> None:
    """Take one piece of news. Raises NewsRefused."""
    if news.type == RECEIVED:
        _take_text(connector, news)
        return
    if news.type not in TOLD:
        known = ", ".join([*TOLD, RECEIVED])
        raise NewsRefused(f"There is no news of this type; there are {known}.", field="type")
    with transaction.atomic():
        sent = _sent(connector, news.text("id", 200), news.text("message_id", 40))
        if sent is None:
            raise NewsRefused("There is no such message here yet. Tell it again later.", code="unknown")
        _take(sent, TOLD[news.type], news)


def _take(sent: Sent, kind: str, news: News) -> None:
    key = f"news:{news.key}"[:120]
    detail = without_addresses(news.text("detail", 1_000))
    if kind == Kind.BOUNCED:
        mark_invalid(sent, detail="the provider says that it does not reach anybody")
    elif kind == Kind.COMPLAINED:
        stop_everything(sent, source="complaint", key=f"complaint:{sent.contact.id}", detail={"news": key})
    elif kind == Kind.STOPPED:
        stop_by_provider(sent, words=news.text("text", 300), key=f"stop:{sent.contact.id}")
    note_news(sent=sent, kind=kind, key=key, detail=detail)


def _sent(connector: Connector, provider_id: str, contact_id: str) -> Sent | None:
    """By the provider's name for it, or by ours: the `id` that stood in what we handed over."""
    rows = Message.objects.filter(channel=connector.channel)
    message = rows.filter(provider_id=provider_id).order_by("-sent_at").first() if provider_id else None
    wanted = message.contact_id if message else _uuid(contact_id)
    contact = Contact.objects.filter(id=wanted, channel=connector.channel).first() if wanted else None
    return sent_by(contact) if contact else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _take_text(connector: Connector, news: News) -> None:
    """A text message that somebody wrote to us, as a letter is taken."""
    text = news.text("text", MOST_TEXT)
    told = news.text("id", 200) or news.key
    mail = InboundMail(
        id=new_id(), connector=connector, mail_key=hashlib.sha256(told.encode()).hexdigest(), text=text,
        received_at=timezone.now(), kind=InboundMail.Kind.LETTER, state=InboundMail.State.UNMATCHED,
        from_address=_number(news.text("from", 60)),
    )  # fmt: skip
    with transaction.atomic():
        InboundMail.objects.bulk_create([mail], ignore_conflicts=True)
        if not InboundMail.objects.filter(id=mail.id).exists():
            return
        answered = _sent(connector, news.text("answers", 200), "")
        mail.message = answered.message if answered else None
        if words := stop_word_in(text):
            mail.kind = InboundMail.Kind.STOP
            stop_by_words(mail, Stop(connector.channel, words), answered)
        file_letter(mail, own=text, answered=answered)
        mail.save()
        emit(MailReceived(mail.id, mail.kind))


def _number(number: str) -> str:
    try:
        return phone_key(number, country=TenantProfile.objects.get().country)
    except AddressRefused:
        return number

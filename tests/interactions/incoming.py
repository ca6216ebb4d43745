"""Mail that comes in: fixtures in the shapes of real servers, and messages that they speak of."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from crm.models import Customer
from interactions.models import InboundMail, Mailbox, Message
from interactions.services.inbound import receive_mail
from interactions.services.mailboxes import open_mailbox
from interactions.services.message_ends import end_sent
from privacy.delivery import Mail, send_email
from privacy.gate import Permit, permit
from tests.interactions.mailing import letter
from tests.privacy.gate.asking import may

MAILS = Path(__file__).parent / "mails"
NOBODYS = "00000000-0000-0000-0000-000000000000@localhost"


def host() -> str:
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"


def mail_named(name: str, about: Message | str = "", **changes: str) -> bytes:
    """A fixture, about a message of ours; `changes`: what stands there -> what is to."""
    text = (MAILS / f"{name}.eml").read_text()
    mail_id = about.mail_id if isinstance(about, Message) else about
    text = text.replace(NOBODYS, mail_id or NOBODYS)
    for before, after in changes.items():
        text = text.replace(before, after)
    return text.encode()


def plain(
    words: str, *, sender: str = "ada@veld.example", subject: str = "A question", **headers: str
) -> bytes:
    """A mail as somebody types it."""
    lines = [f"From: Ada <{sender}>", f"Subject: {subject}", "Content-Type: text/plain; charset=utf-8"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\n".join(lines) + f"\n\n{words}").encode("utf-8", "surrogatepass")


def a_mailbox(**values: Any) -> Mailbox:
    return open_mailbox(**{"address": "hello@alpha.example", **values})


def receive(raw: bytes, mailbox: Mailbox | None = None) -> InboundMail:
    taken = receive_mail(mailbox=mailbox or Mailbox.objects.get(), raw=raw)
    return InboundMail.objects.get(id=taken.id)


def sent_letter(customer: Customer, **values: Any) -> Message:
    """One that went out, as sending ends it."""
    message = letter(customer, **values)
    with transaction.atomic():
        given = permit(may(customer, purpose=message.purpose), key=f"message:{message.id}")
        assert isinstance(given, Permit), given
        mail_id = send_email(given, Mail(message.subject, message.body, "<p></p>", "en"))
        end_sent(message, given, mail_id=mail_id)
    message.refresh_from_db()
    return message

"""What is handed to customers: the one place that hands anything over, and it takes nothing but a permit.

Headers of mail: List-Unsubscribe (RFC 2369) and List-Unsubscribe-Post (RFC 8058) on what can be unsubscribed from, a
Message-ID that stays the same when a message is handed over again, Auto-Submitted (RFC 3834), Content-Language (RFC
3282). Text and push messages go to the company's own provider by a signed request (Standard Webhooks).

What is raised says how it ended: NotTaken is certain that nothing was sent. After anything else nobody knows.
"""

import json
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from privacy.gate import Permit
from privacy.selectors.purposes import sender
from privacy.wire import Answer, Unreachable, post_signed

_LINE = 200
_FOR_GOOD: Final = frozenset({400, 410, 413, 422})
"""Statuses by which a provider says that it will never take this message. Others speak of the way there, or of load."""


class NotTaken(RuntimeError):
    """The other side did not take it, and nothing was sent. The message is for people, without addresses.

    `for_good`: it will never take this one. `is_down`: it takes nothing at all now, so the others can wait too.
    """

    def __init__(self, message: str, *, for_good: bool = False, is_down: bool = False) -> None:
        super().__init__(message)
        self.for_good, self.is_down = for_good, is_down


@dataclass(frozen=True)
class Mail:
    """What is sent, in one language, as text and as HTML. `unsubscribe_url`: the way out that mail programs offer."""

    subject: str
    text: str
    html: str
    language: str
    unsubscribe_url: str = ""


@dataclass(frozen=True)
class Note:
    """A text or push message. The links are for the provider, which may offer them beside the words."""

    title: str
    text: str
    language: str
    unsubscribe_url: str = ""


@dataclass(frozen=True)
class Connection:
    """Where a provider takes messages, and the secret (bytes) that signs what we send there."""

    url: str
    secret: bytes


def send_email(permit: Permit, mail: Mail) -> str:
    """Hand one e-mail to the mail server and note that it was accepted, in the permit's transaction.

    Returns its Message-ID without angle brackets. Raises NotTaken, or what the mail server's client raises; then the
    permit goes with its transaction.
    """
    permit.require()
    headers = _headers(permit, mail)
    with _mail_server() as server:
        message = EmailMultiAlternatives(
            subject=" ".join(mail.subject.split())[:_LINE],
            body=mail.text,
            from_email=_from(),
            to=[permit.address],
            reply_to=_reply_to(),
            headers=headers,
            connection=server,
        )
        message.attach_alternative(mail.html, "text/html")
        with _server_refusals():
            message.send()
        permit.accepted()
    return headers["Message-ID"].strip("<>")


def send_note(permit: Permit, note: Note, to: Connection) -> str:
    """Hand one text or push message to the company's provider; returns the provider's own name for it, or "".

    The request's `webhook-id` is the same when a message is handed over again. Raises NotTaken, or what the network
    raises after the request was begun.
    """
    permit.require()
    try:
        answer = post_signed(to.url, to.secret, str(permit.contact_id), _note_body(permit, note))
    except Unreachable as error:
        raise NotTaken(str(error), is_down=True) from error
    _require_taken(answer)
    permit.accepted()
    return _provider_id(answer)


@contextmanager
def _mail_server() -> Iterator[BaseEmailBackend]:
    """A connection that stands, so that what fails from here on is about the message."""
    server: BaseEmailBackend = get_connection()
    try:
        server.open()
    except (smtplib.SMTPException, OSError) as error:
        raise NotTaken(
            f"The mail server cannot be reached ({type(error).__name__}).", is_down=True
        ) from error
    try:
        yield server
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.close()


@contextmanager
def _server_refusals() -> Iterator[None]:
    """A server that answered with a number has not taken the message (RFC 5321 4.2.1): 4yz not yet, 5yz never, where
    it is said of the mailbox or of the message; of us as the sender it may be mended."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        raise _refused_with(min(code for code, _ in error.recipients.values())) from error
    except smtplib.SMTPDataError as error:
        raise _refused_with(error.smtp_code) from error
    except smtplib.SMTPResponseException as error:
        raise NotTaken(
            f"The mail server refused us as a sender ({error.smtp_code}).", is_down=True
        ) from error


def _refused_with(code: int) -> NotTaken:
    return NotTaken(f"The mail server refused it ({code}).", for_good=code >= 500, is_down=code == 421)


def _note_body(permit: Permit, note: Note) -> str:
    said: dict[str, Any] = {
        "type": f"{permit.channel}.send",
        "id": str(permit.contact_id),
        "to": permit.address,
        "title": note.title,
        "text": note.text,
        "language": note.language,
        "unsubscribe_url": note.unsubscribe_url,
    }
    return json.dumps(said, ensure_ascii=False)


def _require_taken(answer: Answer) -> None:
    if 200 <= answer.status < 300:
        return
    for_good = answer.status in _FOR_GOOD
    raise NotTaken(f"The provider answered with {answer.status}.", for_good=for_good, is_down=not for_good)


def _provider_id(answer: Answer) -> str:
    """`{"id": "..."}`, as providers answer; anything else is no name."""
    try:
        said = json.loads(answer.body)
    except ValueError:
        return ""
    found = said.get("id") if isinstance(said, dict) else None
    return found.replace("\0", "")[:200] if isinstance(found, str) else ""


def _from() -> str:
    """The company's name before the installation's address: mail servers check the address, people read the name."""
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    name = " ".join(sender().sender_name.split())
    return str(Address(display_name=name, addr_spec=address))


def _reply_to() -> list[str]:
    contact = sender().privacy_contact.strip()
    return [contact] if "@" in contact and " " not in contact else []


def _headers(permit: Permit, mail: Mail) -> dict[str, str]:
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    headers = {
        "Message-ID": f"<{permit.contact_id}@{host}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": mail.language,
    }
    if mail.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers

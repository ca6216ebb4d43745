"""E-mail to customers: the one place that hands one over, and it takes nothing but a permit.

Headers: List-Unsubscribe (RFC 2369) and List-Unsubscribe-Post (RFC 8058) on what can be unsubscribed from, a Message-ID
that stays the same when a message is handed over again, Auto-Submitted (RFC 3834), Content-Language (RFC 3282).
"""

from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parseaddr
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from privacy.gate import Permit
from privacy.selectors.purposes import sender

_LINE = 200
_FOR_GOOD = 500
"""From here on an answer of a mail server is final (RFC 5321, 4.2.1)."""


@dataclass(frozen=True)
class Mail:
    """What is sent, in one language, as text and as HTML. `unsubscribe_url`: the way out that mail programs offer."""

    subject: str
    text: str
    html: str
    language: str
    unsubscribe_url: str = ""


class NotTaken(RuntimeError):
    """The mail server surely has not got the message. `for_good`: there is no such mailbox, so it never will.

    Any other error of a mail server leaves open whether it took the message.
    """

    def __init__(self, why: Exception, *, for_good: bool = False) -> None:
        super().__init__(f"The mail server did not take the letter: {type(why).__name__}.")
        self.for_good = for_good


def send_email(permit: Permit, mail: Mail) -> None:
    """Hand one e-mail to the mail server and note that it was accepted, in the permit's transaction.

    Raises NotTaken, and what the mail server raises; then the permit goes with its transaction.
    """
    permit.require()
    message = EmailMultiAlternatives(
        subject=" ".join(mail.subject.split())[:_LINE],
        body=mail.text,
        from_email=_from(),
        to=[permit.address],
        reply_to=_reply_to(),
        headers=_headers(permit, mail),
    )
    message.attach_alternative(mail.html, "text/html")
    _post(message)
    permit.accepted()


def _post(message: EmailMultiAlternatives) -> None:
    connection = message.get_connection()
    try:
        connection.open()
    except OSError as error:  # nothing was said yet
        raise NotTaken(error) from error
    try:
        message.send()
    except SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise NotTaken(error, for_good=min(codes, default=0) >= _FOR_GOOD) from error
    except SMTPResponseException as error:
        raise NotTaken(error) from error
    finally:
        connection.close()


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

"""Mail that comes in: read, kept once, and taken for what it is.

What a mail says is believed as far as it can only do less: it stops what we send, or is kept for people to read. It
never makes us send anything, and nothing is ever answered by itself, so that no two machines talk to each other.
"""

import hashlib
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from crm.keys import AddressRefused, email_key
from interactions.events import MailReceived
from interactions.mails.reading import Letter, read_mail
from interactions.mails.reports import Bounce, Complaint
from interactions.mails.senders import sender_check
from interactions.models import InboundMail, Mailbox
from interactions.services.inbound_filing import file_letter
from interactions.services.inbound_reports import take_bounce, take_complaint
from interactions.services.inbound_sent import is_ours, sent_among
from interactions.services.inbound_stops import Stop, stop_by_words
from interactions.services.refusals import Refused
from tenancy.db.ids import new_id
from tenancy.outbox import emit

MOST_BYTES: Final = 25 * 1024 * 1024
Kind, State = InboundMail.Kind, InboundMail.State


class MailRefused(Refused):
    """The mail is not taken in."""


def receive_mail(*, mailbox: Mailbox, raw: bytes) -> InboundMail:
    """Take in one mail as it came over the wire (RFC 5322); the same mail again is the one that is there.

    Raises MailRefused for one that is too large, and where the mailbox takes none any more.
    """
    if len(raw) > MOST_BYTES:
        raise MailRefused(f"A mail has at most {MOST_BYTES >> 20} MiB.", code="too_large")
    if not mailbox.is_active:
        raise MailRefused("This mailbox takes no mail any more.", code="closed")
    letter = read_mail(raw)
    mail = _new(mailbox, letter, raw)
    with transaction.atomic():
        # Whoever brings the same mail at the same time waits here until the first is done with it.
        InboundMail.objects.bulk_create([mail], ignore_conflicts=True)
        if not InboundMail.objects.filter(id=mail.id).exists():
            return InboundMail.objects.get(mailbox=mailbox, mail_key=mail.mail_key)
        _take(mail, letter)
        mail.save()
        emit(MailReceived(mail.id, mail.kind))
    return mail


def _new(mailbox: Mailbox, letter: Letter, raw: bytes) -> InboundMail:
    return InboundMail(
        id=new_id(), mailbox=mailbox, mail_key=_key(letter, raw), received_at=timezone.now(), kind=Kind.LETTER,
        state=State.UNMATCHED, from_address=_normal(letter.from_address), from_name=letter.from_name,
        subject=letter.subject, text=letter.text, sender_check=_check(mailbox, letter),
    )  # fmt: skip


def _key(letter: Letter, raw: bytes) -> str:
    """What is handed over again has other lines at its top; its Message-ID and its content are the same."""
    _, _, content = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    told = letter.mail_id.encode("utf-8", "replace") + b"\0" + content if letter.mail_id else raw
    return hashlib.sha256(told).hexdigest()


def _normal(address: str) -> str:
    try:
        return email_key(address)[:254]
    except AddressRefused:
        return address.lower()[:254]


def _check(mailbox: Mailbox, letter: Letter) -> str:
    """Of a mail that names several senders nobody can say which one was checked."""
    if letter.senders != 1:
        return InboundMail.SenderCheck.UNKNOWN
    return sender_check(letter.checks, checked_by=mailbox.checked_by, from_address=letter.from_address)


def _take(mail: InboundMail, letter: Letter) -> None:
    if _is_loop(letter):
        mail.kind, mail.state = Kind.AUTOMATIC, State.IGNORED
        mail.text, mail.why = "", "This is our own mail that came back."
    elif isinstance(letter.report, Bounce):
        take_bounce(mail, letter.report)
    elif isinstance(letter.report, Complaint):
        take_complaint(mail, letter.report)
    elif letter.is_automatic:
        mail.kind, mail.state = Kind.AUTOMATIC, State.IGNORED
        mail.why = "A machine wrote this; nobody is waiting for an answer."
    else:
        _take_letter(mail, letter)


def _is_loop(letter: Letter) -> bool:
    host = (urlsplit(settings.PUBLIC_URL).hostname or "localhost").lower()
    return is_ours(letter.mail_id) or any(host == one.lower() for one in letter.loops)


def _take_letter(mail: InboundMail, letter: Letter) -> None:
    answered = sent_among(letter.answers)
    mail.message = answered.message if answered else None
    if letter.stop:
        mail.kind = Kind.STOP
        stop_by_words(mail, Stop("email", letter.stop), answered)
    file_letter(mail, own=letter.own, answered=answered)

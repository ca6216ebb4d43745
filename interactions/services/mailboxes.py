"""Addresses of the company at which mail is taken in, and the link by which a mail server hands it over."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from crm.keys import AddressRefused, email_key
from interactions.models import Mailbox
from interactions.services.refusals import Refused, require_text
from tenancy.context import current_tenant_id
from tenancy.links import Kind, public_url, sign


class MailboxRefused(Refused):
    """The mailbox cannot be so."""


def open_mailbox(*, address: str, name: str = "", checked_by: str = "") -> Mailbox:
    """Take in mail at an address. Raises MailboxRefused.

    `checked_by`: the name by which our mail server signs its Authentication-Results; empty: no sender is proven.
    """
    values = {**_words(name, checked_by), "address": _address(address)}
    try:
        with transaction.atomic():
            return Mailbox.objects.create(made_at=timezone.now(), **values)
    except IntegrityError as error:
        raise MailboxRefused(
            "There is a mailbox with this address.", field="address", code="taken"
        ) from error


def change_mailbox(*, mailbox: Mailbox, name: str, checked_by: str) -> Mailbox:
    """Another name, or another server that is believed, from the next mail on. Raises MailboxRefused."""
    for field, value in _words(name, checked_by).items():
        setattr(mailbox, field, value)
    mailbox.save(update_fields=["name", "checked_by"])
    return mailbox


def renew_link(*, mailbox: Mailbox) -> Mailbox:
    """The same mailbox under another link; the old one takes nothing any more. What came in stays with the old row."""
    with transaction.atomic():
        held = Mailbox.objects.select_for_update().get(id=mailbox.id)
        if not held.is_active:
            raise MailboxRefused("This mailbox is closed; open it anew.", code="closed")
        close_mailbox(mailbox=held)
        return open_mailbox(address=held.address, name=held.name, checked_by=held.checked_by)


def close_mailbox(*, mailbox: Mailbox) -> None:
    """No mail is taken in there any more; what came in stays."""
    mailbox.is_active = False
    mailbox.save(update_fields=["is_active"])


def link_of(mailbox_id: UUID) -> str:
    """Where a mail server hands over mail. Whoever knows it can bring mail in, and nothing else."""
    return public_url("public_mail", sign(Kind.MAIL, current_tenant_id(), mailbox_id))


def _words(name: str, checked_by: str) -> dict[str, str]:
    server = require_text(MailboxRefused, checked_by, field="checked_by", most=120).lower()
    if any(character.isspace() or character in ';"()' for character in server):
        raise MailboxRefused(
            "This is the name of one server, as it stands first in Authentication-Results.",
            field="checked_by",
        )
    return {"name": require_text(MailboxRefused, name, field="name", most=80), "checked_by": server}


def _address(address: str) -> str:
    try:
        return email_key(require_text(MailboxRefused, address, field="address", most=254, least=3))
    except AddressRefused as error:
        raise MailboxRefused(str(error), field="address") from error

"""Which of the messages that we sent a mail speaks of: by the Message-ID that we gave it, never by an address."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from crm.models import ContactPoint
from interactions.models import Message
from privacy.keys import address_hashes
from privacy.models import Contact
from privacy.models.purpose import POINT_OF_CHANNEL
from tenancy.context import current_tenant_id

_OURS: Final = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@(.+)", re.IGNORECASE)


@dataclass(frozen=True)
class Sent:
    """What was sent: the place it took, and the message; None where it was a letter of privacy's own."""

    contact: Contact
    message: Message | None

    @property
    def customer_id(self) -> UUID:
        return self.contact.customer_id

    def point(self) -> ContactPoint | None:
        """The contact point it went to; None where its address is another one now, or is gone."""
        kind = POINT_OF_CHANNEL[self.contact.channel]
        points = ContactPoint.objects.select_related("customer").filter(
            customer_id=self.customer_id, kind=kind
        )
        return next((point for point in points if self._went_to(point)), None)

    def _went_to(self, point: ContactPoint) -> bool:
        return self.contact.address_hash in address_hashes(current_tenant_id(), point.kind, point.value_key)


def sent_among(mail_ids: Iterable[str]) -> Sent | None:
    """The first of these Message-IDs that is one of ours, of the active company."""
    wanted = [found for found in map(_contact_id, mail_ids) if found]
    there = {one.id: one for one in Contact.objects.filter(id__in=wanted).exclude(state=Contact.State.LET_GO)}
    contact = next((there[one] for one in wanted if one in there), None)
    return sent_by(contact) if contact else None


def sent_by(contact: Contact) -> Sent:
    # By its place and not by its Message-ID: where the line broke nobody noted that, and the mail went all the same.
    message = Message.objects.filter(customer_id=contact.customer_id, contact_id=contact.id).first()
    return Sent(contact, message)


def is_ours(mail_id: str) -> bool:
    """Whether a mail with this Message-ID was written here, by the active company."""
    contact_id = _contact_id(mail_id)
    return contact_id is not None and Contact.objects.filter(id=contact_id).exists()


def _contact_id(mail_id: str) -> UUID | None:
    found = _OURS.fullmatch(mail_id)
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return UUID(found[1]) if found and found[2].lower() == host.lower() else None

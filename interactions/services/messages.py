"""What is to be written to a customer: queued here, sent by `interactions.services.sending`, through the gate.

Queueing asks nobody: whether we may is asked at the moment of sending, when it counts.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from crm.models import ContactPoint, Customer
from interactions.events import MessageQueued
from interactions.models import Message, TemplateVersion
from interactions.services.authors import Author
from interactions.services.holding import hold_customer, keep_still
from interactions.services.message_ends import withhold
from interactions.services.refusals import Refused, require_text
from privacy.models import Purpose
from privacy.models.purpose import POINT_OF_CHANNEL, Channel
from privacy.selectors.purposes import find_purpose
from tenancy.context import current_tenant_id
from tenancy.db.ids import new_id
from tenancy.outbox import emit, wake

WAYS: Final = ("email", "sms", "push", "phone", "post")
"""Channels on which one message goes to one customer."""
WRITABLE: Final = (Purpose.Class.LEGAL_DUTY, Purpose.Class.SERVICE, Purpose.Class.MARKETING)
"""Classes of purpose for which somebody may write."""
MOST: Final = {"email": 100_000, "sms": 1_000, "push": 1_000, "phone": 15_000, "post": 15_000}
"""Characters of the words, by channel."""
TAKEN_BACK: Final = "TAKEN_BACK"
"""Code of a message that a member took back before it went."""


class MessageRefused(Refused):
    """The message cannot be queued, or not be taken back any more."""


@dataclass(frozen=True)
class Wanted:
    """A message as it is asked for, checked."""

    customer: Customer
    channel: str
    purpose: Purpose
    subject: str
    body: str
    language: str
    wording: TemplateVersion | None
    point_id: UUID | None
    is_marketing: bool

    @property
    def content(self) -> dict[str, object]:
        """What a key stands for: the same key with other content is another message."""
        return {
            "customer_id": self.customer.id, "channel": self.channel, "purpose": self.purpose.key,
            "subject": self.subject, "body": self.body, "language": self.language,
            "wording_id": self.wording.id if self.wording else None, "point_id": self.point_id,
            "is_marketing": self.is_marketing,
        }  # fmt: skip


def queue_message(
    *, customer: Customer, channel: str, purpose: str, subject: str, body: str, language: str, by: Author,
    wording: TemplateVersion | None = None, point_id: UUID | None = None, not_before: datetime | None = None,
    has_promotion: bool = False, key: str = "",
) -> tuple[Message, bool]:  # fmt: skip
    """Queue one message to one customer; returns it, and whether it is new. It goes as soon as it may.

    `purpose`: key of a purpose. `point_id`: the address; None: the primary one at the moment of sending. The same `key`
    with the same content is the message that is there. Raises MessageRefused and CustomerRefused.
    """
    wanted = _wanted(customer, channel, purpose, subject, body, language, wording, point_id, has_promotion)
    key = _key(key)
    now = timezone.now()
    with transaction.atomic():
        # The law may bind us to write also to somebody whose data is not to be used otherwise.
        bound = wanted.purpose.purpose_class == Purpose.Class.LEGAL_DUTY
        (keep_still if bound else hold_customer)(customer.id)
        made = Message(
            **wanted.content, asked_at=now, due_at=max(not_before or now, now), author=by.actor,
            author_name=by.name[:120], key=key,
        )  # fmt: skip
        Message.objects.bulk_create([made], ignore_conflicts=True)
        if not Message.objects.filter(id=made.id).exists():
            return _the_same(wanted, key), False
        emit(MessageQueued(made.id))
        send_soon(made)
    return made, True


def send_soon(message: Message) -> None:
    """Wake a worker when the transaction commits, for what is due; the sweep finds what it does not hear of."""
    tenant_id = current_tenant_id()
    if message.due_at <= timezone.now():
        transaction.on_commit(lambda: wake("interactions.send_message", tenant_id, message.id))


def cancel_message(*, message: Message, by: Author) -> Message:
    """Take back a message that still waits. Raises MessageRefused where it is on its way or ended."""
    with transaction.atomic():
        keep_still(message.customer_id)
        held = Message.objects.select_for_update().get(id=message.id)
        if held.state != Message.State.QUEUED:
            raise MessageRefused(f"It cannot be taken back: it is {_state_words(held)}.", code="not_waiting")
        withhold(held, code=TAKEN_BACK, why=f"Taken back by {by.name or 'the system'} before it was sent.")
    return held


def _state_words(message: Message) -> str:
    return Message.State(message.state).label.replace("is being", "being")


def _wanted(
    customer: Customer, channel: str, purpose: str, subject: str, body: str, language: str,
    wording: TemplateVersion | None, point_id: UUID | None, has_promotion: bool,
) -> Wanted:  # fmt: skip
    if channel not in WAYS:
        raise MessageRefused(
            f"Choose one of {', '.join(WAYS)}: that is how one customer is written to.", field="channel"
        )
    found = writable_purpose(purpose)
    subject = " ".join(require_text(MessageRefused, subject, field="subject", most=200).split())
    body = require_text(MessageRefused, body, field="body", most=MOST[channel], least=1)
    if channel == Channel.EMAIL and not subject:
        raise MessageRefused("An e-mail needs a subject.", field="subject", code="empty")
    if not language or len(language) > 5:
        raise MessageRefused(
            "Say the language by its code, such as en or pt-BR, in 5 characters at most.", field="language"
        )
    _require_point(customer, channel, point_id)
    return Wanted(
        customer,
        channel,
        found,
        subject,
        body,
        language,
        wording,
        point_id,
        has_promotion or found.is_marketing,
    )


def writable_purpose(key: str) -> Purpose:
    """Raises MessageRefused for what is no purpose to write for."""
    found = find_purpose(key)
    if found is None or found.archived_at:
        raise MessageRefused(f"There is no purpose {key!r} in use.", field="purpose", code="unknown")
    if found.purpose_class not in WRITABLE:
        raise MessageRefused(f"Nobody is written to for {found.name!r}.", field="purpose")
    return found


def _require_point(customer: Customer, channel: str, point_id: UUID | None) -> None:
    if point_id is None:
        return
    kind = POINT_OF_CHANNEL[channel]
    if not ContactPoint.objects.filter(id=point_id, customer=customer, kind=kind).exists():
        raise MessageRefused(
            "This customer has no such address for this channel.", field="contact_point", code="unknown"
        )


def _key(key: str) -> str:
    if len(key) > 120 or "\0" in key:
        raise MessageRefused("A key has at most 120 characters.", field="key")
    return key or str(new_id())


def _the_same(wanted: Wanted, key: str) -> Message:
    found = Message.objects.get(key=key)
    if any(getattr(found, name) != value for name, value in wanted.content.items()):
        raise MessageRefused(f"The key {key!r} was used for another message.", field="key", code="key_reused")
    return found

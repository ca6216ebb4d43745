"""Sending what is due: each message by itself, in two transactions, so that we always know what may have gone.

The first asks the gate, reserves the place and commits the claim. The second asks again with the claim, hands over,
and commits what became of it. Who dies in between leaves a claimed message whose end nobody knows: marketing is never
sent again then, a service notice is handed over again under the same Message-ID.

Locks follow each other as everywhere: the customer, their consents, then the message.
"""

import logging
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.core.cache import cache as valkey
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from interactions.models import Message
from interactions.services import message_ends as ends
from interactions.services.connectors import note_trouble_of
from interactions.services.handing_over import hand_over, hand_to_member, is_work
from interactions.services.holding import CustomerRefused, keep_still
from interactions.services.rendering import describe
from privacy.delivery import NotTaken
from privacy.gate import Ask, Claim, Given, Permit, permit, reserve
from privacy.services.contacts import let_contact_go
from tenancy.context import current_tenant_id, tenant_context
from tenancy.outbox import wake

log = logging.getLogger(__name__)

State = Message.State
LEASE: Final = timedelta(minutes=5)
"""After so long a claim is somebody's who died; a living one holds the message locked while it hands over."""
WAITS: Final = (1, 2, 5, 15, 30, 60, 120, 240, 480, 487)
"""Minutes until the next try; together a day."""
DOWN_SECONDS: Final = 45
TURN_SECONDS: Final = 20
AT_ONCE: Final = 100
TOO_OFTEN: Final = "It was tried for a day, and nobody took it."


class _NotOurs(Exception):
    """Somebody else has this message, or it is not due any more: what was asked for it is undone."""


@dataclass(frozen=True)
class _Claimed:
    """A message that this worker took: `tries` tells its claim from a later one."""

    message_id: UUID
    customer_id: UUID
    channel: str
    claim: Claim
    tries: int


def send_message(tenant_id: UUID, message_id: UUID) -> None:
    """Send one message if it is due and may go; harmless when asked for again, or by two workers at once."""
    claimed = _claim(tenant_id, message_id)
    if claimed is None:
        return
    begun: list[bool] = []
    try:
        _hand_over(tenant_id, claimed, begun)
    except _NotOurs:
        return
    except NotTaken as refused:
        _note_refusal(tenant_id, claimed, refused)
    except Exception:
        log.exception("a message could not be handed over")
        connection.close_if_unusable_or_obsolete()
        _note_unknown(tenant_id, claimed, begun=bool(begun))


def _claim(tenant_id: UUID, message_id: UUID) -> _Claimed | None:
    try:
        with tenant_context(tenant_id):
            return _claim_here(message_id)
    except _NotOurs:
        return None
    except Exception:
        log.exception("a message could not be prepared")
        connection.close_if_unusable_or_obsolete()
        _put_off(tenant_id, message_id)
        return None


def _put_off(tenant_id: UUID, message_id: UUID) -> None:
    """Nothing was reserved or sent; what stands in the way may pass."""
    with tenant_context(tenant_id):
        message = _due().select_for_update(of=("self",), skip_locked=True).filter(id=message_id).first()
        if message:
            message.tries += 1
            message.save(update_fields=["tries"])
            _later(message, "Something went wrong while it was prepared.")


def _claim_here(message_id: UUID) -> _Claimed | None:
    """Ask, and reserve; None where it ended here, or is not to be sent now."""
    message = _due().filter(id=message_id).first()
    if message is None or is_down(message.channel):
        return None
    try:
        keep_still(message.customer_id)
    except CustomerRefused:  # deleted for good, and the message with them
        return None
    ask, key = ask_of(message), f"message:{message.id}"
    given = permit(ask, key=key) if is_work(message.channel) else reserve(ask, key=key)
    held = _due().select_for_update(of=("self",)).filter(id=message.id).first()
    if held is None:
        raise _NotOurs
    if isinstance(given, Given):
        ends.end_refused(held, given)
    elif isinstance(given, Permit):
        hand_to_member(given, held)
    elif isinstance(given, Claim):
        return _take(held, given)
    else:
        ends.end_unsure(held)
    return None


def _take(message: Message, claim: Claim) -> _Claimed:
    message.state, message.tries, message.contact_id = State.CLAIMED, message.tries + 1, claim.contact_id
    message.due_at = timezone.now() + LEASE
    message.save(update_fields=["state", "tries", "contact_id", "due_at"])
    return _Claimed(message.id, message.customer_id, message.channel, claim, message.tries)


def _hand_over(tenant_id: UUID, claimed: _Claimed, begun: list[bool]) -> None:
    claim = claimed.claim
    with tenant_context(tenant_id):
        keep_still(claimed.customer_id)
        given = permit(claim.ask, key=claim.key, claim=claim)
        message = _ours(claimed)
        if isinstance(given, Permit):
            begun.append(True)
            hand_over(given, message)
        elif isinstance(given, Given):
            ends.end_refused(message, given)
        else:
            ends.end_unsure(message)


def _ours(claimed: _Claimed) -> Message:
    """The message, locked while this claim on it holds. Raises _NotOurs."""
    rows = Message.objects.select_for_update(of=("self",)).select_related("customer")
    found = rows.filter(id=claimed.message_id, state=State.CLAIMED, tries=claimed.tries).first()
    if found is None:
        raise _NotOurs
    return found


def _note_refusal(tenant_id: UUID, claimed: _Claimed, refused: NotTaken) -> None:
    """Nothing was sent: the place is free again, and the message waits or has failed."""
    if refused.is_down:
        _note_down(tenant_id, claimed.channel)
    with tenant_context(tenant_id):
        keep_still(claimed.customer_id)
        note_trouble_of(claimed.channel, str(refused))
        let_contact_go(contact_id=claimed.claim.contact_id)
        try:
            message = _ours(claimed)
        except _NotOurs:
            return
        if refused.for_good:
            ends.end_failed(message, str(refused))
        else:
            _later(message, str(refused))


def _note_unknown(tenant_id: UUID, claimed: _Claimed, *, begun: bool) -> None:
    """Something broke. Before the handing over nothing was sent; afterwards nobody knows."""
    with tenant_context(tenant_id):
        keep_still(claimed.customer_id)
        if not begun:
            let_contact_go(contact_id=claimed.claim.contact_id)
        try:
            message = _ours(claimed)
        except _NotOurs:
            return
        if begun:
            _recover(message)
        else:
            _later(message, "Something went wrong before it was handed over.")


def _recover(message: Message) -> None:
    """Of a message whose end nobody knows."""
    if message.is_marketing:
        ends.end_unsure(message)
    else:
        _later(message, "The connection broke while it was handed over.")


def _later(message: Message, why: str) -> None:
    """The next try, in waits that grow; after a day it has failed."""
    if message.tries > len(WAITS):
        ends.end_failed(message, f"{why} {TOO_OFTEN}")
        return
    ends.try_again(message, timezone.now() + timedelta(minutes=WAITS[message.tries - 1]), why)


def _due() -> QuerySet[Message]:
    return Message.objects.select_related("customer", "wording__template").filter(
        state=State.QUEUED, due_at__lte=timezone.now()
    )


def ask_of(message: Message) -> Ask:
    """What the gate is asked for a message. A promotion makes marketing of it, whatever its purpose is called."""
    campaign = message.wording.template.name if message.wording else ""
    return Ask(
        customer_id=message.customer_id,
        channel=message.channel,
        purpose=message.purpose,
        message=describe(message.channel, is_marketing=message.is_marketing, campaign=campaign),
        contact_point_id=message.point_id,
        asked_for="message",
    )


def sweep_messages(slot: str) -> None:
    """Every minute: wake a worker where something is due, or was claimed by a worker that died."""
    now = timezone.now()
    if Message.objects.filter(state__in=(State.QUEUED, State.CLAIMED), due_at__lte=now).exists():
        tenant_id = current_tenant_id()
        transaction.on_commit(lambda: wake("interactions.send_due", tenant_id))


def send_due(tenant_id: UUID) -> None:
    """Send what is due for a while, then let others have the worker. Each message is looked at once a turn."""
    ends_at = time.monotonic() + TURN_SECONDS
    seen: set[UUID] = set()
    _recover_lost(tenant_id)
    while ids := [one for one in _some_due(tenant_id) if one not in seen]:
        for message_id in ids:
            send_message(tenant_id, message_id)
            if time.monotonic() > ends_at:
                wake("interactions.send_due", tenant_id)
                return
        seen.update(ids)


def _recover_lost(tenant_id: UUID) -> None:
    """Claims whose worker died: it would hold the message locked, or have ended it."""
    with tenant_context(tenant_id):
        rows = Message.objects.filter(state=State.CLAIMED, due_at__lte=timezone.now()).order_by(
            "due_at", "id"
        )
        lost = list(rows.values_list("id", "customer_id")[:AT_ONCE])
    for message_id, customer_id in lost:
        with tenant_context(tenant_id):
            keep_still(customer_id)
            held = Message.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
                "customer"
            )
            message = held.filter(id=message_id, state=State.CLAIMED, due_at__lte=timezone.now()).first()
            if message:
                _recover(message)


def _some_due(tenant_id: UUID) -> list[UUID]:
    with tenant_context(tenant_id):
        down = [channel for channel in ("email", "sms", "push") if is_down(channel)]
        rows = Message.objects.filter(state=State.QUEUED, due_at__lte=timezone.now()).exclude(
            channel__in=down
        )
        ids = list(rows.order_by("due_at", "id").values_list("id", flat=True)[:AT_ONCE])
    # In an order of its own, so that two workers do not meet at each message.
    secrets.SystemRandom().shuffle(ids)
    return ids


def is_down(channel: str) -> bool:
    """Whether this channel took nothing a moment ago: the others need not find out one by one."""
    try:
        return valkey.get(_down_key(current_tenant_id(), channel)) is not None
    except Exception as error:  # the cache's client raises many kinds
        log.warning("valkey away: %s", type(error).__name__)
        return False


def _note_down(tenant_id: UUID, channel: str) -> None:
    try:
        valkey.set(_down_key(tenant_id, channel), 1, DOWN_SECONDS)
    except Exception as error:
        log.warning("valkey away: %s", type(error).__name__)


def _down_key(tenant_id: UUID, channel: str) -> str:
    """There is one mail server for all; each company has providers of its own."""
    return f"down:{channel}" if channel == "email" else f"down:{channel}:{tenant_id}"

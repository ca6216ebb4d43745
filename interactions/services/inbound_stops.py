"""Refusals that come back with a message: said in words, or by a mail provider. Into the ledger, with their proof.

A refusal counts from whoever it seems to come: forged, it costs somebody a newsletter, and the ledger shows whence it
came. Nothing here ever says yes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from crm.models import ContactPoint
from interactions.models import InboundMail
from interactions.services.holding import hold_customers
from interactions.services.inbound_sent import Sent
from interactions.services.news import Kind, note_news
from privacy.models import ConsentEvent
from privacy.models.purpose import POINT_OF_CHANNEL
from privacy.selectors.purposes import find_purpose
from privacy.services.choices import WHO
from privacy.services.consents import ConsentEntry, record_consents

Action, Method = ConsentEvent.Action, ConsentEvent.Method
MARKETING: Final = "marketing"


@dataclass(frozen=True)
class Stop:
    """`channel`: on which it came, and on which it stops. `words`: as they were written."""

    channel: str
    words: str


def stop_by_words(mail: InboundMail, stop: Stop, answered: Sent | None) -> bool:
    """Take back the purpose of the message that was answered, else all marketing on the channel.

    For whoever was written to, else for everybody who has the address. False where nobody is known by it.
    """
    customer_ids = _remembered(
        [answered.customer_id] if answered else holders_of(stop.channel, mail.from_address)
    )
    detail = {"mail": str(mail.id), "sender": mail.sender_check}
    address = None if answered else (POINT_OF_CHANNEL[stop.channel], mail.from_address)
    record_consents(
        [_entry(one, stop, answered, address, detail, f"mail:{mail.id}") for one in customer_ids], who=WHO
    )
    if answered:
        note_news(sent=answered, kind=Kind.STOPPED, key=f"mail:{mail.id}", at=mail.received_at)
    return bool(customer_ids)


def stop_for(mail: InboundMail, stop: Stop, customer_id: UUID) -> None:
    """Somebody says whose mail it was that says stop: all marketing on the channel. Once for each mail."""
    key = f"mail:{mail.id}"
    if not ConsentEvent.objects.filter(customer_id=customer_id, key=key).exists():
        address = (POINT_OF_CHANNEL[stop.channel], mail.from_address) if mail.from_address else None
        record_consents([_entry(customer_id, stop, None, address, {"mail": str(mail.id)}, key)], who=WHO)


def stop_by_provider(answered: Sent, *, words: str, key: str) -> None:
    """The provider says that somebody answered with a word that stops, and may have kept the word to itself."""
    stop = Stop(answered.contact.channel, words)
    for customer_id in _remembered([answered.customer_id]):
        record_consents([_entry(customer_id, stop, answered, None, {"news": key}, key)], who=WHO)


def _entry(
    customer_id: UUID, stop: Stop, answered: Sent | None, address: tuple[str, str] | None, detail: Mapping[str, Any],
    key: str,
) -> ConsentEntry:  # fmt: skip
    point = answered.point() if answered else None
    return ConsentEntry(
        customer_id=customer_id, action=Action.WITHDRAW, channel=stop.channel, purposes=(_purpose(answered),),
        method=Method.REPLY, source="reply", words=stop.words, contact_point_id=point.id if point else None,
        address=address, evidence=(key,), detail=detail, key=key,
    )  # fmt: skip


def _purpose(answered: Sent | None) -> str:
    """A service notice cannot be taken back: whoever answers it with "stop" means what we advertise."""
    found = find_purpose(answered.contact.purpose) if answered else None
    return found.key if found and found.is_marketing else MARKETING


def stop_everything(sent: Sent, *, source: str, detail: Mapping[str, Any], key: str) -> None:
    """A complaint: no marketing on any channel. The same complaint again is the same."""
    said_before = ConsentEvent.objects.filter(customer_id=sent.customer_id, key=key).exists()
    if said_before or not _remembered([sent.customer_id]):
        return
    point = sent.point()
    entry = ConsentEntry(
        customer_id=sent.customer_id, action=Action.COMPLAIN, channel=sent.contact.channel, purposes=(MARKETING,),
        method=Method.FEEDBACK_LOOP, source=source, contact_point_id=point.id if point else None, key=key,
        detail=detail, evidence=(key,),
    )  # fmt: skip
    record_consents([entry], who="the mail provider")


def _remembered(customer_ids: Sequence[UUID]) -> list[UUID]:
    """Those of whom we may still write something down: who was erased is not written to anyway."""
    gone = {one for one, why in hold_customers(customer_ids).items() if why.code == "customer_erased"}
    return [one for one in customer_ids if one not in gone]


def holders_of(channel: str, value_key: str) -> list[UUID]:
    """Customers who have this address, given in its normal form; in order. The trash is not looked at."""
    points = ContactPoint.objects.filter(kind=POINT_OF_CHANNEL[channel], value_key=value_key)
    found = points.filter(customer__trashed_at=None).order_by("customer_id")
    return list(found.values_list("customer_id", flat=True).distinct()) if value_key else []

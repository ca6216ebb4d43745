"""What became of a message after it was handed over: each piece of news once, on the message and on the timeline."""

from contextlib import suppress
from datetime import datetime
from typing import Final

from django.utils import timezone

from crm.services.contact_points import change_contact_point
from crm.services.timeline import Entry, add_entry
from interactions.models import Message, MessageNews
from interactions.services.holding import hold_customers
from interactions.services.inbound_sent import Sent
from privacy.models import Contact
from privacy.services.contacts import ContactRefused, note_outcome
from tenancy.db.ids import new_id

Kind, Outcome = MessageNews.Kind, Contact.Outcome
_TITLES: Final = {
    Kind.BOUNCED: "Came back", Kind.DELAYED: "Not delivered yet", Kind.COMPLAINED: "Reported as unwanted",
    Kind.STOPPED: "Answered with a word that stops",
}  # fmt: skip
"""What of it stands on the timeline: a delivery is what everybody expects, an answer stands there itself."""
_OUTCOMES: Final = {
    Kind.DELIVERED: Outcome.DELIVERED, Kind.BOUNCED: Outcome.BOUNCED, Kind.COMPLAINED: Outcome.REFUSED,
    Kind.STOPPED: Outcome.REFUSED, Kind.ANSWERED: Outcome.REACHED,
}  # fmt: skip


def note_news(*, sent: Sent, kind: str, key: str, detail: str = "", at: datetime | None = None) -> bool:
    """Note one piece of news of what was sent, in the caller's transaction; false where it was noted before.

    `key`: of the news, so that the same told twice is one. `detail` without addresses.
    """
    at = at or timezone.now()
    if sent.message and not _add(sent.message, kind, key, detail, at):
        return False
    if kind in _OUTCOMES:
        with suppress(ContactRefused):  # nobody knows whether it went, and its place stays as it is
            note_outcome(contact_id=sent.contact.id, outcome=_OUTCOMES[Kind(kind)])
    return True


def _add(message: Message, kind: str, key: str, detail: str, at: datetime) -> bool:
    news = MessageNews(id=new_id(), message=message, kind=kind, at=at, detail=detail[:300], key=key[:120])
    MessageNews.objects.bulk_create([news], ignore_conflicts=True)
    if not MessageNews.objects.filter(id=news.id).exists():
        return False
    if kind == Kind.BOUNCED:
        Message.objects.filter(id=message.id, bounced_at=None).update(bounced_at=at)
    if kind in _TITLES and not hold_customers([message.customer_id]):
        title = f"{_TITLES[Kind(kind)]}: {message.subject}" if message.subject else _TITLES[Kind(kind)]
        add_entry(
            Entry(
                message.customer_id, at, "message", f"message:{message.id}:{kind}", title, text=detail[:400]
            )
        )
    return True


def mark_invalid(sent: Sent, *, detail: str) -> bool:
    """The address does not reach the customer. False where it is another one by now, or was seen to work since."""
    point = sent.point()
    since = sent.contact.ended_at or sent.contact.at
    if point is None or point.invalid_at or (point.verified_at and point.verified_at > since):
        return False
    change_contact_point(
        point=point, changes={"invalid": True}, source="api", source_detail=detail, who="the mail server"
    )
    return True

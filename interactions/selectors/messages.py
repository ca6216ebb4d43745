"""Messages as those see them who see the customer, and what a message would become now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from crm.models import Customer
from crm.selectors.scope import visible_portfolios
from interactions.models import Message, MessageNews, Template, TemplateVersion
from interactions.selectors.templates import fitting_wording
from interactions.services.rendering import describe, field_values, unmet_duties
from interactions.wording import fill, html_of
from privacy.gate import Ask, Given, check
from privacy.models import PrivacyProfile
from privacy.policy import CODES
from privacy.selectors.purposes import find_purpose, purposes, sender
from tenancy.access import Access
from tenancy.selectors.keyset import BadPosition, Order, Position, position_of, read_slice

PAGE: Final = 50
_NEWEST: Final = Order("asked_at", "id", descending=True)
WRITTEN_FOR: Final = ("service", "marketing")


def visible_messages(access: Access) -> QuerySet[Message]:
    """To customers in the scope."""
    rows = Message.objects.filter(customer__trashed_at=None)
    portfolios = visible_portfolios(access)
    return rows if portfolios is None else rows.filter(customer__summary__portfolio_id__in=portfolios)


def visible_message(access: Access, message_id: UUID) -> Message | None:
    rows = visible_messages(access).select_related("customer", "wording__template", "task")
    return rows.filter(id=message_id).first()


@dataclass(frozen=True)
class MessagePage:
    messages: list[Message]
    later: str


def messages_of(customer: Customer, *, cursor: str = "") -> MessagePage:
    """A page of what was written to a customer, newest first."""
    try:
        at = Position.decode(cursor, _NEWEST, Message) if cursor else None
    except BadPosition:
        at = None
    found = read_slice(Message.objects.filter(customer=customer), _NEWEST, size=PAGE, at=at)
    later = position_of(found.rows[-1], _NEWEST).encode() if found.rows and found.has_next else ""
    return MessagePage(list(found.rows), later)


def news_of(message: Message) -> list[MessageNews]:
    return list(MessageNews.objects.filter(message=message).order_by("at", "id"))


TONES: Final[Mapping[str, str]] = {
    "sent": "good", "withheld": "warn", "failed": "bad", "unsure": "warn", "queued": "", "claimed": "",
    "task": "accent",
}  # fmt: skip


def purpose_choices() -> list[tuple[str, str]]:
    """(key, name) of purposes for which one customer is written to; service first."""
    found = [one for one in purposes() if one.purpose_class in WRITTEN_FOR]
    found.sort(key=lambda one: WRITTEN_FOR.index(one.purpose_class))
    return [(one.key, f"{one.name} ({one.get_purpose_class_display()})") for one in found]


def purpose_name(key: str) -> str:
    found = find_purpose(key)
    return found.name if found else key


def filled(template: Template, customer: Customer) -> tuple[TemplateVersion, dict[str, str]] | None:
    """The wording that fits the customer, and its subject and body with their fields filled."""
    wording = fitting_wording(template, [customer.language, *sender().languages])
    if wording is None:
        return None
    values = field_values(customer, wording.language, timezone.now())
    return wording, {"subject": fill(wording.subject, values), "body": fill(wording.body, values)}


@dataclass(frozen=True)
class Preview:
    """What a message would look like, and what the gate says now. `duties`: what the message would not say."""

    given: Given
    meaning: str
    remedy: str
    duties: list[str]
    html: str
    profile: PrivacyProfile
    has_way_out: bool


def preview(
    customer: Customer,
    *,
    channel: str,
    purpose: str,
    body: str,
    has_promotion: bool,
    point_id: UUID | None = None,
) -> Preview:
    """Asks the gate, which logs the answer; nothing is reserved."""
    found = find_purpose(purpose)
    is_marketing = has_promotion or bool(found and found.is_marketing)
    described = describe(channel, is_marketing=is_marketing)
    given = check(
        Ask(customer_id=customer.id, channel=channel, purpose=purpose, message=described, contact_point_id=point_id,
            asked_for="message preview")
    )  # fmt: skip
    said = CODES.get(given.answer.code)
    return Preview(
        given, said.meaning if said else given.answer.code, said.remedy if said and not given.may else "",
        unmet_duties(described), html_of(body), sender(), is_marketing,
    )  # fmt: skip


def answer_words(message: Message) -> dict[str, Any]:
    """What the gate said of a message that it refused or put off."""
    said = CODES.get(message.code)
    return {"meaning": said.meaning, "remedy": said.remedy, "source": said.source} if said else {}

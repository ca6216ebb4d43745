"""What is told of one contact, and what of it can be kept."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any

from django.utils import timezone

from crm.services.timeline import Entry
from interactions.models.interaction import LONGEST_TEXT, Interaction
from interactions.services.refusals import Refused

SKEW = timedelta(minutes=5)
"""By how much a clock elsewhere may be ahead of ours."""
EXCERPT = 400
"""Characters of a text that the timeline shows."""
OLDEST = datetime(1900, 1, 1, tzinfo=UTC)
MOST_MINUTES = Decimal("99999.99")


class InteractionRefused(Refused):
    """The contact cannot be kept so."""


@dataclass(frozen=True)
class Contact:
    """One contact as it is told. `occurred_at`: aware; None is now. `minutes`: of our time. `satisfaction`: 1 to 5."""

    channel: str
    touchpoint: str = "human"
    direction: str = "inbound"
    initiative: str = "reactive"
    occurred_at: datetime | None = None
    minutes: Decimal | None = None
    outcome: str = ""
    sentiment: str = ""
    satisfaction: int | None = None
    subject: str = ""
    text: str = ""


FIELDS = tuple(field.name for field in fields(Contact))
_CHOICES = {
    "channel": frozenset(Interaction.Channel.values),
    "touchpoint": frozenset(Interaction.Touchpoint.values),
    "direction": frozenset(Interaction.Direction.values),
    "initiative": frozenset(Interaction.Initiative.values),
    "outcome": frozenset(Interaction.Outcome.values),
    "sentiment": frozenset(Interaction.Sentiment.values),
}


def checked(contact: Contact, *, now: datetime | None = None) -> Contact:
    """The contact as it is stored: its moment in UTC, never None. Raises InteractionRefused."""
    now = now or timezone.now()
    _require_choices(contact)
    _require_numbers(contact)
    subject = contact.subject.strip()
    if len(subject) > 200:
        raise InteractionRefused(
            "A subject has at most 200 characters; the rest belongs into the text.", field="subject"
        )
    require_storable(subject, "subject")
    require_storable(contact.text, "text")
    if len(contact.text) > LONGEST_TEXT:
        raise InteractionRefused(
            f"The text has {len(contact.text):,} characters; {LONGEST_TEXT:,} fit. Split it into two contacts.",
            field="text",
        )
    minutes = (
        contact.minutes if contact.minutes is None else Decimal(contact.minutes).quantize(Decimal("0.01"))
    )
    return replace(contact, subject=subject, minutes=minutes, occurred_at=_moment(contact.occurred_at, now))


def _require_choices(contact: Contact) -> None:
    for name, known in _CHOICES.items():
        value = getattr(contact, name)
        if value not in known:
            choices = ", ".join(sorted(known - {""}))
            raise InteractionRefused(f"{value[:40]!r} is no {name}; there are: {choices}.", field=name)


def _require_numbers(contact: Contact) -> None:
    minutes = contact.minutes
    if minutes is not None and not (isfinite(minutes) and 0 <= minutes <= MOST_MINUTES):
        raise InteractionRefused(f"Minutes are a number from 0 to {MOST_MINUTES}.", field="minutes")
    if contact.satisfaction is not None and not 1 <= contact.satisfaction <= 5:
        raise InteractionRefused("Satisfaction is a number from 1 to 5.", field="satisfaction")


def require_storable(text: str, field: str) -> None:
    """Raises InteractionRefused for what the database cannot hold."""
    if "\x00" in text:
        raise InteractionRefused("This holds a NUL character, which is no text: take it out.", field=field)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InteractionRefused("This holds half of a character: copy it anew.", field=field) from None


def _moment(told: datetime | None, now: datetime) -> datetime:
    if told is None:
        return now
    if told.tzinfo is None:
        raise InteractionRefused(
            "Say the time with its offset, as 2026-05-01T12:00:00+02:00.", field="occurred_at"
        )
    try:
        moment = told.astimezone(UTC)
    except OverflowError:
        moment = OLDEST - SKEW if told.year < now.year else now + 2 * SKEW
    if moment > now + SKEW:
        raise InteractionRefused(
            "This lies in the future: log it once it has happened, or make it a task.", field="occurred_at"
        )
    if moment < OLDEST:
        raise InteractionRefused("This is before 1900: check the year.", field="occurred_at")
    return moment


def told_by(interaction: Interaction) -> dict[str, Any]:
    """What stands in an interaction now: field of `Contact` -> value."""
    return {name: getattr(interaction, name) for name in FIELDS}


_TITLES = {
    Interaction.Channel.SHOP: ("In the shop", "In the shop"),
    Interaction.Channel.VISIT: ("Visited us", "We visited"),
    Interaction.Channel.PHONE: ("Called us", "We called"),
    Interaction.Channel.EMAIL: ("Wrote an e-mail", "We wrote an e-mail"),
    Interaction.Channel.CHAT: ("Chatted with us", "We opened a chat"),
    Interaction.Channel.SMS: ("Sent a text message", "We sent a text message"),
    Interaction.Channel.POST: ("Wrote a letter", "We wrote a letter"),
    Interaction.Channel.WEB: ("On the web site", "On the web site"),
    Interaction.Channel.PUSH: ("Answered a push message", "We sent a push message"),
    Interaction.Channel.OTHER: ("Was in touch", "We were in touch"),
}
"""(they came to us, we went to them)"""


def title_of(interaction: Interaction) -> str:
    """How it is called in lists: "Called us: the oven"."""
    inbound, outbound = _TITLES[Interaction.Channel(interaction.channel)]
    how = inbound if interaction.direction == Interaction.Direction.INBOUND else outbound
    return f"{how}: {interaction.subject}" if interaction.subject else how


def excerpt(text: str) -> str:
    """The beginning of a text; an ellipsis says that it goes on."""
    return text if len(text) <= EXCERPT else f"{text[: EXCERPT - 1].rstrip()}\u2026"


def timeline_entry(interaction: Interaction) -> Entry:
    return Entry(
        interaction.customer_id, interaction.occurred_at, "contact", f"interaction:{interaction.id}",
        title_of(interaction), text=excerpt(interaction.text), who=interaction.author_name,
    )  # fmt: skip

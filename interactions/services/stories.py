"""Stories: what somebody did for a customer that others should know. Told without a name, so that all may read them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from crm.models import ContactPoint, Customer
from interactions.events import StoryTold
from interactions.models import NeedKind, Story, StoryThanks
from interactions.services.authors import Author
from interactions.services.holding import hold_customer
from interactions.services.refusals import Refused, require_text
from tenancy.models import Member
from tenancy.outbox import emit

MOST: Final = 5_000
MOST_TAGS: Final = 8
LONGEST_TAG: Final = 40
SHORTEST: Final = 3
"""Shorter parts of a name, numbers and lines of an address stand in any text."""


class StoryRefused(Refused):
    """The story cannot be told so, or not be hidden by this member."""


@dataclass(frozen=True)
class Told:
    """A story as it is told."""

    title: str
    text: str
    tags: Sequence[str] = ()
    need_kind: NeedKind | None = None
    case_kind_name: str = ""


def tell_story(
    *, told: Told, by: Author, customer: Customer | None = None, interaction_id: UUID | None = None
) -> Story:
    """Tell a story. Raises StoryRefused where it names its customer, and CustomerRefused."""
    title = require_text(StoryRefused, told.title, field="title", most=120, least=3)
    text = require_text(StoryRefused, told.text, field="text", most=MOST, least=10)
    tags = _tags(told.tags)
    with transaction.atomic():
        if customer is not None:
            hold_customer(customer.id)
            _require_no_name(customer, "\n".join([title, text, *tags]))
        made = Story.objects.create(
            title=title, text=text, tags=tags, need_kind=told.need_kind, case_kind_name=told.case_kind_name[:80],
            customer=customer, interaction_id=interaction_id, member=by.member, told_at=timezone.now(),
            author=by.actor, author_name=by.name[:120],
        )  # fmt: skip
        emit(StoryTold(made.id))
    return made


def _tags(tags: Sequence[str]) -> list[str]:
    """In small letters, each once, in their order."""
    plain = list(dict.fromkeys(" ".join(tag.lower().strip("# \t").split()) for tag in tags))
    found = [tag for tag in plain if tag]
    if len(found) > MOST_TAGS or any(len(tag) > LONGEST_TAG or "\0" in tag for tag in found):
        raise StoryRefused(f"At most {MOST_TAGS} tags of {LONGEST_TAG} characters.", field="tags")
    return found


def _require_no_name(customer: Customer, text: str) -> None:
    standing = [words for words in words_to_leave_out(customer) if stands_in(words, text)]
    if standing:
        raise StoryRefused(
            f"Leave out {', '.join(f'“{words}”' for words in standing)}: all colleagues read this, and it says who the "
            "customer was.", field="text", code="names_customer",
        )  # fmt: skip


def words_to_leave_out(customer: Customer) -> list[str]:
    """What tells who a customer is: their name and its parts, their number, lines of their addresses."""
    parts = customer.name.split() if customer.kind == Customer.Kind.PERSON else []
    points = ContactPoint.objects.filter(customer=customer).values_list("value", flat=True)
    lines = [line.strip() for value in points for line in re.split(r"[\n;]", value)]
    found = dict.fromkeys([customer.name, *parts, customer.external_id or "", *lines])
    return [words for words in found if len(words) >= SHORTEST or (words and not words.isascii())]


def stands_in(words: str, text: str) -> bool:
    """As whole words; one word by itself only as it is written, so that “Hal House” leaves us the word house."""
    flags = re.IGNORECASE if " " in words or "@" in words or any(c.isdigit() for c in words) else 0
    if not words.isascii():
        return words.casefold() in text.casefold()
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, flags) is not None


def thank_story(*, story: Story, member: Member) -> bool:
    """One thanks a member; whether it is new."""
    made = StoryThanks(story=story, member=member, at=timezone.now())
    StoryThanks.objects.bulk_create([made], ignore_conflicts=True)
    return StoryThanks.objects.filter(id=made.id).exists()


def hide_story(*, story: Story, by: Author, may_all: bool) -> Story:
    """Take a story out of everybody's sight. Its author may, and who manages catalogues. Raises StoryRefused."""
    if not may_hide(story, by, may_all):
        raise StoryRefused("Who told it may hide it, and who manages the catalogues.")
    with transaction.atomic():
        held = Story.objects.select_for_update().get(id=story.id)
        held.hidden_at, held.version = held.hidden_at or timezone.now(), held.version + 1
        held.save(update_fields=["hidden_at", "version"])
    return held


def may_hide(story: Story, by: Author, may_all: bool) -> bool:
    return may_all or story.author == by.actor

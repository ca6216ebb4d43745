"""Stories, as everybody may read them; who the customer was is seen by those who see the customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from crm.models import Customer
from crm.selectors.scope import visible_customers
from crm.services.summaries import tenant_today
from interactions.models import Story, StoryThanks
from interactions.selectors.needs import in_force, visible_needs_of
from tenancy.access import Access
from tenancy.models import TenantProfile
from tenancy.selectors.keyset import Page, newest_first

SHOWN: Final = 3
MOST_WORDS: Final = 8


def stories() -> QuerySet[Story]:
    return Story.objects.filter(hidden_at=None).select_related("need_kind")


def story_here(story_id: UUID) -> Story | None:
    return stories().filter(id=story_id).first()


def search(words: str, *, tag: str = "", kind_id: UUID | None = None) -> QuerySet[Story]:
    """Stories that hold every one of the words in title, text or tags.

    They are read in the order of their index within the tenant until a page is full: people wrote them by hand, so a
    company has thousands at most, and an index over words could not be used beside row-level security.
    """
    rows = stories()
    for word in words.split()[:MOST_WORDS]:
        rows = rows.filter(
            Q(title__icontains=word) | Q(text__icontains=word) | Q(tags__contains=[word.lower()])
        )
    if tag:
        rows = rows.filter(tags__contains=[tag.lower()])
    return rows.filter(need_kind_id=kind_id) if kind_id else rows


@dataclass(frozen=True)
class StoryLine:
    """A story for people. `customer` None: nobody, or not in this member's scope."""

    story: Story
    url: str
    thanks: int
    thanked: bool
    customer: Customer | None


def lines_of(access: Access, found: Sequence[Story]) -> list[StoryLine]:
    """Three statements, however many there are."""
    ids = [one.id for one in found]
    member_id = access.member.id if access.member else None
    thanks = dict(
        StoryThanks.objects.filter(story_id__in=ids).values_list("story_id").annotate(n=Count("id"))
    )
    mine = (
        set()
        if member_id is None
        else set(
            StoryThanks.objects.filter(story_id__in=ids, member_id=member_id).values_list(
                "story_id", flat=True
            )
        )
    )
    seen = _seen(access, {one.customer_id for one in found if one.customer_id})
    return [
        StoryLine(one, reverse("story", args=[access.tenant.slug, one.id]), thanks.get(one.id, 0), one.id in mine,
                  seen.get(one.customer_id) if one.customer_id else None)
        for one in found
    ]  # fmt: skip


def _seen(access: Access, customer_ids: set[UUID]) -> dict[UUID, Customer]:
    return visible_customers(access).in_bulk(customer_ids) if access.may("crm.view_customer") else {}


def stories_page(words: str, tag: str, kind_id: UUID | None, cursor: str) -> Page[Story]:
    return newest_first(search(words, tag=tag, kind_id=kind_id), by="told_at", cursor=cursor, size=30)


def stories_part(access: Access, customer: Customer) -> dict[str, Any] | None:
    """Context of interactions/parts/_stories.html: how others helped customers who need the same.

    Only needs that this member may see are looked at: a private one of another portfolio shows nothing.
    """
    if not access.may("interactions.tell_story"):
        return None
    open_needs = visible_needs_of(access, customer).filter(
        in_force(tenant_today(TenantProfile.objects.get()))
    )
    alike = stories().filter(Exists(open_needs.filter(kind_id=OuterRef("need_kind_id")).order_by()))
    found = list(alike.exclude(customer=customer).order_by("-told_at", "-id")[:SHOWN])
    return {
        "lines": lines_of(access, found),
        "tell_url": reverse("story_tell", args=[access.tenant.slug, customer.id]),
        "stories_url": reverse("stories", args=[access.tenant.slug]),
    }

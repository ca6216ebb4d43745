"""Calendar feeds: a secret address, signed, that a member's calendar reads; revoked by its row."""

from uuid import UUID

from django.utils import timezone

from interactions.models import CalendarFeed
from tenancy.context import current_tenant_id
from tenancy.links import Kind, public_url, sign
from tenancy.models import Member


def open_feed(*, member: Member) -> str:
    """A new address. It is shown once: nothing here can say it again."""
    feed = CalendarFeed.objects.create(member=member, made_at=timezone.now())
    return public_url("public_calendar", sign(Kind.CALENDAR, current_tenant_id(), feed.id))


def revoke_feeds(*, member: Member) -> int:
    """No calendar reads this member's tasks any more. Returns how many could."""
    return CalendarFeed.objects.filter(member=member, revoked_at=None).update(revoked_at=timezone.now())


def note_feed_read(*, feed: CalendarFeed) -> None:
    CalendarFeed.objects.filter(id=feed.id).update(read_at=timezone.now())


def end_feeds(leaver_id: UUID, successor_id: UUID | None) -> None:
    """A member leaves: their calendar outlives nothing."""
    CalendarFeed.objects.filter(member_id=leaver_id, revoked_at=None).update(revoked_at=timezone.now())

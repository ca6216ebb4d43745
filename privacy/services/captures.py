"""How we came by an address, and whether it still takes messages: what the soft opt-in asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from crm.models import ContactPoint
from crm.services.summaries import tenant_today
from crm.services.timeline import Entry, add_entries
from privacy.models import Capture
from tenancy.db.ids import new_id
from tenancy.models import TenantProfile

_STATED: Final = ["origin", "collected_on", "way_out_offered"]


class CaptureRefused(ValueError):
    """How an address was come by cannot be so. `field` says what to mend."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Captured:
    """How one address came to us: where, on which day, and whether a way out was offered at once."""

    contact_point_id: UUID
    origin: str
    collected_on: date
    way_out_offered: bool


def note_captures(captured: Sequence[Captured], *, who: str = "") -> None:
    """State how addresses came to us; a later statement takes the place of an earlier one (the audit keeps both).

    Raises CaptureRefused before anything is written.
    """
    today = tenant_today(TenantProfile.objects.get())
    for one in captured:
        _require_sound(one, today)
    last = {one.contact_point_id: one for one in captured}
    with transaction.atomic():
        Capture.objects.bulk_create(
            [
                Capture(contact_point_id=one.contact_point_id, origin=one.origin, collected_on=one.collected_on,
                        way_out_offered=one.way_out_offered)
                for one in last.values()
            ],
            update_conflicts=True, unique_fields=["tenant", "contact_point"], update_fields=_STATED, batch_size=1000,
        )  # fmt: skip
        _tell(list(last), "how we came by it was noted", who)


def note_capture(*, captured: Captured, who: str = "") -> None:
    """The same for one address."""
    note_captures([captured], who=who)


def forget_captures(contact_point_ids: Sequence[UUID]) -> None:
    """The address behind these contact points is another one now: what was stated of the old one is no proof."""
    Capture.objects.filter(contact_point_id__in=list(contact_point_ids)).delete()


def note_hard_bounce(*, kind: str, value_key: str, at: datetime | None = None, who: str = "") -> int:
    """A message could not be delivered for good: the address is not used any more, whoever has it.

    `value_key` as `crm.keys.value_key` makes it. Returns how many customers have the address.
    """
    at = at or timezone.now()
    with transaction.atomic():
        points = list(ContactPoint.objects.filter(kind=kind, value_key=value_key))
        Capture.objects.bulk_create(
            [
                Capture(contact_point=point, origin=Capture.Origin.OTHER, collected_on=point.created_at.date(),
                        hard_bounced_at=at)
                for point in points
            ],
            update_conflicts=True, unique_fields=["tenant", "contact_point"], update_fields=["hard_bounced_at"],
        )  # fmt: skip
        _tell([point.id for point in points], "does not take messages any more", who)
    return len(points)


def forgive_bounce(*, contact_point_id: UUID, who: str = "") -> None:
    """The address takes messages again: somebody saw one arrive."""
    with transaction.atomic():
        bounced = Capture.objects.filter(contact_point_id=contact_point_id, hard_bounced_at__isnull=False)
        if bounced.update(hard_bounced_at=None):
            _tell([contact_point_id], "takes messages again", who)


def _require_sound(one: Captured, today: date) -> None:
    if one.origin not in Capture.Origin.values:
        raise CaptureRefused(f"Choose one of: {', '.join(Capture.Origin.values)}.", field="origin")
    if one.collected_on > today:
        raise CaptureRefused("An address cannot have come to us in the future.", field="collected_on")


def _tell(contact_point_ids: Sequence[UUID], what: str, who: str) -> None:
    """A line in each customer's timeline, without the address itself."""
    now = timezone.now()
    points = ContactPoint.objects.filter(id__in=list(contact_point_ids)).only("id", "customer_id", "kind")
    add_entries(
        Entry(point.customer_id, now, "protection", f"capture:{new_id()}",
              f"{point.get_kind_display().capitalize()}: {what}", who=who)
        for point in points
    )  # fmt: skip

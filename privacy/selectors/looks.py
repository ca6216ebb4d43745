"""Who opened or exported whom, and what for; and who opened more in an hour than serving people explains."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncHour
from django.utils import timezone

from tenancy.models import AccessEntry

MANY: Final = 60
"""Different customers in one hour: one a minute, all hour long. Somebody at a counter meets fewer."""
LOOKED_BACK: Final = timedelta(days=30)


@dataclass(frozen=True)
class Asked:
    """What of the log is asked for; None and "" mean everything."""

    actor: str = ""
    customer_id: UUID | None = None
    view: str = ""
    day: date | None = None
    hour: datetime | None = None


@dataclass(frozen=True)
class Burst:
    """Somebody opened many different customers within one hour."""

    actor: str
    hour: datetime
    customers: int


def looks(asked: Asked) -> QuerySet[AccessEntry]:
    """To be paged newest first."""
    rows = AccessEntry.objects.all()
    if asked.actor:
        rows = rows.filter(actor=asked.actor)
    if asked.customer_id:
        rows = rows.filter(subject_id=asked.customer_id)
    if asked.view:
        rows = rows.filter(view=asked.view)
    return rows.filter(_when(asked))


def _when(asked: Asked) -> Q:
    if asked.hour:
        return Q(at__gte=asked.hour, at__lt=asked.hour + timedelta(hours=1))
    if asked.day:
        begins = timezone.make_aware(datetime.combine(asked.day, time.min))
        ends = timezone.make_aware(datetime.combine(asked.day + timedelta(days=1), time.min))
        return Q(at__gte=begins, at__lt=ends)
    return Q()


def bursts(*, now: datetime, most: int = 10) -> Sequence[Burst]:
    """The hours of the last days in which one member or token opened more than `MANY` customers, most first."""
    recent = AccessEntry.objects.filter(at__gte=now - LOOKED_BACK, subject_id__isnull=False)
    hours = recent.annotate(hour=TruncHour("at")).values("actor", "hour")
    found = hours.annotate(customers=Count("subject_id", distinct=True)).filter(customers__gte=MANY)
    rows = found.order_by("-customers", "-hour")[:most]
    return [Burst(row["actor"], row["hour"], row["customers"]) for row in rows]


def kinds_of_looks(*, now: datetime) -> list[str]:
    """What was opened lately: service card, record, export."""
    recent = AccessEntry.objects.filter(at__gte=now - LOOKED_BACK)
    return sorted(recent.order_by().values_list("view", flat=True).distinct())

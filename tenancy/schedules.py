"""Work that returns, every night or every few minutes. Two schedulers at once do no harm: a slot has one job."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from tenancy.context import tenant_context
from tenancy.models import Schedule, TenantProfile
from tenancy.registries import Registry

log = logging.getLogger(__name__)

# kind of schedule -> starts the job for a slot
scheduled: Registry[Callable[[str], object]] = Registry("schedules")
# kind of schedule -> after how many minutes it is due again; what is not here returns every night.
often: Registry[int] = Registry("schedules by the minute")


def register_often(kind: str, run: Callable[[str], object], *, minutes: int) -> None:
    """Declare work that returns every `minutes`: short, and harmless when it is run again."""
    scheduled.register(kind, run)
    often.register(kind, minutes)


def start_what_is_due() -> int:
    """Start the due work of every active tenant; returns how many schedules were due."""
    return sum(_start_for(tenant_id) for tenant_id in _tenants_with_due_work())


def _start_for(tenant_id: UUID) -> int:
    """One tenant's due work; each kind by itself: what fails is due again in a minute, and nothing waits for it."""
    try:
        with tenant_context(tenant_id):
            open_schedules()  # kinds that an upgrade brought
            due = Schedule.objects.filter(due_at__lte=timezone.now()).order_by("due_at", "kind")
            kinds = list(due.values_list("kind", flat=True))
    except Exception:
        log.exception("scheduled work could not be looked up")
        return 0
    return sum(_start(tenant_id, kind) for kind in kinds)


def _start(tenant_id: UUID, kind: str) -> int:
    try:
        with tenant_context(tenant_id):
            rows = Schedule.objects.select_for_update(skip_locked=True)
            schedule = rows.filter(kind=kind, due_at__lte=timezone.now()).first()
            if schedule is None:  # another scheduler was quicker
                return 0
            scheduled[kind](schedule.due_at.isoformat())
            schedule.due_at = _next(schedule)
            schedule.save(update_fields=["due_at"])
            return 1
    except Exception:
        log.exception("scheduled work %s could not be started", kind)
        return 0


def _next(schedule: Schedule) -> datetime:
    minutes = often.get(schedule.kind)
    now = timezone.now()
    return now + timedelta(minutes=minutes) if minutes else next_night(schedule.local_hour, after=now)


def next_night(local_hour: int, *, after: datetime) -> datetime:
    """The next `local_hour`:00 in the active tenant's time zone, in UTC."""
    zone = ZoneInfo(TenantProfile.objects.get().time_zone)
    local = after.astimezone(zone).replace(hour=local_hour, minute=0, second=0, microsecond=0)
    if local.astimezone(UTC) <= after:
        local = (local.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
    return local.astimezone(UTC)


def open_schedules() -> None:
    """Give a new tenant one row for every kind of scheduled work."""
    for kind in scheduled.keys():  # noqa: SIM118  (a Registry, not a dict)
        first = timezone.now() if kind in often else next_night(2, after=timezone.now())
        Schedule.objects.get_or_create(kind=kind, defaults={"due_at": first})


def _tenants_with_due_work() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM tenants_with_due_work()")
        return [row[0] for row in cursor.fetchall()]

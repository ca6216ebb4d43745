"""When clocks run, how fast a company wants to be, and what cases are about.

What is changed here counts for cases from their next step on: the limits of a case that is open stay until then.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from interactions.clocks import (
    Calendar,
    CalendarRefused,
    NeverOpen,
    instant_after,
    read_calendar,
    require_opens,
)
from interactions.models import BusinessCalendar, CaseKind, ServiceLevel
from interactions.services.case_clocks import calendar_of
from interactions.services.refusals import Refused, require_text
from interactions.usual import CASE_KINDS, HOURS, OFFICE_HOURS, SERVICE_LEVELS
from tenancy.models import TenantProfile

LONGEST_NAME: Final = 80
HEAVIEST: Final = 40
MOST_MINUTES: Final = 60 * 24 * 60
"""Of business hours, in a service level: sixty days around the clock."""

Hours = Mapping[str, Sequence[Sequence[str]]]
Holidays = Sequence[Mapping[str, Any]]


class CatalogueRefused(Refused):
    """A calendar, kind or service level cannot be so."""


@dataclass(frozen=True)
class Opening:
    """What a calendar says: hours by ISO weekday, as [["09:00", "17:30"]], and holidays as [{"on", "name"}]."""

    name: str
    time_zone: str
    hours: Hours
    holidays: Holidays = ()
    is_default: bool = False


def open_case_catalogues() -> None:
    """Give the active company the usual calendar, levels and kinds, where it has none. Harmless when run again."""
    with transaction.atomic():
        calendar = BusinessCalendar.objects.filter(is_default=True).first()
        if calendar is None:
            zone = TenantProfile.objects.get().time_zone
            calendar = BusinessCalendar.objects.create(
                name=OFFICE_HOURS, time_zone=zone, hours=HOURS, is_default=True
            )
        ServiceLevel.objects.bulk_create(
            [ServiceLevel(priority=priority, answer_minutes=answer, resolve_minutes=resolve)
             for priority, answer, resolve in SERVICE_LEVELS],
            ignore_conflicts=True,
        )  # fmt: skip
        if not CaseKind.objects.exists():
            CaseKind.objects.bulk_create(
                CaseKind(name=name, weight=weight, calendar=calendar, position=place)
                for place, (name, weight) in enumerate(CASE_KINDS, start=1)
            )


def save_calendar(*, opening: Opening, calendar: BusinessCalendar | None = None) -> BusinessCalendar:
    """A new calendar, or a change of one. Raises CatalogueRefused, also where it never opens."""
    row = calendar or BusinessCalendar()
    row.name = require_text(CatalogueRefused, opening.name, field="name", most=LONGEST_NAME, least=1)
    row.time_zone, row.hours = (
        opening.time_zone,
        {day: spans for day, spans in opening.hours.items() if spans},
    )
    row.holidays = sorted(opening.holidays, key=lambda one: str(one.get("on")))
    with transaction.atomic():
        _require_long_enough([_readable(row)], _levels(), field="hours")
        if opening.is_default:
            BusinessCalendar.objects.filter(is_default=True).exclude(id=row.id).update(is_default=False)
            row.is_default = True
        _write(row, f"There is already a calendar called {row.name}.")
    return row


def _readable(row: BusinessCalendar) -> Calendar:
    try:
        found = read_calendar(zone=row.time_zone, hours=row.hours, holidays=row.holidays)
        require_opens(found, timezone.now())
    except CalendarRefused as refusal:
        raise CatalogueRefused(str(refusal), field=refusal.field) from refusal
    return found


def archive_calendar(*, calendar: BusinessCalendar) -> None:
    """Offer it no more. Raises CatalogueRefused where kinds use it, or it is the usual one."""
    with transaction.atomic():
        held = BusinessCalendar.objects.select_for_update().get(id=calendar.id)
        if held.is_default:
            raise CatalogueRefused("This is the usual calendar; make another one that first.")
        user = CaseKind.objects.filter(calendar=held, archived_at=None).first()
        if user:
            raise CatalogueRefused(f"{user.name} uses it; give that kind another calendar first.")
        held.archived_at = timezone.now()
        held.save(update_fields=["archived_at"])


def save_case_kind(
    *, name: str, weight: int, calendar: BusinessCalendar, kind: CaseKind | None = None
) -> CaseKind:
    """A new kind of case, or a change of one. Raises CatalogueRefused."""
    if weight not in range(HEAVIEST + 1):
        raise CatalogueRefused(f"The weight is 0 to {HEAVIEST}.", field="weight")
    if calendar.archived_at:
        raise CatalogueRefused("This calendar is in the archive; choose another.", field="calendar")
    with transaction.atomic():
        row = kind or CaseKind(position=(CaseKind.objects.aggregate(last=Max("position"))["last"] or 0) + 1)
        row.name = require_text(CatalogueRefused, name, field="name", most=LONGEST_NAME, least=1)
        row.weight, row.calendar = weight, calendar
        _write(row, f"There is already a kind called {row.name}, maybe in the archive.")
    return row


def archive_case_kind(*, kind: CaseKind, is_archived: bool = True) -> None:
    """Offer it no more, or again; cases of it stay. Raises CatalogueRefused for the last one."""
    with transaction.atomic():
        others = CaseKind.objects.select_for_update(of=("self",)).filter(archived_at=None).exclude(id=kind.id)
        if is_archived and not list(others):
            raise CatalogueRefused("This is the last kind of case; add another one first.")
        kind.archived_at = timezone.now() if is_archived else None
        kind.save(update_fields=["archived_at"])


def put_service_levels(*, levels: Mapping[int, tuple[int, int]]) -> None:
    """Priority -> (minutes to answer, minutes to resolve), all four of them. Raises CatalogueRefused."""
    for priority, (answer, resolve) in levels.items():
        _require_sense(priority, answer, resolve)
    if set(levels) != {1, 2, 3, 4}:
        raise CatalogueRefused("Service levels are those of priorities 1 to 4.")
    calendars = BusinessCalendar.objects.filter(archived_at=None)
    _require_long_enough(map(calendar_of, calendars), [r for _, r in levels.values()], field="resolve_4")
    with transaction.atomic():
        for level in ServiceLevel.objects.select_for_update().order_by("priority"):
            level.answer_minutes, level.resolve_minutes = levels[level.priority]
            level.save(update_fields=["answer_minutes", "resolve_minutes"])


def _require_sense(priority: int, answer: int, resolve: int) -> None:
    for field, minutes in (("answer", answer), ("resolve", resolve)):
        if not 1 <= minutes <= MOST_MINUTES:
            raise CatalogueRefused(
                f"From 1 minute to {MOST_MINUTES // 60:,} hours of business hours.",
                field=f"{field}_{priority}",
            )
    if resolve < answer:
        raise CatalogueRefused("Nothing is resolved before it is answered.", field=f"resolve_{priority}")


def _levels() -> list[int]:
    return list(ServiceLevel.objects.values_list("resolve_minutes", flat=True))


def _require_long_enough(calendars: Iterable[Calendar], minutes: Sequence[int], *, field: str) -> None:
    longest = max(minutes, default=1)
    try:
        for calendar in calendars:
            instant_after(calendar, timezone.now(), longest)
    except NeverOpen:
        raise CatalogueRefused(
            f"A service level promises {longest / 60:,.0f} business hours, and a calendar is not open for so long in "
            "five years. Make the level shorter, or the hours longer.", field=field,
        ) from None  # fmt: skip


def _write(row: BusinessCalendar | CaseKind, taken: str) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise CatalogueRefused(taken, field="name", code="name_taken") from None

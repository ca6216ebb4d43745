"""Business hours: how much of them lies between two instants, and when so many have passed. Knows no Django.

A calendar is open on ISO weekdays, between times on the clock of its zone, but not on holidays. What counts is time
that passes while that clock shows an open time: an hour that a change of clocks leaves out does not count, one that it
shows twice counts twice. Time is cut where the zone's offset changes; between two cuts the clock and UTC run side by
side.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY: Final = timedelta(days=1)
LONGEST_DAYS: Final = 5 * 366
"""How far ahead an instant is looked for. A calendar that is not open long enough until then never is."""
MOST_HOLIDAYS: Final = 1000
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Span = tuple[datetime, datetime]
"""[from, to) in UTC."""


class CalendarRefused(ValueError):
    """Hours, holidays or a zone that make no calendar. `field` says where."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class NeverOpen(ValueError):
    """The calendar is not open long enough within `LONGEST_DAYS`."""


@dataclass(frozen=True)
class Calendar:
    """`hours`: ISO weekday (1 is Monday) -> [from, to) in minutes of the day, in order, apart from each other."""

    zone: ZoneInfo
    hours: Mapping[int, tuple[tuple[int, int], ...]] = field(hash=False)
    holidays: frozenset[date] = frozenset()

    def on(self, day: date) -> tuple[tuple[int, int], ...]:
        """The hours of a day; none on a holiday."""
        return () if day in self.holidays else self.hours.get(day.isoweekday(), ())

    def is_open(self, at: datetime) -> bool:
        local = at.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return any(begins <= minute < ends for begins, ends in self.on(local.date()))


def read_calendar(
    *, zone: str, hours: Mapping[str, Sequence[Sequence[str]]], holidays: Sequence[Mapping[str, Any]]
) -> Calendar:
    """From the shape in which a calendar is kept. Raises CalendarRefused, also for one that never opens."""
    calendar = Calendar(_zone(zone), _hours(hours), _holidays(holidays))
    if not any(calendar.hours.values()):
        raise CalendarRefused("It never opens: give at least one day hours.", field="hours")
    return calendar


def require_opens(calendar: Calendar, now: datetime) -> None:
    """Raise CalendarRefused where holidays close every day that could be open, as far ahead as anybody looks."""
    try:
        instant_after(calendar, now, 1)
    except NeverOpen:
        raise CalendarRefused(
            "It never opens: every day with hours is a holiday. Take some of them out.", field="holidays"
        ) from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CalendarRefused("A time zone such as Europe/London.", field="time_zone") from None


def _hours(hours: Mapping[str, Sequence[Sequence[str]]]) -> dict[int, tuple[tuple[int, int], ...]]:
    found = {}
    for day, spans in hours.items():
        if day not in set("1234567"):
            raise CalendarRefused("Days are 1 (Monday) to 7 (Sunday).", field="hours")
        found[int(day)] = _day(WEEKDAYS[int(day) - 1], spans)
    return found


def _day(name: str, spans: Sequence[Sequence[str]]) -> tuple[tuple[int, int], ...]:
    read = sorted((_minute(name, begins), _minute(name, ends, end=True)) for begins, ends in spans)
    if any(begins >= ends for begins, ends in read):
        raise CalendarRefused(f"{name}: closing comes after opening.", field="hours")
    if any(earlier[1] > later[0] for earlier, later in pairwise(read)):
        raise CalendarRefused(f"{name}: two of its hours overlap; make one of them.", field="hours")
    return tuple(read)


def _minute(name: str, text: str, *, end: bool = False) -> int:
    if end and text == "24:00":
        return 24 * 60
    try:
        at = datetime.strptime(text, "%H:%M")  # noqa: DTZ007  (a time of day has no zone)
    except ValueError:
        raise CalendarRefused(f"{name}: times are written as 09:00-17:30.", field="hours") from None
    return at.hour * 60 + at.minute


def _holidays(holidays: Sequence[Mapping[str, Any]]) -> frozenset[date]:
    if len(holidays) > MOST_HOLIDAYS:
        raise CalendarRefused(f"At most {MOST_HOLIDAYS:,} holidays.", field="holidays")
    try:
        return frozenset(date.fromisoformat(one["on"]) for one in holidays)
    except (ValueError, TypeError, KeyError):
        raise CalendarRefused("A holiday is a date as 2026-12-25 and a name.", field="holidays") from None


def open_spans(calendar: Calendar, since: datetime, until: datetime) -> Iterator[Span]:
    """The stretches of open time within [since, until), in order; neighbours may touch."""
    for begins, ends, offset in _steady(calendar.zone, since.astimezone(UTC), until.astimezone(UTC)):
        local_begins = begins.replace(tzinfo=None) + offset
        local_ends = ends.replace(tzinfo=None) + offset
        day = local_begins.date()
        while datetime.combine(day, time()) < local_ends:
            midnight = datetime.combine(day, time())
            for opens, closes in calendar.on(day):
                first = max(midnight + timedelta(minutes=opens), local_begins)
                last = min(midnight + timedelta(minutes=closes), local_ends)
                if first < last:
                    yield (first - offset).replace(tzinfo=UTC), (last - offset).replace(tzinfo=UTC)
            if day == date.max:
                return
            day += DAY


def _steady(
    zone: ZoneInfo, since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """[since, until) cut at UTC midnights and wherever the zone's offset changes, with the offset of each piece."""
    while since < until:
        ends = min(since.replace(hour=0, minute=0, second=0, microsecond=0) + DAY, until)
        offset = _offset(zone, since)
        if _offset(zone, ends - timedelta(microseconds=1)) != offset:
            ends = _change(zone, since, ends, offset)
        yield since, ends, offset
        since = ends


def _change(zone: ZoneInfo, begins: datetime, ends: datetime, offset: timedelta) -> datetime:
    """The first second within (begins, ends) at which the offset is another one."""
    early, late = int(begins.timestamp()), int(ends.timestamp())
    while late - early > 1:
        middle = (early + late) // 2
        if _offset(zone, datetime.fromtimestamp(middle, UTC)) == offset:
            early = middle
        else:
            late = middle
    return datetime.fromtimestamp(late, UTC)


@lru_cache(maxsize=4096)
def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def open_time(calendar: Calendar, since: datetime, until: datetime) -> timedelta:
    """Open time within [since, until); none where `until` is not later."""
    return sum((ends - begins for begins, ends in open_spans(calendar, since, until)), timedelta())


def minutes_between(calendar: Calendar, since: datetime, until: datetime) -> int:
    """Whole minutes of open time within [since, until)."""
    return open_time(calendar, since, until) // timedelta(minutes=1)


def instant_after(calendar: Calendar, since: datetime, minutes: int) -> datetime:
    """The first instant, in UTC, at which `minutes` of open time have passed since. Raises NeverOpen."""
    return when_passed(calendar, since, timedelta(minutes=minutes))


def when_passed(calendar: Calendar, since: datetime, left: timedelta) -> datetime:
    """The first instant at which `left` of open time has passed since; `since` where nothing is left."""
    if left <= timedelta():
        return since.astimezone(UTC)
    for begins, ends in open_spans(calendar, since, since + LONGEST_DAYS * DAY):
        if ends - begins >= left:
            return begins + left
        left -= ends - begins
    raise NeverOpen("The calendar is not open long enough in the next five years.")

"""When a task that returns is due next. Knows no Django.

A task keeps its clock in the company's zone: what is due at 09:00 stays at 09:00 when the clocks change. A day that a
month does not have is its last one, and the day returns where the month has it: the 31st stays the 31st.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

SATURDAY: Final = 5


def next_due(repeats: str, *, first: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first moment after `after` at which a task is due again, in UTC.

    `first` (aware) is the moment from which it counts. `repeats` is one of `STEPS`; KeyError for anything else.
    """
    begins = first.astimezone(zone)
    count = max(_passed(repeats, begins.date(), after.astimezone(zone).date()), 0)
    while (due := _at(STEPS[repeats](begins.date(), count), begins, zone)) <= after:
        count += 1
    return due


def _passed(repeats: str, begins: date, today: date) -> int:
    """So many times it has been due for certain: from there on it is counted by ones."""
    days = (today - begins).days
    rough = {
        "daily": days,
        "weekdays": days * 5 // 7,
        "weekly": days // 7,
        "monthly": days // 31,
        "yearly": days // 366,
    }
    return rough[repeats] - 1


def _at(day: date, clock: datetime, zone: ZoneInfo) -> datetime:
    """That clock on that day. An hour that the clocks skip is the one after it."""
    return datetime.combine(day, clock.time(), zone).astimezone(UTC)


def _days(begins: date, count: int) -> date:
    return begins + timedelta(days=count)


def _weekdays(begins: date, count: int) -> date:
    """`count` days from Monday to Friday later."""
    weeks, rest = divmod(count, 5)
    day = begins + timedelta(weeks=weeks)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    for _ in range(rest):
        day += timedelta(days=1)
        while day.weekday() >= SATURDAY:
            day += timedelta(days=1)
    return day


def _weeks(begins: date, count: int) -> date:
    return begins + timedelta(weeks=count)


def _months(begins: date, count: int) -> date:
    years, month = divmod(begins.month - 1 + count, 12)
    year, month = begins.year + years, month + 1
    return date(year, month, min(begins.day, monthrange(year, month)[1]))


def _years(begins: date, count: int) -> date:
    return _months(begins, 12 * count)


STEPS: Final[Mapping[str, Callable[[date, int], date]]] = {
    "daily": _days, "weekdays": _weekdays, "weekly": _weeks, "monthly": _months, "yearly": _years,
}  # fmt: skip

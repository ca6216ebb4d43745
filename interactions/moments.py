"""When somebody means, in the words they typed: "by friday 15:00", "in 3 days", "14 Mar". Knows no Django.

A day without a time ends when the company closes. What lies in the past, does not exist or is further than
`LONGEST_YEARS` away is not understood; nothing typed raises.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from interactions.clocks import WEEKDAYS, Calendar

LONGEST_YEARS: Final = 5
CLOSES: Final = time(17, 30)
"""The end of a day on which nothing says when the company closes."""
LAST_MINUTE: Final = time(23, 59)
_DAY: Final = timedelta(days=1)
_PARTS: Final = {
    "morning": time(12), "noon": time(12), "midday": time(12), "lunchtime": time(12),
    "afternoon": time(17), "evening": time(20), "tonight": time(20), "midnight": LAST_MINUTE,
}  # fmt: skip
_NUMBERS: Final = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10,
}  # fmt: skip
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_SHORT_DAYS: Final = {
    "mon": 0,
    "tue": 1,
    "tues": 1,
    "wed": 2,
    "thu": 3,
    "thur": 3,
    "thurs": 3,
    "fri": 4,
    "sat": 5,
    "sun": 6,
}

_LEAD = r"(?:(?P<lead>by|on|until|till|before|at|latest|from)\s+)?(?:the\s+)?"
_CLOCK = (
    r"(?P<hour>[01]?\d|2[0-4])"
    r"(?:[:.](?P<minute>[0-5]\d)(?:\s?(?P<half>[ap])\.?m\b\.?)?|\s?(?P<half_alone>[ap])\.?m\b\.?)"
)
_PART = rf"(?P<part>{'|'.join(_PARTS)})"
_AT = rf"(?:{_CLOCK}|{_PART})(?!\w)"
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" if name != "may" else "may" for name in _MONTHS).replace(
    "sep(?:tember)?", "sept?(?:ember)?"
)
_NAMED = rf"(?:(?:{'|'.join(name.lower() for name in WEEKDAYS)}|{'|'.join(_SHORT_DAYS)})\b,?)"
_DAYS = (
    r"(?P<near>day after tomorrow|today|tonight|tomorrow|tmrw)",
    r"(?P<week>this|next) week|end of the week",
    r"(?P<iso>\d{4}-\d{2}-\d{2})(?:T(?=\d))?",
    rf"(?:{_NAMED}\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_MONTH})\b\.?(?:,?\s+(?P<year>\d{{4}}))?",
    rf"(?P<month_first>{_MONTH})\b\.?\s+(?P<day_after>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|:)(?:,?\s+(?P<year_after>\d{{4}}))?",
    rf"(?:(?P<which>next|this)\s+)?(?P<weekday>{'|'.join(name.lower() for name in WEEKDAYS)})",
    rf"(?:(?P<which_short>next|this)\s+)?(?P<weekday_short>{'|'.join(_SHORT_DAYS)})",
    rf"(?:with)?in\s+(?P<count>\d{{1,4}}|{'|'.join(_NUMBERS)})\s+(?P<unit>minute|min|hour|day|week|month)s?",
)
_DAY_PATTERNS = tuple(
    re.compile(rf"(?<!\w){_LEAD}(?:{pattern})(?:(?!\w)|(?<=\dT))", re.IGNORECASE) for pattern in _DAYS
)
_TIME_PATTERN = re.compile(
    rf"(?:(?<!\w)|(?<=\dT))(?:(?P<lead>by|at|until|till|before|in the|around)\s+)?{_AT}", re.IGNORECASE
)
_BETWEEN = re.compile(r"[\s,]*(?:at\b|by\b|until\b|before\b|in the\b|,)?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Moment:
    """`at` in UTC; `start` and `end` of the words that said so."""

    at: datetime
    start: int
    end: int


@dataclass(frozen=True)
class Clock:
    """From where and by which hours a moment is read."""

    now: datetime
    zone: ZoneInfo
    hours: Calendar | None = None

    @property
    def local(self) -> datetime:
        return self.now.astimezone(self.zone)

    def closing(self, day: date) -> time:
        """When the company closes on a day; a day on which it is closed ends as an ordinary one."""
        spans = self.hours.on(day) if self.hours else ()
        if not spans:
            return CLOSES
        minute = spans[-1][1]
        return LAST_MINUTE if minute >= 24 * 60 else time(minute // 60, minute % 60)

    def is_open(self, day: date) -> bool:
        return bool(self.hours.on(day)) if self.hours else day.isoweekday() <= 5

    def at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


def next_business_close(clock: Clock) -> datetime:
    """The end of tomorrow's business day: of the first day after today on which the company is open."""
    today = clock.local.date()
    days = (today + _DAY * ahead for ahead in range(1, 31))
    day = next((day for day in days if clock.is_open(day)), today + _DAY)
    return clock.at(day, clock.closing(day))


def find_moment(text: str, clock: Clock) -> Moment | None:
    """The moment a text names: the one after "by" or "on", else the one it begins with, else its last one."""
    try:
        return _found(text, clock)
    except (OverflowError, ValueError):
        return None


def _found(text: str, clock: Clock) -> Moment | None:
    days = sorted(
        (match for pattern in _DAY_PATTERNS for match in pattern.finditer(text) if _means(match)), key=_place
    )
    times = list(_TIME_PATTERN.finditer(text))
    if not days:
        return _time_alone(times, clock)
    match = next((one for one in days if one["lead"] or one.start() == 0), days[-1])
    beside = next((one for one in times if _is_beside(text, match, one)), None)
    told = beside or (times[-1] if times and not _within(times[-1], match) else None)
    at = _moment(match, told, clock)
    if not _is_ahead(at, clock):
        return None
    spans = [match, beside] if beside else [match]
    return Moment(at, min(one.start() for one in spans), max(one.end() for one in spans))


def _place(match: re.Match[str]) -> tuple[int, int]:
    return match.start(), -match.end()


def _means(match: re.Match[str]) -> bool:
    """ "Sat" and "mon" are days where something says so; elsewhere they are words."""
    groups = match.groupdict()
    return not groups.get("weekday_short") or bool(
        groups["lead"] or groups["which_short"] or match.start() == 0
    )


def _within(inner: re.Match[str], outer: re.Match[str]) -> bool:
    return outer.start() <= inner.start() < outer.end()


def _is_beside(text: str, day: re.Match[str], told: re.Match[str]) -> bool:
    if _within(told, day):
        return False
    first, second = (day, told) if day.start() < told.start() else (told, day)
    return _BETWEEN.fullmatch(text[first.end() : second.start()]) is not None


def _time_alone(times: list[re.Match[str]], clock: Clock) -> Moment | None:
    """Today where it is still to come, else tomorrow."""
    if not times:
        return None
    match = next((one for one in times if one["lead"] or one.start() == 0), times[-1])
    today, told = clock.local.date(), _time_of(match)
    at = clock.at(today, told)
    return Moment(at if at > clock.now else clock.at(today + _DAY, told), match.start(), match.end())


def _time_of(match: re.Match[str]) -> time:
    if match["part"]:
        return _PARTS[match["part"].lower()]
    hour, half = int(match["hour"]), (match["half"] or match["half_alone"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("no such hour")
        hour = hour % 12 + (12 if half == "p" else 0)
    return LAST_MINUTE if hour == 24 else time(hour, int(match["minute"] or 0))


def _moment(match: re.Match[str], told: re.Match[str] | None, clock: Clock) -> datetime:
    groups = {name: value.lower() for name, value in match.groupdict().items() if value}
    if groups.get("unit") in {"minute", "min", "hour"}:
        return _after_hours(groups, clock)
    day = next(
        read(groups, clock.local.date()) for name, read in _READERS.items() if name in groups or not name
    )
    if told:
        return clock.at(day, _time_of(told))
    return _end_of(day, groups, clock)


def _end_of(day: date, groups: dict[str, str], clock: Clock) -> datetime:
    """The end of a day; of today, where that is over already, its last minute."""
    ends = clock.at(day, _PARTS["tonight"] if groups.get("near") == "tonight" else clock.closing(day))
    return clock.at(day, LAST_MINUTE) if ends <= clock.now and day == clock.local.date() else ends


def _after_hours(groups: dict[str, str], clock: Clock) -> datetime:
    minutes = _count(groups) * (60 if groups["unit"] == "hour" else 1)
    return (clock.now + timedelta(minutes=minutes)).astimezone(UTC).replace(second=0, microsecond=0)


def _count(groups: dict[str, str]) -> int:
    told = groups["count"]
    return _NUMBERS[told] if told in _NUMBERS else int(told)


def _near(groups: dict[str, str], today: date) -> date:
    return today + _DAY * {"day after tomorrow": 2, "tomorrow": 1, "tmrw": 1}.get(groups["near"], 0)


def _week(groups: dict[str, str], today: date) -> date:
    """Its Friday; at the weekend "this week" is the one that comes."""
    friday = today + _DAY * ((4 - today.weekday()) % 7)
    this = groups.get("week") != "next"
    return friday if this or today.weekday() > 4 else friday + 7 * _DAY


def _iso(groups: dict[str, str], today: date) -> date:
    return date.fromisoformat(groups["iso"])


def _of_month(groups: dict[str, str], today: date) -> date:
    """Without a year: of this one, or of the next where that day is over."""
    month = next(
        at
        for at, name in enumerate(_MONTHS, 1)
        if name[:3] == (groups.get("month") or groups["month_first"])[:3]
    )
    day, year = int(groups.get("day") or groups["day_after"]), groups.get("year") or groups.get("year_after")
    if year:
        return date(int(year), month, day)
    this = date(today.year, month, day)
    return this if this >= today else date(today.year + 1, month, day)


def _weekday(groups: dict[str, str], today: date) -> date:
    """The next such day, never today; "next" is that of the week that comes."""
    name = groups.get("weekday") or groups["weekday_short"]
    wanted = _SHORT_DAYS[name[:3]]
    if (groups.get("which") or groups.get("which_short")) == "next":
        return today + _DAY * (7 - today.weekday() + wanted)
    return today + _DAY * ((wanted - today.weekday() - 1) % 7 + 1)


def _after_days(groups: dict[str, str], today: date) -> date:
    count, unit = _count(groups), groups["unit"]
    if unit != "month":
        return today + _DAY * count * (7 if unit == "week" else 1)
    months = today.month - 1 + count
    year, month = today.year + months // 12, months % 12 + 1
    return date(year, month, min(today.day, monthrange(year, month)[1]))


_READERS: Final[dict[str, Callable[[dict[str, str], date], date]]] = {
    "near": _near, "iso": _iso, "month": _of_month, "month_first": _of_month,
    "weekday": _weekday, "weekday_short": _weekday, "unit": _after_days, "": _week,
}  # fmt: skip
"""Group of a pattern -> the day it means; what has none of them names a week."""


def _is_ahead(at: datetime, clock: Clock) -> bool:
    return clock.now < at <= clock.now + timedelta(days=365 * LONGEST_YEARS)

"""Calendar arithmetic of the rules: calendar months, movable feasts, zones."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

MINUTE = timedelta(minutes=1)


def months_before(day: date, months: int) -> date:
    """The same day so many calendar months earlier (later where negative); the last of the month where the
    day does not exist."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@cache
def easter_sunday(year: int) -> date:
    """Gregorian computus (Meeus, Jones and Butcher)."""
    century, rest = divmod(year, 100)
    shift = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * (year % 19) + century - century // 4 - shift + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (year % 19 + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def whole_minute_from(moment: datetime) -> datetime:
    """The first whole minute at or after the moment, in UTC."""
    utc = moment.astimezone(UTC)
    whole = utc.replace(second=0, microsecond=0)
    return whole if whole == utc else whole + MINUTE


@cache
def zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def zone_named(name: str) -> ZoneInfo:
    """ValueError for a name that the IANA database does not have."""
    if name not in zone_names():
        raise ValueError(f"{name!r} is no time zone")
    return ZoneInfo(name)


def offset_of(now: datetime) -> tzinfo:
    return timezone(now.utcoffset() or timedelta())

"""Small readers of JSON that collect every problem with its place instead of stopping at the first."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from privacy.policy.dates import zone_names

Read = Callable[[Any, str, list[str]], Any]
EARLIEST, LATEST = 1000, 9000
LONGEST = 10_000
"""Items of one list. More than a ledger of a lifetime; a bound for what a stranger may send."""


def problem(problems: list[str], place: str, text: str) -> None:
    problems.append(f"{place}: {text}")


def text(value: Any, place: str, problems: list[str]) -> str:
    if isinstance(value, str) and len(value) <= 10_000 and "\x00" not in value:
        return value
    problem(problems, place, f"must be a text of at most 10000 characters, not {_shown(value)}")
    return ""


def name(value: Any, place: str, problems: list[str]) -> str:
    if value == "":
        problem(problems, place, "must not be empty")
    return text(value, place, problems)


def flag(value: Any, place: str, problems: list[str]) -> bool:
    if isinstance(value, bool):
        return value
    problem(problems, place, f"must be true or false, not {_shown(value)}")
    return False


def whole(lowest: int, highest: int) -> Read:
    def read(value: Any, place: str, problems: list[str]) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest:
            return value
        problem(problems, place, f"must be a whole number from {lowest} to {highest}, not {_shown(value)}")
        return lowest

    return read


def one_of(*allowed: str) -> Read:
    def read(value: Any, place: str, problems: list[str]) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        problem(problems, place, f"must be one of {', '.join(allowed)}, not {_shown(value)}")
        return allowed[0]

    return read


def instant(value: Any, place: str, problems: list[str]) -> datetime:
    """ISO 8601 with an offset of whole minutes."""
    try:
        moment = datetime.fromisoformat(value) if len(value) > 10 else None
    except (TypeError, ValueError):
        moment = None
    offset = moment.utcoffset() if moment else None
    if moment is None:
        problem(problems, place, f"must be an instant such as 2026-11-24T11:00:00+01:00, not {_shown(value)}")
    elif offset is None:
        problem(problems, place, f"needs an offset from UTC, such as +01:00: {_shown(value)}")
    elif offset.total_seconds() % 60 or not EARLIEST < moment.year < LATEST:
        problem(problems, place, f"is no instant of our time: {_shown(value)}")
    else:
        return moment
    return datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def day(value: Any, place: str, problems: list[str]) -> date:
    try:
        read = date.fromisoformat(value) if len(value) == 10 else None
    except (TypeError, ValueError):
        read = None
    if read is None or not EARLIEST < read.year < LATEST:
        problem(problems, place, f"must be a date such as 2026-11-24, not {_shown(value)}")
        return date(2000, 1, 1)
    return read


def clock(value: Any, place: str, problems: list[str]) -> time:
    """HH:MM; 24:00 is read as midnight."""
    hours, colon, minutes = value.partition(":") if isinstance(value, str) else ("", "", "")
    if colon and len(hours) == len(minutes) == 2 and hours.isdecimal() and minutes.isdecimal():
        if value == "24:00":
            return time(0)
        if int(hours) < 24 and int(minutes) < 60:
            return time(int(hours), int(minutes))
    problem(problems, place, f"must be a time of day such as 09:30, not {_shown(value)}")
    return time(0)


def zone(value: Any, place: str, problems: list[str]) -> str:
    if isinstance(value, str) and value in zone_names():
        return value
    problem(
        problems, place, f"must be the IANA name of a time zone such as Europe/Paris, not {_shown(value)}"
    )
    return "UTC"


def identifier(value: Any, place: str, problems: list[str]) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return text(value, place, problems)


def optional(read: Read) -> Read:
    return lambda value, place, problems: None if value is None else read(value, place, problems)


def many(read: Read, *, at_least: int = 0) -> Read:
    def read_all(value: Any, place: str, problems: list[str]) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or len(value) > LONGEST:
            problem(problems, place, f"must be a list of at most {LONGEST}, not {_shown(value)}")
            return ()
        if len(value) < at_least:
            problem(problems, place, f"must hold at least {at_least}")
        return tuple(read(item, f"{place}[{i}]", problems) for i, item in enumerate(value))

    return read_all


def record(
    fields: Mapping[str, Read], *, required: Sequence[str] = (), make: Callable[..., Any] = dict
) -> Read:
    """An object of these keys and no other; `make` gets the keys that were given, as keywords."""

    def read(value: Any, place: str, problems: list[str]) -> Any:
        if not isinstance(value, dict):
            problem(problems, place or "facts", f"must be an object, not {_shown(value)}")
            return None
        before = len(problems)
        inside = f"{place}." if place else ""
        for key in value:
            if key not in fields:
                problem(problems, f"{inside}{key}", f"is not known; known are {', '.join(fields)}")
        for key in required:
            if key not in value:
                problem(problems, f"{inside}{key}", "is missing")
        given = {
            key: fields[key](item, f"{inside}{key}", problems) for key, item in value.items() if key in fields
        }
        return make(**given) if len(problems) == before else None

    return read


def renamed(make: Callable[..., Any], **names: str) -> Callable[..., Any]:
    """For keys that are words of Python: `from` becomes the field `names["from"]`."""
    return lambda **given: make(**{names.get(key, key): value for key, value in given.items()})


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."

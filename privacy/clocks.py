"""How long an answer to a person may take, by law: `privacy/policy/data/clocks.json`; not legal advice.

Months are calendar months; a clock ends with its last day in the company's time zone.
"""

import json
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from privacy.policy.dates import months_before
from privacy.policy.regimes import DATA, shipped_policy


@dataclass(frozen=True)
class Clock:
    """`longer` is by how much it may be extended, with a reason told to the person; 0 and 0: not at all."""

    code: str
    name: str
    months: int
    days: int
    longer_months: int
    longer_days: int
    source: str

    @property
    def words(self) -> str:
        return _length(self.months, self.days)

    @property
    def longer_words(self) -> str:
        return _length(self.longer_months, self.longer_days)

    @property
    def may_be_longer(self) -> bool:
        return bool(self.longer_months or self.longer_days)


def _length(months: int, days: int) -> str:
    number, word = (months, "month") if months else (days, "day")
    return f"{number} {word}{'' if number == 1 else 's'}"


@cache
def clocks() -> dict[str, Clock]:
    """By code, as the data say; `*` is for countries that we do not know."""
    return {one["code"]: Clock(**{name: one[name] for name in _COLUMNS}) for one in _written()}


@cache
def _codes() -> dict[str, str]:
    """Country -> code of its clock."""
    regimes = shipped_policy().regimes
    found: dict[str, str] = {}
    for one in _written():
        members = regimes[one["members_of"]].members if "members_of" in one else ()
        found |= dict.fromkeys([*members, *one["countries"]], one["code"])
    return found


def _written() -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads((DATA / "clocks.json").read_text())
    return read


_COLUMNS: Final = tuple(field.name for field in fields(Clock))
MARKS: Final = (50, 80, 100)
"""Per cent of the time at which somebody is reminded."""


def clock_called(code: str) -> Clock:
    """The clock a request was taken down under; where we do not know it (any more) the shortest."""
    return clocks().get(code, clocks()["*"])


def clock_for(country: str) -> Clock:
    """The clock of a country (ISO 3166); an unknown one has the shortest."""
    return clocks()[_codes().get(country, "*")]


def due_by(clock: Clock, received_at: datetime, zone: str) -> datetime:
    """When the answer is due at the latest, in UTC."""
    return _end_of(_later(received_at.astimezone(ZoneInfo(zone)).date(), clock.months, clock.days), zone)


def extended(clock: Clock, due_at: datetime, zone: str) -> datetime:
    """When it is due once extended, in UTC."""
    # A clock ends at midnight: the day before is its last.
    last = (due_at.astimezone(ZoneInfo(zone)) - timedelta(seconds=1)).date()
    return _end_of(_later(last, clock.longer_months, clock.longer_days), zone)


def _later(day: date, months: int, days: int) -> date:
    """The same day of a later month, or its last where it has none (Regulation 1182/71, 3(2)(c))."""
    return months_before(day, -months) + timedelta(days=days)


def _end_of(day: date, zone: str) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


def share_gone(received_at: datetime, due_at: datetime, now: datetime) -> float:
    """How much of the time is over: 0 at the beginning, 1 when it is due, more when it is late."""
    return (now - received_at) / (due_at - received_at)

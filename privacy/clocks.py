"""How long an answer to a person may take, by law. Data with sources, as of 2026; not legal advice.

Months are calendar months; a clock ends with its last day in the company's time zone.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from privacy.policy.dates import months_before


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


CLOCKS: Final = {
    clock.code: clock
    for clock in (
        Clock("EU", "European Union", 1, 0, 2, 0, "GDPR 12(3)"),
        Clock("UK", "United Kingdom", 1, 0, 2, 0, "UK GDPR 12(3)"),
        Clock("CH", "Switzerland", 0, 30, 0, 30, "FADP 25(7), DPO 18"),
        Clock("US", "United States", 0, 45, 0, 45, "CCPA, Cal. Civ. Code 1798.130(a)(2); other states alike"),
        Clock("CA", "Canada", 0, 30, 0, 30, "PIPEDA 8(3), 8(4)"),
        Clock("BR", "Brazil", 0, 15, 0, 0, "LGPD 19 II"),
        Clock("*", "Elsewhere", 0, 15, 0, 0, "the shortest of those we know"),
    )
}
_EEA: Final = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()
)
_COUNTRIES: Final = {**dict.fromkeys(_EEA, "EU"), "GB": "UK", "CH": "CH", "US": "US", "CA": "CA", "BR": "BR"}
MARKS: Final = (50, 80, 100)
"""Per cent of the time at which somebody is reminded."""


def clock_called(code: str) -> Clock:
    """The clock a request was taken down under; where we do not know it (any more) the shortest."""
    return CLOCKS.get(code, CLOCKS["*"])


def clock_for(country: str) -> Clock:
    """The clock of a country (ISO 3166); an unknown one has the shortest."""
    return CLOCKS[_COUNTRIES.get(country, "*")]


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

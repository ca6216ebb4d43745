"""Business hours against a yardstick that looks at every minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interactions.clocks import (
    Calendar,
    CalendarRefused,
    NeverOpen,
    instant_after,
    minutes_between,
    open_time,
    read_calendar,
    require_opens,
)

# Clocks that change by an hour, by half an hour, at midnight, in Ramadan, and one that left out a whole day.
ZONES = (
    "Europe/London",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Casablanca",
    "Pacific/Apia",
    "UTC",
)
MINUTE = timedelta(minutes=1)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    marks = st.lists(st.integers(0, 96), min_size=2, max_size=4, unique=True).map(sorted)
    days = draw(st.dictionaries(st.integers(1, 7), marks, min_size=1))
    hours = {
        day: tuple((a * 15, b * 15) for a, b in zip(cut[::2], cut[1::2], strict=False))
        for day, cut in days.items()
    }
    return Calendar(ZoneInfo(draw(st.sampled_from(ZONES))), hours, frozenset())


# Days around which one of these clocks changes.
CHANGES = (
    datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC),
    datetime(2026, 9, 5, tzinfo=UTC), datetime(2026, 2, 14, tzinfo=UTC), datetime(2026, 3, 21, tzinfo=UTC),
    datetime(2011, 12, 29, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC),
)  # fmt: skip
instants = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(0, 2 * 1440)
)


def counted(calendar: Calendar, since: datetime, until: datetime) -> int:
    """Minute by minute."""
    steps = range(max(int((until - since) / MINUTE), 0))
    return sum(calendar.is_open(since + step * MINUTE) for step in steps)


@settings(max_examples=80, deadline=None)
@given(calendars(), instants, st.integers(0, 3 * 1440), st.data())
def test_time_is_what_every_minute_says(
    calendar: Calendar, since: datetime, length: int, data: st.DataObject
) -> None:
    if data.draw(st.booleans()):
        closed = frozenset({(since + timedelta(days=1)).astimezone(calendar.zone).date()})
        calendar = Calendar(calendar.zone, calendar.hours, closed)
    until = since + length * MINUTE
    assert minutes_between(calendar, since, until) == counted(calendar, since, until)
    middle = since + data.draw(st.integers(0, length)) * MINUTE
    whole = open_time(calendar, since, middle) + open_time(calendar, middle, until)
    assert whole == open_time(calendar, since, until)


@settings(max_examples=80, deadline=None)
@given(calendars(), instants, st.integers(1, 4000))
def test_the_instant_after_is_the_first_of_its_kind(
    calendar: Calendar, since: datetime, minutes: int
) -> None:
    found = instant_after(calendar, since, minutes)
    assert minutes_between(calendar, since, found) == minutes
    assert minutes_between(calendar, since, found - timedelta(seconds=1)) == minutes - 1
    assert calendar.is_open(found - timedelta(seconds=1))


OFFICE = {str(day): [["09:00", "17:30"]] for day in range(1, 6)}


def london(hours: dict[str, list[list[str]]], *holidays: str) -> Calendar:
    return read_calendar(
        zone="Europe/London", hours=hours, holidays=[{"on": on, "name": "closed"} for on in holidays]
    )


def test_a_weekend_a_holiday_and_changes_of_clocks() -> None:
    office = london(OFFICE, "2026-08-31")
    friday = datetime(2026, 8, 28, 15, 0, tzinfo=UTC)  # 16:00 in London
    assert instant_after(office, friday, 0) == friday
    assert instant_after(office, friday, 90) == datetime(2026, 8, 28, 16, 30, tzinfo=UTC)
    assert instant_after(office, friday, 91) == datetime(2026, 9, 1, 8, 1, tzinfo=UTC)
    assert minutes_between(office, friday, datetime(2026, 9, 1, 8, 1, tzinfo=UTC)) == 91
    assert minutes_between(office, friday, friday - timedelta(days=9)) == 0
    always = london({str(day): [["00:00", "24:00"]] for day in range(1, 8)})
    for day, minutes in (("2026-03-29", 23 * 60), ("2026-10-25", 25 * 60)):
        begins = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("Europe/London"))
        ends = (datetime.fromisoformat(day) + timedelta(days=1)).replace(tzinfo=ZoneInfo("Europe/London"))
        assert minutes_between(always, begins, ends) == minutes
    night = london({"7": [["01:00", "02:00"]]})
    spring, autumn = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)
    assert minutes_between(night, spring, spring + timedelta(days=3)) == 0
    assert minutes_between(night, autumn, autumn + timedelta(days=3)) == 120
    assert minutes_between(office, friday, friday + timedelta(seconds=59)) == 0


@pytest.mark.parametrize(
    ("hours", "field"),
    [
        ({}, "hours"),
        ({"1": []}, "hours"),
        ({"8": [["09:00", "17:00"]]}, "hours"),
        ({"1": [["17:00", "09:00"]]}, "hours"),
        ({"1": [["24:00", "24:00"]]}, "hours"),
        ({"1": [["09:00", "12:00"], ["11:00", "17:00"]]}, "hours"),
        ({"1": [["9 o'clock", "17:00"]]}, "hours"),
    ],
    ids=str,
)
def test_what_makes_no_calendar(hours: dict[str, list[list[str]]], field: str) -> None:
    with pytest.raises(CalendarRefused) as refused:
        london(hours)
    assert refused.value.field == field


def test_a_calendar_that_never_opens_is_refused_and_nobody_looks_for_ever() -> None:
    with pytest.raises(CalendarRefused) as refused:
        read_calendar(zone="Mars/Olympus", hours=OFFICE, holidays=[])
    assert refused.value.field == "time_zone"
    mondays = [date(2026, 1, 5) + timedelta(weeks=week) for week in range(900)]
    closed = london({"1": [["09:00", "17:00"]]}, *(day.isoformat() for day in mondays))
    now = datetime(2026, 6, 1, tzinfo=UTC)
    with pytest.raises(CalendarRefused, match="never opens"):
        require_opens(closed, now)
    with pytest.raises(NeverOpen):
        instant_after(london({"1": [["09:00", "09:01"]]}), now, 10_000)
    require_opens(london(OFFICE), now)

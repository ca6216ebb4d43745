"""When a task that returns is due next."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interactions.repeating import STEPS, next_due

BERLIN = ZoneInfo("Europe/Berlin")


@settings(max_examples=150, deadline=None)
@given(
    repeats=st.sampled_from(sorted(STEPS)),
    hours=st.integers(0, 24 * 2200),
    days=st.integers(-10, 1500),
)
def test_it_is_the_first_one_after(repeats: str, hours: int, days: int) -> None:
    first = datetime(2020, 1, 1, 0, 17, tzinfo=UTC) + timedelta(hours=hours)
    after = first + timedelta(days=days)
    due = next_due(repeats, first=first, after=after, zone=BERLIN)
    clock = first.astimezone(BERLIN).time()
    counted = 0
    while True:
        moment = datetime.combine(STEPS[repeats](first.astimezone(BERLIN).date(), counted), clock, BERLIN)
        if moment.astimezone(UTC) > after:
            break
        counted += 1
    assert due == moment.astimezone(UTC)


@pytest.mark.parametrize(
    ("repeats", "first", "after", "due"),
    [
        ("monthly", "2026-01-31T09:00+01:00", "2026-01-31T09:00+01:00", "2026-02-28T09:00+01:00"),
        ("monthly", "2026-01-31T09:00+01:00", "2026-02-28T09:00+01:00", "2026-03-31T09:00+02:00"),
        ("yearly", "2024-02-29T09:00+01:00", "2025-01-01T00:00+01:00", "2025-02-28T09:00+01:00"),
        ("yearly", "2024-02-29T09:00+01:00", "2027-03-01T00:00+01:00", "2028-02-29T09:00+01:00"),
        ("weekdays", "2026-11-20T09:00+01:00", "2026-11-20T09:00+01:00", "2026-11-23T09:00+01:00"),
        ("daily", "2026-03-28T02:30+01:00", "2026-03-28T03:00+01:00", "2026-03-29T03:30+02:00"),
        ("daily", "2026-10-24T09:00+02:00", "2026-10-24T09:00+02:00", "2026-10-25T09:00+01:00"),
    ],
)  # fmt: skip
def test_days_that_are_not_there_and_clocks_that_change(
    repeats: str, first: str, after: str, due: str
) -> None:
    at = next_due(
        repeats, first=datetime.fromisoformat(first), after=datetime.fromisoformat(after), zone=BERLIN
    )
    assert at == datetime.fromisoformat(due)


def test_the_31st_stays_the_31st() -> None:
    assert [STEPS["monthly"](date(2026, 1, 31), n).day for n in range(5)] == [31, 28, 31, 30, 31]

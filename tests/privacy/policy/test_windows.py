"""Hours: boundaries, holidays, changes of the clock, and the next moment against a search minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from privacy.policy import shipped_policy
from privacy.policy.dates import MINUTE, easter_sunday, months_before
from privacy.policy.facts import Hours
from privacy.policy.rows import HoursRow
from privacy.policy.windows import Window, earliest

FRANCE = shipped_policy().applying(("EU-FR",), None)[0].hours["phone"][0]
US, FLORIDA = (shipped_policy().applying((code,), None)[0].hours["sms"][0] for code in ("US", "US-FL"))
PARIS, NEW_YORK = ZoneInfo("Europe/Paris"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [
        ("2026-11-24", 24, "2024-11-24"),
        ("2026-08-31", 6, "2026-02-28"),
        ("2028-08-31", 6, "2028-02-29"),
        ("2028-02-29", 24, "2026-02-28"),
        ("2026-01-15", 1, "2025-12-15"),
        ("2026-01-31", -1, "2026-02-28"),
        ("2025-12-31", -12, "2026-12-31"),
    ],
)
def test_months_are_calendar_months(day: str, months: int, found: str) -> None:
    assert months_before(date.fromisoformat(day), months) == date.fromisoformat(found)


@pytest.mark.parametrize(
    "day", ["2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2038-04-25", "2285-03-22"]
)
def test_easter(day: str) -> None:
    assert easter_sunday(int(day[:4])) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("local", "inside"),
    [
        ("2026-11-24T09:59", False),
        ("2026-11-24T10:00", True),
        ("2026-11-24T12:59", True),
        ("2026-11-24T13:00", False),
        ("2026-11-24T14:00", True),
        ("2026-11-24T19:59", True),
        ("2026-11-24T20:00", False),
        ("2026-11-28T11:00", False),  # Saturday
        ("2027-01-01T11:00", False),
        ("2026-04-06T11:00", False),  # Easter Monday
        ("2026-05-01T11:00", False),
        ("2026-05-08T11:00", False),
        ("2026-05-14T11:00", False),  # Ascension
        ("2026-05-25T11:00", False),  # Whit Monday
        ("2026-07-14T11:00", False),
        ("2025-08-15T11:00", False),
        ("2027-11-01T11:00", False),
        ("2026-11-11T11:00", False),
        ("2026-12-25T11:00", False),
        ("2026-04-03T11:00", True),  # Good Friday
        ("2026-04-07T11:00", True),
        ("2023-02-28T21:00", True),  # before the decree
        ("2023-03-01T21:00", False),
    ],
)
def test_french_hours(local: str, inside: bool) -> None:
    moment = datetime.fromisoformat(local).replace(tzinfo=PARIS)
    assert Window(row=FRANCE).holds(moment) is inside


@pytest.mark.parametrize(
    ("row", "local", "inside"),
    [
        (US, "07:59", False),
        (US, "08:00", True),
        (US, "20:59", True),
        (US, "21:00", False),
        (FLORIDA, "19:59", True),
        (FLORIDA, "20:00", False),
    ],
)
def test_american_hours(row: HoursRow, local: str, inside: bool) -> None:
    assert Window(row=row).holds(datetime.fromisoformat(f"2026-11-22T{local}")) is inside


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        ("2026-12-24T19:30:00+01:00", "2026-12-24T19:30:00+01:00"),
        ("2026-12-24T20:00:00+01:00", "2026-12-28T10:00:00+01:00"),  # Christmas on Friday
        ("2026-03-27T20:00:00+01:00", "2026-03-30T10:00:00+02:00"),  # the clock goes forward between
        ("2026-10-23T20:00:00+02:00", "2026-10-26T10:00:00+01:00"),  # and back
        ("2026-11-24T12:59:01+01:00", "2026-11-24T14:00:00+01:00"),  # the next whole minute is outside
        ("2026-11-24T12:58:01+01:00", "2026-11-24T12:59:00+01:00"),
    ],
)
def test_the_next_call_in_france(moment: str, found: str) -> None:
    opening = earliest(datetime.fromisoformat(moment), [Window(row=FRANCE)], [PARIS])
    assert opening == datetime.fromisoformat(found)


def test_hours_in_the_gap_begin_with_the_first_minute_that_exists() -> None:
    night = Window(own=Hours(time(2, 30), time(5)))
    opening = earliest(datetime.fromisoformat("2026-03-29T00:10:00+01:00"), [night], [PARIS])
    assert opening == datetime.fromisoformat("2026-03-29T03:00:00+02:00")


def test_hours_come_twice_when_the_clock_goes_back() -> None:
    night = Window(own=Hours(time(2), time(2, 30)))
    between = datetime.fromisoformat("2026-10-25T02:45:00+02:00")
    assert earliest(between, [night], [PARIS]) == datetime.fromisoformat("2026-10-25T02:00:00+01:00")


def test_hours_over_midnight_belong_to_the_day_they_began() -> None:
    friday = Window(own=Hours(time(22), time(6), (5,)))
    inside = [friday.holds(datetime.fromisoformat(f"2026-11-{local}")) for local in ("27T22:00", "28T05:59")]
    outside = [
        friday.holds(datetime.fromisoformat(f"2026-11-{one}")) for one in ("27T05:00", "28T06:00", "28T22:00")
    ]
    assert (inside, outside) == ([True, True], [False, False, False])


def test_hours_that_never_meet_have_no_moment() -> None:
    noon = Window(own=Hours(time(12), time(13)))
    assert earliest(datetime(2026, 1, 5, tzinfo=UTC), [noon], [PARIS, ZoneInfo("Asia/Tokyo")]) is None


def by_hand(moment: datetime, windows: list[Window], zones: list[ZoneInfo]) -> datetime | None:
    moment = moment.replace(second=0, microsecond=0) + (MINUTE if moment.second else timedelta())
    for _ in range(6 * 1440):
        if all(w.holds(moment.astimezone(z)) for w in windows for z in zones):
            return moment
        moment += MINUTE
    return None


def against_a_search_by_hand(seeds: range) -> None:
    zones = [*map(ZoneInfo, ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham"))]
    turns = ["2026-03-28", "2026-10-24", "2026-10-31", "2026-03-07", "2026-04-04", "2026-10-03", "2026-12-24"]
    for seed in seeds:
        rng = Random(seed)
        start = datetime.fromisoformat(rng.choice(turns)).replace(tzinfo=UTC)
        start += timedelta(minutes=rng.randrange(3000), seconds=rng.choice([0, 30]))
        own = Hours(time(rng.randrange(24), rng.choice([0, 15, 50])), time(rng.randrange(24), 7))
        windows = [Window(own=own), *rng.sample([Window(row=US), Window(row=FLORIDA), Window(row=FRANCE)], 1)]
        chosen = rng.sample(zones, rng.choice([1, 1, 2]))
        expected = by_hand(start, windows, chosen)
        if expected is not None:
            assert earliest(start, windows, chosen) == expected, seed


def test_the_next_moment_is_the_one_found_by_hand() -> None:
    against_a_search_by_hand(range(25))


@pytest.mark.slow
def test_the_next_moment_is_the_one_found_by_hand_for_many() -> None:
    against_a_search_by_hand(range(25, 1500))

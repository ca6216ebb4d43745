"""How numbers, money and days are written."""

from datetime import UTC, date, datetime

import pytest

from desk.templatetags import figures


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (61200, "USD", "$612"),
        (-1800, "USD", "−$18"),
        (3864000, "EUR", "€38,640"),
        (61250, "USD", "$613"),
        (-40, "USD", "$0"),
        (0, "USD", "$0"),
        (612, "JPY", "¥612"),
        (612000, "BHD", "BHD\u00a0612"),
        (None, "USD", ""),
    ],
)
def test_money_is_written_in_whole_units_with_a_true_minus(minor, currency, written):
    assert figures.money(minor, currency) == written


def test_money_to_the_minor_unit_follows_the_currency():
    assert figures.money_exact(3420, "USD") == "$34.20"
    assert figures.money_exact(3420, "JPY") == "¥3,420"
    assert figures.money_exact(-3420, "BHD") == "−BHD\u00a03.420"


def test_a_change_always_carries_its_sign():
    assert figures.money_change(26400, "USD") == "+$264"
    assert figures.money_change(-9600, "USD") == "−$96"
    assert figures.money_change(0, "USD") == "$0"
    assert figures.change(3) == "+3"
    assert figures.change(-1) == "−1"
    assert figures.change(0) == "0"


def test_a_column_names_its_currency_once():
    assert figures.figure(61200, "USD") == "612"
    assert figures.figure_exact(-1190, "USD") == "−11.90"


def test_a_range_says_to_and_not_plus_minus():
    assert figures.value_range(48000, 76000, "USD") == "480 to 760"
    assert figures.value_range(-3900, 400, "USD") == "−39 to 4"
    assert figures.value_range(48000, 76000, "USD", symbol=True) == "$480 to $760"
    assert figures.value_range(None, 76000, "USD") == ""
    assert figures.range_compact(3590000, 4170000, "USD") == "35.9k to 41.7k"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (940, "940"),
        (35900, "35.9k"),
        (312000, "312k"),
        (4_100_000, "4.1M"),
        (-2_000_000_000, "−2.0bn"),
        (None, ""),
    ],
)
def test_large_numbers_shrink_to_four_characters(value, written):
    assert figures.compact(value) == written


def test_a_share_is_a_percentage_that_does_not_break():
    assert figures.percent(0.46) == "46\u00a0%"
    assert figures.percent(-0.023, 1) == "−2.3\u00a0%"
    assert figures.percent(None) == ""


def test_a_number_has_commas_and_no_float_dust():
    assert figures.number(541909) == "541,909"
    assert figures.number(0.1 + 0.2, 2) == "0.30"
    assert figures.number(-0.001, 2) == "0.00"


def test_a_day_shows_its_year_only_when_it_is_another():
    today = date(2026, 11, 19)
    assert figures.write_date(date(2026, 11, 7), today=today) == "7 Nov"
    assert figures.write_date(date(2025, 9, 19), today=today) == "19 Sep 2025"


def test_a_moment_is_shown_in_the_active_time_zone(settings):
    settings.TIME_ZONE = "Europe/Amsterdam"
    moment = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert figures.clock(moment) == "00:30"
    assert figures.write_date(moment, today=date(2026, 7, 2)) == "2 Jul"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(8, "8 s"), (60, "1 min"), (75, "1 min 15 s"), (3600, "1 h"), (11400, "3 h 10 min"), (None, "")],
)
def test_a_span_is_told_in_its_two_largest_units(seconds, written):
    assert figures.duration(seconds).replace("\u00a0", " ") == written


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Rosalind Achterberg", "RA"),
        ("Achterberg, Rosalind", "RA"),
        ("Theo", "T"),
        ("Aldous & Daughters", "AD"),
        ("李 明", "李明"),
        ("", "?"),
        ("—", "?"),
    ],
)
def test_initials(name, letters):
    assert figures.initials(name) == letters

"""Values of rules: what is taken, and what is refused with which words."""

from datetime import date
from typing import Any

import pytest

from rules.catalogue import Fact
from rules.language.tree import Multiple, Op, RelativeDay, Span
from rules.language.values import LARGEST, MOST_VALUES, Refused, comparable, constant, read_operand
from rules.language.write import value_to_json
from tests.rules.shelf import (
    CITY,
    COUNTRY,
    DAYS,
    GAP,
    JOINED,
    LAST_ORDER,
    ORDERS,
    POINTS,
    SEGMENT,
    VALUE,
    VIP,
    WALLET,
    fact,
)

MONEY = {"amount": "12.50", "currency": "GBP"}


@pytest.mark.parametrize(
    ("of", "value", "found"),
    [
        (ORDERS, 4, 4), (ORDERS, "4", 4), (ORDERS, " 4.0 ", 4), (ORDERS, 4.0, 4), (ORDERS, "-3", -3),
        (ORDERS, LARGEST, LARGEST), (GAP, "2.5", 2.5), (GAP, 2, 2.0), (GAP, "1e3", 1000.0), (GAP, "-0", 0.0),
        (WALLET, "0.25", 0.25), (WALLET, 1, 1.0), (VALUE, MONEY, 1250), (VALUE, {**MONEY, "amount": 12.5}, 1250),
        (VALUE, {**MONEY, "amount": "-0.01"}, -1), (LAST_ORDER, "2026-03-01", date(2026, 3, 1)),
        (JOINED, {"ago": {"days": 30}}, RelativeDay(Span(30, "days"))),
        (JOINED, {"ahead": {"years": "2"}}, RelativeDay(Span(2, "years"), ahead=True)), (CITY, "ULM", "ulm"),
        (SEGMENT, str(VIP), VIP), (COUNTRY, "DE", "DE"),
    ],
)  # fmt: skip
def test_a_value_is_read(of: Fact, value: Any, found: Any) -> None:
    read = constant(of, value, "GBP")
    assert read == found
    assert type(read) is type(found)
    assert constant(of, value_to_json(of, read, "GBP"), "GBP") == found


@pytest.mark.parametrize(
    ("of", "value", "code", "at"),
    [
        (ORDERS, True, "number", ""), (ORDERS, "four", "number", ""), (ORDERS, 2.5, "whole_number", ""),
        (ORDERS, None, "number", ""), (ORDERS, [], "number", ""), (ORDERS, LARGEST + 1, "number", ""),
        (ORDERS, "1" * 5000, "number", ""), (ORDERS, "1_000", "number", ""),
        (ORDERS, "１２", "number", ""), (GAP, "NaN", "number", ""), (GAP, float("inf"), "number", ""),
        (GAP, "1e400", "number", ""), (GAP, "sNaN", "number", ""), (GAP, "0x10", "number", ""),
        (WALLET, 25, "share", ""), (WALLET, "-0.1", "share", ""), (WALLET, "25 %", "number", ""),
        (VALUE, 12.5, "money", ""), (VALUE, {"amount": "1"}, "money", ""), (VALUE, {**MONEY, "x": 1}, "money", ""),
        (VALUE, {**MONEY, "currency": "USD"}, "currency", "currency"),
        (VALUE, {**MONEY, "amount": "0.001"}, "money", "amount"),
        (VALUE, {**MONEY, "amount": "ten"}, "number", "amount"),
        (VALUE, {**MONEY, "amount": str(LARGEST)}, "number", "amount"), (LAST_ORDER, "1.3.2026", "date", ""),
        (LAST_ORDER, 20260301, "date", ""), (LAST_ORDER, "9999-12-31", "date", ""),
        (LAST_ORDER, "0001-01-01", "date", ""),
        (LAST_ORDER, {"ago": {"days": 0}}, "span", "ago.days"),
        (LAST_ORDER, {"ago": {"years": 101}}, "span", "ago.years"),
        (LAST_ORDER, {"ago": {"days": 1.5}}, "whole_number", "ago.days"), (LAST_ORDER, {"ago": {}}, "span", "ago"),
        (LAST_ORDER, {"ago": {"hours": 1}}, "span", "ago"),
        (LAST_ORDER, {"ago": {"days": 1, "weeks": 1}}, "span", "ago"),
        (CITY, "", "text", ""), (CITY, "  ", "text", ""), (CITY, 4, "text", ""), (CITY, "x" * 201, "text", ""),
        (CITY, "a\x00b", "text", ""), (CITY, "\ud800", "text", ""), (SEGMENT, "VIP", "unknown_option", ""),
        (SEGMENT, 4, "unknown_option", ""),
    ],
)  # fmt: skip
def test_a_value_is_refused(of: Fact, value: Any, code: str, at: str) -> None:
    with pytest.raises(Refused) as refused:
        constant(of, value, "GBP")
    assert (refused.value.code, refused.value.at) == (code, at)
    assert str(refused.value).endswith((".", "}"))


def test_a_number_of_thousands_of_digits_is_too_large() -> None:
    for of in (ORDERS, GAP, WALLET):
        with pytest.raises(Refused, match="too large"):
            constant(of, 10**5000, "GBP")


def test_words_that_leave_nothing_to_compare_are_refused() -> None:
    name = fact("shelf.name", "Name", CITY.type, normalise=lambda text: text.strip("-–. "))
    with pytest.raises(Refused, match="“–” is left to compare with"):
        constant(name, "–", "GBP")


@pytest.mark.parametrize(
    "times", [0, -1, "-2.5", "inf", float("inf"), float("nan"), "1e400", 1e-9, 1001, True, None, [], ""]
)
def test_so_many_times_is_a_sensible_number(times: Any) -> None:
    raw = {"value": {"times": times, "fact": "shelf.gap"}}
    with pytest.raises(Refused) as refused:
        read_operand(DAYS, Op.MORE_THAN, raw, currency="GBP", other=GAP)
    assert (refused.value.code, refused.value.at) == ("number", "times")


def test_once_is_understood() -> None:
    raw = {"value": {"fact": "shelf.gap"}}
    assert read_operand(DAYS, Op.MORE_THAN, raw, currency="GBP", other=GAP) == Multiple(1.0, GAP)


def test_facts_are_compared_within_a_kind_and_unit() -> None:
    assert comparable(DAYS, GAP)
    assert not comparable(DAYS, ORDERS)
    assert not comparable(POINTS, VALUE)
    assert not comparable(LAST_ORDER, LAST_ORDER)


def test_lists_are_short_and_hold_each_value_once() -> None:
    assert read_operand(CITY, Op.ONE_OF, {"value": ["Ulm", "ULM", "bonn"]}, currency="GBP") == ("ulm", "bonn")
    for value in ([], "ulm", {"ulm": 1}, None):
        with pytest.raises(Refused):
            read_operand(CITY, Op.ONE_OF, {"value": value}, currency="GBP")
    with pytest.raises(Refused, match=f"{MOST_VALUES} at most"):
        read_operand(CITY, Op.ONE_OF, {"value": ["x"] * (MOST_VALUES + 1)}, currency="GBP")


def test_amounts_follow_the_currency() -> None:
    assert constant(VALUE, {"amount": "12", "currency": "JPY"}, "JPY") == 12
    assert constant(VALUE, {"amount": "1.234", "currency": "BHD"}, "BHD") == 1234
    with pytest.raises(Refused, match="JPY has no decimal places"):
        constant(VALUE, {"amount": "12.5", "currency": "JPY"}, "JPY")

"""Why a rule holds for a customer, in words; and what a decision was made on, kept and read again."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.language.closures import predicate
from rules.language.explain import Explained, because, explain, facts_from_json, facts_to_json
from rules.language.tree import Group, Mode, Multiple, Node, Op, Span, Test, facts_of
from rules.language.words import GONE, Vocabulary
from tests.rules.shelf import (
    BOUGHT,
    CITY,
    COUNTRY,
    DAYS,
    GAP,
    HOUSE,
    JOINED,
    LAST_ORDER,
    NET,
    ORDERS,
    PLACED,
    POINTS,
    SEGMENT,
    SETTING,
    SLEEPERS,
    SPENT,
    VALUE,
    VIP,
    WALLET,
    asked,
)
from tests.rules.test_reading import FOUR, GERMAN, LAPSED, WORTH, every, holds, many, no, some

NB = "\N{NO-BREAK SPACE}"
RECORD: dict[str, Any] = {
    COUNTRY.key: "FR", SEGMENT.key: frozenset({VIP}), ORDERS.key: 3, POINTS.key: 7.123456, DAYS.key: 61, GAP.key: 24.4,
    VALUE.key: 61_250, SPENT.key: None, WALLET.key: 0.24996, LAST_ORDER.key: date(2026, 1, 13),
    JOINED.key: datetime(2024, 2, 28, 23, 59, tzinfo=UTC), CITY.key: "ulm", HOUSE.key: None,
    BOUGHT.rows_key: [
        {NET.key: 5_000, PLACED.key: date(2026, 3, 1)}, {NET.key: None, PLACED.key: None},
        {NET.key: -700, PLACED.key: date(2020, 1, 1)},
    ],
}  # fmt: skip
RECENT = holds(PLACED, "within_last", Span(90, "days"))


def said(node: Node, record: Mapping[str, Any] = RECORD) -> tuple[bool, str, str]:
    found = explain(node, record, SETTING)
    return found.holds, found.condition, found.value


@pytest.mark.parametrize(
    ("node", "found"),
    [
        (GERMAN, (False, "Country is Germany", "France")),
        (FOUR, (False, "Orders ever are 4 or more", "3 orders")),
        (WORTH, (True, "Lifetime value, three years, is $100 or more", "$612.50")),
        (LAPSED, (False, "Last order is at least 90 days ago", "13 January 2026, 61 days ago")),
        (
            holds(JOINED, "before", date(2024, 2, 29)),
            (True, "Joined is before 29 February 2024", "28 February 2024, 746 days ago"),
        ),
        (holds(POINTS, "less_than", 8.0), (True, "Points are less than 8", "7.12 points")),
        (holds(POINTS, "equals", 7.123456), (True, "Points are exactly 7.123456", "7.123456 points")),
        (holds(POINTS, "more_than", 7.12), (True, "Points are more than 7.12", "7.1235 points")),
        (holds(WALLET, "at_least", 0.25), (False, f"Share of wallet is 25{NB}% or more", f"24.996{NB}%")),
        (holds(WALLET, "at_least", 0.1), (True, f"Share of wallet is 10{NB}% or more", f"25{NB}%")),
        (holds(SEGMENT, "has_any", (SLEEPERS,)), (False, "Segments include Sleepers", "VIP")),
        (holds(CITY, "contains", "l"), (True, "City contains “l”", "“ulm”")),
        (holds(HOUSE, "no"), (False, "In the house portfolio: no", "not known")),
        (holds(HOUSE, "unknown"), (True, "In the house portfolio is not known", "not known")),
        (many(), (True, "At least 3 orders", "3")),
        (many(RECENT), (False, "At least 3 orders in the last 90 days", "1")),
        (many(WORTH), (False, "At least 3 orders whose lifetime value, three years, is $100 or more", "none")),
        (many(what="sum", of=NET, operand=4_000), (True, "Orders add up to $40 or more in net amount", "$43")),
        (many(what="smallest", of=NET, operand=0), (False, "Smallest net amount among orders is $0 or more", "−$7")),
    ],
)  # fmt: skip
def test_a_line_is_explained(node: Test, found: tuple[bool, str, str]) -> None:
    record = RECORD | {BOUGHT.rows_key: [row | {VALUE.key: None} for row in RECORD[BOUGHT.rows_key]]}
    assert said(node, record) == found
    assert predicate(node, SETTING)(record) is found[0]


def test_a_multiple_says_what_it_comes_to() -> None:
    over = explain(holds(DAYS, "more_than", Multiple(2.5, GAP)), RECORD, SETTING)
    assert (over.holds, over.value) == (False, "61 days")
    assert over.against == "2.5 times 24.4 days is 61 days"
    once = explain(holds(DAYS, "more_than", Multiple(1.0, GAP)), RECORD, SETTING)
    assert (once.holds, once.against) == (True, "24.4 days")
    lost = explain(holds(DAYS, "more_than", Multiple(2.5, GAP)), RECORD | {GAP.key: None}, SETTING)
    assert (lost.holds, lost.is_unknown, lost.against) == (False, True, "Usual gap is not known")
    money = explain(holds(VALUE, "at_least", Multiple(0.333, SPENT)), RECORD | {SPENT.key: 1_000}, SETTING)
    assert money.against == "0.333 times $10 is $3.33"


def test_groups_nest_and_name_the_lines_that_decide() -> None:
    tree = every(WORTH, some(GERMAN, FOUR), no(LAPSED))
    found = explain(tree, RECORD, SETTING)
    assert not found.holds
    assert [(depth, part.condition, part.holds) for depth, part in found.lines()] == [
        (0, "All of these", False),
        (1, "Lifetime value, three years, is $100 or more", True),
        (1, "Any of these", False),
        (2, "Country is Germany", False),
        (2, "Orders ever are 4 or more", False),
        (1, "None of these", True),
        (2, "Last order is at least 90 days ago", False),
    ]
    assert conditions(because(found)) == ["Country is Germany", "Orders ever are 4 or more"]
    german = explain(tree, RECORD | {COUNTRY.key: "DE"}, SETTING)
    assert conditions(because(german)) == [
        "Lifetime value, three years, is $100 or more",
        "Country is Germany",
        "Last order is at least 90 days ago",
    ]


def conditions(lines: list[Explained]) -> list[str]:
    return [found.condition for found in lines]


def test_nothing_known_is_said_as_such_and_is_no_error() -> None:
    tree = every(GERMAN, FOUR, WORTH, LAPSED, holds(SEGMENT, "has_none", (VIP,)), many(RECENT),
                 many(what="largest", of=NET, operand=0), holds(HOUSE, "unknown"))  # fmt: skip
    found = explain(tree, {}, SETTING)
    assert [part.value for part in found.of] == ["not known"] * 4 + ["none", "none", "not known", "not known"]
    assert [part.is_unknown for part in found.of] == [True] * 4 + [False, False, True, True]
    assert [part.holds for part in found.of] == [False] * 4 + [True, False, False, True]


def test_what_decided_is_kept_and_read_again() -> None:
    tree = every(
        GERMAN, FOUR, WORTH, LAPSED, many(RECENT), many(what="largest", of=NET, operand=1), holds(HOUSE, "no"),
        holds(SEGMENT, "has_any", (VIP,)), holds(JOINED, "known"), holds(WALLET, "at_least", 0.1),
        holds(DAYS, "more_than", Multiple(2.5, GAP)), holds(SPENT, "unknown"), holds(CITY, "equals", "ulm"),
    )  # fmt: skip
    kept = facts_to_json(RECORD, [tree], SETTING)
    stored = json.loads(json.dumps(kept, allow_nan=False))
    again = facts_from_json(stored, [tree], currency="USD")
    assert {fact.key: again[fact.key] for fact in facts_of(tree)} == {
        fact.key: RECORD[fact.key] for fact in facts_of(tree)
    }
    assert explain(tree, again, SETTING) == explain(tree, RECORD, SETTING)
    assert facts_to_json(again, [tree], SETTING) == kept
    assert "rows" not in json.dumps(kept)
    assert kept["labels"] == {COUNTRY.key: "France", SEGMENT.key: "VIP"}


def test_a_decision_outlives_the_choice_it_was_made_on() -> None:
    closed = replace(COUNTRY, options=lambda: [("DE", "Germany")])
    kept = facts_to_json(RECORD, [GERMAN], SETTING)
    later = Test(closed, Op.ONE_OF, ("DE",))
    assert explain(later, facts_from_json(kept, [later], currency="USD"), SETTING).value == "France"
    assert explain(later, RECORD, SETTING).value == GONE


@pytest.mark.parametrize(
    "raw", [{}, {"facts": {}}, {"facts": {ORDERS.key: "x", HOUSE.key: 1, JOINED.key: 4, SEGMENT.key: 7}}]
)
def test_what_does_not_fit_any_more_is_not_known(raw: dict[str, Any]) -> None:
    tree = every(FOUR, holds(HOUSE, "yes"), holds(JOINED, "known"), holds(SEGMENT, "has_any", (VIP,)), many())
    found = explain(tree, facts_from_json(raw, [tree], currency="USD"), SETTING)
    assert {part.holds for part in found.of} == {False}


def test_choices_are_looked_up_once_for_many() -> None:
    asked.clear()
    words = Vocabulary(SETTING)
    for _ in range(3):
        facts_to_json(RECORD, [GERMAN], SETTING, words=words)
        explain(GERMAN, RECORD, SETTING, words=words)
    assert asked == ["country"]


_NUMBERS = st.floats(allow_nan=False, width=64) | st.floats(0, 1)
_LEAVES = st.builds(
    lambda fact, operator, operand: Test(fact, operator, operand),
    st.sampled_from([POINTS, GAP]),
    st.sampled_from([Op.AT_LEAST, Op.AT_MOST, Op.MORE_THAN, Op.LESS_THAN, Op.EQUALS, Op.DIFFERS]),
    st.sampled_from([0.5, 0.123, 1.0, 7.0]) | st.builds(Multiple, st.floats(0.1, 9), st.sampled_from([POINTS, GAP])),
)  # fmt: skip
_TREES = st.recursive(
    _LEAVES, lambda inner: st.builds(Group, st.sampled_from(Mode), st.lists(inner, max_size=3).map(tuple))
)


@settings(max_examples=200, deadline=None)
@given(_TREES, st.none() | _NUMBERS, st.none() | _NUMBERS)
def test_an_explanation_says_what_the_rule_says(tree: Node, points: float | None, gap: float | None) -> None:
    record = {POINTS.key: points, GAP.key: gap}
    found = explain(tree, record, SETTING)
    assert found.holds is predicate(tree, SETTING)(record)
    again = facts_from_json(
        json.loads(json.dumps(facts_to_json(record, [tree], SETTING))), [tree], currency="USD"
    )
    assert explain(tree, again, SETTING) == found

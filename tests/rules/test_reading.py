"""What a rule says in plain words: a table of trees and how they read."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from rules.catalogue import Fact
from rules.language.reading import Words, line, phrase, reading, sentence
from rules.language.tree import Group, Measure, Mode, Multiple, Node, Op, RelativeDay, Span, Test, What
from rules.language.words import GONE, Vocabulary, amount_words, distance_words, number_words, with_unit
from rules.moment import Setting
from tests.rules.shelf import (
    BOUGHT,
    CHANNEL,
    CITY,
    COUNTRY,
    DAYS,
    GAP,
    HOUSE,
    JOINED,
    KIND,
    LAST_ORDER,
    LINES,
    NET,
    ORDERS,
    PERSON,
    PLACED,
    POINTS,
    QUANTITY,
    RETURNS,
    SEGMENT,
    SETTING,
    SLEEPERS,
    VALUE,
    VIP,
    WALLET,
    asked,
)

MINUS, NO_BREAK = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}"


def holds(fact: Fact, operator: str, operand: Any = None) -> Test:
    return Test(fact, Op(operator), operand)


def every(*lines: Node) -> Group:
    return Group(Mode.ALL, lines)


def some(*lines: Node) -> Group:
    return Group(Mode.ANY, lines)


def no(*lines: Node) -> Group:
    return Group(Mode.NONE, lines)


def many(*where: Node, at_least: int = 3, **values: Any) -> Measure:
    """A count of orders, or what `values` say."""
    values = {"what": "count", "of": None, "operator": "at_least", "operand": at_least, **values}
    inner = every(*where) if where else None
    return Measure(
        BOUGHT, What(values["what"]), values["of"], inner, Op(values["operator"]), values["operand"]
    )


GERMAN = holds(COUNTRY, "one_of", ("DE",))
LAPSED = holds(LAST_ORDER, "longer_ago", Span(90, "days"))
FOUR = holds(ORDERS, "at_least", 4)
WORTH = holds(VALUE, "at_least", 10_000)
GIVES = holds(WALLET, "between", (0.2, 0.6))
FIRM = holds(PERSON, "no")
LARGE = holds(NET, "at_least", 5_000)
RECENT = holds(PLACED, "within_last", Span(90, "days"))
WEB = holds(CHANNEL, "one_of", ("web",))

TABLE: list[tuple[Node, str]] = [
    (every(), "all customers"),
    (some(), "no customers"),
    (no(), "all customers"),
    (every(GERMAN), "customers in Germany"),
    (
        holds(COUNTRY, "one_of", ("DE", "FR", "ES")),
        "customers in Germany, France or Spain",
    ),
    (holds(COUNTRY, "not_one_of", ("DE", "FR")), "customers not in Germany or France"),
    (holds(COUNTRY, "unknown"), "customers whose country is not known"),
    (holds(COUNTRY, "one_of", ("XX",)), f"customers in {GONE}"),
    (holds(KIND, "one_of", ("best",)), "customers whose kind is most valuable"),
    (holds(KIND, "not_one_of", ("best", "zero")), "customers whose kind is not most valuable or below zero"),
    (FOUR, "customers who have 4 orders or more"),
    (holds(ORDERS, "at_most", 1), "customers who have 1 order or fewer"),
    (holds(ORDERS, "less_than", 1_200), "customers who have fewer than 1,200 orders"),
    (holds(ORDERS, "equals", 1), "customers who have exactly 1 order"),
    (holds(ORDERS, "between", (4, 8)), "customers who have 4 to 8 orders"),
    (holds(ORDERS, "between", (4, 4)), "customers who have exactly 4 orders"),
    (holds(ORDERS, "known"), "customers whose orders ever are known"),
    (holds(LINES, "differs", 7), "customers whose order lines are anything but 7"),
    (holds(POINTS, "more_than", -2.5), f"customers whose points are more than {MINUS}2.5"),
    (holds(DAYS, "at_most", 90), "customers whose days since last order are 90 or less"),
    (
        holds(DAYS, "more_than", Multiple(2.5, GAP)),
        "customers whose days since last order are more than 2.5 times their usual gap",
    ),
    (
        holds(DAYS, "at_least", Multiple(1.0, GAP)),
        "customers whose days since last order are at least their usual gap",
    ),
    (WORTH, "customers whose lifetime value, three years, is $100 or more"),
    (
        holds(VALUE, "less_than", -1_250),
        f"customers whose lifetime value, three years, is less than {MINUS}$12.50",
    ),
    (
        holds(VALUE, "between", (0, 100_000)),
        "customers whose lifetime value, three years, is $0 to $1,000",
    ),
    (GIVES, f"customers who give us 20 to 60{NO_BREAK}% of the wallet"),
    (holds(RETURNS, "more_than", 0.255), f"customers whose returns share is more than 25.5{NO_BREAK}%"),
    (LAPSED, "customers whose last order is at least 90 days ago"),
    (holds(LAST_ORDER, "within_last", Span(1, "months")), "customers whose last order is in the last month"),
    (holds(LAST_ORDER, "within_next", Span(2, "weeks")), "customers whose last order is in the next 2 weeks"),
    (holds(LAST_ORDER, "on", date(2026, 3, 1)), "customers whose last order is on 1 March 2026"),
    (
        holds(LAST_ORDER, "on_or_after", RelativeDay(Span(30, "days"))),
        "customers whose last order is on or after the day 30 days ago",
    ),
    (
        holds(LAST_ORDER, "between", (date(2025, 12, 31), RelativeDay(Span(1, "years"), ahead=True))),
        "customers whose last order is from 31 December 2025 to the day 1 year from now",
    ),
    (holds(JOINED, "within_last", Span(6, "months")), "customers who joined in the last 6 months"),
    (holds(CITY, "starts_with", "ber"), "customers whose city begins with “ber”"),
    (holds(CITY, "contains", "<b>"), "customers whose city contains “<b>”"),
    (holds(CITY, "differs", "berlin"), "customers whose city is not “berlin”"),
    (holds(CITY, "one_of", ("ulm", "bonn")), "customers whose city is “ulm” or “bonn”"),
    (holds(HOUSE, "yes"), "customers for whom “in the house portfolio” is yes"),
    (FIRM, "customers who are organisations"),
    (holds(SEGMENT, "has_any", (VIP, SLEEPERS)), "customers whose segments include VIP or Sleepers"),
    (holds(SEGMENT, "has_none", (VIP,)), "customers whose segments do not include VIP"),
    # groups
    (every(LAPSED, GERMAN), "customers in Germany whose last order is at least 90 days ago"),
    (
        every(GERMAN, LAPSED, WORTH, FOUR),
        "customers in Germany whose last order is at least 90 days ago, whose lifetime value, three years, is $100 or "
        "more and who have 4 orders or more",
    ),
    (every(FOUR, FIRM), "customers who have 4 orders or more and are organisations"),
    (some(GERMAN, LAPSED), "customers in Germany or whose last order is at least 90 days ago"),
    (
        some(FOUR, GIVES, FIRM),
        f"customers who either have 4 orders or more, give us 20 to 60{NO_BREAK}% of the wallet or are organisations",
    ),
    (
        some(GERMAN, LAPSED, FOUR),
        "customers either in Germany, whose last order is at least 90 days ago or who have 4 orders or more",
    ),
    (
        every(GERMAN, LAPSED, some(FOUR, GIVES)),
        "customers in Germany whose last order is at least 90 days ago, and who have 4 orders or more or give us 20 to "
        f"60{NO_BREAK}% of the wallet",
    ),
    (
        some(every(GERMAN, LAPSED), every(FOUR, WORTH)),
        "customers in Germany whose last order is at least 90 days ago, or who have 4 orders or more and whose "
        "lifetime value, three years, is $100 or more",
    ),
    (
        every(WORTH, some(FOUR, every(GERMAN, LAPSED))),
        "customers whose lifetime value, three years, is $100 or more; and who have 4 orders or more, or in Germany "
        "whose last order is at least 90 days ago",
    ),
    (
        every(FIRM, some(WORTH, every(FOUR, some(GERMAN, LAPSED)))),
        "customers who are organisations; and (whose lifetime value, three years, is $100 or more; or who have 4 "
        "orders or more, and in Germany or whose last order is at least 90 days ago)",
    ),
    (no(GERMAN, LAPSED), "all customers except those in Germany or whose last order is at least 90 days ago"),
    (
        every(GERMAN, no(LAPSED)),
        "customers in Germany, but not those whose last order is at least 90 days ago",
    ),
    (
        every(no(GERMAN), no(FIRM)),
        "all customers but not those in Germany, and not those who are organisations",
    ),
    (some(FIRM, no(GERMAN)), "customers who are organisations, or who are not among those in Germany"),
    (no(no(GERMAN, FIRM)), "customers in Germany or who are organisations"),
    (every(every(some(GERMAN))), "customers in Germany"),
    # measures
    (many(LARGE, RECENT), "customers with at least 3 orders of $50 or more in the last 90 days"),
    (many(RECENT, LARGE), "customers with at least 3 orders of $50 or more in the last 90 days"),
    (many(at_least=1), "customers with at least 1 order"),
    (many(operator="equals", operand=0), "customers with no orders"),
    (many(RECENT, operator="less_than", operand=1), "customers with no orders in the last 90 days"),
    (many(operator="between", operand=(2, 5)), "customers with 2 to 5 orders"),
    (
        many(RECENT, WEB, operator="less_than", operand=4),
        "customers with fewer than 4 orders in the last 90 days whose channel is web",
    ),
    (
        many(RECENT, no(WEB)),
        "customers with at least 3 orders in the last 90 days, but not those whose channel is web",
    ),
    (many(no(WEB)), "customers with at least 3 orders except those whose channel is web"),
    (
        many(RECENT, what="sum", of=NET, operand=50_000),
        "customers whose orders in the last 90 days add up to $500 or more in net amount",
    ),
    (
        many(what="largest", of=QUANTITY, operator="more_than", operand=9),
        "customers whose largest quantity among orders is more than 9",
    ),
    (
        every(many(LARGE, RECENT), GERMAN, FOUR),
        "customers in Germany who have 4 orders or more and with at least 3 orders of $50 or more in the last 90 days",
    ),
    (
        every(FOUR, many(RECENT, WEB)),
        "customers who have 4 orders or more; and with at least 3 orders in the last 90 days whose channel is web",
    ),
]


@pytest.mark.parametrize(("tree", "said"), TABLE, ids=range(len(TABLE)))
def test_a_tree_reads(tree: Node, said: str) -> None:
    assert phrase(tree, SETTING) == said
    assert sentence(tree, SETTING) == f"{said[0].upper()}{said[1:]}."


def test_different_groupings_of_the_same_lines_read_differently() -> None:
    a, b, c, d = GERMAN, LAPSED, FOUR, WORTH
    trees: Iterable[Node] = [
        every(a, b, c, d),
        some(a, b, c, d),
        every(a, some(b, c, d)),
        every(some(a, b), some(c, d)),
        every(a, b, some(c, d)),
        some(every(a, b), every(c, d)),
        some(a, b, every(c, d)),
        some(a, every(b, some(c, d))),
        every(a, some(b, every(c, d))),
        every(some(a, every(b, c)), d),
        some(every(a, some(b, c)), d),
        every(a, no(b), no(c, d)),
        every(a, no(b, c, d)),
        no(a, b, c, d),
        no(a, every(b, c, d)),
        every(a, no(every(b, c), d)),
        some(a, no(b, c), d),
        every(a, b, no(every(c, d))),
    ]
    said = [phrase(tree, SETTING) for tree in trees]
    assert len(set(said)) == len(said)


def test_values_are_marked_and_nothing_is_escaped() -> None:
    assert reading(every(GERMAN, LAPSED), SETTING) == [
        Words("customers in "),
        Words("Germany", strong=True),
        Words(" whose last order is at least "),
        Words("90 days", strong=True),
        Words(" ago"),
    ]
    assert "<b>" in phrase(holds(CITY, "contains", "<b>"), SETTING)


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (FOUR, "Orders ever are 4 or more"),
        (WORTH, "Lifetime value, three years, is $100 or more"),
        (GERMAN, "Country is Germany"),
        (holds(HOUSE, "no"), "In the house portfolio: no"),
        (many(LARGE, RECENT), "At least 3 orders of $50 or more in the last 90 days"),
        (many(what="sum", of=NET, operand=50_000), "Orders add up to $500 or more in net amount"),
    ],
)
def test_a_line_by_itself(node: Test | Measure, said: str) -> None:
    assert "".join(part.text for part in line(node, SETTING)) == said


def test_twenty_lines_and_a_long_list_stay_readable() -> None:
    lines = [holds(DAYS, "more_than", n) for n in range(20)]
    said = sentence(every(*lines), SETTING)
    assert said.count("whose") == 20
    assert said.endswith("and whose days since last order are more than 19.")
    codes = tuple(f"{n}" for n in range(300))
    assert phrase(holds(CITY, "one_of", codes), SETTING) == (
        "customers whose city is “0”, “1”, “2”, “3”, “4”, “5” or 294 others"
    )


def test_choices_are_looked_up_once_for_a_page() -> None:
    asked.clear()
    words = Vocabulary(SETTING)
    for _ in range(3):
        sentence(every(GERMAN, some(GERMAN, holds(SEGMENT, "has_any", (VIP,)))), SETTING, words=words)
    assert asked == ["country", "segment"]


@pytest.mark.parametrize(
    ("fact", "value", "said"),
    [
        (COUNTRY, None, "not known"),
        (ORDERS, 1, "1 order"),
        (ORDERS, 12_345, "12,345 orders"),
        (GAP, 30.5, "30.5 days"),
        (POINTS, -0.0, "0 points"),
        (WALLET, 0.55, f"55{NO_BREAK}%"),
        (WALLET, 0.1 + 0.2, f"30.000000000000004{NO_BREAK}%"),
        (VALUE, -3_420, f"{MINUS}$34.20"),
        (VALUE, 5, "$0.05"),
        (HOUSE, False, "no"),
        (SEGMENT, frozenset({SLEEPERS, VIP}), "Sleepers and VIP"),
        (SEGMENT, frozenset(), "none"),
        (LAST_ORDER, date(2026, 3, 1), "1 March 2026"),
        (JOINED, datetime(2026, 6, 30, 23, 30, tzinfo=UTC), "1 July 2026"),
        (CITY, "Ulm", "“Ulm”"),
    ],
)
def test_a_value_in_words(fact: Fact, value: Any, said: str) -> None:
    assert Vocabulary(SETTING).value(fact, value) == said


def test_amounts_follow_the_currency() -> None:
    assert amount_words(12_345, "JPY") == "¥12,345"
    assert amount_words(12_000, "BHD") == "BHD 12"
    assert amount_words(12_345, "BHD") == "BHD 12.345"
    yen = Setting(SETTING.now, SETTING.zone, "JPY")
    assert phrase(WORTH, yen).endswith("is ¥10,000 or more")


def test_numbers_keep_what_was_written() -> None:
    assert number_words(1e22) == "10,000,000,000,000,000,000,000"
    assert number_words(1.999, 2) == "2"
    assert number_words(-0.001, 2) == "0"
    assert number_words(100) == "100"
    assert with_unit(1, "orders a year") == "1 order a year"
    assert with_unit(1, "categories") == "1 category"
    assert distance_words(date(2026, 3, 14), SETTING.today) == "1 day ago"
    assert distance_words(date(2026, 3, 20), SETTING.today) == "in 5 days"
    assert distance_words(SETTING.today, SETTING.today) == "today"


def test_no_reading_has_double_spaces_or_loose_marks() -> None:
    for tree, said in TABLE:
        assert not re.search(r"  | ,|,,|\( | \)|\s$", phrase(tree, SETTING)), said

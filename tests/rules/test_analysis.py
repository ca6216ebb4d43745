"""What is wrong with rules, said before they are put in force; and never anything that is not so."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.catalogue import Fact
from rules.language import analysis
from rules.language.analysis import Checked, Finding, Severity, problems_of_rules
from rules.language.closures import predicate
from rules.language.tree import (
    MEASURE_OPERATORS,
    OPERATORS,
    Group,
    Measure,
    Mode,
    Multiple,
    Node,
    Op,
    RelativeDay,
    Span,
    Test,
    What,
)
from rules.moment import Setting
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
    VALUE,
    VIP,
    WALLET,
)
from tests.rules.test_reading import FOUR, GERMAN, LAPSED, WORTH, every, holds, many, no, some

WHEN = "rules.0.when"


def problems_of(node: Node) -> list[Finding]:
    """Of a rule that stands alone; `at` is the place within its condition."""
    found = problems_of_rules([Checked("A", node, 1)], SETTING)
    assert all(finding.at.startswith(WHEN) for finding in found)
    return [replace(finding, at=finding.at.removeprefix(WHEN).removeprefix(".")) for finding in found]


def told(node: Node) -> list[tuple[str, str, str]]:
    return [(found.at, found.code, found.severity.value) for found in problems_of(node)]


def ago(n: int, unit: str = "days") -> RelativeDay:
    return RelativeDay(Span(n, unit))


NEVER: list[Node] = [
    some(),
    every(holds(ORDERS, "at_least", 5), holds(ORDERS, "at_most", 4)),
    every(holds(ORDERS, "more_than", 4), holds(ORDERS, "less_than", 5)),
    every(holds(WALLET, "more_than", 0.5), holds(WALLET, "less_than", 0.5)),
    every(holds(ORDERS, "equals", 4), holds(ORDERS, "differs", 4)),
    every(holds(COUNTRY, "one_of", ("DE", "FR")), holds(COUNTRY, "one_of", ("ES",))),
    every(holds(COUNTRY, "one_of", ("DE",)), holds(COUNTRY, "not_one_of", ("DE", "FR"))),
    every(holds(COUNTRY, "one_of", ("DE",)), holds(COUNTRY, "unknown")),
    every(holds(HOUSE, "yes"), holds(HOUSE, "no")),
    every(holds(HOUSE, "known"), no(holds(HOUSE, "yes"), holds(HOUSE, "no"))),
    every(holds(SEGMENT, "has_any", (VIP, SLEEPERS)), holds(SEGMENT, "has_none", (VIP, SLEEPERS))),
    every(GERMAN, no(GERMAN)),
    every(GERMAN, no(some(GERMAN, FOUR))),
    no(GERMAN, no(GERMAN)),
    every(holds(LAST_ORDER, "within_last", Span(30, "days")), LAPSED),
    every(holds(LAST_ORDER, "within_last", Span(1, "months")), LAPSED),
    every(holds(LAST_ORDER, "before", date(2026, 1, 1)), holds(LAST_ORDER, "after", date(2026, 1, 1))),
    holds(LAST_ORDER, "between", (ago(1), ago(2))),
    every(holds(JOINED, "on", ago(1, "months")), holds(JOINED, "within_last", Span(1, "months"))),
    every(holds(CITY, "equals", "ulm"), holds(CITY, "starts_with", "b")),
    every(holds(CITY, "starts_with", "ul"), holds(CITY, "starts_with", "b")),
    every(holds(CITY, "starts_with", "ulm"), no(holds(CITY, "contains", "l"))),
    every(holds(CITY, "contains", "ulm"), no(holds(CITY, "contains", "l"))),
    every(holds(DAYS, "more_than", Multiple(2.5, GAP)), holds(DAYS, "at_most", Multiple(2.5, GAP))),
    every(many(at_least=3), many(operator="less_than", operand=3)),
    many(operator="less_than", operand=0),
    many(holds(NET, "more_than", 5), holds(NET, "less_than", 5)),
    many(holds(NET, "more_than", 5), holds(NET, "less_than", 5), what="sum", of=NET, operand=1),
    many(holds(NET, "unknown"), holds(NET, "known"), what="largest", of=NET, operand=-5),
    some(every(FOUR, holds(ORDERS, "equals", 1)), every(GERMAN, no(GERMAN))),
]
ALWAYS: list[Node] = [
    every(),
    no(),
    some(FOUR, no(FOUR)),
    some(holds(ORDERS, "at_least", 3), holds(ORDERS, "less_than", 5), holds(ORDERS, "unknown")),
    some(holds(GAP, "at_least", 0.5), holds(GAP, "less_than", 0.5), holds(GAP, "unknown")),
    some(holds(HOUSE, "yes"), holds(HOUSE, "no"), holds(HOUSE, "unknown")),
    some(holds(SEGMENT, "has_any", (VIP,)), holds(SEGMENT, "has_none", (VIP,))),
    no(every(GERMAN, no(GERMAN))),
    many(at_least=0),
    many(operator="differs", operand=-1),
    some(LAPSED, holds(LAST_ORDER, "within_last", Span(90, "days")), holds(LAST_ORDER, "after", ago(1)),
         holds(LAST_ORDER, "unknown")),
]  # fmt: skip
NEITHER: list[Node] = [
    every(GERMAN, FOUR),
    some(holds(ORDERS, "at_least", 3), holds(ORDERS, "less_than", 3)),
    every(holds(WALLET, "at_least", 0.5), holds(WALLET, "at_most", 0.5)),
    every(holds(LAST_ORDER, "within_last", Span(30, "days")), holds(LAST_ORDER, "after", date(2027, 1, 1))),
    every(holds(LAST_ORDER, "within_last", Span(1, "months")), holds(LAST_ORDER, "before", ago(29))),
    every(holds(DAYS, "more_than", Multiple(2.0, GAP)), holds(DAYS, "less_than", Multiple(3.0, GAP))),
    every(
        holds(CITY, "starts_with", "ul"), holds(CITY, "starts_with", "ulm"), no(holds(CITY, "equals", "ulm"))
    ),
    every(many(at_least=3), many(holds(NET, "more_than", 5), operator="less_than", operand=3)),
    many(what="sum", of=NET, operator="less_than", operand=0),
]


@pytest.mark.parametrize("node", NEVER, ids=range(len(NEVER)))
def test_what_holds_for_nobody_is_refused(node: Node) -> None:
    (found,) = problems_of(node)
    assert (found.code, found.severity) == ("never", Severity.REFUSE)
    assert found.message.endswith(".")


@pytest.mark.parametrize("node", ALWAYS, ids=range(len(ALWAYS)))
def test_what_holds_for_everybody_is_warned_of(node: Node) -> None:
    assert told(node) == [("", "always", "warn")]


@pytest.mark.parametrize("node", NEITHER, ids=range(len(NEITHER)))
def test_what_can_hold_and_can_fail_is_left_alone(node: Node) -> None:
    assert {code for _, code, _ in told(node)} <= {"idle"}


def test_messages_name_the_lines_and_say_what_to_do() -> None:
    few = holds(ORDERS, "at_most", 2)
    assert problems_of(every(GERMAN, FOUR, few)) == [
        Finding(
            "all.2",
            "never",
            Severity.REFUSE,
            "“Orders ever are 4 or more” and “Orders ever are 2 or fewer” exclude each other: the rule holds for "
            "nobody. Change one of them, or put both under “any of”.",
        )
    ]
    (part,) = problems_of(some(GERMAN, every(WORTH, FOUR, few)))
    assert (part.at, part.severity) == ("any.1.all.2", Severity.WARN)
    assert "this part holds for nobody" in part.message
    (rows,) = problems_of(every(GERMAN, many(holds(NET, "at_least", 9), holds(NET, "at_most", 8))))
    assert rows.at == "all.1.where.all.1"
    none = many(holds(NET, "at_least", 9), holds(NET, "at_most", 8), operator="at_most", operand=4)
    assert told(every(GERMAN, none)) == [("all.1.where.all.1", "never", "warn"), ("all.1", "idle", "warn")]


def test_a_line_that_changes_nothing_is_said() -> None:
    five = holds(ORDERS, "at_least", 5)
    assert told(every(GERMAN, FOUR, five)) == [("all.1", "idle", "warn")]
    assert told(some(GERMAN, FOUR, five)) == [("any.2", "idle", "warn")]
    assert told(no(FOUR, five)) == [("none.1", "idle", "warn")]
    assert told(every(GERMAN, GERMAN, GERMAN)) == [("all.1", "idle", "warn"), ("all.2", "idle", "warn")]
    (found,) = problems_of(every(GERMAN, FOUR, five))
    assert found.message == (
        "“Orders ever are 4 or more” changes nothing: “Orders ever are 5 or more” says it already. "
        "Take it away, or change it."
    )
    (found,) = problems_of(every(GERMAN, many(at_least=0)))
    assert "it holds for everybody" in found.message
    assert told(every(GERMAN, many(holds(NET, "at_least", 5), holds(NET, "at_least", 4)))) == [
        ("all.1.where.all.1", "idle", "warn")
    ]


def rules(*pairs: tuple[Node, Any]) -> list[Checked]:
    return [Checked("ABCDEFGH"[n], node, outcome) for n, (node, outcome) in enumerate(pairs)]


def ordered(*pairs: tuple[Node, Any]) -> list[tuple[str, str, str]]:
    return [(f.at, f.code, f.severity.value) for f in problems_of_rules(rules(*pairs), SETTING)]


FIVE = holds(ORDERS, "at_least", 5)


def test_a_rule_that_never_gets_its_turn() -> None:
    assert ordered((FOUR, 1), (FIVE, 2)) == [("rules.1", "unreachable", "refuse")]
    assert ordered((FOUR, 1), (FIVE, 1)) == [("rules.1", "unreachable", "warn")]
    assert ordered((FIVE, 1), (FOUR, 2)) == []
    few, none = holds(ORDERS, "less_than", 4), holds(ORDERS, "unknown")
    assert ordered((FOUR, 1), (few, 2), (none, 3), (GERMAN, 4)) == [("rules.3", "unreachable", "refuse")]
    assert ordered((FOUR, 1), (few, 2), (GERMAN, 4)) == []
    (found,) = problems_of_rules(rules((FOUR, 1), (FIVE, 2)), SETTING)
    assert found.message == (
        "“B” never gets its turn: “A” before it holds for everybody for whom it holds. Move it up, or take it away."
    )


def test_an_exception_before_its_rule_is_no_conflict_but_an_overlap_is() -> None:
    high = holds(VALUE, "between", (10_000, 50_000))
    low = holds(VALUE, "at_most", 15_000)
    assert ordered((every(GERMAN, FIVE), 1), (FOUR, 2)) == []
    assert ordered((high, 1), (WORTH, 2)) == []
    assert ordered((high, 1), (low, 2)) == [("rules.1", "conflict", "warn")]
    assert ordered((high, 1), (low, 1)) == []
    assert ordered((high, 1), (holds(VALUE, "less_than", 10_000), 2)) == []
    assert ordered((GERMAN, 1), (FOUR, 2)) == []
    (found,) = problems_of_rules(rules((high, 1), (low, 2)), SETTING)
    assert found.message == (
        "“A” and “B” say different things for the same customers (as with lifetime value, three years $100). "
        "“A” decides, as it stands first. Set their limits apart, or move up the one that shall win."
    )


def test_conflicts_in_every_type() -> None:
    pairs: list[tuple[Node, Node]] = [
        (holds(COUNTRY, "one_of", ("DE", "FR")), holds(COUNTRY, "one_of", ("FR", "ES"))),
        (holds(COUNTRY, "not_one_of", ("DE", "FR")), holds(COUNTRY, "not_one_of", ("FR", "ES"))),
        (holds(CITY, "starts_with", "ul"), holds(CITY, "contains", "lm")),
        (holds(CITY, "one_of", ("ulm", "bonn")), holds(CITY, "contains", "lm")),
        (holds(GAP, "more_than", 1.5), holds(GAP, "less_than", 9.5)),
        (holds(LAST_ORDER, "before", ago(5)), holds(LAST_ORDER, "after", ago(9))),
        (holds(JOINED, "before", date(2026, 1, 5)), holds(JOINED, "after", date(2026, 1, 1))),
        (holds(SEGMENT, "has_any", (VIP,)), holds(SEGMENT, "has_any", (SLEEPERS,))),
        (some(FIVE, holds(ORDERS, "unknown")), some(holds(ORDERS, "at_most", 1), holds(ORDERS, "unknown"))),
    ]
    for one, two in pairs:
        assert ordered((one, 1), (two, 2)) == [("rules.1", "conflict", "warn")], one


def test_findings_of_one_rule_carry_its_place() -> None:
    contradiction = every(FOUR, holds(ORDERS, "equals", 1))
    assert ordered((GERMAN, 1), (contradiction, 2)) == [("rules.1.when.all.1", "never", "refuse")]
    assert ordered((every(), 1), (GERMAN, 2)) == [
        ("rules.0.when", "always", "warn"),
        ("rules.1", "unreachable", "refuse"),
    ]
    assert problems_of_rules([], SETTING) == []
    broken = [Checked("A", None, 1), Checked("B", FOUR, 2), Checked("C", None, 1), Checked("D", FIVE, 1)]
    assert [found.at for found in problems_of_rules(broken, SETTING)] == ["rules.3"]


def test_the_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    meet = analysis._Logic.meet

    def counting(self: analysis._Logic, one: Any, two: Any) -> Any:
        nonlocal steps
        steps += 1
        return meet(self, one, two)

    monkeypatch.setattr(analysis._Logic, "meet", counting)
    facts = [ORDERS, DAYS, POINTS, GAP, VALUE, WALLET]
    wide = [some(*(holds(fact, "equals", n) for fact in facts)) for n in range(16)]
    problems_of(every(*wide))
    problems_of(no(*(every(*group.of) for group in wide)))
    assert steps < 3 * analysis.MOST_STEPS
    steps = 0
    many_rules = [Checked(str(n), every(*wide[n % 13 : n % 13 + 3]), n) for n in range(100)]
    problems_of_rules(many_rules, SETTING)
    assert steps < 3 * analysis.MOST_STEPS


# Whatever is claimed is so: random rules beside random customers.

CLAIMS = int(os.environ.get("RULE_CLAIMS", "60"))
_WHEN = datetime(2026, 3, 15, tzinfo=UTC)
_VALUES: dict[str, list[Any]] = {
    ORDERS.key: [None, -1, 0, 1, 2, 3, 4], GAP.key: [None, 0.0, 0.5, 1.0, 1.5, 2.0], HOUSE.key: [None, True, False],
    COUNTRY.key: [None, "DE", "FR", "ES"], CITY.key: [None, "", "a", "ab", "b", "ba", "abc\U0010ffff"],
    SEGMENT.key: [frozenset(), frozenset({VIP}), frozenset({SLEEPERS}), frozenset({VIP, SLEEPERS})],
    LAST_ORDER.key: [None, *(_WHEN.date() + timedelta(days=n) for n in (-62, -32, -31, -30, -29, -2, -1, 0, 1, 2, 31))],
    JOINED.key: [None, *(_WHEN + timedelta(days=n, hours=h) for n in (-31, -30, -1, 0, 1) for h in (0, 12, 23))],
    DAYS.key: [None, 0, 1, 2],
}  # fmt: skip
_DAYS = st.sampled_from(
    [date(2026, 3, 14), date(2026, 3, 15), date(2026, 2, 15), ago(1), ago(30), ago(1, "months"), ago(4, "weeks"),
     RelativeDay(Span(1, "days"), ahead=True), RelativeDay(Span(1, "months"), ahead=True)]
)  # fmt: skip
_SPANS = st.sampled_from(
    [Span(1, "days"), Span(30, "days"), Span(31, "days"), Span(1, "months"), Span(2, "months")]
)
_CONSTANTS: dict[str, st.SearchStrategy[Any]] = {
    ORDERS.key: st.integers(-1, 4), DAYS.key: st.integers(0, 2), GAP.key: st.sampled_from([0.0, 0.5, 1.0, 1.5]),
    NET.key: st.integers(-1, 2), CITY.key: st.sampled_from(["a", "ab", "b", "abc", "a\U0010ffff"]),
    COUNTRY.key: st.sampled_from(["DE", "FR", "ES"]), SEGMENT.key: st.sampled_from([VIP, SLEEPERS]),
    LAST_ORDER.key: _DAYS, JOINED.key: _DAYS, PLACED.key: _DAYS,
}  # fmt: skip


@st.composite
def _tests(draw: st.DrawFn, facts: list[Fact]) -> Test:
    fact = draw(st.sampled_from(facts))
    operator = draw(st.sampled_from(OPERATORS[fact.type]))
    return Test(fact, operator, draw(_operands(fact, operator)))


def _operands(fact: Fact, operator: Op) -> st.SearchStrategy[Any]:
    if operator in (Op.KNOWN, Op.UNKNOWN, Op.YES, Op.NO):
        return st.none()
    if operator in (Op.WITHIN_LAST, Op.LONGER_AGO, Op.WITHIN_NEXT):
        return _SPANS
    constants = _CONSTANTS[fact.key]
    if operator is Op.BETWEEN:
        pairs = st.tuples(constants, constants)
        return pairs if constants is _DAYS else pairs.map(lambda two: tuple(sorted(two)))
    if operator in (Op.ONE_OF, Op.NOT_ONE_OF, Op.HAS_ANY, Op.HAS_NONE):
        return st.lists(constants, min_size=1, max_size=2, unique=True).map(tuple)
    if fact is DAYS:
        return constants | st.builds(Multiple, st.sampled_from([1.0, 2.0]), st.just(GAP))
    return constants


@st.composite
def _measures(draw: st.DrawFn) -> Measure:
    what = draw(st.sampled_from(What))
    where = draw(st.none() | _groups(_tests([NET, PLACED]), 2))
    operator = draw(st.sampled_from(MEASURE_OPERATORS))
    of = None if what is What.COUNT else NET
    return Measure(BOUGHT, what, of, where, operator, draw(_operands(NET, operator)))


def _groups(lines: st.SearchStrategy[Node], most: int) -> st.SearchStrategy[Group]:
    return st.builds(Group, st.sampled_from(Mode), st.lists(lines, min_size=1, max_size=most).map(tuple))


_FEW = st.lists(
    st.sampled_from([ORDERS, GAP, HOUSE, COUNTRY, CITY, SEGMENT, LAST_ORDER, JOINED, DAYS]), min_size=1, max_size=2,
    unique_by=lambda fact: fact.key,
)  # fmt: skip
_TREES = _FEW.flatmap(
    lambda facts: st.recursive(_tests(facts) | _measures(), lambda inner: _groups(inner, 3), max_leaves=6)
).map(lambda node: node if isinstance(node, Group) else every(node))
_ROWS = [
    [], [{NET.key: 0, PLACED.key: _WHEN.date()}], [{NET.key: None, PLACED.key: None}],
    [{NET.key: n, PLACED.key: _WHEN.date() - timedelta(days=days)} for n, days in ((1, 30), (2, 1))],
    [{NET.key: -1, PLACED.key: _WHEN.date() - timedelta(days=31)}] * 3,
]  # fmt: skip


def crowd(*nodes: Node) -> list[dict[str, Any]]:
    """Customers with every value of the facts that are asked for, some hundred at most."""
    keys = sorted({key for node in nodes for key in _keys(node)})
    every_value = product(*(_VALUES[key] for key in keys), _ROWS)
    step = max(1, len(_ROWS) * _product(len(_VALUES[key]) for key in keys) // 300)
    return [
        {**dict(zip(keys, values, strict=False)), BOUGHT.rows_key: values[-1]}
        for values in islice(every_value, 0, None, step)
    ]


def _keys(node: Node) -> set[str]:
    if isinstance(node, Group):
        return {key for child in node.of for key in _keys(child)}
    if isinstance(node, Measure):
        return set()
    return {node.fact.key} | ({node.operand.fact.key} if isinstance(node.operand, Multiple) else set())


def _product(sizes: Any) -> int:
    found = 1
    for size in sizes:
        found *= size
    return found


@settings(max_examples=CLAIMS, deadline=None)
@given(_TREES)
def test_what_is_said_of_a_rule_is_so(tree: Group) -> None:
    found = problems_of(tree)
    if not found:
        return
    records = crowd(tree)
    codes = {finding.code for finding in found if finding.at.count(".") == 0 or finding.code == "always"}
    answers = [predicate(tree, SETTING)(record) for record in records]
    if any(finding.severity is Severity.REFUSE for finding in found):
        assert not any(answers)
    if "always" in codes:
        assert all(answers)
    for finding in found:
        if finding.code == "idle" and ".where" not in finding.at:
            without = predicate(_without(tree, finding.at.split(".")), SETTING)
            assert [without(record) for record in records] == answers


def _without(node: Group, path: list[str]) -> Group:
    n = int(path[1])
    child = node.of[n]
    rest = (_without(child, path[2:]),) if len(path) > 2 and isinstance(child, Group) else ()
    return Group(node.mode, (*node.of[:n], *rest, *node.of[n + 1 :]))


@settings(max_examples=CLAIMS, deadline=None)
@given(st.lists(_TREES, min_size=2, max_size=4))
def test_what_is_said_of_the_order_of_rules_is_so(trees: list[Group]) -> None:
    named = [Checked(str(n), tree, n) for n, tree in enumerate(trees)]
    found = problems_of_rules(named, SETTING)
    shadowed = [int(finding.at.split(".")[1]) for finding in found if finding.code == "unreachable"]
    if not shadowed:
        return
    predicates = [predicate(tree, SETTING) for tree in trees]
    for record in crowd(*trees):
        first = next((n for n, holds in enumerate(predicates) if holds(record)), None)
        assert first not in shadowed


@settings(max_examples=CLAIMS // 2, deadline=None)
@given(_TREES, st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_what_is_said_today_is_so_on_any_day(tree: Group, today: date) -> None:
    refused = {
        finding.severity for finding in problems_of(tree) if finding.at == "" or "never" in finding.code
    }
    if Severity.REFUSE not in refused:
        return
    other = Setting(datetime.combine(today, datetime.min.time(), UTC), SETTING.zone, "USD")
    holds = predicate(tree, other)
    moved = timedelta(days=(today - SETTING.today).days)
    for record in crowd(tree):
        assert not holds(record)
        assert not holds(
            {key: value + moved if isinstance(value, date) else value for key, value in record.items()}
        )

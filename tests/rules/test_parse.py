"""Reading a rule: whatever somebody sends, every problem is said with its place, and nothing else happens."""

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rules.catalogue import facts
from rules.language.parse import MOST_LINES, parse, read
from rules.language.problems import MOST, Problem, RuleInvalid
from rules.language.tree import EVERYBODY, OPERATORS, Group, Measure, Mode, Multiple, Test
from rules.language.write import canonical, to_json
from tenancy.context import tenant_context
from tests.cast import Company
from tests.rules.shelf import COUNTRY, FACTS, NET, VIP, asked, shelf

pytestmark = pytest.mark.usefixtures("shelf")
assert shelf
PLACES = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def problems(raw: Any, **values: Any) -> list[Problem]:
    with pytest.raises(RuleInvalid) as invalid:
        parse(raw, currency="GBP", **values)
    return invalid.value.problems


def places(raw: Any, **values: Any) -> list[tuple[str, str]]:
    return [(problem.at, problem.code) for problem in problems(raw, **values)]


def on(key: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"fact": f"shelf.{key}", "is": operator} | ({} if value is None else {"value": value})


GERMAN = on("country", "one_of", ["DE"])
FOUR = on("orders", "at_least", 4)
BOUGHT = {"count": "shelf.bought", "is": "at_least", "value": 3}


def test_a_tree_is_read() -> None:
    node = parse({"all": [GERMAN, {"any": [FOUR, BOUGHT]}]}, currency="GBP")
    first, group = node.of
    assert isinstance(first, Test)
    assert (first.fact, first.operand) == (COUNTRY, ("DE",))
    assert isinstance(group, Group)
    assert (group.mode, len(group.of)) == (Mode.ANY, 2)


def test_a_line_alone_becomes_a_group_and_nothing_is_everybody() -> None:
    assert parse(FOUR, currency="GBP") == parse({"all": [FOUR]}, currency="GBP")
    assert parse({"all": []}, currency="GBP") == EVERYBODY


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (None, [("", "shape")]),
        ([], [("", "shape")]),
        ({}, [("", "shape")]),
        ({"all": 4}, [("all", "shape")]),
        ({"all": [4]}, [("all.0", "shape")]),
        ({"all": [{"any": []}]}, [("all.0.any", "empty_group")]),
        ({"all": [], "any": []}, [("any", "unknown_key")]),
        ({"all": [FOUR | {"colour": "red"}]}, [("all.0.colour", "unknown_key")]),
        ({"fact": "shelf.orders", "is": "at_least"}, [("value", "missing_value")]),
        ({"all": [{"fact": ""}]}, [("all.0.fact", "missing_value")]),
        ({"all": [{"fact": "nothing.here"}]}, [("all.0.fact", "unknown_fact")]),
        ({"all": [{"fact": ["shelf.orders"]}]}, [("all.0.fact", "unknown_fact")]),
        ({"all": [on("orders", "contains", 4)]}, [("all.0.is", "operator")]),
        ({"all": [{"fact": "shelf.orders", "is": ["at_least"], "value": 4}]}, [("all.0.is", "operator")]),
        ({"all": [on("house", "yes", True)]}, [("all.0.value", "value")]),
        ({"all": [on("orders", "at_least", {"fact": "shelf.orders", "times": 0})]}, [("all.0.value.times", "number")]),
        ({"all": [on("orders", "at_least", {"fact": "shelf.orders", "times": -1})]}, [("all.0.value.times", "number")]),
        ({"all": [on("orders", "at_least", {"fact": "shelf.value"})]}, [("all.0.value.fact", "unit")]),
        ({"all": [on("orders", "at_least", {"fact": "gone.gone"})]}, [("all.0.value.fact", "unknown_fact")]),
        ({"all": [on("days", "more_than", {"times": 2.5})]}, [("all.0.value.fact", "unknown_fact")]),
        ({"all": [on("country", "one_of", ["DE", 4])]}, [("all.0.value.1", "unknown_option")]),
        ({"all": [on("orders", "between", [1, "x"])]}, [("all.0.value.1", "number")]),
        ({"all": [on("orders", "between", [5, 1])]}, [("all.0.value", "order")]),
        ({"all": [{"count": "shelf.gone", "is": "at_least", "value": 1}]}, [("all.0.count", "unknown_relation")]),
        ({"all": [BOUGHT | {"of": "shelf.bought.net"}]}, [("all.0.of", "unknown_key")]),
        ({"all": [{"sum": "shelf.bought", "is": "at_least", "value": 1}]}, [("all.0.of", "unknown_fact")]),
        ({"all": [BOUGHT | {"value": {"fact": "shelf.orders"}}]}, [("all.0.value", "value")]),
        ({"all": [BOUGHT | {"where": FOUR}]}, [("all.0.where.fact", "unknown_fact")]),
        ({"all": [BOUGHT | {"where": BOUGHT}]}, [("all.0.where", "shape")]),
        ({"all": [BOUGHT | {"where": 4}]}, [("all.0.where", "shape")]),
        ({"all": [{"fact": "shelf.bought.net", "is": "known"}]}, [("all.0.fact", "unknown_fact")]),
    ],
)  # fmt: skip
def test_a_problem_is_said_where_it_is(raw: Any, found: list[tuple[str, str]]) -> None:
    assert places(raw) == found


def test_everything_wrong_is_said_at_once_and_the_rest_is_read() -> None:
    raw = {
        "all": [
            {"fact": "nothing.here"},
            FOUR,
            on("country", "one_of", ["XX"]),
            on("orders", "equals", "a"),
        ]
    }
    assert places(raw) == [
        ("all.0.fact", "unknown_fact"), ("all.2.value", "unknown_option"), ("all.3.value", "number"),
    ]  # fmt: skip
    node, found = read(raw, currency="GBP")
    assert len(node.of) == 1
    assert len(found) == 3


def test_an_empty_condition_on_rows_is_none() -> None:
    for where in ({}, None, {"all": []}):
        (measure,) = parse(BOUGHT | {"where": where}, currency="GBP").of
        assert isinstance(measure, Measure)
        assert measure.where is None


@pytest.mark.parametrize("bottom", [FOUR, {"fact": "nothing.here"}, 4, {"all": []}])
def test_groups_go_six_deep(bottom: Any) -> None:
    raw: Any = FOUR
    for _ in range(6):
        raw = {"any": [raw]}
    assert parse(raw, currency="GBP")
    raw = bottom
    for _ in range(5_000):
        raw = {"any": [raw]}
    assert places(raw) == [("any" + ".0.any" * 6, "too_deep")]


def test_deep_values_are_refused_not_followed() -> None:
    deep: Any = 4
    for _ in range(100_000):
        deep = [deep]
    raws = [
        deep, {"all": deep}, {"fact": deep}, {"count": deep}, FOUR | {"is": deep}, FOUR | {"value": deep},
        GERMAN | {"value": deep}, on("value", "at_least", {"amount": deep, "currency": deep}),
        on("value", "at_least", {"amount": "1", "currency": deep}), BOUGHT | {"where": deep},
        on("days", "more_than", {"fact": deep, "times": deep}), on("last_order", "on", {"ago": {"days": deep}}),
        {"sum": "shelf.bought", "of": deep, "is": "at_least", "value": 1},
    ]  # fmt: skip
    for raw in raws:
        assert problems(raw)


@pytest.mark.parametrize("child", [FOUR, 4, {}, {"fact": "nothing.here"}], ids=["right", "4", "{}", "gone"])
def test_too_many_lines_are_one_problem_more(child: Any) -> None:
    found = problems({"all": [child] * 10_000})
    assert len(found) <= MOST + 1
    if isinstance(child, dict):
        assert found[-1].code in ("too_large", "too_expensive")
    assert parse({"all": [FOUR] * (MOST_LINES - 1)}, currency="GBP")


def test_many_problems_leave_room_for_the_size() -> None:
    raw = {"all": [FOUR | {f"k{n}": n for n in range(1_000)}]}
    assert len(problems(raw)) == MOST


def test_reading_other_tables_has_a_price() -> None:
    assert parse({"all": [BOUGHT] * 9}, currency="GBP")
    assert places({"all": [BOUGHT] * 11}) == [("", "too_expensive")]


def test_options_are_looked_up_once_a_reading() -> None:
    lines = [on("country", "one_of", ["DE"]), on("country", "not_one_of", ["FR"]),
             on("segment", "has_any", [str(VIP)])]  # fmt: skip
    parse({"all": lines * 3}, currency="GBP")
    assert asked == ["country", "segment"]


def test_what_somebody_may_not_see_is_as_unknown_as_what_is_not_there(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        access = company_a.access("fran")
    assert not access.may("value.view")
    hidden = {"all": [on("spent", "at_least", {"amount": "1", "currency": "GBP"})]}
    gone = {"all": [on("spend", "at_least", {"amount": "1", "currency": "GBP"})]}
    said, missing = (problems(raw, access=access)[0] for raw in (hidden, gone))
    assert (said.at, said.code) == (missing.at, missing.code)
    assert said.message.replace("spent", "") == missing.message.replace("spend", "")
    compared = {"all": [on("value", "at_least", {"fact": "shelf.spent"})]}
    assert places(compared, access=access) == [("all.0.value.fact", "unknown_fact")]
    assert parse(hidden, currency="GBP")


def test_messages_can_be_shown_anywhere() -> None:
    nasty = "\ud800\x00<script>" + "x" * 100_000
    raws = [
        {nasty: 1}, {"all": [], nasty: 1}, {"fact": nasty}, {"count": nasty}, FOUR | {"value": nasty},
        GERMAN | {"value": [nasty]}, on("city", "equals", nasty), on("city", "equals", "a\x00"),
        on("city", "contains", "\udfff"), on("segment", "has_any", [nasty]), GERMAN | {"value": ["\ud800"]},
        on("value", "at_least", {"amount": "1", "currency": nasty}), on("last_order", "on", nasty),
        on("value", "at_least", {"amount": nasty, "currency": "GBP"}),
    ]  # fmt: skip
    for raw in raws:
        for problem in problems(raw):
            assert len(problem.message) < 300
            assert len(problem.at) < 100
            assert "\x00" not in problem.at + problem.message
            json.dumps([problem.at, problem.message]).encode()
            (problem.at + problem.message).encode()


def test_another_companys_choice_is_not_found() -> None:
    raw = on("segment", "has_any", [str(VIP), "00000000-0000-7000-8000-00000000000f"])
    (found,) = problems(raw)
    assert (found.at, found.code) == ("value", "unknown_option")
    assert "0000f" in found.message


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from([10**400, -(10**400), 1e308, math.inf, math.nan, "1e400", "\x00", "\ud800", "NaN", "１２"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
_KEYS = st.sampled_from(
    [fact.key for fact in FACTS] + ["shelf.bought", "shelf.bought.net", "crm.orders", "gone.gone"]
)
_OPERATORS = st.sampled_from(
    sorted({operator.value for allowed in OPERATORS.values() for operator in allowed})
)
_VALUES = (
    _JSON
    | st.lists(_KEYS | st.integers() | st.dates().map(str) | st.sampled_from(["DE", "FR", str(VIP)]), max_size=3)
    | st.fixed_dictionaries({"amount": _JSON, "currency": st.sampled_from(["GBP", "USD", 4, None])})
    | st.fixed_dictionaries({"times": _JSON | st.floats(0.1, 9), "fact": _KEYS})
    | st.fixed_dictionaries({st_key: st.integers() | _JSON for st_key in ["days"]})
    | st.builds(lambda way, unit, n: {way: {unit: n}}, st.sampled_from(["ago", "ahead", "x"]),
                st.sampled_from(["days", "years", "x"]), st.integers(-5, 10**6) | _JSON)
)  # fmt: skip
_LINES = st.builds(
    lambda key, operator, value: {"fact": key, "is": operator, "value": value}, _KEYS, _OPERATORS, _VALUES
)
_MEASURES = st.builds(
    lambda what, key, of, where, operator, value: {
        what: key, "of": of, "where": where, "is": operator, "value": value
    },
    st.sampled_from(["count", "sum", "largest", "smallest"]), _KEYS, _KEYS | _JSON, _LINES | _JSON, _OPERATORS, _VALUES,
)  # fmt: skip
_TREES = st.recursive(
    _LINES | _MEASURES | _JSON,
    lambda inner: st.builds(
        lambda mode, lines: {mode: lines},
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=8,
)


@PLACES
@given(_TREES)
@example({"fact": "shelf.orders", "is": "at_least", "value": 10**5000})
@example({"fact": "shelf.orders", "is": "at_least", "value": True})
@example({"fact": "shelf.gap", "is": "at_least", "value": math.nan})
@example({"fact": "shelf.last_order", "is": "between", "value": ["9999-12-31", "9999-12-31"]})
def test_whatever_is_sent_is_read_or_refused(raw: Any) -> None:
    node, found = read(raw, currency="GBP")
    assert isinstance(node, Group)
    for problem in found:
        assert problem.message.endswith((".", "}"))
        (problem.at + problem.message).encode()
    if found:
        assert problems(raw) == found
        return
    assert parse(json.loads(json.dumps(to_json(node, currency="GBP"))), currency="GBP") == node


def test_a_tree_survives_being_written_down() -> None:
    raw = {
        "any": [
            GERMAN, FOUR, on("segment", "has_none", [str(VIP)]), on("gap", "less_than", "0.1"),
            on("value", "between", [{"amount": "-12.5", "currency": "GBP"}, {"amount": "12", "currency": "GBP"}]),
            on("days", "more_than", {"times": "2.5", "fact": "shelf.gap"}), on("city", "equals", "ULM"),
            on("last_order", "between", ["2026-01-01", {"ago": {"months": 1}}]), on("house", "known"),
            on("joined", "within_last", {"weeks": 6}), on("wallet", "at_most", "0.1"),
            {"none": [BOUGHT | {"where": {"any": [{"fact": NET.key, "is": "known"}]}}]},
            {"largest": "shelf.bought", "of": "shelf.bought.net", "is": "equals",
             "value": {"amount": "0", "currency": "GBP"}},
        ]
    }  # fmt: skip
    node = parse(raw, currency="GBP")
    assert parse(to_json(node, currency="GBP"), currency="GBP") == node
    days = node.of[5]
    assert isinstance(days, Test)
    assert days.operand == Multiple(2.5, facts["shelf.gap"])
    assert canonical(node, currency="GBP") == canonical(parse(raw, currency="GBP"), currency="GBP")
    assert '"amount":"-12.50"' in canonical(node, currency="GBP")

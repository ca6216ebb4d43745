"""Facts made by rules never read themselves, however long the way."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.models import Segment
from crm.services.segments.definitions import Definition, SegmentRefused, change_segment, create_segment
from rules import catalogue
from rules.selectors.graph import cycle_words, edges, find_cycle, node_words, reads_in
from rules.selectors.rulesets import standing_of
from rules.services.activations import activate_rules
from rules.services.rule_sets import create_rule_set
from tests.cast import Company
from tests.rules.shelf import KIND, SEGMENT, SLEEPERS, VIP

A, B, C = (f"crm.segment:{name}" for name in "ABC")
KNOWN: dict[str, set[str]] = {A: {B, "crm.orders"}, B: {"value.kind"}, C: set()}


@pytest.mark.parametrize(
    ("new", "circle"),
    [
        ({A: {A}}, [A, A]),
        ({B: {A}}, [B, A, B]),
        ({A: {B}}, None),
        ({C: {A}}, None),
        ({C: {C + "x"}}, None),
        ({A: {C}, C: {A}}, [A, C, A]),
        ({"value.kind": {A}}, ["value.kind", A, B, "value.kind"]),
        ({"value.kind": {C}}, None),
        ({"value.kind": {"value.kind"}}, ["value.kind", "value.kind"]),
        ({"value.kind:best": {B}}, ["value.kind:best", B, "value.kind:best"]),
        ({B: {"crm.segment"}}, [B, B]),
        ({}, None),
    ],
)
def test_a_circle_is_found(new: dict[str, set[str]], circle: list[str] | None) -> None:
    assert find_cycle(new, KNOWN) == circle


def test_what_a_fact_will_read_stands_in_place_of_what_it_reads() -> None:
    known = {**KNOWN, "value.kind:best": {A}, "value.kind:zero": {A}}
    assert find_cycle({C: {"crm.orders"}}, known) is None
    assert find_cycle({B: {"value.kind"}}, known) == [B, "value.kind", A, B]
    assert find_cycle({"value.kind": {"crm.orders"}}, known) is None


def test_what_stands_in_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    segment = replace(SEGMENT, rules=lambda: {str(VIP): ["shelf.kind"], str(SLEEPERS): []})
    kind = replace(KIND, rules=lambda: {"best": ["shelf.gap"], "zero": ["shelf.gap"]})
    monkeypatch.setattr(catalogue.facts, "_entries", {SEGMENT.key: segment, KIND.key: kind})
    raw = {"all": [
        {"fact": SEGMENT.key, "is": "has_any", "value": [str(VIP)]},
        {"none": [{"fact": KIND.key, "is": "one_of", "value": ["best"]}]},
        {"fact": "shelf.days", "is": "more_than", "value": {"times": 2, "fact": "shelf.gap"}},
        {"count": "shelf.bought", "where": {"all": [{"fact": "shelf.bought.net", "is": "known"}]}},
        {"fact": "gone.gone", "is": "known"}, {"fact": 4}, 7, {"fact": SEGMENT.key, "value": None},
    ]}  # fmt: skip
    vip, sleepers = f"{SEGMENT.key}:{VIP}", f"{SEGMENT.key}:{SLEEPERS}"
    assert reads_in(raw) == {
        vip, KIND.key, "shelf.days", "shelf.gap", "shelf.bought.net", "gone.gone", SEGMENT.key,
    }  # fmt: skip
    assert reads_in({"rules": [{"when": raw["all"][0]}], "otherwise": None}) == {vip}
    assert edges()[vip] == {"shelf.kind"}
    circle = find_cycle({KIND.key: {vip}})
    assert circle == [KIND.key, vip, KIND.key]
    assert cycle_words(circle) == "Kind reads segment “VIP”, which reads kind."
    assert cycle_words([sleepers, vip, sleepers], {sleepers: "this segment"}) == (
        "This segment reads segment “VIP”, which reads this segment."
    )
    assert node_words("gone.gone:x") == "gone.gone"


_NODES = st.sampled_from([f"s:{n}" for n in range(6)])
_GRAPHS = st.dictionaries(_NODES, st.sets(_NODES, max_size=3))


def _reaches_itself(start: str, graph: dict[str, set[str]]) -> bool:
    found, new = set[str](), set(graph.get(start, ()))
    while new:
        found |= new
        new = {following for node in new for following in graph.get(node, ())} - found
    return start in found


@given(_GRAPHS, _NODES, st.sets(_NODES, max_size=3))
def test_a_circle_is_found_just_where_there_is_one(
    known: dict[str, set[str]], node: str, reads: set[str]
) -> None:
    after: dict[str, Any] = {**known, node: reads}
    circle = find_cycle({node: reads}, known)
    assert (circle is not None) is _reaches_itself(node, after)
    if circle:
        assert circle[0] == circle[-1] == node
        assert all(following in after[step] for step, following in pairwise(circle))


def segment(name: str, line: dict[str, Any]) -> Definition:
    return Definition(name=name, condition={"all": [line]}, mode=Segment.Mode.LIVE)


ORDERED = {"fact": "crm.orders", "is": "at_least", "value": 1}
ARE_BEST = {"fact": "value.kind", "is": "one_of", "value": ["most_valuable"]}


def test_a_segment_does_not_read_the_kind_that_is_made_from_it(in_a: Company) -> None:
    access = in_a.access("admin")
    regulars = create_segment(access=access, definition=segment("Regulars", ORDERED))
    within = {"fact": "crm.segment", "is": "has_any", "value": [str(regulars.id)]}
    rule = {"id": "r1", "name": "Best", "when": {"all": [within]}, "then": {"kind": "most_valuable"}}
    kinds = create_rule_set(
        access=access, kind="value.kind", name="Kinds", content={"rules": [rule], "otherwise": None}
    )
    activate_rules(access=access, rule_set=kinds, seen=standing_of(kinds).seen)
    with pytest.raises(SegmentRefused) as refused:
        change_segment(
            access=access, segment=regulars, seen=regulars.version, definition=segment("Regulars", ARE_BEST)
        )
    assert str(refused.value) == (
        "Segment “Regulars” reads kind of customer, which reads segment “Regulars”. "
        "Take the condition on the kind of customer away."
    )
    assert create_segment(access=access, definition=segment("Best", ARE_BEST))

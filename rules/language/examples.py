"""A made-up customer for whom several rules hold: proof that they meet."""

from collections.abc import Iterable, Sequence
from datetime import date
from math import inf
from typing import Any, Final

from rules.catalogue import Fact, Type
from rules.language.closures import predicate
from rules.language.regions import Box, Chosen, Intervals, Region, Words
from rules.language.tree import Group, Node, Op, Test, facts_of, measures_of
from rules.moment import Setting

MOST_TRIED: Final = 5


class _NoIdea(Exception):
    """No value comes to mind, which does not say that there is none."""


def example(boxes: Sequence[Box], nodes: Sequence[Node], setting: Setting) -> dict[str, Any] | None:
    """A record for which all of `nodes` hold, made from one of their common boxes; None where none was found."""
    if any(measures_of(node) for node in nodes):
        return None
    holds = [predicate(node, setting) for node in nodes]
    for box in boxes[:MOST_TRIED]:
        try:
            record = _record(box, nodes, setting)
        except _NoIdea:
            continue
        if all(one(record) for one in holds):
            return record
    return None


def _record(box: Box, nodes: Sequence[Node], setting: Setting) -> dict[str, Any]:
    facts = {fact.key: fact for node in nodes for fact in facts_of(node)}
    members = {
        (test.fact.key, str(value)): value
        for node in nodes
        for test in _tests(node)
        if test.fact.type is Type.SET
        for value in test.operand
    }
    found: dict[str, Any] = {
        key: frozenset() if fact.type is Type.SET else None for key, fact in facts.items()
    }
    for variable, region in box.items():
        if variable in members:
            inside = isinstance(region.values, Chosen) and True in region.values.values
            found[variable[0]] |= {members[variable[0], variable[1]]} if inside else set()
        elif len(variable) == 1:
            found[variable[0]] = _pick(facts[variable[0]], region, setting)
        else:
            raise _NoIdea
    return found


def _tests(node: Node) -> Iterable[Test]:
    if isinstance(node, Group):
        for child in node.of:
            yield from _tests(child)
    elif isinstance(node, Test):
        yield node


def _pick(fact: Fact, region: Region, setting: Setting) -> Any:
    values = region.values
    if values.is_empty:
        return None
    if isinstance(values, Intervals):
        return _typed(fact, _number(values), setting)
    if isinstance(values, Words):
        return _text(values)
    options = [fact.python(value) for value, _ in fact.options()] if fact.options else []
    found = values.values if not values.others else [value for value in options if value not in values.values]
    if not found:
        raise _NoIdea
    return min(found, key=str)


def _number(values: Intervals) -> float:
    """An end where there is one: the value people wrote."""
    low, low_open, high, high_open = values.parts[-1]
    if low > -inf and not low_open:
        return low
    if high < inf and not high_open:
        return high
    if low > -inf and high < inf:
        return (low + high) / 2
    return low + 1 if low > -inf else high - 1 if high < inf else 0


def _typed(fact: Fact, number: float, setting: Setting) -> Any:
    if fact.type not in (Type.DATE, Type.MOMENT):
        return number
    if not 1 <= number <= date.max.toordinal():
        raise _NoIdea
    day = date.fromordinal(int(number)) if number else setting.today
    return setting.midnight(day) if fact.type is Type.MOMENT else day


def _text(values: Words) -> str:
    if not values.chosen.others:
        fitting: list[str] = [text for text in values.chosen.values if values.fits(text)]
        return min(fitting)
    starts = [text for operator, text in values.are if operator is Op.STARTS_WITH]
    inside = [text for operator, text in sorted(values.are) if operator is Op.CONTAINS]
    return max(starts, key=len, default="") + "".join(inside) or "example"

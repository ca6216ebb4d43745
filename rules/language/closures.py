"""The back end for one customer: a tree compiled once into a function of a record.

A record is what `rules.selectors.records` reads: fact's key -> value (None: unknown), relation's
`rows_key` -> records.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from rules.catalogue import Fact, Type
from rules.language.sql import LAST
from rules.language.tree import Group, Measure, Mode, Multiple, Node, Op, Operand, Test, What, days_of
from rules.moment import Setting

Record = Mapping[str, Any]
Predicate = Callable[[Record], bool]
_OfValue = Callable[[Any], bool]


def predicate(node: Node, setting: Setting) -> Predicate:
    """A function that says whether a tree holds for a record; pure, and quick: about half a microsecond."""
    if isinstance(node, Group):
        return _group(node, setting)
    if isinstance(node, Measure):
        return _measure(node, setting)
    return _test(node, setting)


def _group(group: Group, setting: Setting) -> Predicate:
    children = tuple(predicate(child, setting) for child in group.of)
    if group.mode is Mode.ALL:
        return _all(children)
    return _any(children, found=group.mode is Mode.ANY)


def _all(children: tuple[Predicate, ...]) -> Predicate:
    if len(children) == 1:
        return children[0]

    def holds(record: Record) -> bool:
        for child in children:  # noqa: SIM110  (a generator costs three times as much)
            if not child(record):
                return False
        return True

    return holds


def _any(children: tuple[Predicate, ...], *, found: bool) -> Predicate:
    """One at least; with `found` False none."""

    def holds(record: Record) -> bool:
        for child in children:
            if child(record):
                return found
        return not found

    return holds


def _test(test: Test, setting: Setting) -> Predicate:
    key, operand = test.fact.key, test.operand
    if test.fact.type is Type.SET:
        wanted, outside = frozenset(operand), test.operator is Op.HAS_NONE
        return lambda record: wanted.isdisjoint(record[key]) is outside
    if test.operator is Op.UNKNOWN:
        return lambda record: record[key] is None
    if isinstance(operand, Multiple):
        return _multiple(key, test.operator, operand)
    of_value = comparison(test.fact, test.operator, operand, setting)

    def holds(record: Record) -> bool:
        value = record[key]
        return value is not None and of_value(value)

    return holds


def _multiple(key: str, operator: Op, operand: Multiple) -> Predicate:
    other, times = operand.fact.key, operand.times
    compare = _COMPARE[operator]

    def holds(record: Record) -> bool:
        value, base = record[key], record[other]
        return value is not None and base is not None and compare(float(value), float(base) * times)

    return holds


_COMPARE: Final[dict[Op, Callable[[Any, Any], bool]]] = {
    Op.AT_LEAST: lambda value, bound: value >= bound,
    Op.AT_MOST: lambda value, bound: value <= bound,
    Op.MORE_THAN: lambda value, bound: value > bound,
    Op.LESS_THAN: lambda value, bound: value < bound,
    Op.EQUALS: lambda value, bound: value == bound,
    Op.DIFFERS: lambda value, bound: value != bound,
}


def comparison(fact: Fact, operator: Op, operand: Operand, setting: Setting) -> _OfValue:
    """A function of a known value."""
    if operator is Op.KNOWN:
        return lambda value: True
    if operator in (Op.YES, Op.NO):
        wanted = operator is Op.YES
        return lambda value: value is wanted
    if fact.type in (Type.DATE, Type.MOMENT):
        return _in_days(fact, operator, operand, setting)
    if operator in (Op.ONE_OF, Op.NOT_ONE_OF):
        several, inside = frozenset(operand), operator is Op.ONE_OF
        return lambda value: (value in several) is inside
    if operator is Op.CONTAINS:
        return lambda value: operand in value
    if operator is Op.STARTS_WITH:
        return lambda value: operand <= value < operand + LAST
    return _ordered(operator, operand)


def _ordered(operator: Op, operand: Operand) -> _OfValue:
    match operator:
        case Op.AT_LEAST:
            return lambda value: value >= operand
        case Op.AT_MOST:
            return lambda value: value <= operand
        case Op.MORE_THAN:
            return lambda value: value > operand
        case Op.LESS_THAN:
            return lambda value: value < operand
        case Op.BETWEEN:
            low, high = operand
            return lambda value: low <= value <= high
        case Op.DIFFERS:
            return lambda value: value != operand
    return lambda value: value == operand


def _in_days(fact: Fact, operator: Op, operand: Operand, setting: Setting) -> _OfValue:
    days = days_of(operator, operand, setting)
    first: Any = days.first
    end: Any = days.end
    if fact.type is Type.MOMENT:
        first = first and setting.midnight(first)
        end = end and setting.midnight(end)
    if first is None:
        return lambda value: value < end
    if end is None:
        return lambda value: value >= first
    return lambda value: first <= value < end


def _measure(measure: Measure, setting: Setting) -> Predicate:
    key, figure = measure.relation.rows_key, _figure(measure)
    where = predicate(measure.where, setting) if measure.where is not None else None
    of_value = _ordered(measure.operator, measure.operand)

    def holds(record: Record) -> bool:
        rows = record[key]
        value = figure([row for row in rows if where(row)] if where else rows)
        return value is not None and of_value(value)

    return holds


def _figure(measure: Measure) -> Callable[[list[Record]], Any]:
    if measure.what is What.COUNT:
        return len
    assert measure.of is not None
    of = measure.of.key
    if measure.what is What.SUM:
        return lambda rows: sum(row[of] for row in rows if row[of] is not None)
    take = max if measure.what is What.LARGEST else min
    return lambda rows: take((row[of] for row in rows if row[of] is not None), default=None)


def measured(measure: Measure, record: Record, setting: Setting) -> Any:
    """The figure itself, for an explanation: how many, how much."""
    where = predicate(measure.where, setting) if measure.where is not None else None
    rows = record[measure.relation.rows_key]
    return _figure(measure)([row for row in rows if where(row)] if where else rows)

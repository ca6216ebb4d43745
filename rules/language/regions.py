"""What a line says of one fact: the set of values for which it holds, to reason about rules without customers.

A variable is a fact, one choice of a SET, a figure of related rows, or a comparison of two facts. Its values are an
interval, a few choices or all others, or words; and it may be unknown. What cannot be reasoned about (days counted
from today beside days of the calendar) becomes a variable of its own, so that nothing is claimed of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import inf
from typing import Any, Final

from rules.catalogue import Fact, Type
from rules.language.sql import LAST
from rules.language.tree import (
    WITHOUT_VALUE,
    Group,
    Measure,
    Multiple,
    Node,
    Op,
    RelativeDay,
    Span,
    Test,
    What,
    days_of,
)
from rules.language.values import counted
from rules.language.write import canonical
from rules.moment import Setting

Variable = tuple[str, ...]
Ends = tuple[float, bool, float, bool]
"""(low, low is left out, high, high is left out)."""


@dataclass(frozen=True)
class Intervals:
    """Numbers, or days as ordinals. Of whole numbers the ends are included."""

    parts: tuple[Ends, ...]

    def __and__(self, other: "Intervals") -> "Intervals":
        return Intervals(
            tuple(
                both
                for one in self.parts
                for two in other.parts
                if not _is_empty(both := (*max(one[:2], two[:2]), *_lower(one[2:], two[2:])))
            )
        )

    @property
    def is_empty(self) -> bool:
        return not self.parts


@dataclass(frozen=True)
class Chosen:
    """Some values, or all but some."""

    values: frozenset[Any]
    others: bool = False

    def __and__(self, other: "Chosen") -> "Chosen":
        if self.others and other.others:
            return Chosen(self.values | other.values, others=True)
        if self.others:
            return Chosen(other.values - self.values)
        return Chosen(self.values - other.values if other.others else self.values & other.values)

    @property
    def is_empty(self) -> bool:
        return not self.others and not self.values


@dataclass(frozen=True)
class Words:
    """Texts out of `chosen` that begin with or contain something, or do not."""

    chosen: Chosen
    are: frozenset[tuple[Op, str]] = frozenset()
    are_not: frozenset[tuple[Op, str]] = frozenset()

    def __and__(self, other: "Words") -> "Words":
        return Words(self.chosen & other.chosen, self.are | other.are, self.are_not | other.are_not)

    @property
    def is_empty(self) -> bool:
        if not self.chosen.others:
            return not any(self.fits(text) for text in self.chosen.values)
        starts = [text for operator, text in self.are if operator is Op.STARTS_WITH]
        apart = any(not (one.startswith(two) or two.startswith(one)) for one in starts for two in starts)
        return apart or any(_follows(one, two) for one in self.are for two in self.are_not)

    def fits(self, text: str) -> bool:
        return all(_is(text, one) for one in self.are) and not any(_is(text, one) for one in self.are_not)


Values = Intervals | Chosen | Words


@dataclass(frozen=True)
class Region:
    """Values of a variable; `unknown`: or nothing is known."""

    values: Values
    unknown: bool = False

    def __and__(self, other: "Region") -> "Region":
        return Region(self.values & other.values, self.unknown and other.unknown)  # type: ignore[operator]

    @property
    def is_empty(self) -> bool:
        return not self.unknown and self.values.is_empty


Box = Mapping[Variable, Region]
"""Customers for whom each variable is in its region."""
Sides = tuple[list[Box], list[Box]]
"""Where a line holds, and where it does not."""

_EVERYTHING: Final = Intervals(((-inf, True, inf, True),))
_YES: Final = Chosen(frozenset({True}))
_NO: Final = Chosen(frozenset({False}))
_SIGNS: Final = {
    Op.AT_LEAST: {0, 1}, Op.AT_MOST: {-1, 0}, Op.MORE_THAN: {1}, Op.LESS_THAN: {-1}, Op.EQUALS: {0},
    Op.DIFFERS: {-1, 1},
}  # fmt: skip


class Reader:
    """Lines as regions, for trees that are reasoned about together at one moment."""

    def __init__(self, nodes: Iterable[Node], setting: Setting) -> None:
        self.setting = setting
        terms: dict[str, set[_Term]] = {}
        for node in nodes:
            _collect(node, terms)
        self._loose = {key for key, found in terms.items() if not _keep_their_order(found)}

    def test(self, test: Test) -> Sides:
        """Where a line holds, and where it does not."""
        fact, operator = test.fact, test.operator
        if fact.type is Type.SET:
            return _set(test)
        if operator in (Op.KNOWN, Op.UNKNOWN):
            holds, not_ = self._known(fact)
            return (holds, not_) if operator is Op.KNOWN else (not_, holds)
        if isinstance(test.operand, Multiple):
            variable: Variable = (fact.key, "times", str(test.operand.times), test.operand.fact.key)
            signs = frozenset(_SIGNS[operator])
            return _sides(variable, Chosen(signs), Chosen(frozenset({-1, 0, 1}) - signs))
        if fact.key in self._loose:
            variable = (fact.key, canonical(test, currency=self.setting.currency))
            return _sides(variable, _YES, _NO)
        values = self._values(fact, operator, test.operand)
        return _sides((fact.key,), values, _opposite(fact, values))

    def measure(self, measure: Measure, *, no_rows: bool) -> Sides:
        """`no_rows`: there can be none of the rows that are asked for."""
        fact = measure.of or counted(measure.relation)
        figure = Measure(measure.relation, measure.what, measure.of, measure.where, Op.EQUALS, 0)
        variable = ("rows", canonical(figure, currency=self.setting.currency))
        values = _numbers(measure.operator, measure.operand, is_whole=_is_whole(fact))
        possible = _possible(measure, no_rows)
        opposite = Region(_complement(values, is_whole=_is_whole(fact)) & possible, _may_be_unknown(measure))
        return _boxes(variable, Region(values & possible)), _boxes(variable, opposite)

    def _values(self, fact: Fact, operator: Op, operand: Any) -> Values:
        match fact.type:
            case Type.FLAG:
                return Chosen(frozenset({operator is Op.YES}))
            case Type.CHOICE:
                return Chosen(frozenset(operand), others=operator is Op.NOT_ONE_OF)
            case Type.TEXT:
                return _texts(operator, operand)
            case Type.DATE | Type.MOMENT:
                days = days_of(operator, operand, self.setting)
                first = -inf if days.first is None else days.first.toordinal()
                return _between(first, inf if days.end is None else days.end.toordinal() - 1)
        return _numbers(operator, operand, is_whole=_is_whole(fact))

    def _known(self, fact: Fact) -> Sides:
        if fact.key in self._loose:
            return _sides((fact.key, "known"), _YES, _NO)
        every, nothing = _every(fact)
        return _boxes((fact.key,), Region(every)), _boxes((fact.key,), Region(nothing, unknown=True))


def _sides(variable: Variable, values: Values, opposite: Values) -> Sides:
    """Of a line that does not hold where its fact is not known."""
    return _boxes(variable, Region(values)), _boxes(variable, Region(opposite, unknown=True))


def _boxes(variable: Variable, region: Region) -> list[Box]:
    return [] if region.is_empty else [{variable: region}]


def _set(test: Test) -> Sides:
    inside: list[Box] = [{(test.fact.key, str(value)): Region(_YES)} for value in test.operand]
    outside: Box = {(test.fact.key, str(value)): Region(_NO) for value in test.operand}
    return (inside, [outside]) if test.operator is Op.HAS_ANY else ([outside], inside)


def _every(fact: Fact) -> tuple[Values, Values]:
    """Every value of a fact, and none."""
    if fact.type is Type.FLAG:
        return Chosen(frozenset({True, False})), Chosen(frozenset())
    if fact.type is Type.CHOICE:
        return Chosen(frozenset(), others=True), Chosen(frozenset())
    if fact.type is Type.TEXT:
        return Words(Chosen(frozenset(), others=True)), Words(Chosen(frozenset()))
    return _EVERYTHING, Intervals(())


def _opposite(fact: Fact, values: Values) -> Values:
    if isinstance(values, Intervals):
        return _complement(values, is_whole=_is_whole(fact))
    if isinstance(values, Words):
        everything = Chosen(frozenset(), others=True)
        if values.are:
            return Words(everything, are_not=values.are)
        return Words(Chosen(values.chosen.values, others=not values.chosen.others))
    if fact.type is Type.FLAG:
        return Chosen(frozenset({True, False}) - values.values)
    return Chosen(values.values, others=not values.others)


def _texts(operator: Op, operand: Any) -> Words:
    if operator in (Op.STARTS_WITH, Op.CONTAINS):
        return Words(Chosen(frozenset(), others=True), are=frozenset({(operator, operand)}))
    values = frozenset(operand if operator in (Op.ONE_OF, Op.NOT_ONE_OF) else (operand,))
    return Words(Chosen(values, others=operator in (Op.DIFFERS, Op.NOT_ONE_OF)))


def _is(text: str, literal: tuple[Op, str]) -> bool:
    operator, words = literal
    return words in text if operator is Op.CONTAINS else words <= text < words + LAST


def _follows(one: tuple[Op, str], two: tuple[Op, str]) -> bool:
    """Whether every text that fits the first fits the second."""
    if two[0] is Op.CONTAINS:
        return two[1] in one[1]
    return one[0] is Op.STARTS_WITH and one[1].startswith(two[1]) and LAST not in one[1]


def _is_whole(fact: Fact) -> bool:
    return fact.type not in (Type.NUMBER, Type.SHARE)


def _between(low: float, high: float) -> Intervals:
    return Intervals(() if low > high else ((low, False, high, False),))


def _numbers(operator: Op, operand: Any, *, is_whole: bool) -> Intervals:
    if operator is Op.BETWEEN:
        return _between(*operand)
    exactly = _between(operand, operand)
    match operator:
        case Op.EQUALS:
            return exactly
        case Op.DIFFERS:
            return _complement(exactly, is_whole=is_whole)
        case Op.AT_LEAST:
            return _between(operand, inf)
        case Op.AT_MOST:
            return _between(-inf, operand)
    side = _between(-inf, operand) if operator is Op.MORE_THAN else _between(operand, inf)
    return _complement(side, is_whole=is_whole)


def _complement(values: Intervals, *, is_whole: bool) -> Intervals:
    found = _EVERYTHING
    for low, low_open, high, high_open in values.parts:
        below = (-inf, True, low - 1, False) if is_whole else (-inf, True, low, not low_open)
        above = (high + 1, False, inf, True) if is_whole else (high, not high_open, inf, True)
        sides = ([below] if low > -inf else []) + ([above] if high < inf else [])
        found &= Intervals(tuple(sides))
    return found


def _is_empty(ends: Ends) -> bool:
    low, low_open, high, high_open = ends
    return low > high or (low == high and (low_open or high_open))


def _lower(one: tuple[float, bool], two: tuple[float, bool]) -> tuple[float, bool]:
    return min(one, two, key=lambda end: (end[0], not end[1]))


def _possible(measure: Measure, no_rows: bool) -> Intervals:
    """The figures there can be."""
    if no_rows:
        return _between(0, 0) if measure.is_known_without_rows else Intervals(())
    return _between(0, inf) if measure.what is What.COUNT else _EVERYTHING


def _may_be_unknown(measure: Measure) -> bool:
    return not measure.is_known_without_rows


_Term = tuple[str, int]
"""How a day is given: ("day", 0) of the calendar, ("days", -30) or ("months", 2) from today."""


def _collect(node: Node, terms: dict[str, set[_Term]]) -> None:
    if isinstance(node, Group):
        for child in node.of:
            _collect(child, terms)
    elif isinstance(node, Test) and _is_of_days(node):
        operands = node.operand if isinstance(node.operand, tuple) else (node.operand,)
        terms.setdefault(node.fact.key, set()).update(_term(node.operator, one) for one in operands)


def _is_of_days(test: Test) -> bool:
    return test.fact.type in (Type.DATE, Type.MOMENT) and test.operator not in WITHOUT_VALUE


def _term(operator: Op, operand: date | Span | RelativeDay) -> _Term:
    if isinstance(operand, date):
        return ("day", 0)
    span = operand.span if isinstance(operand, RelativeDay) else operand
    ahead = operand.ahead if isinstance(operand, RelativeDay) else operator is Op.WITHIN_NEXT
    n = span.n * {"weeks": 7, "years": 12}.get(span.unit, 1) * (1 if ahead else -1)
    return ("days" if span.unit in ("days", "weeks") else "months", n)


def _keep_their_order(terms: set[_Term]) -> bool:
    """Whether these days stand in one order whatever day it is. A month has 28 to 31 days."""
    kinds = {kind for kind, _ in terms}
    if "day" in kinds:
        return len(kinds) == 1
    days = [n for kind, n in terms if kind == "days"]
    months = [n for kind, n in terms if kind == "months"]
    return all(_are_apart(abs(d), abs(m)) for d in days for m in months if (d > 0) == (m > 0))


def _are_apart(days: int, months: int) -> bool:
    return days + 1 < 28 * months or days - 1 > 31 * months

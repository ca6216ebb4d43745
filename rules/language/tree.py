"""The tree of a condition after it was read: every key looked up, every value of the right type.

A condition on something unknown does not hold, whatever its operator; `none` of it does. So a tree has two answers
only, and both back ends give the same one: in SQL an unknown is NULL, which `AND`, `OR` and a `WHERE` carry along and
which `IS NOT TRUE` (for `none`) turns into yes.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from rules.catalogue import Fact, Relation, Type
from rules.moment import Setting


class Mode(StrEnum):
    ALL = "all"
    ANY = "any"
    NONE = "none"


class Op(StrEnum):
    """Operators, by the word that stands under `is` in the JSON."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    EQUALS = "equals"
    DIFFERS = "differs"
    BETWEEN = "between"
    """Both ends included."""
    ON = "on"
    BEFORE = "before"
    AFTER = "after"
    ON_OR_BEFORE = "on_or_before"
    ON_OR_AFTER = "on_or_after"
    WITHIN_LAST = "within_last"
    """The last n days, today being the last of them."""
    LONGER_AGO = "longer_ago"
    """Before the last n days."""
    WITHIN_NEXT = "within_next"
    """The next n days, today being the first of them."""
    STARTS_WITH = "starts_with"
    CONTAINS = "contains"
    ONE_OF = "one_of"
    NOT_ONE_OF = "not_one_of"
    YES = "yes"
    NO = "no"
    HAS_ANY = "has_any"
    HAS_NONE = "has_none"
    KNOWN = "known"
    UNKNOWN = "unknown"


_ORDERED: Final = (
    Op.AT_LEAST, Op.AT_MOST, Op.MORE_THAN, Op.LESS_THAN, Op.BETWEEN, Op.EQUALS, Op.DIFFERS, Op.KNOWN, Op.UNKNOWN,
)  # fmt: skip
_DAYS: Final = (
    Op.WITHIN_LAST, Op.LONGER_AGO, Op.WITHIN_NEXT, Op.ON, Op.BEFORE, Op.AFTER, Op.ON_OR_BEFORE, Op.ON_OR_AFTER,
    Op.BETWEEN, Op.KNOWN, Op.UNKNOWN,
)  # fmt: skip
OPERATORS: Final[dict[Type, tuple[Op, ...]]] = {
    Type.COUNT: _ORDERED,
    Type.NUMBER: _ORDERED,
    Type.SHARE: _ORDERED,
    Type.MONEY: _ORDERED,
    Type.DATE: _DAYS,
    Type.MOMENT: _DAYS,
    Type.TEXT: (
        Op.EQUALS, Op.DIFFERS, Op.STARTS_WITH, Op.CONTAINS, Op.ONE_OF, Op.NOT_ONE_OF, Op.KNOWN, Op.UNKNOWN,
    ),
    Type.CHOICE: (Op.ONE_OF, Op.NOT_ONE_OF, Op.KNOWN, Op.UNKNOWN),
    Type.FLAG: (Op.YES, Op.NO, Op.KNOWN, Op.UNKNOWN),
    Type.SET: (Op.HAS_ANY, Op.HAS_NONE),
}  # fmt: skip
"""The operators of a type, the usual one first."""

WITHOUT_VALUE: Final = frozenset({Op.YES, Op.NO, Op.KNOWN, Op.UNKNOWN})
WITH_LIST: Final = frozenset({Op.ONE_OF, Op.NOT_ONE_OF, Op.HAS_ANY, Op.HAS_NONE})
WITH_SPAN: Final = frozenset({Op.WITHIN_LAST, Op.LONGER_AGO, Op.WITHIN_NEXT})
MEASURE_OPERATORS: Final = _ORDERED[:7]


class What(StrEnum):
    """What is measured of related rows."""

    COUNT = "count"
    SUM = "sum"
    """0 where there are no rows."""
    LARGEST = "largest"
    """Unknown where there are no rows, as the smallest is."""
    SMALLEST = "smallest"


@dataclass(frozen=True)
class Span:
    """A length of time as people say it: 30 days, 3 months."""

    n: int
    unit: str
    """days, weeks, months or years"""

    def before(self, day: date) -> date:
        """The day that lies this long before another; of a shorter month its last day."""
        return self._shift(day, -1)

    def after(self, day: date) -> date:
        return self._shift(day, 1)

    def _shift(self, day: date, sign: int) -> date:
        if self.unit in ("days", "weeks"):
            return day + timedelta(days=sign * self.n * (7 if self.unit == "weeks" else 1))
        months = day.year * 12 + day.month - 1 + sign * self.n * (12 if self.unit == "years" else 1)
        year, month = divmod(months, 12)
        first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
        return date(year, month + 1, min(day.day, (first_of_next - timedelta(days=1)).day))


@dataclass(frozen=True)
class RelativeDay:
    """A day counted from today."""

    span: Span
    ahead: bool = False

    def on(self, today: date) -> date:
        return self.span.after(today) if self.ahead else self.span.before(today)


@dataclass(frozen=True)
class Multiple:
    """So many times another fact of the same customer: "2.5 x their own usual gap"."""

    times: float
    fact: Fact


Operand = Any
"""None, a constant of the fact's type, a tuple of them, a Span, a date or RelativeDay (or two), or a Multiple."""


@dataclass(frozen=True)
class Test:
    """One fact against a value."""

    fact: Fact
    operator: Op
    operand: Operand = None


@dataclass(frozen=True)
class Measure:
    """How many, or how much, of the related rows for which `where` holds."""

    relation: Relation
    what: What
    of: Fact | None
    where: "Group | None"
    operator: Op
    operand: Operand

    @property
    def is_known_without_rows(self) -> bool:
        """A count and a sum of nothing are 0."""
        return self.what in (What.COUNT, What.SUM)


@dataclass(frozen=True)
class Group:
    """Every line, one line at least, or no line holds."""

    mode: Mode
    of: tuple["Node", ...] = ()


Node = Group | Test | Measure
EVERYBODY: Final = Group(Mode.ALL)


@dataclass(frozen=True)
class Days:
    """Half-open: from `first` up to, but not including, `end`; None is without limit."""

    first: date | None
    end: date | None


_DAY: Final = timedelta(days=1)


def days_of(operator: Op, operand: Operand, setting: Setting) -> Days:
    """The days that an operator on a DATE or MOMENT keeps, as both back ends read it."""
    today = setting.today
    if operator is Op.WITHIN_LAST:
        return Days(operand.before(today) + _DAY, today + _DAY)
    if operator is Op.LONGER_AGO:
        return Days(None, operand.before(today) + _DAY)
    if operator is Op.WITHIN_NEXT:
        return Days(today, operand.after(today))
    if operator is Op.BETWEEN:
        return Days(_day(operand[0], today), _day(operand[1], today) + _DAY)
    day = _day(operand, today)
    return {
        Op.ON: Days(day, day + _DAY),
        Op.BEFORE: Days(None, day),
        Op.AFTER: Days(day + _DAY, None),
        Op.ON_OR_BEFORE: Days(None, day + _DAY),
        Op.ON_OR_AFTER: Days(day, None),
    }[operator]


def _day(operand: Operand, today: date) -> date:
    found: date = operand.on(today) if isinstance(operand, RelativeDay) else operand
    return found


def facts_of(node: Node) -> list[Fact]:
    """Every fact of the population that a tree reads, once each; those of relations are left out."""
    found: dict[str, Fact] = {}
    _collect(node, found)
    return list(found.values())


def _collect(node: Node, found: dict[str, Fact]) -> None:
    if isinstance(node, Group):
        for child in node.of:
            _collect(child, found)
    elif isinstance(node, Test):
        found[node.fact.key] = node.fact
        if isinstance(node.operand, Multiple):
            found[node.operand.fact.key] = node.operand.fact


def measures_of(node: Node) -> list[Measure]:
    """Every count and sum over related rows in a tree."""
    if isinstance(node, Group):
        return [measure for child in node.of for measure in measures_of(child)]
    return [node] if isinstance(node, Measure) else []

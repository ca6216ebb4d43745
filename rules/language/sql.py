"""The SQL back end: a tree as a condition on the rows of the population.

Where a row is kept by `WHERE`, an unknown (NULL) already counts as no, so nothing is wrapped and indexes are used.
`none` is the one place where an unknown must turn into yes: `(...) IS NOT TRUE`.

A test is made where it is cheapest. Days since a date are tested on the date, by its index; a value that stands in
another table is, for everybody, compared there once (`customer IN (SELECT ...)`), as counts and sums are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    FloatField,
    Func,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
)

from rules.catalogue import Beside, Fact, Type, customers
from rules.language.tree import Days, Group, Measure, Mode, Multiple, Node, Op, Operand, Test, What, days_of
from rules.moment import Setting

Range = tuple[UUID, UUID]
LAST: Final = chr(0x10FFFF)
"""After every word that begins with what stands before it, in the order of code points."""
_AGGREGATES: Final[dict[What, Any]] = {What.SUM: Sum, What.LARGEST: Max, What.SMALLEST: Min}


_EVERYBODY: Final = Q(Exact(Value(1), Value(1)))
_NOBODY: Final = Q(Exact(Value(1), Value(0)))


class IsNotTrue(Func):
    """No or unknown. What Django knows beforehand to keep nobody (an empty list) or everybody is said outright."""

    template = "(%(expressions)s) IS NOT TRUE"
    output_field = BooleanField()
    arity = 1

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().as_sql(*args, **kwargs)
        except EmptyResultSet:
            return "TRUE", []


class _IsFalse(Func):
    """No, and not unknown: what is unknown is not known to be another one, on either side of the comparison."""

    template = "(%(expressions)s) IS FALSE"
    output_field = BooleanField()
    arity = 1


class _Bracketed(Func):
    """A comparison that is itself compared: PostgreSQL reads no `a > b = TRUE`."""

    template = "(%(expressions)s)"
    output_field = BooleanField()
    arity = 1


class _Position(Func):
    function = "strpos"
    output_field = IntegerField()
    arity = 2


@dataclass(frozen=True)
class _How:
    """How a condition is written."""

    setting: Setting
    bulk: bool
    within: Range | None

    def limited(self, rows: QuerySet[Any], customer: str) -> QuerySet[Any]:
        """Rows of another table that can matter."""
        rows = rows.filter(**{f"{customer}__isnull": False}).order_by()
        if self.within is None:
            return rows
        first, last = self.within
        return rows.filter(**{f"{customer}__gte": first, f"{customer}__lte": last})


def condition(node: Node, setting: Setting, *, bulk: bool = True, within: Range | None = None) -> Q:
    """The rows for which a tree holds, for `QuerySet.filter` over the population.

    `bulk`: for everybody, related rows are read and grouped once; otherwise they are looked up customer by customer,
    which is right for a few. `within`: the rows are those of a range of customers (first, last), for which related
    rows are read once.
    """
    return _condition(node, _How(setting, bulk or within is not None, within))


def _condition(node: Node, how: _How) -> Q:
    if isinstance(node, Group):
        return _group(node, how)
    if isinstance(node, Measure):
        return _measure(node, how)
    return _test(node, how)


def first_match(
    nodes: Sequence[Node], setting: Setting, *, bulk: bool = True, within: Range | None = None
) -> Case:
    """The number of the first tree that holds, from 0; NULL where none does."""
    cases = [
        When(condition(node, setting, bulk=bulk, within=within), then=Value(n))
        for n, node in enumerate(nodes)
    ]
    return Case(*cases, default=None, output_field=IntegerField())


def _group(group: Group, how: _How) -> Q:
    """A group without lines says something too: `all` and `none` of nothing keep everybody, `any` nobody."""
    if not group.of:
        return _NOBODY if group.mode is Mode.ANY else _EVERYBODY
    found = Q()
    for child in group.of:
        inner = _condition(child, how)
        found = found & inner if group.mode is Mode.ALL else found | inner
    return Q(IsNotTrue(found)) if group.mode is Mode.NONE else found


def _test(test: Test, how: _How) -> Q:
    fact, operator, setting = test.fact, test.operator, how.setting
    if fact.type is Type.SET:
        inside = _has_any(fact, test.operand, how)
        return inside if operator is Op.HAS_ANY else Q(IsNotTrue(inside))
    if operator in (Op.KNOWN, Op.UNKNOWN) and fact.is_known is not None:
        return fact.is_known() if operator is Op.KNOWN else Q(IsNotTrue(fact.is_known()))
    if operator in (Op.ONE_OF, Op.NOT_ONE_OF) and fact.among is not None:
        return _chosen(test, fact.among, setting)
    if fact.days_since is not None:
        since = _since(test, fact.days_since, setting)
        if since is not None:
            return since
    if fact.beside is not None and how.bulk and not isinstance(test.operand, Multiple):
        return _beside(test, fact.beside, how)
    return compare(fact, fact.sql(setting), operator, test.operand, setting)


def _has_any(fact: Fact, values: Sequence[Any], how: _How) -> Q:
    if fact.beside is None:
        assert fact.among is not None
        return fact.among(values)
    path = fact.beside.customer
    one_of: In[Any] = In(fact.beside.value, list(values))
    if how.bulk:
        return _held_by(how.limited(fact.beside.rows(), path).filter(one_of), path)
    return Q(Exists(fact.beside.rows().filter(one_of, **{path: OuterRef(customers().key)})))


def _held_by(rows: QuerySet[Any], path: str) -> Q:
    """The customers to whom these rows belong."""
    return Q(**{f"{customers().key}__in": rows.values(path)})


def _chosen(test: Test, among: Callable[[Sequence[Any]], Q], setting: Setting) -> Q:
    inside, fact = among(test.operand), test.fact
    if test.operator is Op.ONE_OF:
        return inside
    known = fact.is_known() if fact.is_known else Q(IsNull(fact.sql(setting), False))
    return known & Q(IsNotTrue(inside))


def _since(test: Test, day: Fact, setting: Setting) -> Q | None:
    """A count of days up to today as a test of the day it is counted from; None where only the count can tell."""
    operator, operand = test.operator, test.operand
    if operator in (Op.KNOWN, Op.UNKNOWN):
        return compare(day, day.sql(setting), operator, None, setting)
    if operator is Op.DIFFERS or isinstance(operand, Multiple):
        return None
    low, high = operand if operator is Op.BETWEEN else (operand, operand)
    first, end = {
        Op.AT_LEAST: (None, low - 1),
        Op.MORE_THAN: (None, low),
        Op.AT_MOST: (high, None),
        Op.LESS_THAN: (high - 1, None),
    }.get(operator, (high, low - 1))
    try:
        days = Days(_back(setting, first), _back(setting, end))
    except OverflowError:
        return None
    return _in_days(day, day.sql(setting), days, setting)


def _back(setting: Setting, days: int | None) -> date | None:
    return None if days is None else setting.day_before(days)


def _beside(test: Test, beside: Beside, how: _How) -> Q:
    """The other table read once. Who has no row there is unknown."""
    rows = how.limited(beside.rows(), beside.customer)
    if test.operator is Op.UNKNOWN:
        return Q(IsNotTrue(_held_by(rows.filter(IsNull(beside.value, False)), beside.customer)))
    holds = compare(test.fact, beside.value, test.operator, test.operand, how.setting)
    return _held_by(rows.filter(holds), beside.customer)


def compare(fact: Fact, value: Any, operator: Op, operand: Operand, setting: Setting) -> Q:
    """One comparison of an expression of `fact`'s type."""
    if operator in (Op.KNOWN, Op.UNKNOWN):
        return Q(IsNull(value, operator is Op.UNKNOWN))
    if operator in (Op.YES, Op.NO):
        return Q(Exact(_Bracketed(value), Value(operator is Op.YES)))
    if fact.type in (Type.DATE, Type.MOMENT):
        return _in_days(fact, value, days_of(operator, operand, setting), setting)
    if operator in (Op.ONE_OF, Op.NOT_ONE_OF):
        return _among(value, operator, operand)
    if operator is Op.CONTAINS:
        return Q(GreaterThan(_Position(value, Value(operand)), 0))
    if operator is Op.STARTS_WITH:
        return Q(GreaterThanOrEqual(value, operand)) & Q(LessThan(value, operand + LAST))
    if isinstance(operand, Multiple):
        value = Cast(value, FloatField())
        operand = Cast(operand.fact.sql(setting), FloatField()) * Value(operand.times, FloatField())
    return _ordered(value, operator, operand)


def _among(value: Any, operator: Op, operands: Sequence[Any]) -> Q:
    inside = Q(In(value, list(operands)))
    return inside if operator is Op.ONE_OF else Q(_IsFalse(inside))


def _ordered(value: Any, operator: Op, operand: Operand) -> Q:
    match operator:
        case Op.AT_LEAST:
            return Q(GreaterThanOrEqual(value, operand))
        case Op.AT_MOST:
            return Q(LessThanOrEqual(value, operand))
        case Op.MORE_THAN:
            return Q(GreaterThan(value, operand))
        case Op.LESS_THAN:
            return Q(LessThan(value, operand))
        case Op.BETWEEN:
            return Q(GreaterThanOrEqual(value, operand[0])) & Q(LessThanOrEqual(value, operand[1]))
        case Op.DIFFERS:
            return Q(_IsFalse(Q(Exact(value, operand))))
    return Q(Exact(value, operand))


def _in_days(fact: Fact, value: Any, days: Days, setting: Setting) -> Q:
    found = Q()
    if days.first is not None:
        found &= Q(GreaterThanOrEqual(value, _bound(fact, days.first, setting)))
    if days.end is not None:
        found &= Q(LessThan(value, _bound(fact, days.end, setting)))
    return found


def _bound(fact: Fact, day: date, setting: Setting) -> Any:
    return setting.midnight(day) if fact.type is Type.MOMENT else day


def _measure(measure: Measure, how: _How) -> Q:
    rows = measure.relation.rows()
    if measure.where is not None:
        rows = rows.filter(_condition(measure.where, how))
    if how.bulk:
        return _grouped(measure, how.limited(rows, measure.relation.customer), how.setting)
    return _looked_up(measure, rows, how.setting)


def _figure(measure: Measure, setting: Setting) -> Any:
    if measure.what is What.COUNT:
        return Count("*")
    assert measure.of is not None
    figure = _AGGREGATES[measure.what](measure.of.sql(setting))
    # Of rows whose figures are all unknown SQL's sum is unknown; it is 0, as that of no rows.
    return Coalesce(figure, 0) if measure.what is What.SUM else figure


def _as_fact(measure: Measure) -> Fact:
    """The figure is compared as the fact that is measured; a count as a whole number."""
    return measure.of or Fact(
        measure.relation.key, "", Type.COUNT, "", measure.relation.facts[0].personal, "pk"
    )


def _looked_up(measure: Measure, rows: QuerySet[Any], setting: Setting) -> Q:
    """One look-up a customer."""
    path = measure.relation.customer
    mine = rows.filter(**{path: OuterRef(customers().key)}).order_by().values(path)
    figure: Any = Subquery(mine.annotate(figure=_figure(measure, setting)).values("figure"))
    if measure.is_known_without_rows:
        figure = Coalesce(figure, 0)
    return compare(_as_fact(measure), figure, measure.operator, measure.operand, setting)


def _grouped(measure: Measure, rows: QuerySet[Any], setting: Setting) -> Q:
    """The related rows grouped once. Who has no row is in no group: where none is enough, the others are asked for."""
    path = measure.relation.customer
    grouped = rows.values(path).annotate(figure=_figure(measure, setting))
    holds = compare(_as_fact(measure), F("figure"), measure.operator, measure.operand, setting)
    if measure.is_known_without_rows and holds_for_zero(measure):
        return Q(IsNotTrue(_held_by(grouped.filter(IsNotTrue(holds)), path)))
    return _held_by(grouped.filter(holds), path)


def holds_for_zero(measure: Measure) -> bool:
    """Whether a customer without any such row passes."""
    low, high = measure.operand if measure.operator is Op.BETWEEN else (measure.operand, measure.operand)
    passes: dict[Op, bool] = {
        Op.AT_LEAST: low <= 0,
        Op.AT_MOST: high >= 0,
        Op.MORE_THAN: low < 0,
        Op.LESS_THAN: high > 0,
        Op.BETWEEN: low <= 0 <= high,
        Op.EQUALS: low == 0,
        Op.DIFFERS: low != 0,
    }
    return passes[measure.operator]

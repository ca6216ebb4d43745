"""Pages by key: as fast on the last page as on the first, in both directions, rows without a value last.

Where a column may be empty, rows with a value come first in either order; then those without, by key.
Both halves are ranges of the index `(tenant, column, key)`.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, QuerySet
from django.db.models.fields.tuple_lookups import (  # type: ignore[import-untyped]
    Tuple,
    TupleGreaterThan,
    TupleLessThan,
)

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Order:
    """`column` then `key` (unique), both in the same direction. A path may lead to a related row."""

    column: str
    key: str
    descending: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Position:
    """Where a row stands: its value (None: it has none) and its key."""

    value: Any
    key: Any


@dataclass(frozen=True)
class Slice(Generic[M]):
    rows: list[M]
    has_previous: bool
    has_next: bool


def position_of(row: Model, order: Order) -> Position:
    return Position(_read(row, order.column), _read(row, order.key))


def _read(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def read_slice(
    rows: QuerySet[M], order: Order, *, size: int, at: Position | None = None, backwards: bool = False
) -> Slice[M]:
    """At most `size` rows after `at` (before it when `backwards`), in the order asked for."""
    found: list[M] = []
    for part in _parts(rows, order, at, backwards):
        found += list(part[: size + 1 - len(found)])
        if len(found) > size:
            break
    more, found = len(found) > size, found[:size]
    if backwards:
        return Slice(found[::-1], has_previous=more, has_next=True)
    return Slice(found, has_previous=at is not None, has_next=more)


def _parts(rows: QuerySet[M], order: Order, at: Position | None, backwards: bool) -> list[QuerySet[M]]:
    """The ranges to read one after the other, from `at` on."""
    descending = order.descending != backwards
    sign = "-" if descending else ""
    if order.column == order.key:
        by_key = rows.order_by(f"{sign}{order.key}")
        return [by_key if at is None else by_key.filter(**{_beyond(order.key, descending): at.key})]
    valued = rows.order_by(f"{sign}{order.column}", f"{sign}{order.key}")
    if not order.nullable:
        return [_after(valued, order, at, descending)]
    filled = valued.filter(**{f"{order.column}__isnull": False})
    # The column is the same in all of these; naming it lets the planner walk the index in order.
    empty = rows.filter(**{f"{order.column}__isnull": True}).order_by(*valued.query.order_by)
    if at is None or at.value is not None:
        filled = _after(filled, order, at, descending)
        return [filled] if backwards else [filled, empty]
    empty = empty.filter(**{_beyond(order.key, descending): at.key})
    return [empty, filled] if backwards else [empty]


def _beyond(column: str, descending: bool) -> str:
    return f"{column}__{'lt' if descending else 'gt'}"


def _after(rows: QuerySet[M], order: Order, at: Position | None, descending: bool) -> QuerySet[M]:
    """A row comparison, `(column, key) > (value, key)`, which is one range of the index."""
    if at is None:
        return rows
    compare = TupleLessThan if descending else TupleGreaterThan
    return rows.filter(compare(Tuple(F(order.column), F(order.key)), (at.value, at.key)))

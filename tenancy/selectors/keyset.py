"""Pages by key: as fast on the last page as on the first, in both directions, rows without a value last.

Where a column may be empty, rows with a value come first in either order; then those without, by key.
Both halves are ranges of the index `(tenant, column, key)`.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import F, Field, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import (  # type: ignore[import-untyped]
    Tuple,
    TupleGreaterThan,
    TupleLessThan,
)

M = TypeVar("M", bound=Model)
_require_no_null_characters = ProhibitNullCharactersValidator()


class BadPosition(ValueError):
    """A place in a list that cannot be read; pages open their beginning, the API refuses it."""


@dataclass(frozen=True)
class Order:
    """`column` then `key` (unique). A path may lead to a related row."""

    column: str
    key: str
    descending: bool = False
    nullable: bool = False
    key_descending: bool | None = None
    """Where the index holds the key in another direction than the column."""

    @property
    def is_mixed(self) -> bool:
        return self.key_descending not in (None, self.descending)


@dataclass(frozen=True)
class Position:
    """Where a row stands: its value (None: it has none) and its key."""

    value: Any
    key: Any

    def encode(self) -> str:
        """For an address; not secret and not signed."""
        value = self.value.isoformat() if isinstance(self.value, date) else self.value
        packed = json.dumps([value, str(self.key)], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, order: Order, model: type[Model]) -> "Position":
        """Raises BadPosition."""
        try:
            value, key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            if value is not None:
                value = field_at(model, order.column).clean(value, None)
                _require_no_null_characters(str(value))
            at = cls(value, field_at(model, order.key).to_python(key))
        except Exception as error:
            raise BadPosition("The place in the list cannot be read.") from error
        naive = isinstance(at.value, datetime) and at.value.tzinfo is None
        if at.key is None or naive or (at.value is None and not order.nullable):
            raise BadPosition("The place in the list cannot be read.")
        return at


@dataclass(frozen=True)
class Slice(Generic[M]):
    rows: list[M]
    has_previous: bool
    has_next: bool


Reader = Callable[[QuerySet[Any], QuerySet[Any], int], list[Any]]
"""(rows in order, the same rows asked for in another way, how many) -> the first of them."""


def first_rows(rows: QuerySet[M], other: QuerySet[M], most: int) -> list[M]:
    return list(rows[:most])


def field_at(model: type[Model], path: str) -> "Field[Any, Any]":
    """The field at a path such as `customer__updated_at`."""
    first, _, rest = path.partition("__")
    try:
        field: Any = model._meta.get_field(first)
    except FieldDoesNotExist:
        field = model._meta.get_field(first.removesuffix("_id"))
    return field_at(field.related_model, rest) if rest else field


def position_of(row: Model, order: Order) -> Position:
    return Position(_read(row, order.column), _read(row, order.key))


def _read(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def read_slice(
    rows: QuerySet[M],
    order: Order,
    *,
    size: int,
    at: Position | None = None,
    backwards: bool = False,
    other: QuerySet[M] | None = None,
    read: Reader = first_rows,
) -> Slice[M]:
    """At most `size` rows after `at` (before it when `backwards`), in the order asked for.

    `other`: a query for the same rows that `read` may fall back on.
    """
    found: list[M] = []
    parts = _parts(rows, order, at, backwards)
    for part, same in zip(
        parts, _parts(other, order, at, backwards) if other is not None else parts, strict=True
    ):
        found += read(part, same, size + 1 - len(found))
        if len(found) > size:
            break
    more, found = len(found) > size, found[:size]
    if backwards:
        return Slice(found[::-1], has_previous=more, has_next=at is not None)
    return Slice(found, has_previous=at is not None, has_next=more)


def _parts(rows: QuerySet[M], order: Order, at: Position | None, backwards: bool) -> list[QuerySet[M]]:
    """The ranges to read one after the other, from `at` on."""
    falling = order.descending != backwards
    key_falling = falling != order.is_mixed
    by_key = f"{'-' if key_falling else ''}{order.key}"
    if order.column == order.key:
        rows = rows.order_by(by_key)
        return [rows if at is None else rows.filter(**{_beyond(order.key, falling): at.key})]
    valued = rows.order_by(f"{'-' if falling else ''}{order.column}", by_key)
    if not order.nullable:
        return [_after(valued, order, at, falling, key_falling)]
    filled = valued.filter(**{f"{order.column}__isnull": False})
    # The column is the same in all of these; naming it lets the planner walk the index in order.
    empty = rows.filter(**{f"{order.column}__isnull": True}).order_by(*valued.query.order_by)
    if at is None:
        return [empty, filled] if backwards else [filled, empty]
    if at.value is not None:
        filled = _after(filled, order, at, falling, key_falling)
        return [filled] if backwards else [filled, empty]
    empty = empty.filter(**{_beyond(order.key, key_falling): at.key})
    return [empty, filled] if backwards else [empty]


def _beyond(column: str, falling: bool) -> str:
    return f"{column}__{'lt' if falling else 'gt'}"


def _after(
    rows: QuerySet[M], order: Order, at: Position | None, falling: bool, key_falling: bool
) -> QuerySet[M]:
    """A row comparison, `(column, key) > (value, key)`, which is one range of the index."""
    if at is None:
        return rows
    if order.is_mixed:
        # The bound alone is the range; the rest drops the rows of the same value that were met before.
        further, same = _beyond(order.column, falling), _beyond(order.key, key_falling)
        passed = Q(**{further: at.value}) | Q(**{same: at.key})
        return rows.filter(passed, **{f"{further}e": at.value})
    compare = TupleLessThan if falling else TupleGreaterThan
    return rows.filter(compare(Tuple(F(order.column), F(order.key)), (at.value, at.key)))


FORWARDS: Final = "f"
BACKWARDS: Final = "b"


@dataclass(frozen=True)
class Page(Generic[M]):
    """`later` opens the older rows, `earlier` the newer ones; empty where there are none."""

    rows: list[M]
    earlier: str
    later: str


def newest_first(rows: QuerySet[M], *, by: str, cursor: str = "", size: int = 50) -> Page[M]:
    """One page of `rows`, ordered by `-by, id`. A cursor that makes no sense opens the first page."""
    return ordered_page(
        rows, Order(by, "id", descending=True, key_descending=False), cursor=cursor, size=size
    )


def ordered_page(rows: QuerySet[M], order: Order, *, cursor: str = "", size: int = 50) -> Page[M]:
    """The same in any order."""
    backwards = cursor.startswith(BACKWARDS)
    try:
        at = Position.decode(cursor[1:], order, rows.model) if cursor else None
    except BadPosition:
        backwards, at = False, None
    found = read_slice(rows, order, size=size, at=at, backwards=backwards)

    def place(direction: str, row: M) -> str:
        return direction + position_of(row, order).encode()

    return Page(
        rows=found.rows,
        earlier=place(BACKWARDS, found.rows[0]) if found.rows and found.has_previous else "",
        later=place(FORWARDS, found.rows[-1]) if found.rows and found.has_next else "",
    )

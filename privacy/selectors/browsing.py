"""Long logs page by page: newest first, filtered, and never slower than a bounded look through them.

A page reads at most `REACH` rows from where it stands. Where fewer of them fit than a page holds, it says how far it
looked, and the next page looks further.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from tenancy.selectors.keyset import (
    BACKWARDS,
    FORWARDS,
    BadPosition,
    Order,
    Position,
    position_of,
    read_slice,
)

M = TypeVar("M", bound=Model)
REACH: Final = 20_000
SIZE: Final = 50


@dataclass(frozen=True)
class Browsed(Generic[M]):
    """`looked_back_to`: how far a page that is not full looked, where it did not look at everything."""

    rows: list[M]
    earlier: str
    later: str
    looked_back_to: datetime | None = None


@dataclass(frozen=True)
class Stretch:
    """Whose rows, and of which time: what an index finds by itself. Empty: anything."""

    customer_id: UUID | None = None
    since: datetime | None = None
    before: datetime | None = None

    def within(self, rows: QuerySet[M], *, by: str) -> QuerySet[M]:
        asked = {"customer_id": self.customer_id, f"{by}__gte": self.since, f"{by}__lt": self.before}
        return rows.filter(**{name: value for name, value in asked.items() if value})

    def same(self, *names: str) -> Q:
        """Rows that say the same as these fields, where they ask for something."""
        return Q(**{name: getattr(self, name) for name in names if getattr(self, name)})


class _Window:
    """Reads what fits among the next `reach` rows, and remembers where that ended."""

    def __init__(self, fitting: Q, reach: int) -> None:
        self.fitting, self.reach = fitting, reach
        self.edge: Any = None

    def read(self, rows: QuerySet[Any], _: QuerySet[Any], most: int) -> list[Any]:
        if not self.fitting:
            return list(rows[:most])
        found = list(rows.filter(self.fitting, id__in=rows[: self.reach].values("id"))[:most])
        if len(found) < most:
            self.edge = rows[self.reach - 1 : self.reach].first() if self.reach else None
        return found


def browse(
    rows: QuerySet[M],
    *,
    by: str,
    fitting: Q | None = None,
    cursor: str = "",
    size: int = SIZE,
    reach: int = REACH,
) -> Browsed[M]:
    """One page, ordered by `-by, -id`. A cursor that makes no sense opens the first page."""
    order = Order(by, "id", descending=True)
    backwards, at = read_cursor(cursor, order, rows.model)
    window = _Window(fitting or Q(), reach)
    found = read_slice(rows, order, size=size, at=at, backwards=backwards, read=window.read)
    edge = window.edge
    earlier = (
        BACKWARDS + position_of(found.rows[0], order).encode() if found.rows and found.has_previous else ""
    )
    later = FORWARDS + position_of(found.rows[-1], order).encode() if found.rows and found.has_next else ""
    if edge is None:
        return Browsed(found.rows, earlier, later)
    place = position_of(edge, order).encode()
    if backwards:
        return Browsed(found.rows, BACKWARDS + place, later)
    return Browsed(found.rows, earlier, FORWARDS + place, getattr(edge, by))


def read_cursor(cursor: str, order: Order, model: type[Model]) -> tuple[bool, Position | None]:
    """Whether it looks backwards, and from where."""
    try:
        at = Position.decode(cursor[1:], order, model) if cursor else None
    except BadPosition:
        return False, None
    return cursor.startswith(BACKWARDS) and at is not None, at

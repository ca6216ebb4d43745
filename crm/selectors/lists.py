"""The customers list: which columns there are, which customers a filter keeps, and a page of them by keyset.

Customers without a value for the sorted column come last in either direction. Both parts of the walk read
an index on (tenant, column, customer), so a page costs the same wherever it lies and however it is sorted.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.core.validators import ProhibitNullCharactersValidator
from django.db import OperationalError, connection, models, transaction
from django.db.models import Avg, Count, F, OrderBy, Q, QuerySet, Sum
from django.db.models.fields.tuple_lookups import (  # type: ignore[import-untyped]
    Tuple,
    TupleGreaterThan,
    TupleLessThan,
)
from django.db.models.functions import Coalesce

from crm.keys import name_key
from crm.models import Customer, CustomerSummary

PAGE: Final = 50
EXACT_COST: Final = 6000.0
"""Up to this planned cost (about 20,000 customers) totals are computed with the page."""
LAZY_MS: Final = 3000
WALK_MS: Final = 80
"""How long a filtered page may look along the order's index before it collects and sorts instead."""
validate_no_null_characters = ProhibitNullCharactersValidator()
LAST: Final = chr(0x10FFFF)


class BadCursor(ValueError):
    """The position in the address cannot be read; the list starts from its beginning."""


@dataclass(frozen=True)
class Column:
    """One column of the catalogue. `field` is the summary's, where the list can be sorted by it."""

    key: str
    label: str
    kind: str
    field: str = ""
    total: str = ""
    """How the totals row sums it up: "sum", "mean" or not at all."""


COLUMNS: Final[dict[str, Column]] = {
    column.key: column
    for column in (
        Column("name", "Customer", "name", "name_key"),
        Column("number", "Number", "text"),
        Column("status", "Status", "status", "status"),
        Column("country", "Country", "text"),
        Column("value", "Lifetime value", "money", "value", "sum"),
        Column("range", "Likely range", "range"),
        Column("months", "12 months", "bars"),
        Column("alive", "Alive", "alive", "alive", "mean"),
        Column("no_order", "No order in 90 days", "share", "no_order_90"),
        Column("orders", "Orders", "count", "orders", "sum"),
        Column("returns", "Returns", "count", "returns", "sum"),
        Column("last_order", "Last order", "date", "last_order_on"),
        Column("first_order", "First order", "date", "first_order_on"),
        Column("margin_year", "Margin, 12 months", "money", "margin_year", "sum"),
        Column("margin", "Margin in all", "money", "margin", "sum"),
        Column("revenue", "Revenue in all", "money", "revenue", "sum"),
        Column("cost_year", "Cost, 12 months", "money", "cost_year", "sum"),
        Column("orders_year", "Orders expected, a year", "decimal", "orders_year", "sum"),
        Column("margin_3y", "Margin expected, 3 years", "money", "margin_3y", "sum"),
        Column("portfolio", "Portfolio", "portfolio"),
        Column("manager", "Manager", "member"),
    )
}
DEFAULT_COLUMNS: Final = (
    "name", "status", "value", "range", "months", "alive", "orders", "last_order", "margin_year", "portfolio",
    "manager",
)  # fmt: skip


@dataclass(frozen=True)
class Filters:
    """What a customer must be to stand in the list; nothing set keeps everybody."""

    status: str = ""
    portfolios: tuple[UUID, ...] | None = None
    country: str = ""
    ordered_since: date | None = None
    silent_since: date | None = None
    value_from: int | None = None
    """Minor units."""
    alive_below: float | None = None
    """0 to 1."""
    orders_from: int | None = None
    score: str = ""
    starts_with: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values, for a job's arguments."""
        values = {key: value for key, value in self.__dict__.items() if value not in (None, "")}
        if self.portfolios is not None:
            values["portfolios"] = [str(portfolio) for portfolio in self.portfolios]
        for key in ("ordered_since", "silent_since"):
            if key in values:
                values[key] = values[key].isoformat()
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Filters":
        read = dict(values)
        if "portfolios" in read:
            read["portfolios"] = tuple(UUID(portfolio) for portfolio in read["portfolios"])
        for key in ("ordered_since", "silent_since"):
            if key in read:
                read[key] = date.fromisoformat(read[key])
        return cls(**read)


def matching(rows: QuerySet[CustomerSummary], filters: Filters) -> QuerySet[CustomerSummary]:
    """The rows that a filter keeps. `rows` are those in the reader's scope."""
    kept = Q()
    if filters.status:
        kept &= Q(status=filters.status)
    if filters.portfolios is not None:
        kept &= Q(portfolio_id__in=filters.portfolios)
    if filters.country:
        kept &= Q(customer__country=filters.country)
    if filters.score:
        kept &= Q(score=filters.score)
    if filters.starts_with:
        kept &= _begins(name_key(filters.starts_with))
    return rows.filter(kept & _bounds(filters))


def _begins(beginning: str) -> Q:
    # A range, not LIKE: only leakproof operators may use an index under row-level security.
    return Q(name_key__gte=beginning, name_key__lt=beginning + LAST) if beginning else Q()


def _bounds(filters: Filters) -> Q:
    limits = {
        "last_order_on__gte": filters.ordered_since,
        "last_order_on__lt": filters.silent_since,
        "value__gte": filters.value_from,
        "alive__lt": filters.alive_below,
        "orders__gte": filters.orders_from,
    }
    return Q(**{lookup: value for lookup, value in limits.items() if value is not None})


def _field(name: str) -> "models.Field[Any, Any]":
    found = CustomerSummary._meta.get_field(name)
    assert isinstance(found, models.Field)
    return found


@dataclass(frozen=True)
class Ordering:
    """By which column, and whether the largest come first."""

    column: Column
    descending: bool = False

    @property
    def field(self) -> str:
        return self.column.field

    @property
    def nullable(self) -> bool:
        return _field(self.field).null

    @classmethod
    def parse(cls, text: str) -> "Ordering":
        """Read "-value" or "value"; anything unknown is by name."""
        column = COLUMNS.get(text.removeprefix("-"))
        if column is None or not column.field:
            return cls(COLUMNS["name"])
        return cls(column, text.startswith("-"))

    def __str__(self) -> str:
        return f"-{self.column.key}" if self.descending else self.column.key


@dataclass(frozen=True)
class Cursor:
    """A place in a list: the sorted column's value (or None) and the customer."""

    value: Any
    customer_id: UUID

    def encode(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, date) else self.value
        packed = json.dumps([value, str(self.customer_id)], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, ordering: Ordering) -> "Cursor":
        """Raises BadCursor."""
        try:
            value, customer = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            if value is not None:
                value = _field(ordering.field).clean(value, None)
                validate_no_null_characters(str(value))
            return cls(value, UUID(customer))
        except Exception as error:
            raise BadCursor("The place in the list cannot be read.") from error


@dataclass(frozen=True)
class Page:
    rows: list[CustomerSummary]
    earlier: Cursor | None
    later: Cursor | None


def page(
    rows: QuerySet[CustomerSummary],
    ordering: Ordering,
    *,
    after: Cursor | None = None,
    before: Cursor | None = None,
    size: int = PAGE,
) -> Page:
    """`size` rows after or before a place, or the first ones. Reads one or two index ranges."""
    if before is not None:
        found = _walk(rows, ordering, before, size + 1, backwards=True)
        if len(found) <= size:  # the beginning is near: a full first page instead of a short one
            return page(rows, ordering, size=size)
        return _page(list(reversed(found[:size])), ordering, earlier=True, later=True)
    found = _walk(rows, ordering, after, size + 1, backwards=False)
    return _page(found[:size], ordering, earlier=after is not None, later=len(found) > size)


def _page(rows: list[CustomerSummary], ordering: Ordering, *, earlier: bool, later: bool) -> Page:
    def at(row: CustomerSummary) -> Cursor:
        return Cursor(getattr(row, ordering.field), row.customer_id)

    return Page(rows, at(rows[0]) if rows and earlier else None, at(rows[-1]) if rows and later else None)


def _walk(
    rows: QuerySet[CustomerSummary], ordering: Ordering, start: Cursor | None, most: int, *, backwards: bool
) -> list[CustomerSummary]:
    """The next `most` rows: first the part in which the cursor lies, then the other one if rows are missing."""
    parts = [_with_value, _without_value] if ordering.nullable else [_with_value]
    if backwards:
        parts.reverse()
    in_nulls = start is not None and start.value is None
    if ordering.nullable and in_nulls != backwards:
        parts = parts[1:]
    found: list[CustomerSummary] = []
    for part in parts:
        if len(found) < most:
            found += _first(part(rows, ordering, start, backwards), most - len(found))
            start = None
    return found


def _first(rows: QuerySet[CustomerSummary], most: int) -> list[CustomerSummary]:
    """The first rows in order. The planner walks the order's index and trusts that the filter keeps a fair
    share of what it meets; where that is wrong (prospects by value), collecting and sorting is quicker."""
    try:
        with time_limit(WALK_MS):
            return list(rows[:most])
    except OperationalError:
        keys = [(str(key).removeprefix("-"), str(key).startswith("-")) for key in rows.query.order_by]
        # COALESCE(x, x) is x, but no index has it.
        sorted_rows = [OrderBy(Coalesce(F(name), F(name)), descending=falling) for name, falling in keys]
        return list(rows.order_by(*sorted_rows)[:most])


def _with_value(
    rows: QuerySet[CustomerSummary], ordering: Ordering, start: Cursor | None, backwards: bool
) -> QuerySet[CustomerSummary]:
    falling = ordering.descending != backwards
    if ordering.nullable:
        rows = rows.filter(**{f"{ordering.field}__isnull": False})
    if start is not None:
        compare = TupleLessThan if falling else TupleGreaterThan
        rows = rows.filter(
            compare(Tuple(F(ordering.field), F("customer_id")), (start.value, start.customer_id))
        )
    sign = "-" if falling else ""
    return rows.order_by(f"{sign}{ordering.field}", f"{sign}customer_id")


def _without_value(
    rows: QuerySet[CustomerSummary], ordering: Ordering, start: Cursor | None, backwards: bool
) -> QuerySet[CustomerSummary]:
    rows = rows.filter(**{f"{ordering.field}__isnull": True})
    if start is not None:
        rows = rows.filter(**{"customer_id__lt" if backwards else "customer_id__gt": start.customer_id})
    sign = "-" if backwards else ""
    # The column is the same for all of them; naming it lets the planner walk the index in order.
    return rows.order_by(f"{sign}{ordering.field}", f"{sign}customer_id")


@dataclass(frozen=True)
class Totals:
    """What the whole view adds up to. `exact` False: `count` is the planner's guess and there are no sums."""

    count: int
    exact: bool
    sums: dict[str, Any]


def totals(rows: QuerySet[CustomerSummary], columns: Sequence[Column]) -> Totals:
    """Count and sums of the view where that is cheap, else an estimate without sums."""
    planned, cost = _planned(rows)
    return _exact(rows, columns) if cost <= EXACT_COST else Totals(planned, False, {})


def patient_totals(rows: QuerySet[CustomerSummary], columns: Sequence[Column]) -> Totals:
    """Count and sums of the view whatever its size, for at most LAZY_MS; then the estimate."""
    try:
        with time_limit(LAZY_MS):
            return _exact(rows, columns)
    except OperationalError:
        return Totals(_planned(rows)[0], False, {})


@contextmanager
def time_limit(milliseconds: int) -> Iterator[None]:
    """Inside, a statement that takes longer raises OperationalError; the transaction goes on."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, true)",
            [str(milliseconds)],
        )
        before = cursor.fetchone()[0]
        yield
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])


def _planned(rows: QuerySet[CustomerSummary]) -> tuple[int, float]:
    plan = json.loads(rows.order_by().values("customer_id").explain(format="json"))[0]["Plan"]
    return int(plan["Plan Rows"]), float(plan["Total Cost"])


def _exact(rows: QuerySet[CustomerSummary], columns: Sequence[Column]) -> Totals:
    means: dict[str, type[models.Aggregate]] = {"sum": Sum, "mean": Avg}
    wanted: dict[str, Any] = {c.key: means[c.total](c.field) for c in columns if c.total}
    # Always wanted: the bulk bar names the value of all.
    found = rows.order_by().aggregate(_count=Count("*"), _value=Sum("value"), **wanted)
    return Totals(found.pop("_count"), True, found)


def customers_of(rows: Sequence[CustomerSummary]) -> dict[UUID, Customer]:
    """The customers behind a page of summaries, by id."""
    return Customer.objects.in_bulk([row.customer_id for row in rows])

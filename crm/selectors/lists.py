"""The customers list: which customers a condition keeps, a page of them by keyset, and what they add up to.

Customers without a value for the sorted column come last in either direction. Both parts of the walk read
an index on (tenant, column, customer), so a page costs the same wherever it lies and however it is sorted.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import OperationalError, models
from django.db.models import Avg, Count, F, OrderBy, QuerySet, Sum
from django.db.models.functions import Coalesce

from crm.models import Customer, CustomerSummary
from crm.selectors.columns import NAME, Column, columns_for
from crm.selectors.scope import visible_summaries
from rules.language.sql import condition
from rules.language.tree import Node
from rules.moment import Setting
from tenancy.access import Access
from tenancy.db.patience import time_limit
from tenancy.selectors.keyset import Order, Position, field_at, position_of, read_slice

PAGE: Final = 50
EXACT_COST: Final = 6000.0
"""Up to this planned cost (about 20,000 customers) totals are computed with the page."""
EXACT_MS: Final = 1000
LAZY_MS: Final = 3000
WALK_MS: Final = 80
"""How long a filtered page may look along the order's index before it collects and sorts instead."""
PATIENCE_MS: Final = 4000
"""How long it may collect, or walk again after that. A condition on related rows reads all of them."""
Rows = QuerySet[CustomerSummary]


class TooSlow(Exception):
    """The page cannot be found in time: the condition reads too much."""


def matching(rows: Rows, tree: Node, setting: Setting, *, bulk: bool = True) -> Rows:
    """The rows that a condition keeps. `rows` are those in the reader's scope."""
    return rows.filter(condition(tree, setting, bulk=bulk))


@dataclass(frozen=True)
class Chosen:
    """Everybody in somebody's scope for whom a condition holds, in the two forms in which they can be read."""

    rows: Rows
    """Related rows are read once, for everybody."""
    few: Rows
    """Related rows are looked up customer by customer: for a walk that ends after a page."""


def chosen(access: Access, tree: Node, setting: Setting) -> Chosen:
    visible = visible_summaries(access)
    return Chosen(matching(visible, tree, setting), matching(visible, tree, setting, bulk=False))


@dataclass(frozen=True)
class Ordering:
    """By which column, and whether the largest come first."""

    column: Column
    descending: bool = False

    @property
    def field(self) -> str:
        return self.column.field

    @property
    def order(self) -> Order:
        nullable = bool(field_at(CustomerSummary, self.field).null)
        return Order(self.field, "customer_id", self.descending, nullable)

    @classmethod
    def parse(cls, text: str, access: Access) -> "Ordering":
        """Read "-value.alive" or "crm.orders"; anything unknown, or not for somebody's eyes, is by name."""
        columns = columns_for(access)
        column = columns.get(text.removeprefix("-"))
        if column is None or not column.field:
            return cls(columns[NAME])
        return cls(column, text.startswith("-"))

    def place(self, text: str) -> Position | None:
        """A place in the list as the address holds it. Raises BadPosition."""
        return Position.decode(text, self.order, CustomerSummary) if text else None

    def __str__(self) -> str:
        return f"-{self.column.key}" if self.descending else self.column.key


@dataclass(frozen=True)
class Page:
    rows: list[CustomerSummary]
    earlier: Position | None
    later: Position | None


def page(
    who: Chosen,
    ordering: Ordering,
    *,
    after: Position | None = None,
    before: Position | None = None,
    size: int = PAGE,
) -> Page:
    """`size` rows after or before a place, or the first ones. Reads one or two index ranges. Raises TooSlow."""
    order = ordering.order
    found = read_slice(
        who.few, order, size=size, at=before or after, backwards=before is not None, other=who.rows,
        read=walk_or_collect,
    )  # fmt: skip
    if before is not None and not found.has_previous:
        # The beginning is near: a full first page instead of a short one.
        return page(who, ordering, size=size)
    rows = found.rows
    return Page(
        rows,
        position_of(rows[0], order) if rows and found.has_previous else None,
        position_of(rows[-1], order) if rows and found.has_next else None,
    )


def walk_or_collect(rows: QuerySet[Any], other: QuerySet[Any], most: int) -> list[Any]:
    """The first rows in order. The planner walks the order's index and trusts that the filter keeps a fair share of
    what it meets; where that is wrong (prospects by value), collecting and sorting is quicker. A walk that was only
    held up (a busy or a cold database) gets another chance. Raises TooSlow."""
    tries = ((rows, WALK_MS), (_unindexed(other), PATIENCE_MS), (rows, PATIENCE_MS))
    for query, milliseconds in tries:
        try:
            with time_limit(milliseconds):
                return list(query[:most])
        except OperationalError as error:
            slow = error
    raise TooSlow from slow


def _unindexed(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The same rows in the same order, for which nothing can be walked along."""
    keys = [(str(key).removeprefix("-"), str(key).startswith("-")) for key in rows.query.order_by]
    # COALESCE(x, x) is x, but no index has it.
    return rows.order_by(*(OrderBy(Coalesce(F(name), F(name)), descending=falling) for name, falling in keys))


@dataclass(frozen=True)
class Totals:
    """What the whole view adds up to. `exact` False: `count` is the planner's guess and there are no sums."""

    count: int
    exact: bool
    sums: dict[str, Any]


def totals(rows: Rows, columns: Sequence[Column], worth: str = "") -> Totals:
    """Count and sums of the view where that is cheap, else an estimate without sums.

    `worth`: the column of the lifetime value, summed for the bulk bar under "_value".
    """
    planned, cost = _planned(rows)
    if cost > EXACT_COST:
        return Totals(planned, False, {})
    try:
        with time_limit(EXACT_MS):  # the plan may be wrong
            return _exact(rows, columns, worth)
    except OperationalError:
        return Totals(planned, False, {})


def patient_totals(rows: Rows, columns: Sequence[Column], worth: str = "") -> Totals:
    """Count and sums of the view whatever its size, for at most LAZY_MS; then the estimate."""
    try:
        with time_limit(LAZY_MS):
            return _exact(rows, columns, worth)
    except OperationalError:
        return Totals(_planned(rows)[0], False, {})


def _planned(rows: Rows) -> tuple[int, float]:
    plan = json.loads(rows.order_by().values("customer_id").explain(format="json"))[0]["Plan"]
    return int(plan["Plan Rows"]), float(plan["Total Cost"])


def _exact(rows: Rows, columns: Sequence[Column], worth: str) -> Totals:
    means: dict[str, type[models.Aggregate]] = {"sum": Sum, "mean": Avg}
    wanted: dict[str, Any] = {f"_{n}": means[c.total](c.field) for n, c in enumerate(columns) if c.total}
    if worth:
        wanted["_value"] = Sum(worth)
    found = rows.order_by().aggregate(_count=Count("*"), **wanted)
    sums = {c.key: found.get(f"_{n}") for n, c in enumerate(columns)} | {"_value": found.get("_value")}
    return Totals(found["_count"], True, sums)


def customers_of(rows: Sequence[CustomerSummary]) -> dict[UUID, Customer]:
    """The customers behind a page of summaries, by id."""
    return Customer.objects.in_bulk([row.customer_id for row in rows])

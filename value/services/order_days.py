"""The orders of a tenant as the engine wants them. What counts as an order day is decided here
(`docs/decisions/order-days.md`):

* a sale counts its day once for its customer, whatever it earned; the margin of a day is the sum of its sales;
* a return is no order day. Its (negative) margin is taken off the day of the sale it returns or, where that is
  not known, off the customer's latest order day before it, so it lowers the mean margin and not the rhythm;
* whoever only returned has no history; anonymous sales belong to nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from crm.models import CustomerSummary
from tenancy.context import current_tenant_id
from tenancy.db.planner import planned_for
from value.engine import Histories, Orders, histories_from_orders
from value.services.bulk import EPOCH, Rows, read_rows

_COLUMNS: Final = {"customer_id": "uuid", "day": "date", "of": "date", "margin": "bigint", "sale": "boolean"}

_ORDERS: Final = """
SELECT o.customer_id, o.ordered_on, o.ordered_on, o.margin, true FROM crm_order AS o
 WHERE o.tenant_id = %(tenant)s AND o.kind = 'sale' AND {whose}
UNION ALL
SELECT r.customer_id, r.ordered_on, COALESCE(o.ordered_on, r.ordered_on), r.margin, false FROM crm_order AS r
  LEFT JOIN crm_order AS o ON o.tenant_id = %(tenant)s AND o.id = r.returns_id AND o.customer_id = r.customer_id
   AND {whose}
 WHERE r.tenant_id = %(tenant)s AND r.kind = 'return' AND {whose_return}
"""

_LEFT_OUT: Final = """
SELECT customer_id FROM crm_customersummary WHERE tenant_id = %(tenant)s AND (trashed OR score IN %(unprofiled)s)
"""


EVERYBODY: Final = 10**9
"""More than a few, when nobody counted."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Some customers: those with low <= id < high (None: no end), or those named."""

    low: UUID | None = None
    high: UUID | None = None
    ids: tuple[UUID, ...] | None = None

    def clause(self, column: str) -> str:
        """A condition on `column`, with `values` as its parameters."""
        if self.ids is not None:
            return f"{column} = ANY(%(ids)s::uuid[])"
        return f"{column} >= %(low)s" + (f" AND {column} < %(high)s" if self.high else "")

    @property
    def values(self) -> dict[str, Any]:
        return {"low": self.low, "high": self.high, "ids": None if self.ids is None else list(self.ids)}


@dataclass(frozen=True, slots=True)
class OrderBook:
    """Sales and returns of some customers.

    ids: one UUID (16 bytes) a customer; orders.customers are places in it. sales, returns: how many rows each
    customer has, whatever their day. first_day, last_day: ordinals of the sales, None without any.
    """

    ids: NDArray[np.void]
    orders: Orders
    sales: NDArray[np.int64]
    returns: NDArray[np.int64]

    @property
    def first_day(self) -> date | None:
        return date.fromordinal(int(self.orders.days.min())) if len(self.orders.days) else None

    def histories(self, as_of: date) -> Histories:
        """Repeat days, recency and age on `as_of`, and the mean margin of repeat days in minor units."""
        return histories_from_orders(self.orders, as_of.toordinal())


def read_all_orders(until: date) -> OrderBook:
    """Every known customer's orders up to a day, less those in the trash and those of whom no profile is made."""
    clause = "{0}.customer_id IS NOT NULL AND {0}.ordered_on <= %(until)s"
    rows = _read(clause, {"until": until})
    values = {"tenant": current_tenant_id(), "unprofiled": CustomerSummary.UNPROFILED}
    left_out = read_rows(_LEFT_OUT, values, {"customer_id": "uuid"})
    if len(left_out):
        rows = rows[~np.isin(_numbers(rows["customer_id"]), _numbers(left_out["customer_id"]))]
    return _book(rows, until)


def read_orders(whose: Whose, until: date) -> OrderBook:
    """Orders of some customers; rows after `until` only count in `sales` and `returns`."""
    return _book(_read(whose.clause("{0}.customer_id"), whose.values), until)


def _read(clause: str, values: Mapping[str, Any]) -> Rows:
    query = _ORDERS.format(whose=clause.format("o"), whose_return=clause.format("r"))
    named = values.get("ids")
    with planned_for(len(named) if named else EVERYBODY):
        return read_rows(query, {"tenant": current_tenant_id(), **values}, _COLUMNS)


def _book(rows: Rows, until: date) -> OrderBook:
    ids, codes = _coded(rows["customer_id"])
    sale, amounts = rows["sale"], rows["margin"].astype(np.float64)
    days = rows["day"].astype(np.int64) + EPOCH
    known = days <= until.toordinal()
    bought = sale & known
    sales = Orders(codes[bought], days[bought], amounts[bought])
    back = ~sale & known
    returned = Orders(codes[back], rows["of"][back].astype(np.int64) + EPOCH, amounts[back])
    return OrderBook(
        ids,
        _with_returns(sales, returned),
        np.bincount(codes[sale], minlength=len(ids)),
        np.bincount(codes[~sale], minlength=len(ids)),
    )


def _with_returns(sales: Orders, returned: Orders) -> Orders:
    """The sales, and each return as a negative amount on the order day it belongs to."""
    if len(returned.days) == 0 or len(sales.days) == 0:
        return sales
    origin = int(min(sales.days.min(), returned.days.min()))
    span = int(max(sales.days.max(), returned.days.max())) - origin + 1
    visits = np.unique(sales.customers * span + sales.days - origin)
    wanted = np.searchsorted(visits, returned.customers * span + returned.days - origin, side="right") - 1
    # Before the customer's first order day there is none: then the first one takes it.
    wanted = np.where((wanted < 0) | (visits[wanted] // span != returned.customers), wanted + 1, wanted)
    visit = visits[np.minimum(wanted, len(visits) - 1)]
    theirs = visit // span == returned.customers
    return Orders(
        np.concatenate((sales.customers, returned.customers[theirs])),
        np.concatenate((sales.days, visit[theirs] % span + origin)),
        np.concatenate((sales.amounts, returned.amounts[theirs])),
    )


def _halves(ids: NDArray[np.void]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(ids).view(">u8").reshape(-1, 2).astype(np.uint64)


def _numbers(ids: NDArray[np.void]) -> NDArray[np.uint64]:
    """One 64-bit number for each UUID: equal for equal ones, and almost never equal for others."""
    halves = _halves(ids)
    return np.asarray(halves[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ halves[:, 1], np.uint64)


def _coded(ids: NDArray[np.void]) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """Distinct UUIDs in ascending order, and the place of each row's one among them."""
    _, first, codes = np.unique(_numbers(ids), return_index=True, return_inverse=True)
    distinct = np.ascontiguousarray(ids)[first]
    if not np.array_equal(distinct[codes], ids):
        # Two customers share a number: compare whole ids, which is slower.
        distinct, codes = np.unique(np.ascontiguousarray(ids), return_inverse=True)
    # Rows written in the order of their key find their pages in the cache.
    order = np.lexsort(_halves(distinct).T[::-1])
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return distinct[order], place[codes]

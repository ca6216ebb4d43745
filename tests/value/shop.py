"""Customers and orders for the value room's tests, inserted in bulk: what is tested is what is made of them."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from crm.models import Customer, Order
from crm.services.customers import open_customers
from crm.services.summaries import refresh_summaries
from value.engine import read_orders

CDNOW = Path(__file__).resolve().parents[2] / "value" / "engine" / "data" / "cdnow_sample.txt"
CALIBRATION_END = date(1997, 9, 30)
LAST_DAY = date(1998, 6, 30)


@dataclass(frozen=True)
class Bought:
    """One order row: whose (a label), when, its margin in minor units; a return is negative."""

    customer: str
    on: date
    margin: int
    kind: str = "sale"
    of: str = ""
    number: str = ""


def load(rows: Iterable[Bought], *, portfolio_id: uuid.UUID | None = None) -> dict[str, Customer]:
    """Open the customers named in the rows, insert their orders, refresh the summaries."""
    bought = list(rows)
    labels = sorted({row.customer for row in bought})
    customers = {
        label: Customer(name=f"Customer {label}", external_id=label, source="import") for label in labels
    }
    open_customers(list(customers.values()), portfolio_id=portfolio_id)
    add_orders(bought, customers)
    return customers


def add_orders(rows: Sequence[Bought], customers: dict[str, Customer]) -> None:
    made: dict[str, Order] = {}
    for row in rows:
        number = row.number or uuid.uuid4().hex
        made[number] = Order(
            external_id=number, customer=customers[row.customer], kind=row.kind,
            returns=made.get(row.of), ordered_at=datetime(row.on.year, row.on.month, row.on.day, 12, tzinfo=UTC),
            ordered_on=row.on, currency="GBP", gross=row.margin, net=row.margin, margin=row.margin,
            margin_is_estimate=False, source="import",
        )  # fmt: skip
    Order.objects.bulk_create(made.values(), batch_size=2000)
    refresh_summaries([customers[label].id for label in {row.customer for row in rows}])


def cdnow(*, until: date = LAST_DAY, shift: timedelta = timedelta(0), every: int = 1) -> list[Bought]:
    """The CDNOW sample, dollars as margin; shifted in time where a test needs its orders to be recent.

    `every`: only each so-manieth customer, where a test is about the work and not about the figures.
    """
    orders = read_orders(CDNOW, "cdnow").until(until.toordinal())
    cents = np.rint(orders.amounts * 100).astype(int).tolist()
    days = [date.fromordinal(day) + shift for day in orders.days.tolist()]
    labels = [orders.labels[code] for code in orders.customers.tolist()]
    rows = zip(labels, days, cents, strict=True)
    return [Bought(*row) for row in rows if int(row[0]) % every == 0]

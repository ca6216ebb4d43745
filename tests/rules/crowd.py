"""Customers drawn at random, with everything unknown that may be: the two back ends must say the same of each.

Their summaries are not what their orders add up to; no rule can tell.
"""

import string
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final, TypeVar

from crm.models import (
    ContactPoint,
    CostEvent,
    Customer,
    CustomerSummary,
    Order,
    OrderLine,
    Payment,
    Product,
    Segment,
    SegmentMember,
)
from crm.models.customer import Source
from crm.services.customers import open_customers
from tests.cast import Company

NOW: Final = datetime(2026, 3, 29, 3, 30, tzinfo=UTC)
"""Half past four in the morning on which London's clocks went forward."""
T = TypeVar("T")
_SOURCES: Final = [value for value, _ in Source.choices]
_MONEY: Final = (-(2**62), -5000, -1, 0, 1, 99, 100, 1250, 4000, 4001, 250_000, 10**12)


class Crowd:
    """Draws customers and what belongs to them; the same seed draws the same ones."""

    def __init__(self, company: Company, seed: int) -> None:
        self.company, self.random = company, Random(seed)

    def maybe(self, value: T, chance: float = 0.25) -> T | None:
        """None so often."""
        return None if self.random.random() < chance else value

    def day(self) -> date:
        return NOW.date() - timedelta(days=self.random.choice([-3, 0, 1, 2, 29, 30, 31, 89, 90, 365, 700]))

    def moment(self) -> datetime:
        """Often within an hour or two of a midnight."""
        at = datetime.combine(self.day(), datetime.min.time(), tzinfo=UTC)
        return at + timedelta(minutes=self.random.choice([-61, -60, -1, 0, 1, 59, 60, 61, 720]))

    def money(self) -> int:
        return self.random.choice([*_MONEY, self.random.randrange(-10_000, 10_000)])

    def word(self) -> str:
        return self.random.choice(
            ["", "Web", "SHOP", "phone", "ÜBER", "Zoë", "x%_\\'\"", "\U0001f9e6 sock", "ß"]
        )

    def fill(self, customers: int) -> None:
        """So many customers of the company, in its portfolios."""
        portfolios = [None, *(portfolio.id for portfolio in self.company.portfolio.values())]
        rows = [self._customer(n) for n in range(customers)]
        for n, portfolio in enumerate(portfolios):
            open_customers(rows[n :: len(portfolios)], portfolio_id=portfolio)
        self._summaries()
        self._contact_points(rows)
        self._orders(rows)
        self._segments(rows)

    def _customer(self, n: int) -> Customer:
        name = "".join(self.random.choices(string.ascii_letters + " éÅñ", k=self.random.randrange(1, 9)))
        return Customer(
            name=f"{self.random.choice(['Zoë', 'Anna', 'An', ''])} {name.strip() or 'x'}".strip(),
            external_id=self.maybe(f"K-{n}"),
            kind=self.random.choice(["person", "organisation"]),
            country=self.random.choice(["", "GB", "DE", "FR"]),
            language=self.random.choice(["", "en", "de-CH", "DE", "fr"]),
            time_zone=self.random.choice(["", "Europe/London", "America/New_York"]),
            source=self.random.choice(_SOURCES),
            created_at=self.moment(),
            acts_for=self.maybe(self.company.customer["ada"], 0.7),
        )

    def _summaries(self) -> None:
        rows = list(CustomerSummary.objects.all())
        for row in rows:
            values = self._summary()
            for column, value in values.items():
                setattr(row, column, value)
        CustomerSummary.objects.bulk_update(rows, list(values), batch_size=500)

    def _summary(self) -> dict[str, Any]:
        draw = self.random
        counts = {name: draw.choice([0, 0, 1, 2, 3, 4, 7, 40]) for name in ("orders", "returns")}
        sums = {
            name: self.money()
            for name in ("revenue", "margin", "margin_year", "margin_year_before", "cost_year")
        }
        values = {
            name: self.maybe(self.money()) for name in ("margin_3y", "value", "value_low", "value_high")
        }
        shares = {
            name: self.maybe(draw.choice([0.0, 0.1, 0.3, 0.5, 1.0])) for name in ("alive", "no_order_90")
        }
        return {
            **counts, **sums, **values, **shares,
            "status": draw.choice(["prospect", "active", "lapsed", "lost"]),
            "customer_kind": self.maybe(draw.choice(["most_valuable", "migrator"])),
            "score": draw.choice(["none", "scored", "one_order", "objected"]),
            "orders_year": self.maybe(draw.choice([0.0, 0.5, 2.5, 1e-9, 12.0])),
            "first_order_on": self.maybe(self.day()), "last_order_on": self.maybe(self.day()),
            "valued_at": self.maybe(self.moment()), "trashed": draw.random() < 0.05,
        }  # fmt: skip

    def _segments(self, customers: Sequence[Customer]) -> None:
        for name in ("Regulars", "Sleepers"):
            segment = Segment.objects.create(name=name, condition={"all": []}, defined_at=NOW, filled_at=NOW)
            some = [customer for customer in customers if self.random.random() < 0.4]
            SegmentMember.objects.bulk_create(
                [SegmentMember(segment=segment, customer=customer, since=NOW) for customer in some]
            )

    def _contact_points(self, customers: Sequence[Customer]) -> None:
        points = [
            ContactPoint(
                customer=customer, kind=kind, value=kind, value_key=kind, source="member",
                invalid_at=self.maybe(NOW, 0.8),
            )
            for customer in customers for kind in ("email", "phone", "post") if self.random.random() < 0.4
        ]  # fmt: skip
        ContactPoint.objects.bulk_create(points, batch_size=1000)

    def _orders(self, customers: Sequence[Customer]) -> None:
        products = [Product(external_id=f"P-{n}", name=f"Product {n}") for n in range(4)]
        Product.objects.bulk_create(products)
        orders = [
            self._order(f"{customer.id}-{n}", customer)
            for customer in customers for n in range(self.random.choice([0, 0, 1, 2, 5]))
        ]  # fmt: skip
        orders += [self._order(f"anonymous-{n}", None) for n in range(5)]
        Order.objects.bulk_create(orders, batch_size=1000)
        lines = [self._line(order, n, products) for order in orders for n in range(self.random.randrange(3))]
        OrderLine.objects.bulk_create(lines, batch_size=1000)
        payments = [self._payment(order) for order in orders if self.random.random() < 0.6]
        Payment.objects.bulk_create(payments, batch_size=1000)
        costs = [
            self._cost(customer, n) for customer in customers for n in range(self.random.choice([0, 0, 1, 3]))
        ]
        CostEvent.objects.bulk_create(costs, batch_size=1000)

    def _order(self, number: str, customer: Customer | None) -> Order:
        at, gross, discount = self.moment(), self.money(), self.random.choice([0, 0, 5])
        return Order(
            external_id=number, customer=customer, kind=self.random.choice(["sale", "sale", "return"]),
            ordered_at=at, ordered_on=at.date(), channel=self.word(), currency="GBP", gross=gross, discount=discount,
            net=gross - discount, margin=self.money(), margin_is_estimate=self.random.random() < 0.5,
            source=self.random.choice(_SOURCES),
        )  # fmt: skip

    def _line(self, order: Order, position: int, products: Sequence[Product]) -> OrderLine:
        return OrderLine(
            order=order, position=position, product=self.maybe(self.random.choice(products)),
            description=self.word(), quantity=Decimal(self.random.choice(["1", "-2", "0.125", "3.333"])),
            unit_price=Decimal("1.5"), amount=self.money(), discount=0, cost=self.maybe(self.money()),
        )  # fmt: skip

    def _payment(self, order: Order) -> Payment:
        return Payment(
            order=order, external_id=order.external_id, amount=self.money(), currency="GBP", method=self.word(),
            due_on=self.maybe(self.day()), paid_at=self.maybe(self.moment()),
        )  # fmt: skip

    def _cost(self, customer: Customer, n: int) -> CostEvent:
        minutes = Decimal(self.random.choice(["0", "0.25", "12.5", "60"]))
        return CostEvent(
            customer=customer, key=f"{customer.id}-{n}", kind=self.word() or "call", amount=self.money(),
            minutes=self.maybe(minutes), occurred_at=self.moment(),
        )  # fmt: skip

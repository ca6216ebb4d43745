"""Orders, returns, payments and costs, one at a time."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from crm.models import Order, OrderLine, TimelineEntry
from crm.services.costs import CostRefused, record_cost
from crm.services.orders import (
    Line,
    OrderConflict,
    OrderRefused,
    Paid,
    Recorded,
    record_order,
    record_payment,
    record_return,
)
from crm.services.products import save_product
from tenancy.context import tenant_context
from tenancy.models import OutboxEvent
from tests.cast import Company

YESTERDAY = timezone.now() - timedelta(days=1)
TEA = Line(Decimal(2), Decimal("4.50"), product="TEA", description="Tea")
CUP = Line(Decimal(1), Decimal("10"), product="CUP", description="Cup", discount=Decimal("1"))


def order(company: Company, number: str = "o-1", lines: tuple[Line, ...] = (TEA, CUP), **values) -> Recorded:
    values = {"customer": company.customer.get("ada"), "ordered_at": YESTERDAY, "source": "member", **values}
    return record_order(external_id=number, lines=lines, **values)


def test_an_order_has_its_sums_and_an_estimated_margin(in_a: Company) -> None:
    made = order(in_a, discount=Decimal("0.50")).order
    assert (made.gross, made.discount, made.net) == (1900, 150, 1750)
    assert (made.margin, made.margin_is_estimate) == (525, True)
    assert list(made.lines.order_by("position").values_list("position", "amount", "discount")) == [
        (1, 900, 0),
        (2, 1000, 100),
    ]


def test_costs_of_every_line_make_a_margin_that_is_no_estimate(in_a: Company) -> None:
    save_product(external_id="TEA", name="Tea", unit_cost=200)
    cup = Line(Decimal(1), Decimal("10"), product="CUP", cost=Decimal("3.00"))
    made = order(in_a, lines=(TEA, cup)).order
    assert (made.margin, made.margin_is_estimate) == (1900 - 400 - 300, False)


def test_the_summary_the_timeline_and_the_event_follow(in_a: Company) -> None:
    made = order(in_a).order
    summary = in_a.customer["ada"].summary
    summary.refresh_from_db()
    assert (summary.orders, summary.revenue, summary.status) == (1, 1800, "active")
    assert summary.last_order_on == made.ordered_on
    (entry,) = TimelineEntry.objects.filter(customer=in_a.customer["ada"], kind="order")
    assert (entry.title, entry.text) == ("Order o-1", "£18.00")
    event = OutboxEvent.objects.get(name="crm.order_recorded")
    assert event.payload == {"order_id": str(made.id), "customer_id": str(in_a.customer["ada"].id)}


def test_the_same_order_twice_is_one(in_a: Company) -> None:
    first, second = order(in_a), order(in_a)
    assert (first.outcome, second.outcome) == ("created", "unchanged")
    assert first.order.id == second.order.id
    assert OrderLine.objects.count() == 2
    assert OutboxEvent.objects.filter(name="crm.order_recorded").count() == 1


def test_other_content_is_refused_or_replaces(in_a: Company) -> None:
    first = order(in_a).order
    with pytest.raises(OrderConflict) as caught:
        order(in_a, lines=(TEA,))
    assert caught.value.order.id == first.id
    changed = order(in_a, lines=(TEA,), customer=in_a.customer["ben"], replace=True)
    assert (changed.outcome, changed.order.id, changed.order.net) == ("updated", first.id, 900)
    for name, revenue in (("ada", 0), ("ben", 900)):
        in_a.customer[name].summary.refresh_from_db()
        assert in_a.customer[name].summary.revenue == revenue
    assert not TimelineEntry.objects.filter(customer=in_a.customer["ada"], kind="order").exists()


def test_the_day_is_the_tenants(in_a: Company) -> None:
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert order(in_a, ordered_at=late).order.ordered_on == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"currency": "USD"}, "currency"),
        ({"number": " "}, "external_id"),
        ({"number": "x" * 81}, "external_id"),
        ({"number": "a\0b"}, "external_id"),
        ({"lines": ()}, "lines"),
        ({"lines": (Line(Decimal("1e9"), Decimal("1e9")),)}, "lines"),
        ({"lines": (Line(Decimal("NaN"), Decimal(1)),)}, "lines"),
        ({"lines": (Line(Decimal(1), Decimal("1e13")),)}, "lines"),
        ({"ordered_at": datetime(1899, 12, 31, tzinfo=UTC)}, "ordered_at"),
        ({"ordered_at": timezone.now() + timedelta(days=3)}, "ordered_at"),
        ({"ordered_at": datetime(2026, 1, 1)}, "ordered_at"),  # noqa: DTZ001
    ],
)
def test_nonsense_is_refused_and_nothing_written(in_a: Company, values: dict, field: str) -> None:
    with pytest.raises(OrderRefused) as caught:
        order(in_a, **values)
    assert caught.value.field == field
    assert not Order.objects.exists()
    assert not OutboxEvent.objects.filter(name="crm.order_recorded").exists()


def test_an_anonymous_sale_belongs_to_nobody(in_a: Company) -> None:
    made = order(in_a, customer=None).order
    assert made.customer is None
    assert not TimelineEntry.objects.filter(kind="order").exists()


def test_a_matched_return_is_negative_and_the_buyers(in_a: Company) -> None:
    sale = order(in_a).order
    back = record_return(
        external_id="r-1", order=sale, returned_at=YESTERDAY, source="member",
        lines=[Line(Decimal(1), Decimal("4.50"), product="TEA")],
    ).order  # fmt: skip
    assert (back.kind, back.net, back.returns_id) == ("return", -450, sale.id)
    assert back.customer_id == in_a.customer["ada"].id
    summary = in_a.customer["ada"].summary
    summary.refresh_from_db()
    assert (summary.orders, summary.returns, summary.revenue) == (1, 1, 1350)
    entry = TimelineEntry.objects.get(kind="return")
    assert (entry.title, entry.text) == ("Return r-1", "−£4.50")


def test_no_more_comes_back_than_was_bought(in_a: Company) -> None:
    sale = order(in_a).order
    with pytest.raises(OrderRefused, match="More would come back"):
        record_return(external_id="r-1", order=sale, returned_at=YESTERDAY, source="member",
                      lines=[Line(Decimal(3), Decimal("10"))])  # fmt: skip
    assert not Order.objects.filter(external_id="r-1").exists()


def test_an_unmatched_return_stands_alone(in_a: Company) -> None:
    back = record_return(external_id="r-2", customer=in_a.customer["ben"], returned_at=YESTERDAY,
                         source="member", lines=[TEA])  # fmt: skip
    assert (back.order.net, back.order.returns_id) == (-900, None)


def test_a_payment_is_recorded_once_and_may_be_settled(in_a: Company) -> None:
    due = Paid("p-1", Decimal("18"), due_on=YESTERDAY.date())
    sale = order(in_a, payments=[due]).order
    paid = record_payment(order=sale, payment=Paid("p-1", Decimal("18"), paid_at=YESTERDAY))
    assert (paid.amount, paid.paid_at) == (1800, YESTERDAY)
    with pytest.raises(OrderRefused, match="other content"):
        record_payment(order=sale, payment=Paid("p-1", Decimal("17")))


def test_a_cost_is_posted_once(in_a: Company) -> None:
    values = {"customer": in_a.customer["ada"], "key": "call:1", "kind": "minutes", "occurred_at": YESTERDAY}
    first, new = record_cost(amount=250, **values)
    again, newer = record_cost(amount=250, **values)
    assert (first.id, new, newer) == (again.id, True, False)
    in_a.customer["ada"].summary.refresh_from_db()
    assert in_a.customer["ada"].summary.cost_year == 250
    with pytest.raises(CostRefused):
        record_cost(amount=300, **values)


def test_the_same_number_in_another_company_is_another_order(in_a: Company, company_b: Company) -> None:
    mine = order(in_a).order
    with tenant_context(company_b.tenant.id):
        theirs = order(company_b, customer=company_b.customer["cleo"])
        assert theirs.outcome == "created"
        assert Order.objects.get().id != mine.id

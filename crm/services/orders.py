"""Orders, returns and payments, one at a time. Files of them go through crm.imports, by the same rules.

An order is known by its number: the same content again is the order that is there; other content is refused,
or replaces it where the caller says so (PUT).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone

from crm.events import OrderRecorded
from crm.models import Customer, Order, OrderLine, Payment, TimelineEntry
from crm.services.products import ensure_products
from crm.services.summaries import refresh_summaries
from crm.services.timeline import Entry, add_entry
from tenancy.models import TenantProfile
from tenancy.money import money_text, to_minor
from tenancy.outbox import emit

EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
MOST: Final = 10**12
"""No amount is beyond this many minor units: what is, is a slip of the key."""
QUANTITY, PRICE = Decimal("0.001"), Decimal("0.0001")


class OrderRefused(ValueError):
    """The order cannot be recorded so; nothing was written. `field` says what to mend."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class OrderConflict(OrderRefused):
    """The number belongs to an order with other content."""

    def __init__(self, order: Order) -> None:
        super().__init__(
            f"Order {order.external_id} is there already, with other content.", field="external_id"
        )
        self.order = order


@dataclass(frozen=True)
class Line:
    """A line as stated: money in major units; `discount` and `cost` of the whole line. `product` is its number."""

    quantity: Decimal
    unit_price: Decimal
    product: str = ""
    description: str = ""
    discount: Decimal = Decimal(0)
    cost: Decimal | None = None


@dataclass(frozen=True)
class Paid:
    """A payment of an order, made or due. Money in major units of the order's currency."""

    external_id: str
    amount: Decimal
    method: str = ""
    due_on: date | None = None
    paid_at: datetime | None = None


@dataclass(frozen=True)
class Recorded:
    """The order, and what became of the request: "created", "unchanged" or "updated"."""

    order: Order
    outcome: str


@dataclass(frozen=True)
class _Draft:
    order: Order
    lines: list[OrderLine]
    costs_stated: bool


def record_order(
    *, external_id: str, customer: Customer | None, ordered_at: datetime, lines: Sequence[Line], source: str,
    source_detail: str = "", currency: str = "", discount: Decimal = Decimal(0), channel: str = "",
    payments: Sequence[Paid] = (), replace: bool = False,
) -> Recorded:  # fmt: skip
    """Record one sale with its lines; without a customer it is an anonymous sale, outside value.

    `discount` is that of the whole order, beside those of the lines. `currency` is the tenant's (the only one
    taken for now). Raises OrderRefused, and OrderConflict for a number that is taken unless `replace`.
    """
    order = Order(
        external_id=external_id.strip(), customer=customer, kind=Order.Kind.SALE, ordered_at=ordered_at,
        channel=channel[:40], currency=currency, source=source, source_detail=source_detail[:200],
    )  # fmt: skip
    return _record(order, lines, discount, payments, replace=replace)


def record_return(
    *, external_id: str, returned_at: datetime, lines: Sequence[Line], source: str, order: Order | None = None,
    customer: Customer | None = None, source_detail: str = "", currency: str = "", channel: str = "",
    payments: Sequence[Paid] = (), replace: bool = False,
) -> Recorded:  # fmt: skip
    """Record what came back, matched to its `order` or not. Quantities are what came back: positive.

    The customer of a matched return is the order's. Raises OrderRefused, also when more money would come back
    than the order brought, and OrderConflict.
    """
    if any(line.quantity < 0 for line in lines):
        raise OrderRefused("Write what came back as a positive quantity.", field="lines")
    with transaction.atomic():
        buyer = _buyer_of(order, customer)
        row = Order(
            external_id=external_id.strip(), customer=buyer, kind=Order.Kind.RETURN, returns=order,
            ordered_at=returned_at, channel=channel[:40], currency=currency, source=source,
            source_detail=source_detail[:200],
        )  # fmt: skip
        back = [_turned(line) for line in lines]
        recorded = _record(row, back, Decimal(0), payments, replace=replace)
        if order and recorded.outcome != "unchanged":
            _require_no_more_than_bought(order)
    return recorded


def _turned(line: Line) -> Line:
    """The line of a return: quantity, discount and cost with the sign of what leaves us."""
    return Line(
        quantity=-line.quantity, unit_price=line.unit_price, product=line.product,
        description=line.description, discount=-line.discount, cost=None if line.cost is None else -line.cost,
    )  # fmt: skip


def _buyer_of(order: Order | None, customer: Customer | None) -> Customer | None:
    if order is None:
        return customer
    # Locked, so that two returns at once cannot together give back more than was bought.
    Order.objects.select_for_update(no_key=True).get(id=order.id)
    if order.kind != Order.Kind.SALE:
        raise OrderRefused(f"{order.external_id} is a return itself.", field="order")
    if customer and customer.id != order.customer_id:
        raise OrderRefused(f"Order {order.external_id} belongs to another customer.", field="customer")
    return order.customer


def _require_no_more_than_bought(order: Order) -> None:
    back = sum(Order.objects.filter(returns=order).values_list("net", flat=True))
    if -back > order.net:
        raise OrderRefused(f"More would come back than order {order.external_id} brought.", field="lines")


def _record(
    order: Order, lines: Sequence[Line], discount: Decimal, payments: Sequence[Paid], *, replace: bool
) -> Recorded:
    profile = TenantProfile.objects.get()
    with transaction.atomic():
        draft = _draft(order, lines, discount, profile)
        there = _find(order.external_id) or _insert(draft)
        if there is None:
            result = Recorded(order, "created")
        elif _same(there, draft):
            result = Recorded(there, "unchanged")
        elif replace:
            result = Recorded(_replace(there, draft), "updated")
        else:
            raise OrderConflict(there)
        for payment in payments:
            record_payment(order=result.order, payment=payment)
    return result


def _draft(order: Order, lines: Sequence[Line], discount: Decimal, profile: TenantProfile) -> _Draft:
    """The order as it would be written, with its sums. Raises OrderRefused."""
    if not order.external_id or len(order.external_id) > 80 or "\0" in order.external_id:
        raise OrderRefused("An order needs a number of at most 80 printable characters.", field="external_id")
    order.currency = _require_currency(order.currency, profile)
    require_plausible_time(order.ordered_at, field="ordered_at")
    order.ordered_on = order.ordered_at.astimezone(ZoneInfo(profile.time_zone)).date()
    if not lines:
        raise OrderRefused("An order needs at least one line.", field="lines")
    for line in lines:
        _require_sense(line)
    products = ensure_products({line.product: line.description for line in lines if line.product})
    rows = [_row(order, number, line, products) for number, line in enumerate(lines, start=1)]
    order.gross = sum(row.amount for row in rows)
    if abs(order.gross) > MOST:
        raise OrderRefused("The sum is beyond what an order can be.", field="lines")
    order.discount = _money(discount, order.currency, "discount") + sum(row.discount for row in rows)
    order.net = order.gross - order.discount
    order.margin, order.margin_is_estimate = margin_of(order.net, [row.cost for row in rows], profile)
    return _Draft(order, rows, costs_stated=any(line.cost is not None for line in lines))


def _require_sense(line: Line) -> None:
    """Raise OrderRefused for what no column could hold."""
    numbers = (line.quantity, line.unit_price, line.discount, line.cost or Decimal(0))
    if not all(number.is_finite() for number in numbers):
        raise OrderRefused("Quantities and amounts are plain numbers.", field="lines")
    if abs(line.quantity) >= 10**11 or abs(line.unit_price) >= 10**12:
        raise OrderRefused("A quantity or price is beyond what an order can be.", field="lines")
    if len(line.product) > 80 or "\0" in line.product + line.description:
        raise OrderRefused("A product has a number of at most 80 printable characters.", field="lines")


def _row(order: Order, position: int, line: Line, products: dict[str, Any]) -> OrderLine:
    product = products[line.product] if line.product else None
    quantity = line.quantity.quantize(QUANTITY, ROUND_HALF_UP)
    price = line.unit_price.quantize(PRICE, ROUND_HALF_UP)
    cost = None if line.cost is None else _money(line.cost, order.currency, "lines")
    if cost is None and product is not None and product.unit_cost is not None:
        cost = int((product.unit_cost * quantity).quantize(Decimal(1), ROUND_HALF_UP))
    return OrderLine(
        order=order, position=position, product=product, description=line.description[:200], quantity=quantity,
        unit_price=price, amount=_money(quantity * price, order.currency, "lines"),
        discount=_money(line.discount, order.currency, "lines"), cost=cost,
    )  # fmt: skip


def margin_of(net: int, costs: Sequence[int | None], profile: TenantProfile) -> tuple[int, bool]:
    """Margin in minor units, and whether it is an estimate.

    Net less goods where every line has a cost, else net by the tenant's margin rate, halves away from zero. Its twin
    for files is `_ORDERS` in crm/imports/order_sql.py; test_the_file_and_the_service_agree holds them together.
    """
    known = [cost for cost in costs if cost is not None]
    if len(known) == len(costs):
        return net - sum(known), False
    return int((net * profile.margin_rate).quantize(Decimal(1), ROUND_HALF_UP)), True


def _money(amount: Decimal, currency: str, field: str) -> int:
    minor = to_minor(amount, currency)
    if abs(minor) > MOST:
        raise OrderRefused(f"{amount:,f} {currency} is beyond what an order can be.", field=field)
    return minor


def _require_currency(currency: str, profile: TenantProfile) -> str:
    if currency and currency.upper() != profile.currency:
        raise OrderRefused(
            f"Orders are taken in {profile.currency} only for now; {currency!r} would need a rate.",
            field="currency",
        )
    return profile.currency


def require_plausible_time(at: datetime, *, field: str) -> None:
    """Raise OrderRefused for a time without offset, before 1900 or more than a day ahead."""
    if at.tzinfo is None:
        raise OrderRefused("Say the time with its offset, as 2026-05-01T12:00:00+02:00.", field=field)
    if not EARLIEST <= at <= timezone.now() + timedelta(days=1):
        raise OrderRefused(f"{at:%Y-%m-%d} is before 1900 or in the future.", field=field)


def _find(external_id: str) -> Order | None:
    return Order.objects.select_for_update(no_key=True).filter(external_id=external_id).first()


def _insert(draft: _Draft) -> Order | None:
    """Write a new order; the one that is there when somebody else was faster."""
    try:
        with transaction.atomic():
            draft.order.save(force_insert=True)
    except IntegrityError as error:
        if "order_external_id_once" in str(error):
            return Order.objects.select_for_update(no_key=True).get(external_id=draft.order.external_id)
        raise
    OrderLine.objects.bulk_create(draft.lines)
    _tell(draft.order, {draft.order.customer_id})
    return None


_HEAD = ("customer_id", "kind", "returns_id", "ordered_at", "channel", "currency", "gross", "discount")
_LINE = ("position", "product_id", "description", "quantity", "unit_price", "discount")


def _same(there: Order, draft: _Draft) -> bool:
    """Whether the content is the same. Margins are ours, and so are costs that the sender did not state."""
    if any(getattr(there, field) != getattr(draft.order, field) for field in _HEAD):
        return False
    fields = (*_LINE, "cost") if draft.costs_stated else _LINE
    stored = list(OrderLine.objects.filter(order=there).order_by("position").values_list(*fields))
    return stored == [tuple(getattr(row, field) for field in fields) for row in draft.lines]


def _replace(there: Order, draft: _Draft) -> Order:
    if there.kind != draft.order.kind:
        raise OrderRefused(f"{there.external_id} is a {there.kind}; that cannot change.", field="external_id")
    touched = {there.customer_id, draft.order.customer_id}
    written = (*_HEAD, "ordered_on", "net", "margin", "margin_is_estimate", "source", "source_detail")
    for field in written:
        setattr(there, field, getattr(draft.order, field))
    there.save(update_fields=[field.removesuffix("_id") for field in written])
    OrderLine.objects.filter(order=there).delete()
    for row in draft.lines:
        row.order = there
    OrderLine.objects.bulk_create(draft.lines)
    TimelineEntry.objects.filter(key=timeline_key(there.id)).delete()
    _tell(there, touched)
    return there


def _tell(order: Order, customers: set[UUID | None]) -> None:
    """Timeline, summaries and the event: what follows from an order in its own transaction."""
    if order.customer_id:
        kind = "return" if order.kind == Order.Kind.RETURN else "order"
        title = f"{kind.capitalize()} {order.external_id}"
        text = money_text(order.net, order.currency)
        add_entry(Entry(order.customer_id, order.ordered_at, kind, timeline_key(order.id), title, text))
    refresh_summaries([customer for customer in customers if customer])
    emit(OrderRecorded(order_id=order.id, customer_id=order.customer_id))


def timeline_key(order_id: UUID) -> str:
    """The key of an order's entry in the timeline; imports write the same one."""
    return f"order:{order_id}"


def record_payment(*, order: Order, payment: Paid) -> Payment:
    """Record a payment of an order once; the same number again may settle it, not change its amount.

    Raises OrderRefused for a number that belongs to another order or amount.
    """
    amount = _money(payment.amount, order.currency, "payments")
    if not payment.external_id or len(payment.external_id) > 80:
        raise OrderRefused("A payment needs a number of at most 80 characters.", field="payments")
    row, created = Payment.objects.get_or_create(
        external_id=payment.external_id,
        defaults={"order": order, "amount": amount, "currency": order.currency, "method": payment.method[:40],
                  "due_on": payment.due_on, "paid_at": payment.paid_at},
    )  # fmt: skip
    if (row.order_id, row.amount) != (order.id, amount):
        raise OrderRefused(
            f"Payment {row.external_id} is there already, with other content.", field="payments"
        )
    if not created and row.paid_at is None and payment.paid_at:
        row.paid_at = payment.paid_at
        row.save(update_fields=["paid_at"])
    return row

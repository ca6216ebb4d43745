"""What is known about one customer's future. The caller has already asked whether the customer may be seen."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from crm.models import Order
from crm.services.summaries import tenant_today
from tenancy.models import TenantProfile
from value.engine import predict
from value.models import ModelFit, ValueSnapshot
from value.services import learning
from value.services.order_days import Whose, read_orders

DAYS_SHOWN: Final = 60


@dataclass(frozen=True)
class Outlook:
    """Expected orders and margins (minor units) of the next 90 days, one year and three years.

    margin_per_order: the expected margin of the next order day.
    """

    orders_90: float
    orders_1y: float
    orders_3y: float
    margin_per_order: int
    margin_90: int
    margin_1y: int
    margin_3y: int
    fit: ModelFit


def customer_outlook(customer_id: UUID) -> Outlook | None:
    """The outlook under the current fit; None without a fit, without an order, or after an objection."""
    fit = learning.current_fit()
    if fit is None:
        return None
    as_of = learning.value_day(tenant_today(TenantProfile.objects.get()))
    histories = read_orders(Whose(ids=(customer_id,)), as_of).histories(as_of)
    if len(histories) == 0:
        return None
    said = predict(learning.model_of(fit), histories)
    return Outlook(
        orders_90=float(said.expected_orders_90[0]),
        orders_1y=float(said.expected_orders_1y[0]),
        orders_3y=float(said.expected_orders_3y[0]),
        margin_per_order=round(said.expected_margin_per_order[0]),
        margin_90=round(said.expected_margin_90[0]),
        margin_1y=round(said.expected_margin_1y[0]),
        margin_3y=round(said.expected_margin_3y[0]),
        fit=fit,
    )


def value_history(customer_id: UUID, most: int = 24) -> list[tuple[date, int]]:
    """(month's end, lifetime value), oldest first: the sparkline of the header."""
    rows = ValueSnapshot.objects.filter(
        customer_id=customer_id, occasion=ValueSnapshot.Occasion.MONTH_END, value__isnull=False
    ).order_by("-taken_on")
    return list(reversed(rows.values_list("taken_on", "value")[:most]))  # type: ignore[arg-type]


def order_days(customer_id: UUID, most: int = DAYS_SHOWN) -> list[date]:
    """The latest days on which the customer bought, oldest first: the dots of the rhythm strip."""
    days = (
        Order.objects.filter(customer_id=customer_id, kind=Order.Kind.SALE)
        .order_by("-ordered_on")
        .values_list("ordered_on", flat=True)
        .distinct()
    )
    return list(reversed(days[:most]))

"""What we know of one person and where each part comes from: what their data page says on one screen.

Whole rows are in the export; here stands what a person would look for first, each with its source and one action.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from crm.models import ContactPoint, Customer, CustomerSummary, DatumSource, Order
from crm.selectors.customers import usual_gap
from privacy.models import ConsentChain, ConsentEvent

FACTS: Final = ("name", "country", "language", "time_zone")
CORRECTABLE: Final = (*FACTS, *ContactPoint.Kind.values)
LABELS: Final = {"language": "spoken"}
"""Keys of texts, where they differ from the field."""
SAID: Final = 20


@dataclass(frozen=True)
class Known:
    """One datum: `label` and `source` are keys of texts, `value` stands as it is."""

    field: str
    label: str
    value: str
    source: str
    since: datetime
    confirmed_on: datetime | None = None


@dataclass(frozen=True)
class Bought:
    count: int
    last: datetime


@dataclass(frozen=True)
class WorkedOut:
    """What was concluded from orders; None where nothing was. `objected_at`: then nothing is."""

    objected_at: datetime | None
    orders: int
    days: int | None
    has_worth: bool
    alive_percent: int | None
    has_kind: bool

    @property
    def is_empty(self) -> bool:
        return not (self.days or self.has_worth or self.alive_percent is not None or self.has_kind)


def facts_of(customer: Customer) -> list[Known]:
    """Attributes that are known, each from where it came: by itself, else with the whole record."""
    own = {row.field: row for row in DatumSource.objects.filter(customer=customer)}
    return [_fact(customer, field, own.get(field)) for field in FACTS if getattr(customer, field)]


def _fact(customer: Customer, field: str, own: DatumSource | None) -> Known:
    source, since = (own.source, own.recorded_at) if own else (customer.source, customer.created_at)
    return Known(field, LABELS.get(field, field), getattr(customer, field), source, since)


def points_of(customer: Customer) -> list[Known]:
    rows = ContactPoint.objects.filter(customer=customer).order_by("kind", "-is_primary", "id")
    return [Known(row.kind, row.kind, row.value, row.source, row.created_at, row.verified_at) for row in rows]


def values_of(customer: Customer, field: str) -> list[str]:
    """What stands there now; empty where nothing does."""
    return [one.value for one in (*facts_of(customer), *points_of(customer)) if one.field == field]


def bought_by(customer: Customer) -> Bought | None:
    sales = Order.objects.filter(customer=customer, kind=Order.Kind.SALE)
    last = sales.order_by("-ordered_at", "id").values_list("ordered_at", flat=True).first()
    return Bought(sales.count(), last) if last else None


def worked_out_about(customer: Customer) -> WorkedOut:
    """Objection goes first: then whatever the last nightly run left is not shown any more, and goes with the next."""
    chain = ConsentChain.objects.filter(customer=customer).first()
    objected_at = chain.profiling_objected_at if chain else None
    row = CustomerSummary.objects.get(customer=customer)
    if objected_at:
        return WorkedOut(objected_at, row.orders, None, False, None, False)
    gap = usual_gap(row.orders, row.first_order_on, row.last_order_on)
    scored = row.score == CustomerSummary.Score.SCORED and row.alive is not None
    return WorkedOut(
        objected_at=None,
        orders=row.orders,
        days=round(gap) if gap else None,
        has_worth=row.value is not None,
        alive_percent=round(100 * row.alive) if scored and row.alive is not None else None,
        has_kind=bool(row.customer_kind),
    )


def said_by(customer: Customer) -> list[ConsentEvent]:
    """The last things the person said about messages, newest first."""
    return list(ConsentEvent.objects.filter(customer=customer).order_by("-sequence")[:SAID])

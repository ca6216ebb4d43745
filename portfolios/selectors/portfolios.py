"""What the pages of portfolios show: sums, who is worth a visit today, who moved in and out.

Money is in minor units of the tenant's currency; chances are shares from 0 to 1.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Avg, Count, Exists, ExpressionWrapper, F, FloatField, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from crm.models import Customer, CustomerSummary, Order
from crm.selectors.scope import visible_summaries
from crm.services.summaries import tenant_today
from portfolios.models import Assignment, Portfolio, Transfer
from portfolios.selectors.records import visible_portfolio_rows, visible_transfers
from portfolios.selectors.value import PortfolioValue, fiscal_quarter
from tenancy.access import Access
from tenancy.context import current_tenant_id
from tenancy.models import TenantProfile
from value.selectors.equity import model_miss, sum_range
from value.services.learning import current_fit

LIKELY: Final = 0.5
"""From this chance of no order in 90 days on, a customer of value is worth seeing today."""
DOTS: Final = 400


@dataclass(frozen=True)
class Dot:
    """One customer in the picture of value against the chance of staying away."""

    customer_id: UUID
    name: str
    value: int
    no_order_90: float

    @property
    def at_stake(self) -> int:
        return round(self.value * self.no_order_90)


@dataclass(frozen=True)
class Picture:
    """At most DOTS customers; `split` is the value of the average scored customer."""

    dots: list[Dot]
    split: float
    scored: int


@dataclass(frozen=True)
class Movement:
    """A transfer as one portfolio saw it."""

    transfer: Transfer
    customers: int
    came_in: bool
    other: str


def open_portfolios(access: Access) -> list[Portfolio]:
    """Open portfolios in scope, by name, with manager and unit."""
    return list(visible_portfolio_rows(access).filter(closed_at=None).order_by("name"))


def all_open_portfolios() -> list[Portfolio]:
    """Every portfolio of the tenant that takes customers in, by name: the names are no secret, the customers are."""
    rows = Portfolio.objects.select_related("manager").filter(closed_at=None, closing_to=None)
    return list(rows.order_by("name"))


def all_portfolios() -> list[Portfolio]:
    return list(Portfolio.objects.order_by("name"))


def range_together(worths: Iterable[PortfolioValue]) -> tuple[int, int]:
    """10 % and 90 % point of several portfolios as one: chance cancels out, the model's own miss does not."""
    rows = list(worths)
    value, variance = sum(row.value for row in rows), sum(row.variance for row in rows)
    return sum_range(value, variance, model_miss(current_fit()))


def margin_last_quarter(portfolio: Portfolio, profile: TenantProfile) -> int:
    """All of the fiscal quarter before this one, of the customers of today."""
    start = fiscal_quarter(tenant_today(profile), profile.fiscal_year_starts)
    before = fiscal_quarter(start - timedelta(days=1), profile.fiscal_year_starts)
    rows = Order.objects.filter(
        customer__summary__portfolio_id=portfolio.id, customer__summary__trashed=False,
        ordered_on__gte=before, ordered_on__lt=start,
    )  # fmt: skip
    return rows.aggregate(margin=Sum("margin"))["margin"] or 0


def _summaries(ids: list[UUID]) -> QuerySet[CustomerSummary]:
    return CustomerSummary.objects.filter(portfolio_id__in=ids, trashed=False)


_SCORED = Q(value__isnull=False, no_order_90__isnull=False)
_AT_STAKE = ExpressionWrapper(F("value") * F("no_order_90"), output_field=FloatField())


def picture_of(portfolio: Portfolio) -> Picture:
    """Those with most at stake, and as many others as make the picture true to the whole."""
    rows = _summaries([portfolio.id]).filter(_SCORED, value__gt=0)
    whole = rows.aggregate(scored=Count("customer_id"), average=Avg("value"))
    split = float(whole["average"] or 0)
    first = _dots(rows.annotate(stake=_AT_STAKE).order_by("-stake", "customer_id")[: DOTS // 4])
    shown = {dot.customer_id for dot in first}
    rest = _dots(rows.exclude(customer_id__in=shown).order_by("customer_id")[: DOTS - len(first)])
    return Picture(first + rest, split, whole["scored"])


def to_see_today(portfolio: Portfolio, split: float, most: int = 8) -> tuple[list[Dot], int, int]:
    """Customers worth more than the average who will more likely than not stay away: the first ones by what
    is at stake, how many there are, and what they are worth together."""
    rows = _summaries([portfolio.id]).filter(_SCORED, value__gte=split, no_order_90__gte=LIKELY, value__gt=0)
    whole = rows.aggregate(customers=Count("customer_id"), worth=Sum("value"))
    first = _dots(rows.annotate(stake=_AT_STAKE).order_by("-stake", "customer_id")[:most])
    return first, whole["customers"], whole["worth"] or 0


def ranked_customers(portfolio: Portfolio, most: int = 10) -> list[CustomerSummary]:
    """Its customers by value, the first ones; the customers list has all of them."""
    rows = _summaries([portfolio.id]).select_related("customer").filter(value__isnull=False)
    return list(rows.order_by("-value", "-customer_id")[:most])


def _dots(rows: QuerySet[CustomerSummary]) -> list[Dot]:
    values = rows.values_list("customer_id", "customer__name", "value", "no_order_90")
    return [Dot(key, name, value or 0, chance or 0.0) for key, name, value, chance in values]


def statuses_of(portfolio: Portfolio) -> list[tuple[str, int, int]]:
    """(status in words, customers, value), from prospect to lost."""
    rows = _summaries([portfolio.id]).values_list("status").annotate(Count("customer_id"), Sum("value"))
    found = {status: (customers, value or 0) for status, customers, value in rows}
    return [(str(label), *found.get(key, (0, 0))) for key, label in Customer.Status.choices]


# A transfer out is the transfer of the period that follows.
_MOVES: Final = """
SELECT moved.transfer_id, count(*), true, NULL::uuid FROM portfolios_assignment AS moved
 WHERE moved.tenant_id = %(tenant)s AND moved.portfolio_id = %(portfolio)s AND moved.transfer_id IS NOT NULL
   AND lower(moved.period) >= %(since)s
 GROUP BY 1
UNION ALL
SELECT after.transfer_id, count(*), false, after.portfolio_id FROM portfolios_assignment AS before
  JOIN portfolios_assignment AS after ON after.tenant_id = %(tenant)s
   AND after.customer_id = before.customer_id AND lower(after.period) = upper(before.period)
 WHERE before.tenant_id = %(tenant)s AND before.portfolio_id = %(portfolio)s
   AND upper(before.period) IS NOT NULL AND upper(before.period) >= %(since)s AND after.transfer_id IS NOT NULL
 GROUP BY 1, 4
"""


def movements_of(portfolio: Portfolio, *, since: datetime) -> list[Movement]:
    """Transfers in and out since then, newest first."""
    values: dict[str, Any] = {"tenant": current_tenant_id(), "portfolio": portfolio.id, "since": since}
    with connection.cursor() as cursor:
        cursor.execute(_MOVES, values)
        found = cursor.fetchall()
    transfers = Transfer.objects.in_bulk([row[0] for row in found])
    names = dict(Portfolio.objects.values_list("id", "name"))
    moves = [
        Movement(transfers[transfer], customers, came_in, names.get(to, ""))
        for transfer, customers, came_in, to in found
    ]
    return sorted(moves, key=lambda move: move.transfer.at, reverse=True)


def month_start() -> datetime:
    """The first moment of this month, in the active time zone."""
    now = timezone.localtime()
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def moved_by(transfer: Transfer, access: Access) -> QuerySet[Assignment]:
    """Who was moved by one transfer, as far as the scope reaches them now."""
    within = visible_summaries(access).filter(customer_id=OuterRef("customer_id"))
    rows = Assignment.objects.select_related("customer").filter(transfer=transfer)
    return rows.filter(Exists(within))


def visible_transfer(access: Access, transfer_id: UUID) -> Transfer | None:
    return visible_transfers(access).select_related("to").filter(id=transfer_id).first()


def duties_in_words(member_id: UUID) -> list[str]:
    """What would move if this member left: "Alice's portfolio, 412 customers"."""
    rows = Portfolio.objects.filter(manager_id=member_id, closed_at=None).order_by("name")
    counts = dict(
        _summaries([row.id for row in rows]).values_list("portfolio_id").annotate(Count("customer_id"))
    )
    return [f"{row.name}, {_customers(counts.get(row.id, 0))}" for row in rows]


def _customers(count: int) -> str:
    return f"{count:,} customer{'' if count == 1 else 's'}"


def summaries_to_move(access: Access, customer_ids: Iterable[UUID]) -> list[CustomerSummary]:
    """Those chosen for a transfer who are in the scope, by name."""
    rows = visible_summaries(access).select_related("customer").filter(customer_id__in=list(customer_ids))
    return list(rows.order_by("name_key", "customer_id"))

"""Customer equity: the sum of lifetime values of the customers somebody may see, and how it is spread.

A sum's range is honest about two things: chance (customers independent of each other, each with the spread of
their own 10 % to 90 % interval) and the share by which the model missed the margin of the weeks that were hidden
from it, which does not cancel out. Money is in minor units.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, FloatField, Sum
from django.db.models.functions import Cast, Power

from crm.models import CustomerSummary
from crm.selectors.scope import visible_portfolios, visible_summaries
from tenancy.access import Access
from value.models import EquityPoint, ModelFit
from value.services.learning import current_fit
from value.services.snapshots import TEN_TO_NINETY, is_month_end

Score = CustomerSummary.Score

VARIANCE: Final = Sum(
    Power(Cast(F("value_high") - F("value_low"), FloatField()) / TEN_TO_NINETY, 2.0), default=0.0
)


@dataclass(frozen=True)
class Worth:
    """A sum of lifetime values: of `scored` among `customers`. low, high: 8 outcomes in 10."""

    value: int
    low: int
    high: int
    customers: int
    scored: int
    margin_3y: int
    orders_year: float


@dataclass(frozen=True)
class PortfolioWorth:
    portfolio_id: UUID | None
    worth: Worth
    share: float


@dataclass(frozen=True)
class Share:
    """A part of the scored customers, most valuable first, and what they hold of the whole."""

    label: str
    customers: int
    value: int
    share: float


@dataclass(frozen=True)
class Equity:
    """history: (month's end, sum) oldest first; unscored: (words, customers)."""

    worth: Worth
    portfolios: tuple[PortfolioWorth, ...]
    unscored: tuple[tuple[str, int], ...]
    shares: tuple[Share, ...]
    history: tuple[tuple[date, int], ...]
    top: tuple[CustomerSummary, ...]


def customer_equity(access: Access) -> Equity:
    """Everything the equity page shows, for the customers in the scope of `access`."""
    fit, rows = current_fit(), _by_portfolio_and_score(access)
    whole = _worth(rows, fit)
    return Equity(
        worth=whole,
        portfolios=_by_portfolio(rows, whole, fit),
        unscored=_unscored(rows),
        shares=value_shares(access, whole.value),
        history=equity_history(access),
        top=top_customers(access),
    )


def top_customers(access: Access, most: int = 5) -> tuple[CustomerSummary, ...]:
    """The most valuable customers, with their names."""
    rows = visible_summaries(access).filter(value__isnull=False).select_related("customer")
    return tuple(rows.order_by("-value", "-customer")[:most])


def equity_history(access: Access) -> tuple[tuple[date, int], ...]:
    """Sums at each month's end, of the portfolios in scope, as they were composed then."""
    points = EquityPoint.objects.all()
    portfolios = visible_portfolios(access)
    points = points if portfolios is None else points.filter(portfolio_id__in=portfolios)
    sums = points.values_list("taken_on").annotate(value=Sum("value")).order_by("taken_on")
    return tuple((day, value) for day, value in sums if is_month_end(day))


def sum_range(value: int, variance: float, miss: float) -> tuple[int, int]:
    """10 % and 90 % point of a sum: chance and the model's own miss, as if independent of each other."""
    spread = (variance * (TEN_TO_NINETY / 2) ** 2 + (value * miss) ** 2) ** 0.5
    return round(value - spread), round(value + spread)


def model_miss(fit: ModelFit | None) -> float:
    """The share by which the model missed the margin of the hidden weeks, without a sign."""
    if fit is None:
        return 0.0
    check = fit.evidence["value"]
    return abs(check["expected"] - check["actual"]) / abs(check["actual"]) if check["actual"] else 1.0


Row = dict[str, Any]


def _by_portfolio_and_score(access: Access) -> list[Row]:
    rows = visible_summaries(access).values("portfolio_id", "score")
    summed = rows.annotate(
        customers=Count("customer_id"),
        scored=Count("value"),
        worth=Sum("value", default=0),
        variance=VARIANCE,
        three=Sum("margin_3y", default=0),
        year=Sum("orders_year", default=0.0),
    )
    return [dict(row) for row in summed.order_by("portfolio_id", "score")]


def _worth(rows: Sequence[Row], fit: ModelFit | None) -> Worth:
    value = int(sum(row["worth"] for row in rows))
    low, high = sum_range(value, sum(row["variance"] for row in rows), model_miss(fit))
    return Worth(
        value=value,
        low=low,
        high=high,
        customers=sum(row["customers"] for row in rows),
        scored=sum(row["scored"] for row in rows),
        margin_3y=int(sum(row["three"] for row in rows)),
        orders_year=float(sum(row["year"] for row in rows)),
    )


def _by_portfolio(rows: list[Row], whole: Worth, fit: ModelFit | None) -> tuple[PortfolioWorth, ...]:
    parts: dict[UUID | None, list[Row]] = {}
    for row in rows:
        parts.setdefault(row["portfolio_id"], []).append(row)
    made = ((key, _worth(part, fit)) for key, part in parts.items())
    ranked = sorted(made, key=lambda pair: -pair[1].value)
    return tuple(
        PortfolioWorth(key, worth, worth.value / whole.value if whole.value > 0 else 0.0)
        for key, worth in ranked
    )


def _unscored(rows: list[Row]) -> tuple[tuple[str, int], ...]:
    words = {
        Score.NONE: "No order yet",
        Score.NOT_COMPUTED: "Not computed yet",
        Score.NO_MODEL: "Too little data for a score",
        Score.OBJECTED: "Objected to profiling",
        Score.RESTRICTED: "Use is restricted",
        Score.DECEASED: "Reported dead",
    }
    counts = {score: sum(r["customers"] for r in rows if r["score"] == score) for score in words}
    return tuple((label, counts[score]) for score, label in words.items() if counts[score])


_TENTHS: Final = """
SELECT tenth, count(*), sum(value)
  FROM (SELECT value, ntile(10) OVER (ORDER BY value DESC) AS tenth FROM ({rows}) AS scored) AS ranked
 GROUP BY tenth ORDER BY tenth
"""


def value_shares(access: Access, whole: int) -> tuple[Share, ...]:
    """What the most valuable tenth, the rest of the upper half and the lower half hold; () for fewer than ten."""
    rows = visible_summaries(access).filter(value__isnull=False).values("value")
    sql, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_TENTHS.format(rows=sql), parameters)
        tenths = [(int(tenth), int(count), int(value)) for tenth, count, value in cursor.fetchall()]
    if len(tenths) < 10 or whole <= 0:
        return ()
    groups = {
        "Top 10\N{NO-BREAK SPACE}%": range(1, 2),
        "Next 40\N{NO-BREAK SPACE}%": range(2, 6),
        "Lower half": range(6, 11),
    }
    return tuple(
        _share(label, [t for t in tenths if t[0] in places], whole) for label, places in groups.items()
    )


def _share(label: str, tenths: list[tuple[int, int, int]], whole: int) -> Share:
    value = sum(tenth[2] for tenth in tenths)
    return Share(label, sum(tenth[1] for tenth in tenths), value, value / whole)

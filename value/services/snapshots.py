"""What customers were worth on a day: month ends, days asked for, and both models of a refit."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from crm.models import CustomerSummary
from tenancy.context import current_tenant_id
from tenancy.db.planner import planned_for
from value.engine import FittedModel, Predictions, predict
from value.models import EquityPoint, ValueSnapshot
from value.services.bulk import minor_units, new_ids, null_if_unknown, write_rows
from value.services.order_days import OrderBook, Whose, read_orders
from value.services.scoring import shown_alive

Occasion = ValueSnapshot.Occasion

_FIGURES: Final = {"value": "bigint", "value_low": "bigint", "value_high": "bigint", "alive": "float8"}
_TAKEN: Final = {"id": "uuid", "customer_id": "uuid", **_FIGURES}

# The portfolio is the one of this moment: nobody can be moved in the past.
_INSERT: Final = f"""
INSERT INTO value_valuesnapshot (tenant_id, id, customer_id, fit_id, taken_on, occasion, portfolio_id,
                                 {", ".join(_FIGURES)})
SELECT %(tenant)s, v.id, v.customer_id, %(fit)s, %(taken_on)s, %(occasion)s, s.portfolio_id,
       {", ".join(null_if_unknown(_FIGURES, "v").values())}
  FROM value_taken AS v
  JOIN crm_customersummary AS s ON s.tenant_id = %(tenant)s AND s.customer_id = v.customer_id
 WHERE {{whose}} AND s.score NOT IN %(unprofiled)s AND NOT s.trashed AND s.portfolio_id IS NOT NULL
ON CONFLICT DO NOTHING
"""

TEN_TO_NINETY: Final = 2.563
"""Standard deviations between the 10 % and the 90 % point of a normal distribution."""

_POINTS: Final = f"""
INSERT INTO value_equitypoint (tenant_id, id, taken_on, portfolio_id, customers, value, variance)
SELECT %(tenant)s, gen_random_uuid(), %(taken_on)s, portfolio_id, count(*), sum(value),
       sum(power((value_high - value_low) / {TEN_TO_NINETY}, 2))
  FROM value_valuesnapshot
 WHERE tenant_id = %(tenant)s AND taken_on = %(taken_on)s AND occasion <> 'refit' AND value IS NOT NULL
 GROUP BY portfolio_id
ON CONFLICT DO NOTHING
"""


def month_end_before(day: date) -> date:
    """The last day of the month before."""
    return day.replace(day=1) - timedelta(days=1)


def is_month_end(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def month_end_due(day: date) -> date | None:
    """The month end whose snapshot is still to be taken on `day`, or None."""
    wanted = month_end_before(day)
    return None if EquityPoint.objects.filter(taken_on=wanted).exists() else wanted


def take_snapshots(fitted: FittedModel, fit_id: UUID, whose: Whose, taken_on: date) -> int:
    """Value these customers on a day, from what was ordered until then, and keep it. Taken once, it stays."""
    book = read_orders(whose, taken_on)
    said = predict(fitted, book.histories(taken_on))
    occasion = Occasion.MONTH_END if is_month_end(taken_on) else Occasion.ASKED
    return _keep(said, book, whose, {"fit": fit_id, "taken_on": taken_on, "occasion": occasion})


def keep_refit(models: Mapping[UUID, FittedModel], whose: Whose, as_of: date) -> int:
    """The opening day of a refit under each of its models (fit id -> model): the difference is *model revised*."""
    book = read_orders(whose, as_of)
    histories = book.histories(as_of)
    return sum(
        _keep(
            predict(fitted, histories),
            book,
            whose,
            {"fit": fit_id, "taken_on": as_of, "occasion": Occasion.REFIT},
        )
        for fit_id, fitted in models.items()
    )


def add_up(taken_on: date) -> None:
    """Keep the sums by portfolio of a day's snapshots."""
    with connection.cursor() as cursor:
        cursor.execute(_POINTS, {"tenant": current_tenant_id(), "taken_on": taken_on})


def _keep(said: Predictions, book: OrderBook, whose: Whose, about: Mapping[str, Any]) -> int:
    count = len(said.customers)
    figures = {
        "id": new_ids(count),
        "customer_id": book.ids[said.customers],
        "value": minor_units(said.lifetime_value),
        "value_low": minor_units(said.low),
        "value_high": minor_units(said.high),
        "alive": shown_alive(said),
    }
    write_rows("value_taken", _TAKEN, figures, count)
    with connection.cursor() as cursor, planned_for(count):
        statement = _INSERT.format(whose=whose.clause("s.customer_id"))
        values: dict[str, Any] = {"tenant": current_tenant_id(), "unprofiled": CustomerSummary.UNPROFILED}
        cursor.execute(statement, {**values, **whose.values, **about})
        return int(cursor.rowcount)

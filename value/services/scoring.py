"""Valuing customers under a fit and writing what is known into their summary rows, set-based."""

from datetime import date
from typing import Any, Final

import numpy as np
from django.db import connection
from django.utils import timezone
from numpy.typing import NDArray

from crm.models import CustomerSummary
from tenancy.context import current_tenant_id
from tenancy.db.planner import planned_for
from value.engine import FittedModel, Predictions, predict
from value.services.bulk import minor_units, null_if_unknown, write_rows
from value.services.order_days import OrderBook, Whose, read_orders

_FIGURES: Final = {
    "alive": "float8", "no_order_90": "float8", "orders_year": "float8", "margin_3y": "bigint",
    "value": "bigint", "value_low": "bigint", "value_high": "bigint",
}  # fmt: skip
_SCORED: Final = {
    "customer_id": "uuid",
    "sales": "bigint",
    "returned": "bigint",
    "one_time": "boolean",
    **_FIGURES,
}
_READ: Final = {
    "score": "CASE WHEN v.one_time THEN 'one_order' ELSE 'scored' END",
    **null_if_unknown(_FIGURES, "v"),
}

# Whoever ordered after these orders were read is skipped: their own step values them again.
_WRITE: Final = f"""
UPDATE crm_customersummary AS s SET {", ".join(f"{name} = {sql}" for name, sql in _READ.items())}, valued_at = %(now)s
  FROM value_scored AS v
 WHERE s.tenant_id = %(tenant)s AND s.customer_id = v.customer_id AND s.score NOT IN %(unprofiled)s
   AND {{whose}} AND s.orders = v.sales AND s.returns = v.returned
   AND ({", ".join(f"s.{name}" for name in _READ)}) IS DISTINCT FROM ({", ".join(_READ.values())})
"""

_CLEAR: Final = f"""
UPDATE crm_customersummary AS s
   SET score = %(score)s, {", ".join(f"{name} = NULL" for name in _FIGURES)}, valued_at = %(now)s
 WHERE s.tenant_id = %(tenant)s AND {{whose}} AND s.score NOT IN %(unprofiled)s AND {{state}}
   AND (s.score <> %(score)s OR s.value IS NOT NULL)
"""


def score_customers(fitted: FittedModel, whose: Whose, as_of: date) -> int:
    """Value these customers as of a day; returns how many rows changed. Valuing them again changes nothing."""
    book = read_orders(whose, as_of)
    said = predict(fitted, book.histories(as_of))
    write_rows("value_scored", _SCORED, _scored(said, book), len(said.customers))
    with connection.cursor() as cursor, planned_for(len(said.customers)):
        statement = _WRITE.format(whose=whose.clause("s.customer_id"))
        cursor.execute(statement, {**_now(), **whose.values})
        written: int = cursor.rowcount
    return written + clear_customers(whose, "none", "s.orders = 0")


def clear_customers(whose: Whose, score: str, state: str) -> int:
    """Take the numbers away from those of them in `state` (a trusted condition); the score says why."""
    statement = _CLEAR.format(whose=whose.clause("s.customer_id"), state=state)
    with connection.cursor() as cursor:
        cursor.execute(statement, {**_now(), "score": score, **whose.values})
        return int(cursor.rowcount)


def _now() -> dict[str, Any]:
    return {
        "tenant": current_tenant_id(), "now": timezone.now(), "unprofiled": CustomerSummary.UNPROFILED,
    }  # fmt: skip


def without_model(whose: Whose) -> int:
    """Say of these customers that there is too little data for a score."""
    changed = clear_customers(whose, "no_model", "s.orders > 0")
    return changed + clear_customers(whose, "none", "s.orders = 0")


def _scored(said: Predictions, book: OrderBook) -> dict[str, Any]:
    return {
        "customer_id": book.ids[said.customers],
        "sales": book.sales[said.customers],
        "returned": book.returns[said.customers],
        "one_time": said.one_time,
        "alive": shown_alive(said),
        "no_order_90": said.p_no_order_90,
        "orders_year": said.expected_orders_1y,
        "margin_3y": minor_units(said.expected_margin_3y),
        "value": minor_units(said.lifetime_value),
        "value_low": minor_units(said.low),
        "value_high": minor_units(said.high),
    }


def shown_alive(said: Predictions) -> NDArray[np.float64]:
    """The chance of being alive where it is a finding, else NaN: one order says nothing about a rhythm."""
    return np.where(said.alive_known & ~said.one_time, said.p_alive, np.nan)

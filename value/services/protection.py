"""Those of whom no profile may be made lose every number at once, and get it back when they may be profiled again."""

from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from crm.models import CustomerSummary
from privacy.selectors.profiling import WITHOUT_PROFILE
from tenancy.context import current_tenant_id
from value.services.order_days import Whose

_FIGURES: Final = (
    "alive", "no_order_90", "orders_year", "margin_3y", "value", "value_low", "value_high",
)  # fmt: skip

# Held in the order in which everybody holds summaries.
_TAKE: Final = f"""
WITH held AS (
  SELECT s.customer_id, w.why FROM crm_customersummary AS s JOIN ({WITHOUT_PROFILE}) AS w USING (customer_id)
   WHERE s.tenant_id = %(tenant)s AND {{whose}} AND s.score <> w.why
   ORDER BY s.customer_id FOR NO KEY UPDATE OF s)
UPDATE crm_customersummary AS s
   SET score = h.why, {", ".join(f"{name} = NULL" for name in _FIGURES)}, valued_at = %(now)s
  FROM held AS h WHERE s.tenant_id = %(tenant)s AND s.customer_id = h.customer_id
RETURNING s.customer_id
"""

_GIVE: Final = f"""
WITH held AS (
  SELECT s.customer_id FROM crm_customersummary AS s
   WHERE s.tenant_id = %(tenant)s AND s.score IN %(unprofiled)s AND {{whose}}
     AND NOT EXISTS (SELECT 1 FROM ({WITHOUT_PROFILE}) AS w WHERE w.customer_id = s.customer_id)
   ORDER BY s.customer_id FOR NO KEY UPDATE OF s)
UPDATE crm_customersummary AS s
   SET score = CASE WHEN s.orders = 0 THEN 'none' ELSE 'not_computed' END, valued_at = %(now)s
  FROM held AS h WHERE s.tenant_id = %(tenant)s AND s.customer_id = h.customer_id
RETURNING s.customer_id
"""


def follow_protection(whose: Whose) -> tuple[list[UUID], list[UUID]]:
    """Take the numbers of those who may not be profiled, and mark those who may again as not computed yet.

    Returns (lost them, may again). Running it again changes nothing.
    """
    return _run(_TAKE, whose), _run(_GIVE, whose)


EVERYBODY: Final = Whose(low=UUID(int=0))


def _run(statement: str, whose: Whose) -> list[UUID]:
    values: dict[str, Any] = {
        "tenant": current_tenant_id(), "now": timezone.now(), "unprofiled": CustomerSummary.UNPROFILED,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement.format(whose=whose.clause("s.customer_id")), values | whose.values)
        return [customer_id for (customer_id,) in cursor.fetchall()]

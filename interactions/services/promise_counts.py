"""How many open promises a customer has, in their summary: counted anew under its lock, never added up."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from tenancy.context import current_tenant_id

# Whoever waited for the lock counts in a statement of its own, and so sees what the other one did.
_LOCK = """
SELECT 1 FROM crm_customersummary WHERE tenant_id = (SELECT %(tenant)s::uuid) AND customer_id = ANY(%(ids)s::uuid[])
 ORDER BY customer_id FOR NO KEY UPDATE
"""

_COUNT = """
UPDATE crm_customersummary AS s SET open_promises = c.count
  FROM (SELECT wanted.id, (SELECT LEAST(count(*), 32767) FROM interactions_promise AS p
                            WHERE p.tenant_id = (SELECT %(tenant)s::uuid) AND p.customer_id = wanted.id
                              AND p.state = 'open') AS count
          FROM unnest(%(ids)s::uuid[]) AS wanted (id)) AS c
 WHERE s.tenant_id = (SELECT %(tenant)s::uuid) AND s.customer_id = c.id AND s.customer_id = ANY(%(ids)s::uuid[])
   AND s.open_promises <> c.count
"""


def hold_summaries(customer_ids: Sequence[UUID]) -> None:
    """Hold the summaries of these customers, in the order of their ids: before promises are made or ended."""
    _run(_LOCK, customer_ids)


def recount_promises(customer_ids: Sequence[UUID]) -> None:
    """Write how many promises are open; the summaries are held."""
    _run(_COUNT, customer_ids)


def _run(sql: str, customer_ids: Sequence[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": current_tenant_id(), "ids": sorted(customer_ids)})

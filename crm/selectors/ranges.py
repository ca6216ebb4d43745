"""All customers cut into ranges of their ids, for work that goes through everybody part by part."""

from typing import Final
from uuid import UUID

from django.db import connection

from tenancy.context import current_tenant_id

_RANGES: Final = """
SELECT customer_id, lead(before, 1, last) OVER (ORDER BY customer_id)
  FROM (SELECT customer_id, lag(customer_id) OVER (ORDER BY customer_id) AS before,
               row_number() OVER (ORDER BY customer_id) AS place,
               first_value(customer_id) OVER (ORDER BY customer_id DESC) AS last
          FROM crm_customersummary WHERE tenant_id = %(tenant)s AND NOT trashed) AS numbered
 WHERE (place - 1) %% %(size)s = 0
 ORDER BY customer_id
"""


def customer_ranges(size: int) -> list[tuple[UUID, UUID]]:
    """The first and the last customer of every range of `size`, the trash left out; both ends belong to it."""
    with connection.cursor() as cursor:
        cursor.execute(_RANGES, {"tenant": current_tenant_id(), "size": size})
        return [(UUID(str(first)), UUID(str(last))) for first, last in cursor.fetchall()]

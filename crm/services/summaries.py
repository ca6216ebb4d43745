"""The summary row: crm's columns from orders and costs, and the door by which other rooms write theirs."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from crm.models import CustomerSummary
from tenancy.context import current_tenant_id
from tenancy.db.planner import planned_for
from tenancy.models import TenantProfile

# Months are counted back from the tenant's today: 11 is the current one, 0 the one a year ago.
_MONTHS = ", ".join(f"COALESCE(sum(o.net) FILTER (WHERE o.back = {11 - i}), 0)" for i in range(12))

# Locked by a statement of its own: the next one then sees the orders of whoever held the lock before.
_LOCK = """
SELECT 1 FROM crm_customersummary WHERE tenant_id = (SELECT %(tenant)s::uuid) AND customer_id = ANY(%(ids)s::uuid[])
 ORDER BY customer_id FOR NO KEY UPDATE
"""

_COLUMNS = (
    "orders", "returns", "revenue", "margin", "margin_year", "margin_year_before", "cost_year",
    "first_order_on", "last_order_on", "months", "status",
)  # fmt: skip

# Rows that stay as they are are not written: most of a nightly run over everybody.
# The chance of being alive counts only while it is that of these orders: a new order makes it stale until value has
# worked it out again and asks for a refresh.
_REFRESH = f"""
WITH touched AS (SELECT unnest(%(ids)s::uuid[]) AS id),
bought AS (
  SELECT o.customer_id,
         count(*) FILTER (WHERE o.kind = 'sale') AS orders,
         count(*) FILTER (WHERE o.kind = 'return') AS returns,
         sum(o.net) AS revenue, sum(o.margin) AS margin,
         COALESCE(sum(o.margin) FILTER (WHERE o.ordered_on > %(today)s::date - 365), 0) AS margin_year,
         COALESCE(sum(o.margin) FILTER (WHERE o.ordered_on <= %(today)s::date - 365
                                          AND o.ordered_on > %(today)s::date - 730), 0) AS margin_before,
         min(o.ordered_on) FILTER (WHERE o.kind = 'sale') AS first_on,
         max(o.ordered_on) FILTER (WHERE o.kind = 'sale') AS last_on,
         ARRAY[{_MONTHS}]::bigint[] AS months
    FROM (SELECT customer_id, kind, net, margin, ordered_on,
                 (extract(year FROM %(today)s::date) - extract(year FROM ordered_on)) * 12
                 + extract(month FROM %(today)s::date) - extract(month FROM ordered_on) AS back
            FROM crm_order WHERE tenant_id = (SELECT %(tenant)s::uuid) AND customer_id = ANY(%(ids)s::uuid[])) AS o
   GROUP BY o.customer_id),
spent AS (
  SELECT customer_id, sum(amount) AS cost FROM crm_costevent
   WHERE tenant_id = (SELECT %(tenant)s::uuid) AND customer_id = ANY(%(ids)s::uuid[])
     AND occurred_at > %(now)s - interval '365 days'
   GROUP BY customer_id),
fresh AS (
  SELECT t.id AS customer_id,
         COALESCE(b.orders, 0) AS orders, COALESCE(b.returns, 0) AS returns,
         COALESCE(b.revenue, 0) AS revenue, COALESCE(b.margin, 0) AS margin,
         COALESCE(b.margin_year, 0) AS margin_year, COALESCE(b.margin_before, 0) AS margin_year_before,
         COALESCE(c.cost, 0) AS cost_year, b.first_on AS first_order_on, b.last_on AS last_order_on,
         COALESCE(b.months, '{{}}') AS months,
         CASE
           WHEN k.manual_status <> '' AND k.manual_status_until >= %(today)s THEN k.manual_status
           WHEN b.last_on IS NULL THEN 'prospect'
           WHEN v.score = 'scored' AND v.orders = b.orders AND v.alive < %(floor)s THEN 'lost'
           WHEN b.last_on > %(today)s::date - %(lapsed)s THEN 'active'
           WHEN b.last_on > %(today)s::date - %(lost)s THEN 'lapsed'
           ELSE 'lost' END AS status
    FROM touched AS t
    JOIN crm_customer AS k ON k.tenant_id = (SELECT %(tenant)s::uuid) AND k.id = t.id AND k.id = ANY(%(ids)s::uuid[])
    JOIN crm_customersummary AS v ON v.tenant_id = (SELECT %(tenant)s::uuid) AND v.customer_id = t.id
     AND v.customer_id = ANY(%(ids)s::uuid[])
    LEFT JOIN bought AS b ON b.customer_id = t.id
    LEFT JOIN spent AS c ON c.customer_id = t.id)
UPDATE crm_customersummary AS s SET
  {", ".join(f"{column} = f.{column}" for column in _COLUMNS)},
  score = CASE WHEN f.orders = 0 AND s.score NOT IN ('objected', 'restricted', 'deceased') THEN 'none'
               WHEN s.score = 'none' THEN 'not_computed' ELSE s.score END
  FROM fresh AS f
 WHERE s.tenant_id = (SELECT %(tenant)s::uuid) AND s.customer_id = f.customer_id
   AND s.customer_id = ANY(%(ids)s::uuid[])
   AND ({", ".join(f"s.{column}" for column in _COLUMNS)})
       IS DISTINCT FROM ({", ".join(f"f.{column}" for column in _COLUMNS)})
"""


def refresh_summaries(customer_ids: Sequence[UUID], *, today: date | None = None) -> None:
    """Recompute crm's columns of these customers from their orders and costs, in one statement.

    `today` is the day in the tenant's time zone from which months and years are counted back.
    """
    profile = TenantProfile.objects.get()
    now = timezone.now()
    values: dict[str, Any] = {
        "ids": list(customer_ids), "tenant": current_tenant_id(), "now": now,
        "today": today or tenant_today(profile), "lapsed": profile.lapsed_after_days,
        "lost": profile.lost_after_days, "floor": profile.lost_below_alive,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, values)
        with planned_for(len(customer_ids)):
            cursor.execute(_REFRESH, values)


def tenant_today(profile: TenantProfile) -> date:
    """Today in the tenant's time zone."""
    return timezone.now().astimezone(ZoneInfo(profile.time_zone)).date()


def write_columns(customer_ids: Sequence[UUID], **columns: Any) -> None:
    """Another room writes the same values into its columns of these customers."""
    CustomerSummary.objects.filter(customer_id__in=customer_ids).update(**columns)

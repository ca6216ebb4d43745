"""The set-based half of loading orders. Everything happens in temporary tables of one bucket: whole orders.

Order and return, sums and margin follow the rules of crm.services.orders; a test holds both to one result.
"""

from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from crm.imports.order_rows import LINE_COLUMNS
from crm.imports.refusing import leave_where_they_are, take_erased_off_orders
from crm.imports.staging import copy_bucket, fetch
from crm.models import Import
from crm.services.orders import MOST
from tenancy.context import current_tenant_id
from tenancy.db.planner import forget_plans, without_nested_loops
from tenancy.models import TenantProfile
from tenancy.money import SYMBOLS, minor_digits

TABLES = """
CREATE TEMP TABLE IF NOT EXISTS import_line (
  number bigint, order_no text, is_return boolean, returns_no text, customer_no text, customer_name text,
  country text, product_no text, description text, quantity numeric(14,3), price numeric(16,4), amount bigint,
  discount bigint, cost bigint, ordered_at timestamptz, ordered_on date, channel text, id uuid
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS import_bad (order_no text, number bigint) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS import_known (product_no text, product_id uuid, unit_cost bigint) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS import_sorted (
  order_no text, position integer, number bigint, back boolean, customer_no text, product_no text, product_id uuid,
  description text, quantity numeric(14,3), price numeric(16,4), amount bigint, discount bigint, cost bigint,
  cost_stated boolean, ordered_at timestamptz, ordered_on date, channel text, id uuid
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS import_order (
  order_no text, number bigint, lines bigint, customer_no text, customer_id uuid, kind text, ordered_at timestamptz,
  ordered_on date, channel text, gross bigint, discount bigint, net bigint, margin bigint, estimate boolean,
  there boolean, id uuid, outcome text
) ON COMMIT DELETE ROWS;
TRUNCATE import_known, import_sorted, import_order;
"""

# How rows of large tables are looked up, and why: tenancy/db/planner.py.
_KNOWN = """
INSERT INTO import_known
SELECT n.product_no, p.id, p.unit_cost
  FROM (SELECT DISTINCT product_no FROM import_line WHERE product_no IS NOT NULL) AS n
 CROSS JOIN LATERAL (SELECT id, unit_cost FROM crm_product
                      WHERE tenant_id = (SELECT %(tenant)s::uuid) AND external_id = n.product_no LIMIT 1) AS p
"""

# What came back leaves us: a return by its number has every figure below zero, however the file writes it.
_SORT = """
INSERT INTO import_sorted
SELECT l.order_no, row_number() OVER (PARTITION BY l.order_no ORDER BY l.number), l.number, l.back, l.customer_no,
       l.product_no, p.product_id, l.description, l.quantity, l.price, l.amount, l.discount,
       COALESCE(l.cost, round(p.unit_cost * l.quantity)::bigint), l.cost IS NOT NULL, l.ordered_at, l.ordered_on,
       l.channel, l.id
  FROM (SELECT order_no, number, b.back, customer_no, product_no, description, ordered_at, ordered_on, channel, id,
               CASE WHEN b.back THEN -abs(quantity) ELSE quantity END AS quantity,
               COALESCE(price, round(CASE WHEN b.back THEN abs(each) ELSE each END, 4), 0) AS price,
               CASE WHEN b.back THEN -abs(a.amount) ELSE a.amount END AS amount,
               CASE WHEN b.back THEN -abs(discount) ELSE discount END AS discount,
               CASE WHEN b.back THEN -abs(cost) ELSE cost END AS cost
          FROM import_line,
               LATERAL (SELECT is_return OR returns_no IS NOT NULL AS back) AS b,
               LATERAL (SELECT COALESCE(import_line.amount, round(quantity * price * %(unit)s)::bigint) AS amount) AS a,
               LATERAL (SELECT a.amount / NULLIF(quantity, 0) / %(unit)s AS each) AS e
         WHERE NOT EXISTS (SELECT FROM import_bad AS x WHERE x.order_no = import_line.order_no)) AS l
  LEFT JOIN import_known AS p ON p.product_no = l.product_no
"""

# The order is there under its number, or gets the id of its first line: unique in its own table, time-ordered.
_ORDERS = """
INSERT INTO import_order
SELECT s.order_no, s.number, s.lines, s.customer_no, c.id,
       CASE WHEN s.back OR s.gross - s.discount < 0 THEN 'return' ELSE 'sale' END,
       s.ordered_at, s.ordered_on, s.channel, s.gross, s.discount, s.gross - s.discount,
       CASE WHEN s.costed = s.lines THEN s.gross - s.discount - s.cost
            ELSE round((s.gross - s.discount) * %(rate)s::numeric)::bigint END,
       s.costed < s.lines, o.id IS NOT NULL, COALESCE(o.id, s.id),
       CASE WHEN s.split THEN 'split' WHEN abs(s.gross) > %(most)s OR abs(s.discount) > %(most)s THEN 'beyond'
            WHEN o.id IS NULL THEN 'created' ELSE 'updated' END
  FROM (SELECT order_no, min(number) AS number, count(*) AS lines, max(customer_no) AS customer_no,
               min(customer_no) <> max(customer_no) AS split, bool_or(back) OR bool_and(quantity < 0) AS back,
               min(ordered_at) AS ordered_at, min(ordered_on) AS ordered_on, max(channel) AS channel,
               sum(amount)::bigint AS gross, sum(discount)::bigint AS discount, sum(cost)::bigint AS cost,
               count(cost) AS costed, (max(id::text) FILTER (WHERE position = 1))::uuid AS id
          FROM import_sorted GROUP BY order_no) AS s
  LEFT JOIN LATERAL (SELECT id FROM crm_customer
                      WHERE tenant_id = (SELECT %(tenant)s::uuid) AND external_id = s.customer_no LIMIT 1) AS c ON true
  LEFT JOIN LATERAL (SELECT id FROM crm_order
                      WHERE tenant_id = (SELECT %(tenant)s::uuid) AND external_id = s.order_no LIMIT 1) AS o ON true
"""

_UNCHANGED = """
UPDATE import_order AS i SET outcome = 'unchanged'
  FROM crm_order AS o,
       (SELECT l.order_id, count(*) AS stored,
               count(*) FILTER (WHERE l.product_id IS NOT DISTINCT FROM s.product_id
                                  AND (s.product_no IS NULL) = (s.product_id IS NULL)
                                  AND (l.description, l.quantity, l.unit_price, l.amount, l.discount)
                                      = (s.description, s.quantity, s.price, s.amount, s.discount)
                                  AND (NOT s.cost_stated OR l.cost = s.cost)) AS alike
          FROM crm_orderline AS l
          JOIN import_order AS x ON x.id = l.order_id
          LEFT JOIN import_sorted AS s ON s.order_no = x.order_no AND s.position = l.position
         WHERE l.tenant_id = (SELECT %(tenant)s::uuid) AND l.order_id = ANY(%(ids)s::uuid[])
         GROUP BY l.order_id) AS c
 WHERE i.outcome = 'updated' AND o.tenant_id = (SELECT %(tenant)s::uuid) AND o.id = i.id
   AND o.id = ANY(%(ids)s::uuid[]) AND c.order_id = i.id AND c.stored = i.lines AND c.alike = i.lines
   AND (i.customer_no IS NULL) = (i.customer_id IS NULL) AND o.customer_id IS NOT DISTINCT FROM i.customer_id
   AND (o.kind, o.ordered_at, o.channel, o.gross, o.discount) = (i.kind, i.ordered_at, i.channel, i.gross, i.discount)
"""

_CHANGED = """
SELECT i.id, o.customer_id
  FROM import_order AS i
 CROSS JOIN LATERAL (SELECT customer_id FROM crm_order
                      WHERE tenant_id = (SELECT %(tenant)s::uuid) AND id = i.id LIMIT 1) AS o
 WHERE i.outcome = 'updated'
"""

# Orders that change lose their lines and their place in the timeline; both are written again below.
_CHANGE = (
    """
UPDATE crm_order AS o
   SET customer_id = i.customer_id, kind = i.kind, ordered_at = i.ordered_at, ordered_on = i.ordered_on,
       channel = i.channel, gross = i.gross, discount = i.discount, net = i.net, margin = i.margin,
       margin_is_estimate = i.estimate, source = 'import', source_detail = %(detail)s,
       returns_id = CASE WHEN i.kind = 'return' THEN o.returns_id END
  FROM import_order AS i WHERE o.tenant_id = (SELECT %(tenant)s::uuid) AND o.id = i.id AND o.id = ANY(%(ids)s::uuid[])
""",
    "DELETE FROM crm_orderline WHERE tenant_id = (SELECT %(tenant)s::uuid) AND order_id = ANY(%(ids)s::uuid[])",
    "DELETE FROM crm_timelineentry WHERE tenant_id = (SELECT %(tenant)s::uuid) AND key = ANY(%(keys)s::text[])",
)

_WRITE = (
    """
INSERT INTO crm_order (tenant_id, id, external_id, customer_id, kind, ordered_at, ordered_on, channel, currency, gross,
                       discount, net, margin, margin_is_estimate, source, source_detail, created_at)
SELECT %(tenant)s, id, order_no, customer_id, kind, ordered_at, ordered_on, channel, %(currency)s, gross, discount,
       net, margin, estimate, 'import', %(detail)s, now()
  FROM import_order WHERE outcome = 'created' ORDER BY order_no
""",
    """
INSERT INTO crm_orderline (tenant_id, id, order_id, position, product_id, description, quantity, unit_price, amount,
                           discount, cost)
SELECT %(tenant)s, s.id, i.id, s.position, s.product_id, s.description, s.quantity, s.price, s.amount, s.discount,
       s.cost
  FROM import_order AS i JOIN import_sorted AS s ON s.order_no = i.order_no
 WHERE i.outcome IN ('created', 'updated') ORDER BY i.id, s.position
""",
    """
INSERT INTO crm_timelineentry (tenant_id, id, customer_id, at, kind, key, title, text, who)
SELECT %(tenant)s, id, customer_id, ordered_at, CASE kind WHEN 'return' THEN 'return' ELSE 'order' END, 'order:' || id,
       CASE kind WHEN 'return' THEN 'Return ' ELSE 'Order ' END || order_no,
       CASE WHEN net < 0 THEN '−' ELSE '' END || %(symbol)s || trim(to_char(abs(net) / %(unit)s::numeric, %(picture)s)),
       ''
  FROM import_order WHERE outcome IN ('created', 'updated') AND customer_id IS NOT NULL
""",
)

_MATCHED = """
SELECT r.id, s.id
  FROM import_match AS m
 CROSS JOIN LATERAL (SELECT id, customer_id, returns_id FROM crm_order WHERE tenant_id = (SELECT %(tenant)s::uuid)
                        AND external_id = m.order_no AND kind = 'return' LIMIT 1) AS r
 CROSS JOIN LATERAL (SELECT id, customer_id FROM crm_order WHERE tenant_id = (SELECT %(tenant)s::uuid)
                        AND external_id = m.returns_no AND kind = 'sale' LIMIT 1) AS s
 WHERE s.customer_id IS NOT DISTINCT FROM r.customer_id AND r.returns_id IS DISTINCT FROM s.id
"""

_MATCH = """
UPDATE crm_order AS r SET returns_id = m.sale
  FROM unnest(%(returns)s::uuid[], %(sales)s::uuid[]) AS m (id, sale)
 WHERE r.tenant_id = (SELECT %(tenant)s::uuid) AND r.id = m.id AND r.id = ANY(%(returns)s::uuid[])
"""


def match_returns(run: Import, bucket: int) -> int:
    """Point returns at the orders they say they return, of the same customer; how many found theirs just now."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS import_match (order_no text, returns_no text)"
                       " ON COMMIT DELETE ROWS")  # fmt: skip
        copy_bucket(run, "matches", bucket, "import_match", ("order_no", "returns_no"))
        values = {"tenant": current_tenant_id()}
        pairs = fetch(_MATCHED, values)
        with without_nested_loops():
            cursor.execute(
                _MATCH, values | {"returns": [r for r, _ in pairs], "sales": [s for _, s in pairs]}
            )
    return len(pairs)


def classify(run: Import, bucket: int, profile: TenantProfile) -> dict[str, Any]:
    """Fill the temporary tables with a bucket and say of each order what it would become.

    Returns the values for the statements that follow.
    """
    values = values_for(run, profile)
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        copy_bucket(run, "lines", bucket, "import_line", LINE_COLUMNS)
        erased = take_erased_off_orders()
        copy_bucket(run, "bad", bucket, "import_bad", ("order_no", "number"))
        cursor.execute("SET LOCAL default_statistics_target = 10")
        cursor.execute(_KNOWN, values)
        cursor.execute("ANALYZE import_known")
        cursor.execute(_SORT, values)
        cursor.execute("ANALYZE import_sorted")
        cursor.execute(_ORDERS, values)
        leave_where_they_are(erased)
        cursor.execute("ANALYZE import_order")
        there = [row[0] for row in fetch("SELECT id FROM import_order WHERE there")]
        if there:
            with without_nested_loops():
                cursor.execute(_UNCHANGED, values | {"ids": there})
    return values


def values_for(run: Import, profile: TenantProfile) -> dict[str, Any]:
    digits = minor_digits(profile.currency)
    return {
        "tenant": current_tenant_id(), "unit": 10**digits, "rate": str(profile.margin_rate), "most": MOST,
        "currency": profile.currency, "symbol": SYMBOLS.get(profile.currency, f"{profile.currency} "),
        "picture": "FM999,999,999,999,990" + (f".{'0' * digits}" if digits else ""),
        "detail": f"import {run.file.name}"[:200],
    }  # fmt: skip


def outcomes() -> dict[str, tuple[int, int, int]]:
    """Of the classified bucket: outcome -> orders, orders without a customer, lines of those."""
    rows = fetch(
        "SELECT outcome, count(*), count(*) FILTER (WHERE customer_no IS NULL),"
        " COALESCE(sum(lines) FILTER (WHERE customer_no IS NULL), 0)::bigint FROM import_order GROUP BY outcome"
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def first_orders(most: int) -> list[tuple[str, int, str, str, int, int, str | None, date]]:
    """Examples: outcome, line, number, kind, lines, net, customer number, day."""
    return fetch(
        "SELECT outcome, number, order_no, kind, lines, net, customer_no, ordered_on FROM import_order"
        " WHERE outcome NOT IN ('split', 'beyond') ORDER BY number LIMIT %(most)s",
        {"most": most},
    )


def write_orders(values: dict[str, Any]) -> list[UUID]:
    """Write what the bucket's orders became; returns the customers whose orders changed."""
    changed = fetch(_CHANGED, values)
    with connection.cursor() as cursor:
        if changed:
            ids = [row[0] for row in changed]
            with without_nested_loops():
                for statement in _CHANGE:
                    cursor.execute(statement, values | {"ids": ids, "keys": [f"order:{i}" for i in ids]})
        for statement in _WRITE:
            forget_plans()
            cursor.execute(statement, values)
    now = fetch("SELECT DISTINCT customer_id FROM import_order WHERE outcome IN ('created', 'updated')")
    return sorted(({row[0] for row in now} | {row[1] for row in changed}) - {None})


def left_out_rows() -> list[tuple[int, str]]:
    """Rows that were good, of orders that are left out: (line, reason)."""
    return fetch(_LEFT_OUT)


_LEFT_OUT = """
SELECT l.number, 'left out with order ' || l.order_no || ', because of line ' || min(b.number)
  FROM import_line AS l JOIN import_bad AS b ON b.order_no = l.order_no GROUP BY l.number, l.order_no
UNION ALL
SELECT s.number, CASE i.outcome WHEN 'split' THEN 'order ' || i.order_no || ' names two customers'
                 ELSE 'the sum of order ' || i.order_no || ' is beyond anything' END
  FROM import_order AS i JOIN import_sorted AS s ON s.order_no = i.order_no WHERE i.outcome IN ('split', 'beyond')
ORDER BY 1
"""


def named_customers() -> list[tuple[str, str, str, int]]:
    """Customers of the orders that will be taken: number, name, country, first line, as the file has them."""
    return fetch(
        "SELECT l.customer_no, l.customer_name, l.country, min(l.number) FROM import_line AS l"
        " JOIN import_order AS i ON i.order_no = l.order_no AND i.outcome NOT IN ('split', 'beyond')"
        " WHERE l.customer_no IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 4"
    )


def named_products() -> list[tuple[str, str, int]]:
    """Products of the orders that will be taken: number, name, first line."""
    return fetch(
        "SELECT s.product_no, s.description, min(s.number) FROM import_sorted AS s"
        " JOIN import_order AS i ON i.order_no = s.order_no AND i.outcome NOT IN ('split', 'beyond')"
        " WHERE s.product_no IS NOT NULL AND s.product_id IS NULL GROUP BY 1, 2 ORDER BY 3"
    )


def named_returns() -> list[tuple[str, str]]:
    """Returns that say which order they return: number, number of the order."""
    return fetch(
        "SELECT l.order_no, max(l.returns_no) FROM import_line AS l"
        " JOIN import_order AS i ON i.order_no = l.order_no AND i.kind = 'return'"
        " WHERE l.returns_no IS NOT NULL AND i.outcome NOT IN ('split', 'beyond') GROUP BY 1"
    )

"""The set-based half of loading customers, in a temporary table of one bucket: every customer's rows together.

A file of customers and the customers an order file names go through the same statements.
"""

from typing import Any
from uuid import UUID

from django.db import connection

from crm.imports.refusing import take_out_erased_customers
from crm.imports.staging import copy_bucket, fetch
from crm.models import Import
from crm.services.customers import run_openers
from tenancy.context import current_tenant_id
from tenancy.db.planner import forget_plans, without_nested_loops

TABLE = """
CREATE TEMP TABLE IF NOT EXISTS import_customer (
  number bigint, external_id text, name text, name_key text, kind text, country text, language text,
  email text, email_key text, phone text, phone_key text, address text, address_key text, acts_for text, id uuid
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS import_person (
  number bigint, external_id text, name text, name_key text, kind text, country text, language text, acts_for text,
  acts_for_id uuid, there boolean, id uuid, outcome text, fields text[]
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS import_point (
  customer_id uuid, kind text, value text, value_key text, there boolean
) ON COMMIT DELETE ROWS;
TRUNCATE import_person, import_point;
"""

# The first row of a number counts. In an order file the first name and country that are given.
_FIRST = """
INSERT INTO import_person (number, external_id, name, name_key, kind, country, language, acts_for, acts_for_id, there,
                           id, outcome, fields)
SELECT f.number, f.external_id, f.name, f.name_key, f.kind, f.country, f.language, f.acts_for, o.id, c.id IS NOT NULL,
       COALESCE(c.id, f.id), CASE WHEN c.id IS NULL THEN 'created' ELSE 'unchanged' END,
       CASE WHEN c.id IS NULL OR NOT %(update)s THEN '{{}}' ELSE array_remove(ARRAY[
         CASE WHEN c.name <> f.name THEN 'name' END,
         CASE WHEN f.kind <> '' AND c.kind <> f.kind THEN 'kind' END,
         CASE WHEN f.country <> '' AND c.country <> f.country THEN 'country' END,
         CASE WHEN f.language <> '' AND c.language <> f.language THEN 'language' END,
         CASE WHEN o.id IS NOT NULL AND c.acts_for_id IS DISTINCT FROM o.id THEN 'acts_for_id' END], NULL) END
  FROM ({first}) AS f
  LEFT JOIN LATERAL (SELECT id, name, kind, country, language, acts_for_id FROM crm_customer
                      WHERE tenant_id = (SELECT %(tenant)s::uuid) AND external_id = f.external_id LIMIT 1) AS c ON true
  LEFT JOIN LATERAL (SELECT id FROM crm_customer
                      WHERE tenant_id = (SELECT %(tenant)s::uuid) AND external_id = f.acts_for AND kind = 'organisation'
                        AND f.acts_for <> f.external_id LIMIT 1) AS o ON true
"""
_OF_CUSTOMERS = "SELECT DISTINCT ON (external_id) * FROM import_customer ORDER BY external_id, number"
_OF_ORDERS = """
SELECT external_id, min(number) AS number, 'person' AS kind, '' AS language, NULL::text AS acts_for,
       COALESCE((array_agg(name ORDER BY number) FILTER (WHERE name <> '')) [1], 'Customer ' || external_id) AS name,
       COALESCE((array_agg(name_key ORDER BY number) FILTER (WHERE name <> '')) [1], min(name_key))
         AS name_key,
       COALESCE((array_agg(country ORDER BY number) FILTER (WHERE country <> '')) [1], '') AS country,
       (array_agg(id ORDER BY number)) [1] AS id
  FROM import_customer GROUP BY external_id
"""

_POINTS = """
INSERT INTO import_point
SELECT p.id, x.kind, x.value, x.value_key, k.id IS NOT NULL
  FROM import_person AS p
  JOIN import_customer AS f ON f.number = p.number AND f.external_id = p.external_id
 CROSS JOIN LATERAL (VALUES ('email', f.email, f.email_key), ('phone', f.phone, f.phone_key),
                            ('post', f.address, f.address_key)) AS x (kind, value, value_key)
  LEFT JOIN LATERAL (SELECT id FROM crm_contactpoint
                      WHERE tenant_id = (SELECT %(tenant)s::uuid) AND customer_id = p.id AND kind = x.kind
                        AND value_key = x.value_key LIMIT 1) AS k ON true
 WHERE x.value_key IS NOT NULL
"""

_UPDATED = """
UPDATE import_person AS p SET outcome = 'updated'
 WHERE p.there AND (p.fields <> '{}' OR EXISTS (
   SELECT FROM import_point AS x WHERE x.customer_id = p.id AND NOT x.there))
"""

_INSERT = (
    """
INSERT INTO crm_customer (tenant_id, id, kind, name, name_key, external_id, country, language, time_zone, acts_for_id,
                          manual_status, source, source_detail, version, created_at, updated_at)
SELECT %(tenant)s, id, COALESCE(NULLIF(kind, ''), 'person'), name, name_key, external_id, country, language, '',
       acts_for_id, '', 'import', %(detail)s, 1, now(), now()
  FROM import_person WHERE outcome = 'created' ORDER BY external_id
""",
    """
INSERT INTO crm_timelineentry (tenant_id, id, customer_id, at, kind, key, title, text, who)
SELECT %(tenant)s, id, id, now(), 'created', 'created', 'Became a customer here', %(detail)s, ''
  FROM import_person WHERE outcome = 'created'
""",
)

_UPDATE = (
    """
UPDATE crm_customer AS c
   SET name = p.name, name_key = p.name_key, kind = COALESCE(NULLIF(p.kind, ''), c.kind),
       country = COALESCE(NULLIF(p.country, ''), c.country),
       language = COALESCE(NULLIF(p.language, ''), c.language), acts_for_id = COALESCE(p.acts_for_id, c.acts_for_id),
       version = c.version + 1, updated_at = now()
  FROM import_person AS p WHERE p.fields <> '{}' AND c.tenant_id = (SELECT %(tenant)s::uuid) AND c.id = p.id
                                 AND c.id = ANY(%(ids)s::uuid[])
""",
    """
UPDATE crm_customersummary AS s SET name_key = p.name_key
  FROM import_person AS p
 WHERE 'name' = ANY(p.fields) AND s.tenant_id = (SELECT %(tenant)s::uuid) AND s.customer_id = p.id
   AND s.customer_id = ANY(%(ids)s::uuid[])
""",
    """
INSERT INTO crm_datumsource (tenant_id, id, customer_id, field, source, source_detail, actor, recorded_at)
SELECT %(tenant)s, gen_random_uuid(), p.id, changed.field, 'import', %(detail)s, %(actor)s, now()
  FROM import_person AS p, unnest(p.fields) AS changed (field)
ON CONFLICT (tenant_id, customer_id, field)
   DO UPDATE SET source = 'import', source_detail = %(detail)s, actor = %(actor)s, recorded_at = now()
""",
)

_INSERT_POINTS = """
INSERT INTO crm_contactpoint (tenant_id, id, customer_id, kind, value, value_key, is_primary, source, source_detail,
                              created_at)
SELECT %(tenant)s, gen_random_uuid(), x.customer_id, x.kind, x.value, x.value_key,
       p.id IS NULL, 'import', %(detail)s, now()
  FROM import_point AS x
  LEFT JOIN LATERAL (SELECT id FROM crm_contactpoint
                      WHERE tenant_id = (SELECT %(tenant)s::uuid) AND customer_id = x.customer_id
                        AND kind = x.kind AND is_primary LIMIT 1) AS p ON true
 WHERE NOT x.there
ON CONFLICT DO NOTHING
"""


def classify_customers(run: Import, kind: str, bucket: int, columns: tuple[str, ...]) -> None:
    """Fill the temporary tables with a bucket of `kind` and say of each customer what they would become."""
    from_orders = run.kind == Import.Kind.ORDERS
    values: dict[str, Any] = {"tenant": current_tenant_id(), "update": not from_orders}
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        copy_bucket(run, kind, bucket, "import_customer", columns)
        take_out_erased_customers()
        cursor.execute("SET LOCAL default_statistics_target = 10")
        cursor.execute("ANALYZE import_customer")
        cursor.execute(_FIRST.format(first=_OF_ORDERS if from_orders else _OF_CUSTOMERS), values)
        cursor.execute("ANALYZE import_person")
        if not from_orders:
            cursor.execute(_POINTS, values)
            cursor.execute(_UPDATED)


def customer_outcomes() -> dict[str, int]:
    """Of the classified bucket: outcome -> customers."""
    return dict(fetch("SELECT outcome, count(*) FROM import_person GROUP BY outcome"))


def first_customers(most: int) -> list[tuple[str, int, str, str, list[str]]]:
    """Examples: outcome, line, number, name, fields that would change."""
    return fetch(
        "SELECT outcome, number, external_id, name, fields FROM import_person ORDER BY number LIMIT %(most)s",
        {"most": most},
    )


def in_two_countries() -> int:
    """Customers whom an order file puts in more than one country; the first stays."""
    rows = fetch(
        "SELECT count(*) FROM (SELECT external_id FROM import_customer WHERE country <> ''"
        " GROUP BY external_id HAVING count(DISTINCT country) > 1) AS moved"
    )
    return int(rows[0][0])


def repeated_rows() -> list[tuple[int, str]]:
    """Rows of a number that an earlier row has: (line, reason)."""
    return fetch(
        "SELECT f.number, 'customer ' || f.external_id || ' stands in line ' || p.number || ' already'"
        " FROM import_customer AS f JOIN import_person AS p ON p.external_id = f.external_id"
        " WHERE f.number <> p.number ORDER BY 1"
    )


def write_customers(values: dict[str, Any]) -> list[UUID]:
    """Write what the bucket's customers became, each new one in a portfolio; returns the new ones."""
    with connection.cursor() as cursor:
        new = [
            row[0]
            for row in fetch("SELECT id FROM import_person WHERE outcome = 'created' ORDER BY external_id")
        ]
        if new:
            forget_plans()
            cursor.execute(_INSERT[0], values)
            cursor.execute(_SUMMARIES, values)
            run_openers(new)
            cursor.execute(_INSERT[1], values)
        changed = [row[0] for row in fetch("SELECT id FROM import_person WHERE fields <> '{}'")]
        if changed:
            with without_nested_loops():
                for statement in _UPDATE:
                    cursor.execute(statement, values | {"ids": changed})
        cursor.execute(_INSERT_POINTS, values)
    return new


# The columns of other rooms begin as a new row of the model does.
_SUMMARIES = """
INSERT INTO crm_customersummary (tenant_id, customer_id, name_key, trashed, status, orders, returns, revenue, margin,
                                 margin_year, margin_year_before, cost_year, months, score)
SELECT %(tenant)s, id, name_key, false, 'prospect', 0, 0, 0, 0, 0, 0, 0, '{}', 'none'
  FROM import_person WHERE outcome = 'created'
"""

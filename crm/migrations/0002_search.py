"""Search by name, number, phone and e-mail, and the indexes of the columns people sort by.

LIKE and trigrams are not leakproof, so under row-level security they would scan the whole tenant: this
function carries its own tenant and scope predicate, gives ids only, and what it finds is read again under it.
"""

import django.contrib.postgres.indexes
from django.db import migrations, models

from tenancy.db.operations import DefinerFunction

# `wanted` is a name in its normal form, `number` a customer number, `addresses` normal forms of e-mails and
# phones; the last two are taken as beginnings. `scope` NULL: every portfolio. Rank 0 is an exact hit, 1 a
# beginning, 2 the beginning of a later word, 3 anywhere; among equals the most valuable of up to 200 come first.
# The trigrams, which cost most, are only asked while beginnings leave room; in a narrow scope its names are read.
# EXECUTE: planned for these very values.
FIND = r"""
DECLARE
  tenant uuid := NULLIF(current_setting('app.tenant_id', true), '')::uuid;
  last constant text := chr(1114111);
  words text[] := string_to_array(regexp_replace(wanted, '([\\%_])', '\\\1', 'g'), ' ');
  longest text := (SELECT w FROM unnest(words) AS w ORDER BY length(w) DESC LIMIT 1);
  patterns text[] := (SELECT array_agg('%' || w || '%') FROM unnest(words) AS w);
  narrow boolean := scope IS NOT NULL AND 20000 >= (SELECT count(*) FROM (
    SELECT 1 FROM public.crm_customersummary AS s
     WHERE s.tenant_id = tenant AND s.portfolio_id = ANY (scope) LIMIT 20001) AS reached);
BEGIN
  IF tenant IS NULL THEN RETURN; END IF;
  RETURN QUERY EXECUTE $q$
    WITH begun AS MATERIALIZED (
      (SELECT c.id, CASE WHEN c.external_id = $3 THEN 0 ELSE 1 END AS rank
         FROM public.crm_customer AS c JOIN public.crm_customersummary AS s ON s.tenant_id = $1 AND s.customer_id = c.id
        WHERE c.tenant_id = $1 AND c.external_id >= $3 AND c.external_id < $3 || $9 AND NOT s.trashed
          AND ($7 IS NULL OR s.portfolio_id = ANY ($7))
        LIMIT 200)
      UNION ALL
      (SELECT p.customer_id, CASE WHEN p.value_key = a.beginning THEN 0 ELSE 1 END
         FROM unnest($4) AS a (beginning), LATERAL (
              SELECT i.customer_id, i.value_key FROM public.crm_contactpoint AS i
                JOIN public.crm_customersummary AS s ON s.tenant_id = $1 AND s.customer_id = i.customer_id
               WHERE i.tenant_id = $1 AND i.value_key >= a.beginning AND i.value_key < a.beginning || $9 AND NOT s.trashed
                 AND ($7 IS NULL OR s.portfolio_id = ANY ($7))
               LIMIT 200) AS p)
      UNION ALL
      (SELECT s.customer_id, CASE WHEN s.name_key = $2 THEN 0 ELSE 1 END FROM public.crm_customersummary AS s
        WHERE s.tenant_id = $1 AND s.name_key >= $2 AND s.name_key < $2 || $9 AND NOT s.trashed
          AND ($7 IS NULL OR s.portfolio_id = ANY ($7))
        LIMIT 200)),
    found AS (
      SELECT * FROM begun
      UNION ALL
      (SELECT c.id, CASE WHEN c.name_key LIKE '% ' || $5 || '%' THEN 2 ELSE 3 END
         FROM public.crm_customer AS c JOIN public.crm_customersummary AS s ON s.tenant_id = $1 AND s.customer_id = c.id
        WHERE NOT $10 AND (SELECT count(DISTINCT b.id) FROM begun AS b) < $8
          AND c.tenant_id = $1 AND length($5) >= 3 AND c.name_key LIKE '%' || $5 || '%' AND c.name_key LIKE ALL ($6)
          AND NOT s.trashed AND ($7 IS NULL OR s.portfolio_id = ANY ($7))
        LIMIT 200)
      UNION ALL
      (SELECT s.customer_id, CASE WHEN s.name_key LIKE '% ' || $5 || '%' THEN 2 ELSE 3 END
         FROM public.crm_customersummary AS s
        WHERE $10 AND (SELECT count(DISTINCT b.id) FROM begun AS b) < $8
          AND s.tenant_id = $1 AND s.portfolio_id = ANY ($7) AND length($5) >= 3 AND s.name_key LIKE ALL ($6) AND NOT s.trashed
        LIMIT 200))
    SELECT f.id, min(f.rank) FROM found AS f
      JOIN public.crm_customersummary AS s ON s.tenant_id = $1 AND s.customer_id = f.id
     GROUP BY f.id ORDER BY min(f.rank), max(s.value) DESC NULLS LAST, f.id LIMIT $8
  $q$ USING tenant, NULLIF(wanted, ''), NULLIF(number, ''), addresses, longest, patterns, scope, least(most, 200), last,
    narrow;
END
"""


def summary_index(name: str, column: str) -> migrations.AddIndex:
    index = models.Index(fields=["tenant", column, "customer"], name=name)
    return migrations.AddIndex("customersummary", index)


class Migration(migrations.Migration):
    dependencies = [("crm", "0001_initial")]

    operations = [
        migrations.AddIndex(
            "customer", models.Index(fields=["tenant", "country", "id"], name="customer_by_country")
        ),
        migrations.AddIndex(
            "customer",
            django.contrib.postgres.indexes.GinIndex(
                fields=["tenant", "name_key"],
                name="customer_name_trigrams",
                opclasses=["uuid_ops", "gin_trgm_ops"],
            ),
        ),
        summary_index("summary_by_returns", "returns"),
        summary_index("summary_by_margin", "margin"),
        summary_index("summary_by_cost_year", "cost_year"),
        summary_index("summary_by_orders_year", "orders_year"),
        summary_index("summary_by_margin_3y", "margin_3y"),
        DefinerFunction(
            "crm_find_customers(wanted text, number text, addresses text[], scope uuid[], most integer)",
            "TABLE (customer_id uuid, rank integer)",
            FIND,
            language="plpgsql",
        ),
    ]

"""Erasure: which audit entries are about a person, and taking their texts out of append-only tables."""

from django.db import migrations

from tenancy.db.operations import DefinerFunction

# Entries of rows that name the person, as they were written when the row came or went; then all entries of those rows.
AUDIT_OF = """
  WITH own AS (
    SELECT d.entry_id, e.row_id
      FROM public.tenancy_auditdifference AS d
      JOIN public.tenancy_auditentry AS e ON e.tenant_id = d.tenant_id AND e.id = d.entry_id
     WHERE d.tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid)
       AND (COALESCE(d.after, d.before) ->> 'customer_id') = ANY (subjects::text[]))
  SELECT o.entry_id FROM own AS o
  UNION
  SELECT e.id FROM public.tenancy_auditentry AS e
   WHERE e.tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid)
     AND e.row_id IN (SELECT unnest(subjects) UNION SELECT o.row_id FROM own AS o WHERE o.row_id IS NOT NULL)
"""

# A look stays in the log; what it was for is a member's own words about a person.
ERASE_TEXTS = """
DECLARE
  tenant uuid := NULLIF(current_setting('app.tenant_id', true), '')::uuid;
  values_gone bigint;
  words_gone bigint;
BEGIN
  IF tenant IS NULL THEN RETURN 0; END IF;
  DELETE FROM public.tenancy_auditdifference AS d USING public.tenancy_auditentry AS e
   WHERE d.tenant_id = tenant AND e.tenant_id = tenant AND e.id = d.entry_id AND e."table" <> ALL (spared)
     AND d.entry_id IN (SELECT f.entry_id FROM public.tenancy_audit_of(subjects) AS f);
  GET DIAGNOSTICS values_gone = ROW_COUNT;
  WITH taken AS (
    DELETE FROM public.tenancy_accessentry
     WHERE tenant_id = tenant AND subject_id = ANY (subjects) AND purpose <> '' RETURNING *)
  INSERT INTO public.tenancy_accessentry (tenant_id, id, at, actor, subject_id, "view", purpose, allowed)
  SELECT t.tenant_id, t.id, t.at, t.actor, t.subject_id, t."view", '', t.allowed FROM taken AS t;
  GET DIAGNOSTICS words_gone = ROW_COUNT;
  RETURN values_gone + words_gone;
END
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0008_what_roles_were_brought")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX audit_difference_of_customer ON tenancy_auditdifference"
            " (tenant_id, (COALESCE(after, before) ->> 'customer_id'))"
            " WHERE (COALESCE(after, before) ->> 'customer_id') IS NOT NULL",
            "DROP INDEX audit_difference_of_customer",
        ),
        DefinerFunction("tenancy_audit_of(subjects uuid[])", "TABLE (entry_id uuid)", AUDIT_OF),
        DefinerFunction(
            "tenancy_erase_texts(subjects uuid[], spared text[])",
            "bigint",
            ERASE_TEXTS,
            language="plpgsql",
            volatility="VOLATILE",
        ),
    ]

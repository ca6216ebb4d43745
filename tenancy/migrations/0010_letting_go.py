"""What retention may take out of append-only tables: old looks, and what changes were; never what is young."""

from django.db import migrations

from tenancy.db.operations import DefinerFunction

# Younger than 90 days nothing goes, whoever asks: what was done stays provable while somebody may ask.
FORGET_OLD = """
DECLARE
  tenant uuid := NULLIF(current_setting('app.tenant_id', true), '')::uuid;
  until timestamptz := least(before, now() - interval '90 days');
  gone bigint := 0;
BEGIN
  IF tenant IS NULL THEN RETURN 0; END IF;
  IF what = 'looks' THEN
    DELETE FROM public.tenancy_accessentry WHERE tenant_id = tenant AND id IN (
      SELECT a.id FROM public.tenancy_accessentry AS a
       WHERE a.tenant_id = tenant AND a.at < until ORDER BY a.at LIMIT most);
    GET DIAGNOSTICS gone = ROW_COUNT;
  ELSIF what = 'differences' THEN
    DELETE FROM public.tenancy_auditdifference WHERE tenant_id = tenant AND entry_id IN (
      SELECT e.id FROM public.tenancy_auditentry AS e
        JOIN public.tenancy_auditdifference AS d ON d.tenant_id = tenant AND d.entry_id = e.id
       WHERE e.tenant_id = tenant AND e.at < until ORDER BY e.at LIMIT most);
    GET DIAGNOSTICS gone = ROW_COUNT;
  END IF;
  RETURN gone;
END
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0009_erasable_texts")]

    operations = [
        DefinerFunction(
            "tenancy_forget_old(what text, before timestamptz, most integer)",
            "bigint",
            FORGET_OLD,
            language="plpgsql",
            volatility="VOLATILE",
        ),
    ]

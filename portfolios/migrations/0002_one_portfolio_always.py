"""Every customer is in exactly one portfolio from creation on: never two (0001), never none, no gap (here)."""

from django.db import migrations

from tenancy.db.operations import DefinerFunction

# SECURITY DEFINER, because it runs at COMMIT, when the tenant setting is gone.
REQUIRE_ONE = """
DECLARE
  tenant uuid; wanted uuid; born timestamptz; held tstzmultirange;
BEGIN
  IF TG_TABLE_NAME = 'crm_customer' THEN
    tenant := NEW.tenant_id; wanted := NEW.id;
  ELSIF TG_OP = 'DELETE' THEN
    tenant := OLD.tenant_id; wanted := OLD.customer_id;
  ELSE
    tenant := NEW.tenant_id; wanted := NEW.customer_id;
  END IF;
  SELECT c.created_at INTO born FROM public.crm_customer AS c WHERE c.tenant_id = tenant AND c.id = wanted;
  IF NOT FOUND THEN RETURN NULL; END IF;
  SELECT range_agg(a.period) INTO held FROM public.portfolios_assignment AS a
   WHERE a.tenant_id = tenant AND a.customer_id = wanted;
  IF held IS DISTINCT FROM tstzmultirange(tstzrange(born, NULL, '[)')) THEN
    RAISE EXCEPTION 'customer % must be in exactly one portfolio at every instant since %', wanted, born
      USING ERRCODE = 'check_violation', CONSTRAINT = 'one_portfolio_always';
  END IF;
  RETURN NULL;
END
"""

# An assignment never changes its customer: moving is closing one row and opening another.
KEEP_CUSTOMER = """
CREATE FUNCTION portfolios_keep_customer() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'an assignment keeps its customer and its portfolio' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER keep_customer BEFORE UPDATE ON portfolios_assignment FOR EACH ROW
  WHEN (OLD.customer_id <> NEW.customer_id OR OLD.portfolio_id <> NEW.portfolio_id
        OR OLD.tenant_id <> NEW.tenant_id)
  EXECUTE FUNCTION portfolios_keep_customer();
"""

TRIGGERS = """
CREATE CONSTRAINT TRIGGER one_portfolio_always AFTER INSERT OR UPDATE OR DELETE ON portfolios_assignment
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION portfolios_require_one();
CREATE CONSTRAINT TRIGGER one_portfolio_from_birth AFTER INSERT OR UPDATE OF created_at ON crm_customer
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION portfolios_require_one();
"""


class Migration(migrations.Migration):
    dependencies = [("portfolios", "0001_initial"), ("crm", "0001_initial")]

    operations = [
        DefinerFunction(
            "portfolios_require_one()",
            "trigger",
            REQUIRE_ONE,
            language="plpgsql",
            volatility="VOLATILE",
            callable_by_app=False,
        ),
        migrations.RunSQL(
            TRIGGERS,
            "DROP TRIGGER one_portfolio_from_birth ON crm_customer;"
            "DROP TRIGGER one_portfolio_always ON portfolios_assignment;",
        ),
        migrations.RunSQL(
            KEEP_CUSTOMER,
            "DROP TRIGGER keep_customer ON portfolios_assignment; DROP FUNCTION portfolios_keep_customer();",
        ),
    ]

"""How much waits over all tenants, for the operator's metrics: counts only, no tenant, no id."""

from django.db import migrations

from tenancy.db.operations import DefinerFunction

WORK_COUNTS = """
SELECT 'step', s.state::text, count(*) FROM public.tenancy_outboxstep AS s
 WHERE s.state = 'waiting' GROUP BY s.state
UNION ALL
SELECT 'step', s.state::text, count(*) FROM public.tenancy_outboxstep AS s
 WHERE s.state = 'parked' GROUP BY s.state
UNION ALL
SELECT 'job', j.state::text, count(*) FROM public.tenancy_job AS j GROUP BY j.state
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0003_idempotency_records")]

    operations = [
        DefinerFunction("tenancy_work_counts()", "TABLE (kind text, state text, count bigint)", WORK_COUNTS),
    ]

"""Look-ups before a tenant is known, and the sweep across tenants: hashes in, ids out."""

from django.db import migrations

from tenancy.db.operations import DefinerFunction

CLAIM_STEPS = """
UPDATE public.tenancy_outboxstep AS step SET due_at = now() + lease
  FROM (SELECT s.tenant_id AS t, s.id AS i FROM public.tenancy_outboxstep AS s
         WHERE s.state = 'waiting' AND s.due_at <= now()
         ORDER BY s.due_at LIMIT most FOR UPDATE SKIP LOCKED) AS due
 WHERE step.tenant_id = due.t AND step.id = due.i
RETURNING step.tenant_id, step.id
"""

CLAIM_JOBS = """
UPDATE public.tenancy_job AS job SET due_at = now() + lease
  FROM (SELECT j.tenant_id AS t, j.id AS i FROM public.tenancy_job AS j
         WHERE j.state IN ('queued', 'running') AND j.due_at <= now()
         ORDER BY j.due_at LIMIT most FOR UPDATE SKIP LOCKED) AS due
 WHERE job.tenant_id = due.t AND job.id = due.i
RETURNING job.tenant_id, job.id
"""

DUE_TENANTS = """
SELECT DISTINCT s.tenant_id FROM public.tenancy_schedule AS s
  JOIN public.tenancy_tenant AS t ON t.id = s.tenant_id AND t.state = 'active'
 WHERE s.due_at <= now()
"""

BY_DIGEST = """
SELECT k.tenant_id, k.id FROM public.tenancy_apitoken AS k
 WHERE k.digest = wanted AND k.revoked_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]

    operations = [
        DefinerFunction(
            "outbox_claim(most integer, lease interval)",
            "TABLE (tenant_id uuid, step_id uuid)",
            CLAIM_STEPS,
            volatility="VOLATILE",
        ),
        DefinerFunction(
            "job_claim(most integer, lease interval)",
            "TABLE (tenant_id uuid, job_id uuid)",
            CLAIM_JOBS,
            volatility="VOLATILE",
        ),
        DefinerFunction("tenants_with_due_work()", "TABLE (tenant_id uuid)", DUE_TENANTS),
        DefinerFunction(
            "tenancy_token_lookup(wanted bytea)", "TABLE (tenant_id uuid, token_id uuid)", BY_DIGEST
        ),
    ]

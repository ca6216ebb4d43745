"""The worker's doors. Everything a worker does is a step of an event or a part of a job."""

from uuid import UUID

from celery import shared_task

from tenancy import jobs, outbox, schedules


@shared_task(name="tenancy.run_step")
def run_step(tenant_id: str, step_id: str) -> None:
    outbox.run_step(UUID(tenant_id), UUID(step_id))


@shared_task(name="tenancy.run_batches")
def run_batches(tenant_id: str, path: str) -> None:
    outbox.run_batches(UUID(tenant_id), path)


@shared_task(name="tenancy.run_job")
def run_job(tenant_id: str, job_id: str) -> None:
    jobs.run_job(UUID(tenant_id), UUID(job_id))


@shared_task(name="tenancy.sweep", expires=5)
def sweep() -> None:
    """Wake what a crash, an empty broker or a failed try left behind."""
    for tenant_id, step_id in outbox.claim_due_steps():
        outbox.wake("tenancy.run_step", tenant_id, step_id)
    for tenant_id, job_id in jobs.claim_due_jobs():
        outbox.wake("tenancy.run_job", tenant_id, job_id)


@shared_task(name="tenancy.start_what_is_due", expires=60)
def start_what_is_due() -> None:
    schedules.start_what_is_due()

"""Long work: planned as parts, each part one transaction, done by as many workers as there are.

A killed worker loses the part it was in, nothing else: its lock falls, the sweep wakes another.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from tenancy.context import current_tenant_id, tenant_context
from tenancy.models import Job, JobPart, Member
from tenancy.outbox import MOST_ATTEMPTS, Then, wake
from tenancy.registries import Registry

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)


@dataclass(frozen=True)
class Part:
    """One piece of a plan: parts of a phase may run side by side, phases follow each other."""

    arguments: dict[str, Any]
    rows: int = 0
    phase: int = 0


@dataclass(frozen=True)
class JobKind:
    """What a kind of job does. `plan` and `finish` run in a transaction of their own.

    What `run_part` returns is called once the part is committed as done, as with a step of the outbox; when it raises
    the part is to be done again.
    """

    name: str
    plan: Callable[[Job], Iterable[Part]]
    run_part: Callable[[Job, JobPart], Then | None]
    finish: Callable[[Job], None] = lambda job: None
    cancelled: Callable[[Job], None] = lambda job: None


class JobFailed(Exception):
    """The work cannot be done; the message is for the person who asked for it."""


class NotYet(Exception):
    """What this part needs is still in another worker's hands. The sweep comes back to it; no attempt is counted."""


job_kinds: Registry[JobKind] = Registry("job kinds")


def start_job(
    *,
    kind: str,
    title: str,
    arguments: dict[str, Any],
    created_by: Member | None = None,
    slot: str | None = None,
) -> Job:
    """Queue a job and wake the workers when the transaction commits.

    With a `slot`, the same job asked for twice is one job: the first one is returned.
    """
    job_kinds[kind]
    values = {
        "title": title,
        "arguments": arguments,
        "created_by": created_by,
        "due_at": timezone.now() + LEASE,
    }
    if slot is None:
        job, created = Job.objects.create(kind=kind, **values), True
    else:
        job, created = Job.objects.get_or_create(kind=kind, slot=slot, defaults=values)
    if created:
        _wake_on_commit(job)
    return job


def _wake_on_commit(job: Job) -> None:
    tenant_id = current_tenant_id()
    transaction.on_commit(lambda: wake("tenancy.run_job", tenant_id, job.id))


def cancel_job(*, job: Job) -> None:
    """Ask a job to stop; it does so after the part that is running."""
    Job.objects.filter(id=job.id, state__in=[Job.State.QUEUED, Job.State.RUNNING]).update(
        cancel_asked_at=timezone.now(), due_at=timezone.now()
    )
    _wake_on_commit(job)


def resume_job(*, job: Job) -> None:
    """Let a cancelled or failed job go on where it stopped; what is done stays done."""
    Job.objects.filter(id=job.id, state__in=[Job.State.CANCELLED, Job.State.FAILED]).update(
        state=Job.State.QUEUED if not job.parts.exists() else Job.State.RUNNING,
        cancel_asked_at=None, finished_at=None, error="", attempts=0, due_at=timezone.now(),
    )  # fmt: skip
    _wake_on_commit(job)


def run_job(tenant_id: UUID, job_id: UUID) -> None:
    """Work on a job until it is done, cancelled or failed, or nothing is left for this worker."""
    try:
        while _one_turn(tenant_id, job_id):
            pass
    except NotYet:
        return
    except JobFailed as error:
        _fail(tenant_id, job_id, str(error))
    except Exception as error:
        log.exception("job failed")
        _note_failure(tenant_id, job_id, error)


def _one_turn(tenant_id: UUID, job_id: UUID) -> bool:
    """Plan, run one part or finish; False when there is nothing (more) to do here."""
    with tenant_context(tenant_id):
        job = Job.objects.filter(id=job_id).first()
        if job is None or job.state not in {Job.State.QUEUED, Job.State.RUNNING}:
            return False
        if job.cancel_asked_at:
            return _cancel(job)
        if job.state == Job.State.QUEUED:
            return _plan(job)
        part = _next_part(job)
        if part is None:
            return _finish(job)
        then = _run(job, part)
    if then:
        _follow(tenant_id, part, then)
    return True


def _follow(tenant_id: UUID, part: JobPart, then: Then) -> None:
    try:
        then()
    except Exception:
        with tenant_context(tenant_id):
            JobPart.objects.filter(id=part.id).update(done_at=None)
            Job.objects.filter(id=part.job_id).update(rows_done=F("rows_done") - part.rows)
        raise


def _locked(job: Job) -> Job | None:
    return Job.objects.select_for_update(skip_locked=True).filter(id=job.id, state=job.state).first()


def _plan(job: Job) -> bool:
    held = _locked(job)
    if held is None:
        return False
    numbers: dict[int, int] = {}
    parts = []
    for part in job_kinds[job.kind].plan(held):
        numbers[part.phase] = numbers.get(part.phase, 0) + 1
        parts.append(
            JobPart(
                job=held,
                phase=part.phase,
                number=numbers[part.phase],
                rows=part.rows,
                arguments=part.arguments,
            )
        )
    JobPart.objects.bulk_create(parts, batch_size=1000)
    held.state, held.started_at = Job.State.RUNNING, timezone.now()
    held.rows_total = sum(part.rows for part in parts)
    held.due_at = timezone.now() + LEASE
    held.save()
    # Another worker may help from here on.
    _wake_on_commit(held)
    return True


def _next_part(job: Job) -> JobPart | None:
    """The next free part of the earliest phase that is not done, locked."""
    waiting = JobPart.objects.filter(job=job, done_at=None)
    first = waiting.order_by("phase", "number").values_list("phase", flat=True).first()
    if first is None:
        return None
    return waiting.filter(phase=first).order_by("number").select_for_update(skip_locked=True).first()


def _run(job: Job, part: JobPart) -> Then | None:
    phase_before = part.phase
    then = job_kinds[job.kind].run_part(job, part)
    part.done_at = timezone.now()
    part.save(update_fields=["done_at"])
    Job.objects.filter(id=job.id).update(
        rows_done=F("rows_done") + part.rows, due_at=timezone.now() + LEASE,
        attempts=F("attempts") if then else 0,
    )  # fmt: skip
    if not JobPart.objects.filter(job=job, phase=phase_before, done_at=None).exists():
        _wake_on_commit(job)
    return then


def _finish(job: Job) -> bool:
    """Finish once no part is left; False while another worker is still in one."""
    if JobPart.objects.filter(job=job, done_at=None).exists():
        return False
    held = _locked(job)
    if held is None:
        return False
    job_kinds[job.kind].finish(held)
    held.state, held.finished_at = Job.State.DONE, timezone.now()
    held.save()
    return False


def _cancel(job: Job) -> bool:
    held = _locked(job)
    if held is None:
        return False
    job_kinds[job.kind].cancelled(held)
    held.state, held.finished_at = Job.State.CANCELLED, timezone.now()
    held.save()
    return False


def _note_failure(tenant_id: UUID, job_id: UUID, error: Exception) -> None:
    with tenant_context(tenant_id):
        job = Job.objects.select_for_update().get(id=job_id)
        job.attempts += 1
        job.error = f"{type(error).__name__}: {error}"[:2000]
        job.due_at = timezone.now() + timedelta(seconds=2**job.attempts)
        if job.attempts >= MOST_ATTEMPTS:
            job.state, job.finished_at = Job.State.FAILED, timezone.now()
        job.save()


def _fail(tenant_id: UUID, job_id: UUID, message: str) -> None:
    with tenant_context(tenant_id):
        Job.objects.filter(id=job_id).update(
            state=Job.State.FAILED, error=message, finished_at=timezone.now()
        )


def claim_due_jobs(*, most: int = 50) -> list[tuple[UUID, UUID]]:
    """(tenant, job) of unfinished jobs nobody reported on lately; looks across tenants, returns ids only."""
    with connection.cursor() as cursor:
        seconds = int(LEASE.total_seconds())
        cursor.execute(
            "SELECT tenant_id, job_id FROM job_claim(%s, make_interval(secs => %s))", [most, seconds]
        )
        return [(tenant_id, job_id) for tenant_id, job_id in cursor.fetchall()]

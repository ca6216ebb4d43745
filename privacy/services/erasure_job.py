"""An erasure that was asked for, done by a worker: one part, one transaction, so a killed worker has erased nothing."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db import transaction

from privacy.selectors.requests import ERASURE_KIND, erasure_job_of
from privacy.services.erasures_list import ErasuresUnwritable
from privacy.services.requests import RequestRefused, carry_out_erasure, require_name
from tenancy.context import current_actor, current_tenant_id, tenant_context
from tenancy.jobs import JobFailed, JobKind, Part, resume_job, start_job
from tenancy.models import Job, JobPart, Member


def start_erasure(*, request_id: UUID, typed: str, created_by: Member | None) -> Job:
    """Have the customer erased. Asked twice is once; what failed or was cancelled goes on. Raises RequestRefused.

    `typed` must be their name as it stands: nobody erases by a slip. The request is done when the job is.
    """
    with transaction.atomic():
        request = require_name(request_id=request_id, typed=typed)
        job = start_job(
            kind=ERASURE_KIND, title="Erase a customer who asked for it", slot=str(request.id),
            arguments={"request": str(request.id), "actor": current_actor()}, created_by=created_by,
        )  # fmt: skip
        resume_job(job=job)
    return erasure_job_of(request) or job


def _plan(job: Job) -> Iterable[Part]:
    yield Part({}, rows=1)


def _run_part(job: Job, part: JobPart) -> None:
    try:
        with tenant_context(current_tenant_id(), actor=job.arguments["actor"]):
            carry_out_erasure(request_id=UUID(job.arguments["request"]))
    except (RequestRefused, ErasuresUnwritable) as error:
        # Taken back meanwhile, or no list to write to: trying again by itself would change nothing.
        raise JobFailed(f"Nobody was erased. {error}") from None


ERASE: Final = JobKind(name=ERASURE_KIND, plan=_plan, run_part=_run_part)

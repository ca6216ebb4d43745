"""An erasure that was asked for, done by a worker: the person is told while there is an address, then they are erased.

Erasing is one part, one transaction: a killed worker has erased nothing.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db import transaction

from privacy.selectors.requests import ERASURE_KIND, erasure_job_of
from privacy.services.answering import is_being_told_of_erasure, tell_of_erasure
from privacy.services.erasures_list import ErasuresUnwritable
from privacy.services.requests import RequestRefused, carry_out_erasure, require_name
from tenancy.context import current_actor, current_tenant_id, tenant_context
from tenancy.jobs import JobFailed, JobKind, NotYet, Part, resume_job, start_job
from tenancy.models import Job, JobPart, Member
from tenancy.outbox import Then

TELL: Final = "tell"


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
    yield Part({"do": TELL})
    yield Part({}, rows=1, phase=1)


def _run_part(job: Job, part: JobPart) -> Then | None:
    request_id = UUID(job.arguments["request"])
    if part.arguments.get("do") == TELL:
        return tell_of_erasure(request_id=request_id)
    if is_being_told_of_erasure(request_id=request_id):
        raise NotYet
    _erase(job, request_id)
    return None


def _erase(job: Job, request_id: UUID) -> None:
    try:
        with tenant_context(current_tenant_id(), actor=job.arguments["actor"]):
            carry_out_erasure(request_id=request_id)
    except (RequestRefused, ErasuresUnwritable) as error:
        # Taken back meanwhile, or no list to write to: trying again by itself would change nothing.
        raise JobFailed(f"Nobody was erased. {error}") from None


ERASE: Final = JobKind(name=ERASURE_KIND, plan=_plan, run_part=_run_part)

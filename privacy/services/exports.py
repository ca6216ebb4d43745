"""Everything of one person in one file, for them: JSON for programs, a page to read, in a zip; made by a job."""

import io
import json
import zipfile
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from crm.imports.refusing import begin_part
from crm.models import Customer
from privacy.models import Person, PersonRequest
from privacy.selectors.exports import KIND, person_record, readable
from privacy.services.requests import RequestRefused, remember_export
from tenancy.jobs import JobFailed, JobKind, Part, start_job
from tenancy.models import Job, JobPart, Member, StoredFile
from tenancy.registries import Traces
from tenancy.services.files import store_file
from tenancy.services.traces import empty_file

KEPT: Final = timedelta(days=30)
MOST_BYTES: Final = 1 << 30


def start_export(*, request_id: UUID, created_by: Member | None) -> Job:
    """Assemble the data for a request whose asker is known; a new file each time. Raises RequestRefused."""
    with transaction.atomic():
        request = PersonRequest.objects.select_for_update().get(id=request_id)
        if request.state != PersonRequest.State.OPEN or request.customer_id is None:
            raise RequestRefused("First find out who asks: nobody gets another one's data.")
        before = request.export_job
        if before and before.state in {Job.State.QUEUED, Job.State.RUNNING}:
            return before
        arguments = {"request": str(request.id), "customer": str(request.customer_id)}
        job = start_job(
            kind=KIND, title="Assemble data for a request", arguments=arguments, created_by=created_by
        )
        remember_export(request_id=request.id, job_id=job.id)
    return job


def zip_of(record: dict[str, Any]) -> bytes:
    """The record as `data.json` and `data.html`, each whole by itself."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(record, ensure_ascii=False, indent=1, default=str))
        archive.writestr("data.html", render_to_string("privacy/export.html", readable(record)))
    return packed.getvalue()


def _plan(job: Job) -> Iterable[Part]:
    yield Part({}, rows=1)


def _run_part(job: Job, part: JobPart) -> None:
    begin_part()  # an erasure waits, and then finds the file; or it was first
    customer_id = UUID(job.arguments["customer"])
    if Person.objects.filter(customer_id=customer_id).exclude(erased_at=None).exists():
        raise JobFailed("The person was erased meanwhile: nothing is kept.")
    try:
        record = person_record(customer_id)
    except Customer.DoesNotExist:
        raise JobFailed("The customer is not there any more.") from None
    file = store_file(
        name="your data.zip", content_type="application/zip", chunks=[zip_of(record)], most=MOST_BYTES,
        created_by=job.created_by, expires_at=timezone.now() + KEPT,
    )  # fmt: skip
    JobPart.objects.filter(id=part.id).update(arguments={"file": str(file.id)})


def _finish(job: Job) -> None:
    part = JobPart.objects.get(job=job)
    job.result = {"file": part.arguments["file"]}


def erase_assembled(traces: Traces) -> int:
    """Files that were assembled for this person: zipped, so that no search finds a name in them."""
    jobs = Job.objects.filter(kind=KIND, arguments__customer=str(traces.customer_id))
    parts = JobPart.objects.filter(job__in=jobs)  # a job that has not ended yet names its file there only
    ids = [one["file"] for one in parts.values_list("arguments", flat=True) if "file" in one]
    files = list(StoredFile.objects.filter(id__in=ids))
    for file in files:
        empty_file(file)
    return len(files)


EXPORT: Final = JobKind(name=KIND, plan=_plan, run_part=_run_part, finish=_finish)

"""Imports run to their end inside a test."""

from typing import Any

from crm.models import Import, ImportRow
from crm.services.imports import check_import, load_import, upload_import
from tenancy.jobs import run_job
from tenancy.models import Job


def upload(content: bytes | str, kind: str = "orders", name: str = "file.csv") -> Import:
    data = content.encode() if isinstance(content, str) else content
    return upload_import(kind=kind, name=name, chunks=[data], created_by=None)


def work(job: Job) -> Job:
    run_job(job.tenant_id, job.id)
    job.refresh_from_db()
    return job


def check(run: Import, **changes: Any) -> Import:
    job = work(check_import(run=run, mapping={**run.mapping, **changes}))
    assert job.state == Job.State.DONE, job.error
    return Import.objects.get(id=run.id)


def load(run: Import) -> Import:
    job = work(load_import(run=run))
    assert job.state == Job.State.DONE, job.error
    return Import.objects.get(id=run.id)


def bring_in(content: bytes | str, kind: str = "orders", **changes: Any) -> Import:
    return load(check(upload(content, kind), **changes))


def reasons(run: Import) -> dict[int, str]:
    return dict(ImportRow.objects.filter(import_run=run).order_by("number").values_list("number", "reason"))


def outcome(run: Import) -> tuple[int, int, int]:
    return run.counts["created"], run.counts["updated"], run.counts["unchanged"]

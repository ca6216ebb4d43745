"""An import from the command line: the same pipeline as in the browser, worked on in this process."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm.models import Import
from crm.services.imports import ImportRefused, MappingRefused, check_import, load_import, upload_import
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import Job, Tenant
from tenancy.selectors.files import file_chunks
from tenancy.services.files import PART

UNFINISHED = (Job.State.QUEUED, Job.State.RUNNING)


class ImportCommand(BaseCommand):
    """Base of `import_customers` and `import_orders`."""

    kind: ClassVar[str]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a CSV file")
        parser.add_argument("--tenant", required=True, help="the tenant's slug")
        parser.add_argument(
            "--mapping", type=Path, help='JSON: {"columns": {our field: column}, ...}; else guessed'
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['tenant']!r}.")
        given = _mapping(options["mapping"])
        try:
            run = _import(tenant, self.kind, options["file"], given)
        except (ImportRefused, MappingRefused) as refusal:
            raise CommandError(str(refusal)) from None
        result = _result(tenant, run, options["file"])
        self.stdout.write(json.dumps(result) if options["as_json"] else _text(result))


def _mapping(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise CommandError(f"The mapping cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise CommandError('A mapping is an object: {"columns": {our field: column}, ...}.')
    return found


def _import(tenant: Tenant, kind: str, file: Path, given: dict[str, Any]) -> Import:
    with tenant_context(tenant.id):
        run = upload_import(kind=kind, name=file.name, chunks=_chunks(file), created_by=None)
        job = check_import(run=run, mapping={**run.mapping, **given})
    _work(tenant, job)
    with tenant_context(tenant.id):
        job = load_import(run=run)
    _work(tenant, job)
    with tenant_context(tenant.id):
        return Import.objects.select_related("error_file").get(id=run.id)


def _chunks(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as source:
            while chunk := source.read(PART):
                yield chunk
    except OSError as error:
        raise CommandError(f"The file cannot be read: {error}") from None


def _work(tenant: Tenant, job: Job) -> None:
    """Work on the job here, beside whatever workers there are, until it has ended."""
    while True:
        run_job(tenant.id, job.id)
        with tenant_context(tenant.id):
            job.refresh_from_db()
        if job.state not in UNFINISHED:
            break
        time.sleep(0.3)
    if job.state != Job.State.DONE:
        raise CommandError(f"The import ended as {job.state}: {job.error}")


def _result(tenant: Tenant, run: Import, file: Path) -> dict[str, Any]:
    """What became of the rows, and where those stand that were left out: beside the file."""
    names = ("read", "created", "updated", "unchanged", "rejected", "anonymous", "customers_created")
    result: dict[str, Any] = {name: run.counts.get(name, 0) for name in names}
    result["error_file"] = None
    if run.error_file:
        target = Path.cwd() / f"{file.stem}-left-out.csv"
        with tenant_context(tenant.id):
            target.write_bytes(b"".join(file_chunks(run.error_file)))
        result["error_file"] = str(target)
    return {"import": str(run.id), **result}


def _text(result: dict[str, Any]) -> str:
    return "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in result.items())

"""An import from upload to go: the file is stored and looked at, its columns mapped, checked, and loaded."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from crm.imports.guessing import Mapping, MappingRefused, guess, require_sound
from crm.imports.reading import DELIMITERS, ENCODINGS, EncodingWatch, NotReadable, as_utf8, refuse_other_kinds
from crm.imports.source import dialect_of_file, sample_rows
from crm.imports.staging import drop_lines
from crm.models import Import, ImportRow
from tenancy.context import current_actor
from tenancy.jobs import cancel_job, resume_job, start_job
from tenancy.models import Job, Member
from tenancy.services.files import FileRefused, drop_file, store_file

CHECK, LOAD = "crm.import_check", "crm.import_load"
ABANDONED_AFTER = timedelta(days=30)

__all__ = [
    "ImportRefused",
    "MappingRefused",
    "cancel_import",
    "check_import",
    "drop_abandoned_imports",
    "drop_import",
    "load_import",
    "read_again",
    "reopen_import",
    "resume_import",
    "upload_import",
]


class ImportRefused(ValueError):
    """The import cannot be taken or go on; the message says why and what to do."""


def upload_import(*, kind: str, name: str, chunks: Iterable[bytes], created_by: Member | None) -> Import:
    """Store a file as a stream, find out how it is written and guess its columns. Raises ImportRefused."""
    if kind not in Import.Kind.values:
        raise ImportRefused(f"An import is of customers or of orders, not of {kind!r}.")
    watch = EncodingWatch()
    try:
        with transaction.atomic():
            file = store_file(
                name=name, content_type="text/csv", chunks=watch.through(as_utf8(_text_only(chunks))),
                most=settings.UPLOAD_MAX_BYTES, created_by=created_by,
            )  # fmt: skip
            run = Import(kind=kind, file=file, created_by=created_by, encoding=watch.encoding)
            _look(run, delimiter="")
    except (FileRefused, NotReadable) as error:
        raise ImportRefused(str(error)) from None
    return run


def _text_only(chunks: Iterable[bytes]) -> Iterable[bytes]:
    for number, chunk in enumerate(chunks):
        if number == 0:
            refuse_other_kinds(chunk)
        yield chunk


def read_again(*, run: Import, encoding: str, delimiter: str) -> Import:
    """Look at the file again, written otherwise than was detected. Raises ImportRefused."""
    if encoding not in ENCODINGS or delimiter not in DELIMITERS:
        raise ImportRefused("That is no encoding or delimiter we read.")
    _require_state(run, Import.State.MAPPING, Import.State.CHECKED)
    run.encoding = encoding
    try:
        _look(run, delimiter=delimiter)
    except NotReadable as error:
        raise ImportRefused(str(error)) from None
    return run


def _look(run: Import, *, delimiter: str) -> None:
    dialect = dialect_of_file(run.file, run.encoding, delimiter)
    run.delimiter, run.header = dialect.delimiter, list(dialect.header)
    run.mapping = guess(run.kind, dialect.header, sample_rows(run.file, dialect)).as_json()
    run.state, run.counts = Import.State.MAPPING, {}
    run.save()


def check_import(*, run: Import, mapping: dict[str, Any]) -> Job:
    """Start the dry run under this mapping (as Mapping, in JSON). Raises MappingRefused, ImportRefused."""
    wanted = Mapping.of(mapping)
    require_sound(wanted, kind=run.kind, header=run.header)
    with transaction.atomic():
        run = _locked(run, Import.State.MAPPING, Import.State.CHECKED)
        run.mapping, run.counts = wanted.as_json(), {}
        return _start(run, CHECK, f"Checking {run.file.name}", Import.State.CHECKING)


def load_import(*, run: Import) -> Job:
    """Give the go for what the check found. Raises ImportRefused."""
    with transaction.atomic():
        run = _locked(run, Import.State.CHECKED)
        return _start(run, LOAD, f"Importing {run.file.name}", Import.State.RUNNING)


def _start(run: Import, kind: str, title: str, state: str) -> Job:
    arguments = {"import": str(run.id), "actor": current_actor()}
    run.job = start_job(kind=kind, title=title[:200], arguments=arguments, created_by=run.created_by)
    run.state = state
    run.save(update_fields=["mapping", "counts", "job", "state"])
    return run.job


def cancel_import(*, run: Import) -> None:
    """Stop after the part that is running; what is in stays in. Raises ImportRefused."""
    _require_state(run, Import.State.CHECKING, Import.State.RUNNING)
    if run.job:
        cancel_job(job=run.job)


def resume_import(*, run: Import) -> None:
    """Go on where a cancelled or failed import stopped. Raises ImportRefused."""
    with transaction.atomic():
        run = Import.objects.select_for_update().get(id=run.id)
        if run.job is None or not run.job.has_stopped:
            raise ImportRefused("This import has not stopped.")
        run.state = Import.State.CHECKING if run.job.kind == CHECK else Import.State.RUNNING
        run.save(update_fields=["state"])
        resume_job(job=run.job)


def reopen_import(*, run: Import) -> None:
    """Back to the columns, when nothing was written yet. Raises ImportRefused."""
    with transaction.atomic():
        run = Import.objects.select_for_update().get(id=run.id)
        if run.job and (run.job.kind == LOAD or run.job.state in {Job.State.QUEUED, Job.State.RUNNING}):
            raise ImportRefused("This import is under way; stop it first.")
        drop_lines(run)
        run.state, run.counts = Import.State.MAPPING, {}
        run.save(update_fields=["state", "counts"])


def drop_import(*, run: Import) -> None:
    """Forget an upload that was not loaded, with its file. Raises ImportRefused."""
    with transaction.atomic():
        run = Import.objects.select_for_update().get(id=run.id)
        if run.job and run.job.kind == LOAD:
            raise ImportRefused("What is in stays in; an import that was loaded is kept for the record.")
        if run.job and run.job.state in {Job.State.QUEUED, Job.State.RUNNING}:
            cancel_job(job=run.job)
        drop_lines(run)
        ImportRow.objects.filter(import_run=run).delete()
        files = [file for file in (run.file, run.error_file) if file]
        run.delete()
        for file in files:
            drop_file(file=file)


def drop_abandoned_imports() -> int:
    """Forget uploads that nobody loaded within `ABANDONED_AFTER`: they hold personal data. Returns how many."""
    old = Import.objects.select_related("job").filter(created_at__lt=timezone.now() - ABANDONED_AFTER)
    abandoned = [run for run in old if run.job is None or run.job.kind != LOAD]
    for run in abandoned:
        drop_import(run=run)
    return len(abandoned)


def _locked(run: Import, *states: str) -> Import:
    held = Import.objects.select_for_update().get(id=run.id)
    _require_state(held, *states)
    return held


def _require_state(run: Import, *states: str) -> None:
    if run.state not in states:
        raise ImportRefused(f"This import is {run.get_state_display()}.")

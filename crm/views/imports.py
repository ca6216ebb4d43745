"""From a file to customers and orders: upload, columns, check, go, result."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from crm.imports.forms import UploadForm, WritingForm, sent_columns
from crm.models import Import
from crm.selectors import imports as read
from crm.selectors.records import visible_import, visible_imports
from crm.services import imports as services
from crm.services.imports import ImportRefused, MappingRefused
from tenancy.models import Job
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, member_of, url_in
from tenancy.responses import file_response
from tenancy.selectors.jobs import RUNNING
from tenancy.selectors.keyset import newest_first
from tenancy.views.jobs import progress_of

TONES = {"done": "good", "failed": "bad", "checked": "warn", "mapping": "warn"}


@requires("crm.import")
@require_safe
def imports(request: TenantRequest) -> HttpResponse:
    return _list_page(request, UploadForm())


@requires("crm.import")
@require_POST
def new(request: TenantRequest) -> HttpResponse:
    """Upload a file; nothing is written but the file."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list_page(request, form, status=422)
    file = form.cleaned_data["file"]
    try:
        run = services.upload_import(
            kind=form.cleaned_data["kind"],
            name=file.name,
            chunks=file.chunks(),
            created_by=member_of(request),
        )
    except ImportRefused as refusal:
        form.add_error("file", str(refusal))
        return _list_page(request, form, status=422)
    return redirect(url_in(request, "import", run.id))


def _list_page(request: TenantRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    found = newest_first(
        visible_imports(request.access), by="created_at", cursor=request.GET.get("at", ""), size=25
    )
    pager = {
        "edges": "newest first", "earlier_url": f"?at={found.earlier}" if found.earlier else "",
        "later_url": f"?at={found.later}" if found.later else "",
    }  # fmt: skip
    context = {
        "form": form, "new_url": url_in(request, "import_new"), "imports": [_line(request, run) for run in found.rows],
        "pager": pager if found.earlier or found.later else None,
    }  # fmt: skip
    return render(request, "desk/imports/list.html", context, status=status)


def _line(request: TenantRequest, run: Import) -> dict[str, Any]:
    state = read.state_of(run)
    return {
        "url": url_in(request, "import", run.id), "file_name": run.file.name, "kind_words": run.get_kind_display(),
        "created_at": run.created_at, "state_words": Import.State(state).label, "tone": TONES.get(state, ""),
        "counts_words": read.counts_words(run),
    }  # fmt: skip


@requires("crm.import")
@require_safe
def show(request: TenantRequest, import_id: UUID) -> HttpResponse:
    """The page of an import, whatever step it is at."""
    run = _import_or_404(request, import_id)
    parts: dict[str, Callable[[TenantRequest, Import], dict[str, Any]]] = {
        "mapping": _mapping, "checked": _preview, "checking": _progress, "running": _progress,
    }  # fmt: skip
    context = parts.get(read.state_of(run), _result)(request, run)
    return _page(request, run, context)


def _page(request: TenantRequest, run: Import, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    state = read.state_of(run)
    context |= {
        "import": run, "state": state, "file_name": run.file.name, "step": read.STEPS[state],
        "imports_url": url_in(request, "imports"), "drop_url": url_in(request, "import_drop", run.id),
        "reasons": read.reasons_of(run), "noticed": read.noticed_of(run),
        "error_url": url_in(request, "import_errors", run.id) if run.error_file_id else "",
    }  # fmt: skip
    return render(request, "desk/imports/show.html", context, status=status)


def _mapping(
    request: TenantRequest, run: Import, *, columns: dict[str, str] | None = None,
    form: WritingForm | None = None, wrong: dict[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The columns as guessed, or as sent with what is wrong."""
    columns = run.mapping["columns"] if columns is None else columns
    initial = {**run.mapping, "encoding": run.encoding, "delimiter": run.delimiter}
    return {
        "fields": read.column_choices(run, columns, wrong or {}),
        "settings": list(form or WritingForm(initial=initial, run=run)),
        "unused": [name for name in run.header if name not in columns.values()],
        "check_url": url_in(request, "import_check", run.id),
        "again_url": url_in(request, "import_read_again", run.id),
    }


def _preview(request: TenantRequest, run: Import) -> dict[str, Any]:
    return {
        "samples": run.counts["samples"], "go_url": url_in(request, "import_go", run.id),
        "back_url": url_in(request, "import_columns", run.id), "nothing": not _changes(run),
    }  # fmt: skip


def _changes(run: Import) -> bool:
    return bool(run.counts["created"] or run.counts["updated"])


def _progress(request: TenantRequest, run: Import) -> dict[str, Any]:
    return progress_of(request, _job_of(run)) | {
        "poll_url": url_in(request, "import_progress", run.id),
        "cancel_url": url_in(request, "import_cancel", run.id),
    }


def _result(request: TenantRequest, run: Import) -> dict[str, Any]:
    job = _job_of(run)
    ended = job.finished_at and job.started_at
    seconds = (job.finished_at - job.started_at).total_seconds() if ended else 0.0  # type: ignore[operator]
    rate = job.rows_done / seconds if seconds else 0
    return {
        "job": job, "seconds": seconds, "rate_words": f"{rate:,.0f} rows a second" if rate else "",
        "resume_url": url_in(request, "import_resume", run.id) if job.has_stopped else "",
        "back_url": url_in(request, "import_columns", run.id) if job.has_stopped and read.was_checked(run) else "",
        "customers_url": url_in(request, "customers"), "again_url": url_in(request, "imports"),
    }  # fmt: skip


@requires("crm.import")
@require_safe
def progress(request: TenantRequest, import_id: UUID) -> HttpResponse:
    """The bar again; once the job has ended the page is read anew."""
    return _bar(request, _import_or_404(request, import_id))


def _bar(request: TenantRequest, run: Import) -> HttpResponse:
    response = render(request, "desk/jobs/_progress.html", _progress(request, run))
    if _job_of(run).state not in RUNNING:
        response["HX-Refresh"] = "true"
    return response


@requires("crm.import")
@require_POST
def check(request: TenantRequest, import_id: UUID) -> HttpResponse:
    """Take the columns as sent and begin the dry run."""
    run = _import_or_404(request, import_id)
    form, columns = WritingForm(request.POST, run=run), sent_columns(run.kind, request.POST)
    if not form.is_valid():
        return _page(request, run, _mapping(request, run, columns=columns, form=form), status=422)
    try:
        services.check_import(run=run, mapping=form.mapping(run, columns))
    except MappingRefused as refusal:
        wrong = {refusal.field: str(refusal)}
        return _page(
            request, run, _mapping(request, run, columns=columns, form=form, wrong=wrong), status=422
        )
    except ImportRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(url_in(request, "import", run.id))


@requires("crm.import")
@require_POST
def read_again(request: TenantRequest, import_id: UUID) -> HttpResponse:
    """The file is written otherwise than was detected: read and guess again."""
    run = _import_or_404(request, import_id)
    encoding, delimiter = request.POST.get("encoding", ""), request.POST.get("delimiter", "")
    return _asked(request, run, lambda: services.read_again(run=run, encoding=encoding, delimiter=delimiter))


@requires("crm.import")
@require_POST
def go(request: TenantRequest, import_id: UUID) -> HttpResponse:
    run = _import_or_404(request, import_id)
    return _asked(request, run, lambda: services.load_import(run=run))


@requires("crm.import")
@require_POST
def columns(request: TenantRequest, import_id: UUID) -> HttpResponse:
    """Back to the columns."""
    run = _import_or_404(request, import_id)
    return _asked(request, run, lambda: services.reopen_import(run=run))


@requires("crm.import")
@require_POST
def resume(request: TenantRequest, import_id: UUID) -> HttpResponse:
    run = _import_or_404(request, import_id)
    return _asked(request, run, lambda: services.resume_import(run=run))


@requires("crm.import")
@require_POST
def cancel(request: TenantRequest, import_id: UUID) -> HttpResponse:
    """Ask the job to stop after the part that is running."""
    run = _import_or_404(request, import_id)
    if not request.htmx:
        return _asked(request, run, lambda: services.cancel_import(run=run))
    # It may have ended meanwhile; the bar says so.
    with suppress(ImportRefused):
        services.cancel_import(run=run)
    return _bar(request, _import_or_404(request, import_id))


@requires("crm.import")
@require_POST
def drop(request: TenantRequest, import_id: UUID) -> HttpResponse:
    """Forget an upload that was not loaded."""
    run = _import_or_404(request, import_id)
    try:
        services.drop_import(run=run)
    except ImportRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(url_in(request, "import", run.id))
    messages.success(request, "The upload is gone; nothing of it was written.")
    return redirect(url_in(request, "imports"))


@requires("crm.import")
@require_safe
def errors(request: TenantRequest, import_id: UUID) -> HttpResponseBase:
    """The rows that were left out, as a file."""
    run = _import_or_404(request, import_id)
    if run.error_file is None:
        raise Http404
    return file_response(run.error_file)


def _job_of(run: Import) -> Job:
    if run.job is None:
        raise Http404
    return run.job


def _asked(request: TenantRequest, run: Import, ask: Callable[[], object]) -> HttpResponse:
    """Do what was asked for; a refusal is said on the import's page."""
    try:
        ask()
    except ImportRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(url_in(request, "import", run.id))


def _import_or_404(request: TenantRequest, import_id: UUID) -> Import:
    run = visible_import(request.access, import_id)
    if run is None:
        raise Http404
    return run

"""Old consents from a file: upload, columns, what each row is worth, go, result."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from privacy.forms.uploads import ColumnsForm, UploadForm
from privacy.imports.fields import Mapping
from privacy.models import ConsentUpload
from privacy.selectors import uploads as read
from privacy.services import consent_imports as services
from privacy.services.consent_imports import UploadRefused
from privacy.views.parts import page
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, member_of, url_in
from tenancy.responses import file_response
from tenancy.selectors.keyset import newest_first
from tenancy.services.audit import note_access
from tenancy.views.jobs import progress_of

HERE = "privacy_ledger"
MANAGE = "privacy.manage_policy"


@requires(MANAGE)
@require_safe
def uploads(request: TenantRequest) -> HttpResponse:
    return _list(request, UploadForm())


@requires(MANAGE)
@require_POST
def new(request: TenantRequest) -> HttpResponse:
    """Upload a file; nothing is recorded."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list(request, form, status=422)
    file = form.cleaned_data["file"]
    try:
        made = services.upload_consents(name=file.name, chunks=file.chunks(), created_by=member_of(request))
    except UploadRefused as refused:
        form.add_error("file", str(refused))
        return _list(request, form, status=422)
    return redirect(url_in(request, "consent_upload", made.id))


def _list(request: TenantRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    found = newest_first(read.uploads(), by="created_at", cursor=request.GET.get("at", ""), size=25)
    lines = [
        {
            "upload": one,
            "state": ConsentUpload.State(read.state_of(one)).label,
            "url": url_in(request, "consent_upload", one.id),
        }
        for one in found.rows
    ]
    return page(
        request, "uploads", HERE, status=status, form=form, lines=lines, new_url=url_in(request, "consent_upload_new"),
        ledger_url=url_in(request, HERE), pager={
            "edges": "newest first", "earlier_url": f"?at={found.earlier}" if found.earlier else "",
            "later_url": f"?at={found.later}" if found.later else "",
        } if found.earlier or found.later else None,
    )  # fmt: skip


def _upload_or_404(upload_id: UUID) -> ConsentUpload:
    found = read.upload_here(upload_id)
    if found is None:
        raise Http404
    return found


@requires(MANAGE)
@require_safe
def upload(request: TenantRequest, upload_id: UUID) -> HttpResponse:
    """The page of a file, whatever step it is at."""
    found = _upload_or_404(upload_id)
    return _page(request, found, _columns(found, None))


def _columns(upload: ConsentUpload, data: Any) -> ColumnsForm:
    return ColumnsForm(
        data, header=upload.header, mapping=Mapping(**upload.mapping), purposes=read.purposes_offered()
    )


def _page(
    request: TenantRequest, upload: ConsentUpload, form: ColumnsForm, *, status: int = 200
) -> HttpResponse:
    state = read.state_of(upload)
    worth = upload.counts.get("worth") or upload.counts.get("checked") or {}
    context: dict[str, Any] = {
        "upload": upload, "state": state, "form": form,
        "samples": read.samples_of(upload) if state == "mapping" else {},
        "worth": read.worth_lines(worth), "worthless": read.worthless(worth), "rows": sum(worth.values()),
        "uploads_url": url_in(request, "consent_uploads"), "ledger_url": url_in(request, HERE),
        "errors_url": url_in(request, "consent_upload_errors", upload.id) if upload.error_file else "",
    }  # fmt: skip
    if state in ("checking", "running") and upload.job:
        context |= progress_of(request, upload.job)
    return page(request, "upload", HERE, status=status, **context)


@requires(MANAGE)
@require_POST
def act(request: TenantRequest, upload_id: UUID) -> HttpResponse:
    """`do`: check (with the columns), columns (back to them), record, drop."""
    found = _upload_or_404(upload_id)
    do, form = request.POST.get("do", ""), _columns(found, request.POST)
    try:
        if do == "check":
            if not form.is_valid():
                return _page(request, found, form, status=422)
            services.check_consents(upload=found, mapping=form.mapping())
        elif do == "columns":
            services.back_to_columns(upload=found)
        elif do == "record":
            services.record_upload(upload=found)
        elif do == "drop":
            services.drop_upload(upload=found)
            messages.success(request, f"{found.name} is gone; nothing of it was recorded")
            return redirect(url_in(request, "consent_uploads"))
        else:
            raise Http404
    except UploadRefused as refused:
        if do != "check":
            messages.error(request, str(refused))
            return redirect(url_in(request, "consent_upload", found.id))
        field = f"column_{refused.field}" if f"column_{refused.field}" in form.fields else None
        form.add_error(field, str(refused))
        return _page(request, found, form, status=422)
    return redirect(url_in(request, "consent_upload", found.id))


@requires(MANAGE)
@require_safe
def errors(request: TenantRequest, upload_id: UUID) -> HttpResponseBase:
    """The rows that were left out, with why. Opening it is logged."""
    found = _upload_or_404(upload_id)
    if found.error_file is None or not found.error_file.size:
        raise Http404
    note_access(request, view="consents left out", subject_id=None)
    return file_response(found.error_file)

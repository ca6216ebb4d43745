"""Lists of addresses that must not be used: loaded, looked up, added to."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from privacy.forms.lists import AddressForm, LookUpForm, UploadForm, WhyForm
from privacy.lists import LISTS
from privacy.models import ListUpload
from privacy.selectors import lists as read
from privacy.services.list_uploads import UploadRefused, upload_list
from privacy.services.suppressions import Reason, SuppressionRefused, lift_suppression, suppress_address
from privacy.views.parts import page
from tenancy.forms import saved
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, member_of, url_in
from tenancy.selectors.keyset import newest_first

HERE = "privacy_lists"
MANAGE = "privacy.manage_policy"


@requires("privacy.view_privacy")
@require_safe
def lists(request: TenantRequest) -> HttpResponse:
    return _list_page(request, LookUpForm())


@requires("privacy.view_privacy")
@require_http_methods(["GET", "HEAD", "POST"])
def look_up(request: TenantRequest) -> HttpResponse:
    """Whether an address is on a list. It travels in the body, so that no log of addresses holds it."""
    form = LookUpForm(request.POST or None)
    if not form.is_valid():
        return _list_page(request, form)
    try:
        found = read.entries_of(form.cleaned_data["kind"], form.cleaned_data["value"])
    except SuppressionRefused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _list_page(request, form)
    entries = [_entry(request, entry) for entry in found]
    return _list_page(request, form, looked_up=form.cleaned_data["value"], entries=entries)


@requires(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: TenantRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None, initial=_asked_list(request))
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = upload_list(
                code=given["list"], mode=given["mode"], chunks=given["file"].chunks(),
                as_of=given["as_of"], by=member_of(request),
            )  # fmt: skip
        except UploadRefused as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(
                request, f"{made.lines:,} lines read, {made.unreadable:,} of them are no address"
            )
            return redirect(url_in(request, HERE))
    return _form_page(
        request, form, "Load a list", "Load it", "An address that stays on the list is on it at every moment."
    )


@requires(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: TenantRequest) -> HttpResponse:
    """One address onto the company's own list."""
    form = AddressForm(request.POST or None)
    if saved(form, lambda given: suppress_address(**given), SuppressionRefused):
        messages.success(request, "The address is on the list: do not contact")
        return redirect(url_in(request, HERE))
    return _form_page(
        request, form, "Do not contact an address", "Put it on the list",
        "Only a hash is kept. It holds for everybody who has this address, now or later.",
    )  # fmt: skip


@requires(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def lift(request: TenantRequest, suppression_id: UUID) -> HttpResponse:
    entry = read.entry_of(suppression_id)
    if entry is None:
        raise Http404
    form = WhyForm(request.POST or None)
    if saved(form, lambda given: lift_suppression(suppression_id=entry.id, **given), SuppressionRefused):
        messages.success(request, "The address is off the list")
        return redirect(url_in(request, HERE))
    words = f"It is there because it was {entry.get_reason_display()}."
    return _form_page(request, form, "Take an address off the list", "Take it off", words)


def _list_page(request: TenantRequest, form: LookUpForm, **more: Any) -> HttpResponse:
    found = newest_first(read.uploads(), by="created_at", cursor=request.GET.get("at", ""), size=25)
    may, erased = request.access.may(MANAGE), read.erased_addresses()
    context = {
        "form": form, "standings": read.lists_now(timezone.localdate()), "erased": erased,
        "erased_more": erased == read.MOST_COUNTED,
        "uploads": [_line(row) for row in found.rows],
        "upload_url": url_in(request, "privacy_lists_upload") if may else "",
        "add_url": url_in(request, "privacy_lists_add") if may else "",
        "look_up_url": url_in(request, "privacy_lists_look_up"),
        "pager": {
            "edges": "newest first", "earlier_url": f"?at={found.earlier}" if found.earlier else "",
            "later_url": f"?at={found.later}" if found.later else "",
        } if found.earlier or found.later else None,
    }  # fmt: skip
    return page(request, "lists", HERE, status=422 if form.errors else 200, **context, **more)


def _line(row: ListUpload) -> dict[str, Any]:
    state = row.job.state if row.job else "done"
    return {
        "list": LISTS[row.list].name, "as_of": row.as_of, "mode": row.get_mode_display(),
        "at": row.created_at, "who": row.created_by.name if row.created_by else "", "state": state,
        "error": row.job.error if row.job else "", "lines": row.lines, "unreadable": row.unreadable,
        "added": row.added, "removed": row.removed,
        "percent": row.job.rows_done / row.job.rows_total if row.job and row.job.rows_total else None,
    }  # fmt: skip


def _entry(request: TenantRequest, entry: Any) -> dict[str, Any]:
    ours = entry.reason == Reason.DO_NOT_CONTACT and request.access.may(MANAGE)
    return {
        "words": entry.get_reason_display(), "since": entry.since, "source": entry.source,
        "lift_url": url_in(request, "privacy_lists_lift", entry.id) if ours else "",
    }  # fmt: skip


def _asked_list(request: TenantRequest) -> dict[str, Any]:
    return {"list": request.GET.get("list", ""), "as_of": timezone.localdate()}


def _form_page(request: TenantRequest, form: Any, title: str, save: str, sentence: str) -> HttpResponse:
    context = {
        "title": title,
        "save": save,
        "sentence": sentence,
        "form": form,
        "cancel_url": url_in(request, HERE),
    }
    return page(request, "list_form", HERE, status=422 if form.errors else 200, **context)

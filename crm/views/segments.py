"""Segments: which there are, who is in them, how they grew, how they overlap, and what they are."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.forms import SegmentForm
from crm.models import Segment
from crm.selectors import segment_numbers as numbers
from crm.selectors import segments as read
from crm.selectors.segment_words import Reading, picture, reading_of, use_rows
from crm.selectors.where import json_in
from crm.services.segments.definitions import (
    Definition,
    SegmentRefused,
    archive_segment,
    change_segment,
    create_segment,
    refresh_segment,
)
from rules.forms import component, tree_from_form
from rules.language.parse import read as read_tree
from rules.language.problems import Problem, RuleInvalid
from rules.views.live import PARTS
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, id_or_404, url_in, whole_number
from tenancy.views.jobs import progress_of

PREFIX = "condition"
EMPTY: dict[str, Any] = {"all": [{}]}
MONTH = 30
YEAR = 365


@requires("crm.view_segment")
@require_safe
def segments(request: TenantRequest) -> HttpResponse:
    access, found = request.access, list(read.segments())
    sizes = numbers.counts_now(access, [row.id for row in found])
    history = numbers.histories(access, found, days=MONTH)
    reading = Reading(access)
    rows = [
        {
            "segment": row, "url": url_in(request, "segment", row.id), "customers": sizes.get(row.id, 0),
            "history": [point.customers for point in history[row.id]],
            "change": sizes.get(row.id, 0) - history[row.id][0].customers if history[row.id] else 0,
            "words": reading.of(row),
        }
        for row in found
    ]  # fmt: skip
    return render(request, "desk/segments/list.html", {
        "rows": rows, "scoped": access.scope != "all", "live": sum(row.mode == "live" for row in found),
        "new_url": url_in(request, "segment_new") if access.may("crm.manage_segments") else "",
    })  # fmt: skip


@requires("crm.view_segment")
@require_safe
def segment(request: TenantRequest, segment_id: UUID) -> HttpResponse:
    access, found = request.access, _here(segment_id)
    size = numbers.size_now(access, found.id)
    points = numbers.histories(access, [found], days=YEAR)[found.id]
    may = access.may("crm.manage_segments")
    work = read.fill_of(access, found)
    return render(request, "desk/segments/show.html", {
        "segment": found, "size": size, "currency": access.profile.currency, "points": points[::-1][:60],
        "picture": picture(points), "words": reading_of(access, found), "scoped": access.scope != "all",
        "changes": _lately(request, found),
        "month_came": sum(point.entered for point in points[-MONTH:]),
        "month_left": sum(point.left for point in points[-MONTH:]), "uses": use_rows(access, found),
        "versions": read.versions_of(found),
        "work": progress_of(request, work) if work else None, "overlap": _overlap(request, found),
        "others": [(str(row.id), row.name) for row in read.segments() if row.id != found.id],
        "list_url": url_in(request, "segments"), "customers_url": _list_url(request, found),
        "edit_url": url_in(request, "segment_edit", found.id) if may else "",
        "refresh_url": url_in(request, "segment_refresh", found.id) if may and found.mode == "frozen" else "",
        "archive_url": url_in(request, "segment_archive", found.id) if may else "",
    })  # fmt: skip


def _lately(request: TenantRequest, found: Segment) -> list[tuple[Any, str]]:
    """Who came and left, by name: for those who may open customers."""
    if not request.access.may("crm.view_customer"):
        return []
    rows = numbers.latest_changes(request.access, found.id)
    return [(row, _customer_url(request, row.customer_id)) for row in rows]


def _overlap(request: TenantRequest, found: Segment) -> dict[str, Any] | None:
    asked = request.GET.get("with", "")
    if not asked:
        return None
    other = _here(id_or_404(asked))
    return {"other": other, "url": url_in(request, "segment", other.id),
            "parts": numbers.overlap_of(request.access, found, other)}  # fmt: skip


@requires("crm.manage_segments")
@require_http_methods(["GET", "HEAD", "POST"])
def segment_new(request: TenantRequest) -> HttpResponse:
    """A new segment; `?where=` brings the condition of a filtered list."""
    raw = tree_from_form(request.POST, PREFIX) if request.method == "POST" else _where(request)
    form = SegmentForm(request.POST or None)
    del form.fields["comment"]
    if form.is_bound and form.is_valid():
        try:
            made = create_segment(access=request.access, definition=_definition(form, raw))
        except (SegmentRefused, RuleInvalid) as refused:
            return _edit_page(request, None, form, raw, refused)
        messages.success(request, f"{made.name} is being worked out.")
        return redirect(url_in(request, "segment", made.id))
    return _edit_page(request, None, form, raw)


@requires("crm.manage_segments")
@require_http_methods(["GET", "HEAD", "POST"])
def segment_edit(request: TenantRequest, segment_id: UUID) -> HttpResponse:
    found = _here(segment_id)
    raw = tree_from_form(request.POST, PREFIX) if request.method == "POST" else found.condition
    now = {"name": found.name, "description": found.description, "mode": found.mode}
    form = SegmentForm(request.POST or None, initial=now)
    if form.is_bound and form.is_valid():
        try:
            change_segment(
                access=request.access,
                segment=found,
                seen=_seen(request),
                definition=_definition(form, raw),
                comment=form.cleaned_data["comment"],
            )
        except (SegmentRefused, RuleInvalid) as refused:
            return _edit_page(request, found, form, raw, refused)
        messages.success(request, f"{form.cleaned_data['name']} is changed.")
        return redirect(url_in(request, "segment", found.id))
    return _edit_page(request, found, form, raw)


def _seen(request: TenantRequest) -> int:
    return whole_number(request.POST.get("seen", "")) or 0


def _where(request: TenantRequest) -> dict[str, Any]:
    return json_in(request.GET.get("where", "")) or EMPTY


def _definition(form: SegmentForm, raw: Any) -> Definition:
    given = form.cleaned_data
    return Definition(given["name"], raw, given["mode"], given["description"])


def _edit_page(
    request: TenantRequest, found: Segment | None, form: SegmentForm, raw: Any,
    refused: SegmentRefused | RuleInvalid | None = None,
) -> HttpResponse:  # fmt: skip
    _, problems = read_tree(raw, currency=request.access.profile.currency, access=request.access)
    if isinstance(refused, SegmentRefused):
        field = refused.field if refused.field in form.fields else None
        form.add_error(field, str(refused))
    elif refused:
        form.add_error(None, "The condition cannot be kept like this; what is wrong stands at its lines.")
    shown: list[Problem] = problems if refused or found else []
    back = url_in(request, "segment", found.id) if found else url_in(request, "segments")
    return render(request, "desk/segments/edit.html", {
        "segment": found, "form": form, "cancel_url": back, "list_url": url_in(request, "segments"),
        "condition": component(raw, shown, prefix=PREFIX, access=request.access, counts=True),
        "prefix": PREFIX, "live": live_addresses(request),
    }, status=422 if form.errors else 200)  # fmt: skip


@requires("crm.manage_segments")
@require_POST
def segment_refresh(request: TenantRequest, segment_id: UUID) -> HttpResponse:
    """Take a frozen segment's members of today."""
    found = _here(segment_id)
    try:
        refresh_segment(access=request.access, segment=found)
    except SegmentRefused as refused:
        messages.warning(request, str(refused))
    return redirect(url_in(request, "segment", found.id))


@requires("crm.manage_segments")
@require_POST
def segment_archive(request: TenantRequest, segment_id: UUID) -> HttpResponse:
    if read.segments(archived=True).filter(id=segment_id).exists():
        return redirect(url_in(request, "segments"))
    found = _here(segment_id)
    try:
        archive_segment(segment=found)
    except SegmentRefused as refused:
        messages.warning(request, str(refused))
        return redirect(url_in(request, "segment", found.id))
    messages.success(request, f"{found.name} is taken away.")
    return redirect(url_in(request, "segments"))


def live_addresses(request: TenantRequest) -> dict[str, str]:
    """Where the rail asks how many a condition holds for, and for whom."""
    return {part: url_in(request, f"rules_{part}") for part in PARTS}


def _here(segment_id: UUID) -> Segment:
    found = read.segment_here(segment_id)
    if found is None:
        raise Http404
    return found


def _customer_url(request: TenantRequest, customer_id: UUID) -> str:
    return f"{_customers(request)}{customer_id}/"


def _customers(request: TenantRequest) -> str:
    """Where the desk keeps customers; the desk is to the right, so its name is not asked for."""
    return f"/t/{request.access.tenant.slug}/customers/"


def _list_url(request: TenantRequest, found: Segment) -> str:
    return f"{_customers(request)}?{read.list_query(found)}"

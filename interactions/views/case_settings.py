"""Settings, Cases: kinds with their weight, how fast we want to be, and when the clocks run."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interactions.clocks import WEEKDAYS
from interactions.forms.cases import CalendarForm, CaseKindForm, LevelsForm, calendar_values
from interactions.models import BusinessCalendar, CaseKind
from interactions.selectors import cases as read
from interactions.selectors.case_page import length_words, thresholds_words
from interactions.services.calendars import (
    CatalogueRefused,
    archive_calendar,
    archive_case_kind,
    put_service_levels,
    save_calendar,
    save_case_kind,
)
from tenancy.forms import saved
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in
from tenancy.views.settings import form_page, page

HERE: Final = "settings_cases"
MANAGE: Final = "interactions.manage_catalogues"


@requires(MANAGE)
@require_safe
def overview(request: TenantRequest) -> HttpResponse:
    kinds = [*read.case_kinds(), *read.case_kinds(archived=True)]
    return page(
        request, "cases", HERE, thresholds=thresholds_words(),
        kinds=[{"kind": one, "url": url_in(request, "case_kind", one.id)} for one in kinds],
        levels=[{"name": read.PRIORITIES[one.priority], "answer": length_words(one.answer_minutes),
                 "resolve": length_words(one.resolve_minutes)} for one in read.service_levels()],
        calendars=[{"calendar": one, "url": url_in(request, "case_calendar", one.id), "hours": _hours_words(one)}
                   for one in read.calendars()],
        kind_new_url=url_in(request, "case_kind_new"), levels_url=url_in(request, "case_levels"),
        calendar_new_url=url_in(request, "case_calendar_new"),
    )  # fmt: skip


def _hours_words(row: BusinessCalendar) -> list[tuple[str, str]]:
    """("Monday to Friday", "09:00-17:30"), days of the same hours together."""
    told: list[tuple[list[str], str]] = []
    for number, day in enumerate(WEEKDAYS, start=1):
        hours = ", ".join(f"{begins}-{ends}" for begins, ends in row.hours.get(str(number), []))
        if told and told[-1][1] == hours:
            told[-1][0].append(day)
        else:
            told.append(([day], hours))
    return [
        (days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}", hours or "closed") for days, hours in told
    ]


@requires(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def kind_new(request: TenantRequest) -> HttpResponse:
    return _kind_form(request, None)


@requires(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def kind(request: TenantRequest, case_kind_id: UUID) -> HttpResponse:
    return _kind_form(request, _kind(case_kind_id))


def _kind(key: UUID) -> CaseKind:
    found = read.case_kind(key)
    if found is None:
        raise Http404
    return found


def _kind_form(request: TenantRequest, found: CaseKind | None) -> HttpResponse:
    calendars = read.calendars()
    usual = next((one.id for one in calendars if one.is_default), None)
    initial = (
        {"name": found.name, "weight": found.weight, "calendar": found.calendar_id}
        if found
        else {"calendar": usual}
    )
    form = CaseKindForm(request.POST or None, initial=initial, calendars=calendars)
    if saved(form, lambda given: save_case_kind(kind=found, **_with_calendar(given)), CatalogueRefused):
        messages.success(request, f"The kind {form.cleaned_data['name']} is kept")
        return redirect(url_in(request, HERE))
    danger = None
    if found:
        words = "Use it again" if found.archived_at else "Archive this kind"
        sentence = "It is offered again." if found.archived_at else "Not offered any more; its cases stay."
        danger = {
            "url": url_in(request, "case_kind_archive", found.id), "words": words, "sentence": sentence,
            "get": False,
        }  # fmt: skip
    return form_page(
        request, HERE, title=found.name if found else "New kind of case", form=form, save="Keep it", danger=danger,
        sentence="What a case may be about, and how much that weighs in its priority.",
    )  # fmt: skip


def _with_calendar(given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "calendar": _calendar(given["calendar"])}


@requires(MANAGE)
@require_POST
def kind_archive(request: TenantRequest, case_kind_id: UUID) -> HttpResponse:
    found = _kind(case_kind_id)
    try:
        archive_case_kind(kind=found, is_archived=found.archived_at is None)
        messages.success(
            request, f"The kind {found.name} is {'archived' if found.archived_at else 'in use again'}"
        )
    except CatalogueRefused as refused:
        messages.warning(request, str(refused))
    return redirect(url_in(request, HERE))


@requires(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def levels(request: TenantRequest) -> HttpResponse:
    form = LevelsForm(request.POST or None, levels=read.service_levels(), names=read.PRIORITIES)
    if saved(form, lambda given: put_service_levels(levels=form.levels()), CatalogueRefused):
        messages.success(request, "The service levels are kept, for cases from their next step on")
        return redirect(url_in(request, HERE))
    return form_page(
        request, HERE, title="Service levels", form=form, save="Keep them",
        sentence="Business hours, by the calendar of the case’s kind. Waiting for the customer does not count.",
    )  # fmt: skip


@requires(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_new(request: TenantRequest) -> HttpResponse:
    return _calendar_form(request, None)


@requires(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: TenantRequest, calendar_id: UUID) -> HttpResponse:
    return _calendar_form(request, _calendar(calendar_id))


def _calendar(key: UUID) -> BusinessCalendar:
    found = read.calendar_here(key)
    if found is None:
        raise Http404
    return found


def _calendar_form(request: TenantRequest, found: BusinessCalendar | None) -> HttpResponse:
    initial = (
        calendar_values(found)
        if found
        else {"time_zone": request.access.profile.time_zone}
        | {f"day_{number}": "09:00-17:30" for number in range(1, 6)}
    )
    form = CalendarForm(request.POST or None, initial=initial)
    if form.is_bound and form.is_valid() and _save_calendar(form, found):
        messages.success(request, f"The calendar {form.cleaned_data['name']} is kept")
        return redirect(url_in(request, HERE))
    danger = None
    if found and not found.is_default:
        danger = {
            "url": url_in(request, "case_calendar_archive", found.id), "words": "Archive this calendar",
            "sentence": "Not offered any more.", "get": False,
        }  # fmt: skip
    return form_page(
        request, HERE, title=found.name if found else "New calendar", form=form, save="Keep it", danger=danger,
        sentence="When clocks run. A change counts for cases from their next step on.",
    )  # fmt: skip


def _save_calendar(form: CalendarForm, found: BusinessCalendar | None) -> bool:
    try:
        save_calendar(opening=form.opening(), calendar=found)
    except CatalogueRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return False
    return True


@requires(MANAGE)
@require_POST
def calendar_archive(request: TenantRequest, calendar_id: UUID) -> HttpResponse:
    found = _calendar(calendar_id)
    try:
        archive_calendar(calendar=found)
        messages.success(request, f"The calendar {found.name} is archived")
    except CatalogueRefused as refused:
        messages.warning(request, str(refused))
    return redirect(url_in(request, HERE))

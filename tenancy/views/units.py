"""Units: regions, stores, teams, as a tree."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenancy.forms import UnitForm, UnitNameForm, saved
from tenancy.models import Role, Unit
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in
from tenancy.selectors import members as read
from tenancy.services.units import UnitRefused, add_unit, move_unit, remove_unit, rename_unit
from tenancy.views.members import unit_words
from tenancy.views.settings import form_page, page

HERE = "units"


@requires("tenancy.manage_units")
@require_safe
def units(request: TenantRequest) -> HttpResponse:
    rows = [
        {"name": unit.name, "depth": min(unit.depth, 6), "members": unit.people,  # type: ignore[attr-defined]
         "edit_url": url_in(request, "unit", unit.id)}
        for unit in read.units()
    ]  # fmt: skip
    return page(request, "units", HERE, rows=rows, new_url=url_in(request, "unit_new"))


@requires("tenancy.manage_units")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: TenantRequest) -> HttpResponse:
    form = UnitForm(request.POST or None, parents=_parents(None))
    if saved(form, lambda given: add_unit(name=given["name"], parent=_unit(given["parent"])), UnitRefused):
        messages.success(request, f"{form.cleaned_data['name']} is made.")
        return redirect(url_in(request, HERE))
    return form_page(
        request,
        HERE,
        title="New unit",
        sentence="A region, a store, a team.",
        form=form,
        save="Make the unit",
    )


@requires("tenancy.manage_units")
@require_http_methods(["GET", "HEAD", "POST"])
def unit(request: TenantRequest, unit_id: UUID) -> HttpResponse:
    found = _unit(unit_id)
    form = _form(request, found)
    if saved(form, lambda given: _change(request, found, given), UnitRefused):
        messages.success(request, f"{found.name} is changed.")
        return redirect(url_in(request, HERE))
    danger = {"url": url_in(request, "unit_remove", found.id), "words": "Take away",
              "sentence": "Only a unit without units, members and portfolios can be taken away."}  # fmt: skip
    return form_page(
        request, HERE, title=found.name, sentence="Moving it moves all below it, and with it who sees which customers.",
        form=form, save="Change the unit", danger=danger if found.parent_id else None,
    )  # fmt: skip


@requires("tenancy.manage_units")
@require_POST
def remove(request: TenantRequest, unit_id: UUID) -> HttpResponse:
    found = _unit(unit_id)
    try:
        remove_unit(unit=found)
        messages.success(request, f"{found.name} is gone.")
    except UnitRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(url_in(request, "unit", unit_id))
    return redirect(url_in(request, HERE))


def _form(request: TenantRequest, found: Unit) -> forms.Form:
    if found.parent_id is None:
        return UnitNameForm(request.POST or None, initial={"name": found.name})
    now = {"name": found.name, "parent": found.parent_id}
    return UnitForm(request.POST or None, parents=_parents(found), initial=now)


def _change(request: TenantRequest, found: Unit, given: dict[str, Any]) -> None:
    rename_unit(unit=found, name=given["name"])
    if "parent" in given and given["parent"] != found.parent_id:
        if request.access.scope != Role.Scope.ALL:
            raise UnitRefused("Moving a unit moves who sees which customers: only who sees all of them may.")
        move_unit(unit=found, parent=_unit(given["parent"]))


def _parents(found: Unit | None) -> list[tuple[str, str]]:
    """Everything a unit may hang below: not itself, nothing of its own."""
    return [
        (str(unit.id), unit_words(unit))
        for unit in read.units()
        if found is None or not unit.path.startswith(found.path)
    ]


def _unit(unit_id: UUID) -> Unit:
    found = read.unit(unit_id)
    if found is None:
        raise Http404
    return found

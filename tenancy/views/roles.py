"""Roles: what each may do and whose customers it sees; saving says first who gains and who loses what."""

from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenancy.forms import NewRoleForm, RoleForm, saved
from tenancy.models import Role
from tenancy.permissions import all_permissions, requires
from tenancy.requests import TenantRequest, url_in
from tenancy.selectors import members as read
from tenancy.services.roles import (
    RoleRefused,
    UnknownPermission,
    add_role,
    grantable_roles,
    preview_role,
    remove_role,
    require_fitting,
    require_grantable,
    save_role,
)
from tenancy.views.settings import form_page, page

HERE = "roles"


@requires("tenancy.manage_roles")
@require_safe
def roles(request: TenantRequest) -> HttpResponse:
    found = list(read.roles())
    columns = [
        {"name": role.name, "members": role.people, "scope_words": role.get_scope_display(),  # type: ignore[attr-defined]
         "edit_url": url_in(request, "role", role.id)}
        for role in found
    ]  # fmt: skip
    return page(
        request, "roles", HERE, roles=columns, rooms=_rooms(found), new_url=url_in(request, "role_new")
    )


@requires("tenancy.manage_roles")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: TenantRequest) -> HttpResponse:
    choices = [(str(role.id), role.name) for role in grantable_roles(request.access)]
    form = NewRoleForm(request.POST or None, roles=choices)
    if saved(form, lambda given: add_role(name=given["name"], like=_role(given["like"])), RoleRefused):
        messages.success(request, f"The role {form.cleaned_data['name']} is made; nobody has it yet.")
        return redirect(url_in(request, HERE))
    return form_page(
        request,
        HERE,
        title="New role",
        sentence="A copy to begin with; change it on its page.",
        form=form,
        save="Make the role",
    )


@requires("tenancy.manage_roles")
@require_http_methods(["GET", "HEAD", "POST"])
def role(request: TenantRequest, role_id: UUID) -> HttpResponse:
    """A first POST shows what would change, a second one, confirmed, does it."""
    found = _role(role_id)
    now = {"name": found.name, "scope": found.scope, "permissions": found.permissions}
    form = RoleForm(request.POST or None, initial=now)
    change = None
    if "confirmed" in request.POST:
        if saved(form, lambda given: _save(request, found, given), RoleRefused, UnknownPermission):
            messages.success(request, f"The role {found.name} is changed, for everybody who has it.")
            return redirect(url_in(request, HERE))
    elif saved(form, _require_fitting, RoleRefused):
        given = form.cleaned_data
        change = preview_role(role=found, scope=given["scope"], permissions=given["permissions"])
    return page(
        request, "role", HERE, status=422 if form.errors else 200, role=found, form=form, change=change,
        held=set(form["permissions"].value() or []), rooms=_rooms([]), cancel_url=url_in(request, HERE),
        remove_url=url_in(request, "role_remove", found.id),
    )  # fmt: skip


@requires("tenancy.manage_roles")
@require_POST
def remove(request: TenantRequest, role_id: UUID) -> HttpResponse:
    found = _role(role_id)
    try:
        remove_role(role=found)
        messages.success(request, f"The role {found.name} is gone.")
    except RoleRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(url_in(request, "role", role_id))
    return redirect(url_in(request, HERE))


def _save(request: TenantRequest, found: Role, given: dict[str, Any]) -> None:
    added = set(given["permissions"]) - set(found.permissions)
    require_grantable(access=request.access, permissions=added, scope=given["scope"])
    save_role(role=found, name=given["name"], scope=given["scope"], permissions=given["permissions"])


def _require_fitting(given: dict[str, Any]) -> None:
    require_fitting(scope=given["scope"], permissions=given["permissions"])


def _rooms(found: list[Role]) -> list[dict[str, Any]]:
    """Permissions by room, each with whether every one of `found` holds it."""
    rooms: dict[str, list[dict[str, Any]]] = {}
    for permission in all_permissions():
        held = [permission.code in role.permissions for role in found]
        rooms.setdefault(permission.room, []).append(
            {"label": permission.label, "code": permission.code, "held": held}
        )
    # Rooms announce themselves from right to left; the company's own settings come last.
    ordered = [*(name for name in reversed(rooms) if name != "tenancy"), "tenancy"]
    return [{"name": apps.get_app_config(name).verbose_name, "permissions": rooms[name]} for name in ordered]


def _role(role_id: UUID) -> Role:
    found = read.role(role_id)
    if found is None:
        raise Http404
    return found

"""Who works here: invited, changed, let go with everything they answered for handed over."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenancy.forms import InviteForm, MemberForm, RemoveMemberForm, saved
from tenancy.models import Member, Role, Unit
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, member_of, url_in
from tenancy.selectors import members as read
from tenancy.services.invitations import send_invitation
from tenancy.services.members import MemberRefused, add_member, change_member, remove_member
from tenancy.services.roles import RoleRefused, grantable_roles, require_grantable, require_reach
from tenancy.views.settings import base_url, form_page, page

HERE = "members"


@requires("tenancy.manage_members")
@require_safe
def members(request: TenantRequest) -> HttpResponse:
    away = {row.member_id: row for row in read.current_delegations()}
    rows = [_row(request, member, away) for member in [*read.members_here(), *read.members_here(left=True)]]
    return page(request, "members", HERE, rows=rows, invite_url=url_in(request, "member_invite"))


@requires("tenancy.manage_members")
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: TenantRequest) -> HttpResponse:
    form = InviteForm(request.POST or None, **_choices(request))
    if saved(form, lambda given: _invite(request, given), MemberRefused, RoleRefused, OSError):
        messages.success(request, f"{form.cleaned_data['name']} is a member now; the mail is on its way.")
        return redirect(url_in(request, HERE))
    return form_page(
        request, HERE, title="Add a member", sentence="They come in with their own e-mail and password.",
        form=form, save="Add and send the mail",
    )  # fmt: skip


def _invite(request: TenantRequest, given: dict[str, Any]) -> None:
    role = _role(given["role"])
    unit = _unit(given["unit"])
    require_grantable(access=request.access, permissions=role.permissions, scope=role.scope)
    require_reach(access=request.access, role=role, unit=unit)
    member = add_member(email=given["email"], name=given["name"], role=role, unit=unit)
    _send(request, member)


def _send(request: TenantRequest, member: Member) -> None:
    inviter = member_of(request).name
    send_invitation(
        user=member.user, tenant=request.access.tenant, inviter=inviter, base_url=base_url(request)
    )


@requires("tenancy.manage_members")
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: TenantRequest, member_id: UUID) -> HttpResponse:
    found = _here(member_id)
    now = {"name": found.name, "role": found.role_id, "unit": found.unit_id}
    form = MemberForm(request.POST or None, initial=now, **_choices(request, found))
    if saved(form, lambda given: _change(request, found, given), MemberRefused, RoleRefused):
        messages.success(request, f"{found.name} is changed.")
        return redirect(url_in(request, HERE))
    return form_page(
        request, HERE, title=found.name, sentence=found.user.email, form=form, save="Change the member",
        danger={"url": url_in(request, "member_remove", found.id), "words": "Let go…", "get": True,
                "sentence": "Somebody who leaves hands over first; the next page shows what would move."},
        extra={"url": url_in(request, "member_invite_again", found.id), "words": "Send the mail again"},
    )  # fmt: skip


def _change(request: TenantRequest, found: Member, given: dict[str, Any]) -> None:
    role, unit = _role(given["role"]), _unit(given["unit"])
    if role.id != found.role_id:
        for changed in (role, found.role):
            require_grantable(access=request.access, permissions=changed.permissions, scope=changed.scope)
    if (role.id, given["unit"]) != (found.role_id, found.unit_id):
        require_reach(access=request.access, role=role, unit=unit)
    change_member(member=found, name=given["name"], role=role, unit=unit)


@requires("tenancy.manage_members")
@require_POST
def invite_again(request: TenantRequest, member_id: UUID) -> HttpResponse:
    found = _here(member_id)
    try:
        _send(request, found)
        messages.success(request, f"The mail to {found.user.email} is on its way.")
    except OSError:
        messages.error(request, "The mail server did not take the mail. Try again later.")
    return redirect(url_in(request, "member", found.id))


@requires("tenancy.manage_members")
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: TenantRequest, member_id: UUID) -> HttpResponse:
    found = _here(member_id)
    others = [
        (str(row.id), f"{row.name}, {row.role.name}") for row in read.members_here() if row.id != found.id
    ]
    form = RemoveMemberForm(request.POST or None, members=others)
    # A form without a choice posts nothing but its token: bound all the same.
    if request.method == "POST" and saved(
        form, lambda given: _remove(request, found, given), MemberRefused, RoleRefused
    ):
        messages.success(request, f"{found.name} has left; history keeps the name.")
        return redirect(url_in(request, HERE))
    return form_page(
        request, HERE, title=f"Let {found.name} go",
        sentence="They cannot sign in to this company any more. Whatever they did keeps their name.",
        form=form, save=f"Let {found.name} go", moves=read.duties_of(found.id), is_danger=True,
        cancel_url=url_in(request, "member", found.id),
    )  # fmt: skip


def _remove(request: TenantRequest, found: Member, given: dict[str, Any]) -> None:
    require_grantable(access=request.access, permissions=found.role.permissions, scope=found.role.scope)
    successor = _here(given["successor"]) if given["successor"] else None
    remove_member(member=found, successor=successor)


def _row(request: TenantRequest, row: Member, away: dict[UUID, Any]) -> dict[str, Any]:
    absence = away.get(row.id)
    return {
        "name": row.name, "email": row.user.email, "role": row.role.name, "unit": row.unit.name if row.unit else "",
        "joined_at": row.joined_at, "left_at": row.left_at, "is_you": row.id == member_of(request).id,
        "away": f"away, {absence.delegate.name} stands in" if absence else "",
        "edit_url": "" if row.left_at else url_in(request, "member", row.id),
    }  # fmt: skip


def _choices(request: TenantRequest, found: Member | None = None) -> dict[str, Any]:
    roles = grantable_roles(request.access)
    if found and found.role not in roles:
        roles = [*roles, found.role]
    return {
        "roles": [(str(role.id), role.name) for role in roles],
        "units": [(str(unit.id), unit_words(unit)) for unit in read.units()],
    }


def unit_words(unit: Unit) -> str:
    """A unit in a list of choices, set in by its depth."""
    depth: int = unit.depth  # type: ignore[attr-defined]
    return "\N{EM SPACE}" * depth + unit.name


def _here(member_id: UUID) -> Member:
    found = read.member_here(member_id)
    if found is None:
        raise Http404
    return found


def _role(role_id: UUID) -> Role:
    found = read.role(role_id)
    if found is None:
        raise Http404
    return found


def _unit(unit_id: UUID | None) -> Unit | None:
    return read.unit(unit_id) if unit_id else None

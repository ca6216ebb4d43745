"""Absences: one's own, and everybody's for whoever manages members."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenancy.forms import DelegationForm, saved
from tenancy.models import Delegation, Role
from tenancy.permissions import ANY_MEMBER, requires
from tenancy.requests import TenantRequest, member_of, url_in
from tenancy.selectors import members as read
from tenancy.services.delegations import DelegationRefused, add_delegation, end_delegation
from tenancy.views.settings import page

HERE = "delegations"


@requires(ANY_MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def delegations(request: TenantRequest) -> HttpResponse:
    me, form = member_of(request), _form(request)
    if saved(form, _add, DelegationRefused):
        messages.success(request, "The absence is entered; it begins and ends by itself.")
        return redirect(url_in(request, HERE))
    rows = [_row(request, row) for row in read.delegations(request.access, at=timezone.now())]
    status = 422 if form.errors else 200
    return page(request, HERE, HERE, rows=rows, form=form, me=me, status=status)


@requires(ANY_MEMBER)
@require_POST
def end(request: TenantRequest, delegation_id: UUID) -> HttpResponse:
    found = read.delegation(request.access, delegation_id, at=timezone.now())
    if found is None:
        raise Http404
    end_delegation(delegation=found)
    messages.success(request, f"{found.member.name} is back; {found.delegate.name} stands in no more.")
    return redirect(url_in(request, HERE))


def _form(request: TenantRequest) -> DelegationForm:
    me, here = member_of(request), [(str(row.id), row.name) for row in read.members_here()]
    may_others = _may_enter_others(request)
    members = here if may_others else [(str(me.id), me.name)]
    initial = {"member": me.id, "first_day": timezone.localdate()}
    return DelegationForm(request.POST or None, members=members, delegates=here, initial=initial)


def _may_enter_others(request: TenantRequest) -> bool:
    """An absence gives the absent one's view away: only who sees everybody anyway may enter another's."""
    return request.access.may("tenancy.manage_members") and request.access.scope == Role.Scope.ALL


def _add(given: dict[str, Any]) -> Delegation:
    member, delegate = read.member_here(given["member"]), read.member_here(given["delegate"])
    if member is None or delegate is None:
        raise DelegationRefused("One of the two does not work here any more.")
    starts, after = (
        timezone.make_aware(datetime.combine(day, time.min))
        for day in (given["first_day"], given["last_day"] + timedelta(days=1))
    )
    return add_delegation(
        member=member, delegate=delegate, starts_at=starts, ends_at=after, reason=given["reason"]
    )


def _row(request: TenantRequest, row: Delegation) -> dict[str, Any]:
    mine = row.member_id == member_of(request).id or request.access.may("tenancy.manage_members")
    return {
        "member": row.member.name, "delegate": row.delegate.name, "reason": row.reason,
        "first_day": row.starts_at, "last_day": row.ends_at - timedelta(seconds=1),
        "is_now": row.starts_at <= timezone.now(),
        "end_url": url_in(request, "delegation_end", row.id) if mine else "",
    }  # fmt: skip

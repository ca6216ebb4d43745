"""API tokens: made, shown once, revoked."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tenancy.forms import TokenForm, saved
from tenancy.models import ApiToken
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, member_of, url_in
from tenancy.selectors import members as read_members
from tenancy.selectors import tokens as read
from tenancy.services.roles import RoleRefused, grantable_roles, require_grantable
from tenancy.services.tokens import MadeAlready, create_token, revoke_token
from tenancy.views.settings import page

HERE = "tokens"


@requires("tenancy.manage_tokens")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def tokens(request: TenantRequest) -> HttpResponse:
    """The answer to a POST is the only page that ever shows the secret; the same page sent again makes nothing."""
    choices = [(str(role.id), role.name) for role in grantable_roles(request.access)]
    form, secret = TokenForm(request.POST or None, roles=choices), ""
    made: list[str] = []
    try:
        if saved(form, lambda given: made.append(_create(request, given)), RoleRefused):
            form, secret = TokenForm(roles=choices), made[0]
    except MadeAlready as refusal:
        messages.warning(request, f"{refusal} If nobody copied it, revoke the token and make another.")
        return redirect(url_in(request, HERE))
    rows = [_row(request, token) for token in read.tokens()]
    status = 422 if form.errors else 200
    return page(request, "tokens", HERE, rows=rows, form=form, new_token=secret, status=status)


@requires("tenancy.manage_tokens")
@require_POST
def revoke(request: TenantRequest, token_id: UUID) -> HttpResponse:
    found = read.token(token_id)
    if found is None:
        raise Http404
    revoke_token(token=found)
    messages.success(request, f"The token {found.name} is revoked; what used it gets 401 from now on.")
    return redirect(url_in(request, HERE))


def _create(request: TenantRequest, given: dict[str, Any]) -> str:
    role = read_members.role(given["role"])
    if role is None:
        raise RoleRefused("That role is gone; choose another.")
    require_grantable(access=request.access, permissions=role.permissions, scope=role.scope)
    day = given["expires_on"]
    ends = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min)) if day else None
    _, secret = create_token(
        name=given["name"], role=role, created_by=member_of(request), expires_at=ends, key=given["key"]
    )
    return secret


def _row(request: TenantRequest, token: ApiToken) -> dict[str, Any]:
    return {
        "name": token.name, "role": token.role.name, "prefix": f"{token.hint}…", "created_at": token.created_at,
        "created_by": token.created_by.name if token.created_by else "the operator",
        "used_at": token.last_used_at, "revoked_at": token.revoked_at, "expires_at": token.expires_at,
        "revoke_url": "" if token.revoked_at else url_in(request, "token_revoke", token.id),
    }  # fmt: skip

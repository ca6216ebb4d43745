"""Before a tenant is chosen: the root page, and the page of those who guessed too often."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from tenancy.permissions import public
from tenancy.selectors.doors import tenants_of
from tenancy.selectors.locks import locked_until


@public
@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """One tenant: there. Several: choose. None: say so."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    tenants = tenants_of(request.user.pk)
    if len(tenants) == 1:
        return redirect(f"/t/{tenants[0].slug}/")
    return render(request, "account/choose.html", {"tenants": tenants})


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any]) -> HttpResponse:
    """What django-axes answers while an address may not try an e-mail any more."""
    until = locked_until(credentials.get("email", ""), request)
    return render(request, "account/locked.html", {"until": until}, status=429)

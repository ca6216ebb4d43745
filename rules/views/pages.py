"""The list of rule sets."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tenancy.permissions import requires
from tenancy.requests import TenantRequest


@requires("rules.view")
@require_safe
def rules(request: TenantRequest) -> HttpResponse:
    return render(request, "desk/rules/list.html", {})

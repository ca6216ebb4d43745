"""My day: the first page after signing in."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from desk.selectors.my_day import my_day
from tenancy.permissions import ANY_MEMBER, requires
from tenancy.requests import TenantRequest


@requires(ANY_MEMBER)
@require_safe
def home(request: TenantRequest) -> HttpResponse:
    return render(request, "desk/my_day.html", my_day(request.access, kind=request.GET.get("kind", "")))

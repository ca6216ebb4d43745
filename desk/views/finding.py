"""Find a customer: as a page, while typing in the palette, and to log a contact."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from desk.selectors.finding import IN_PALETTE, ON_PAGE, log_results, search_results
from tenancy.permissions import ANY_MEMBER, requires
from tenancy.requests import TenantRequest


@requires(ANY_MEMBER)
@require_safe
def search(request: TenantRequest) -> HttpResponse:
    """Nobody is found without the permission to find or to view; the selector asks for it."""
    typed = request.GET.get("q", "")
    if request.htmx:
        return render(
            request, "desk/_search_results.html", search_results(request.access, typed, most=IN_PALETTE)
        )
    return render(request, "desk/search/page.html", search_results(request.access, typed, most=ON_PAGE))


@requires("interactions.log")
@require_safe
def log(request: TenantRequest) -> HttpResponse:
    """The first half of the quick log: who it was. What is found leads on to the composer."""
    typed = request.GET.get("q", "")
    context = log_results(request.access, typed)
    part = "desk/search/_log_results.html" if request.htmx else "desk/search/log.html"
    return render(request, part, context)

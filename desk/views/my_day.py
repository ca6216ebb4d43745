"""My day: the first page after signing in, and the answers that its lines take by one key."""

import json
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from desk.selectors.my_day import day_part, my_day
from desk.views.day_answers import ANSWERS, Said
from interactions.services.refusals import Refused
from tenancy.permissions import ANY_MEMBER, requires
from tenancy.requests import TenantRequest, url_in, whole_number


@requires(ANY_MEMBER)
@require_safe
def home(request: TenantRequest) -> HttpResponse:
    kind, at = request.GET.get("kind", ""), whole_number(request.GET.get("at", "")) or 0
    if request.htmx:
        return render(
            request, "desk/_day.html", day_part(request.access, kind=kind, at=at) | {"swapped": True}
        )
    return render(request, "desk/my_day.html", my_day(request.access, kind=kind, at=at))


@requires(ANY_MEMBER)
@require_POST
def day_answer(request: TenantRequest, kind: str, record_id: UUID) -> HttpResponse:
    """Answer a line; what comes back is the list without it, the next line open."""
    answer = ANSWERS.get((kind, request.POST.get("do", "")))
    if answer is None:
        raise Http404
    try:
        said = answer(request, record_id)
    except Refused as refused:
        said = Said(str(refused), tone="warn")
    if not request.htmx:
        getattr(messages, "warning" if said.tone else "success")(request, said.text, extra_tags=said.undo_url)
        return redirect(url_in(request, "home"))
    at = whole_number(request.POST.get("at", "")) or 0
    part = day_part(request.access, kind=request.POST.get("kind", ""), at=at)
    response = render(request, "desk/_day.html", part | {"swapped": True})
    response["HX-Trigger"] = json.dumps({"toast": vars(said)})
    return response

"""Log a contact: the composer, what it found in the text, and what it saves."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from crm.models import Customer
from crm.selectors.scope import serviceable_customer, visible_customer
from crm.views.gates import card_or_404
from interactions.forms.logging import LogForm, plain_lines
from interactions.models.interaction import LONGEST_TEXT
from interactions.selectors.logging import chips_of, composer_of, found_in, quick_log_page
from interactions.services.authors import author_of
from interactions.services.logging import Logged, log_contact
from interactions.services.refusals import Refused
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in


@requires("interactions.log")
@require_http_methods(["GET", "HEAD", "POST"])
def quick_log(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """GET shows the composer by itself; POST logs, from wherever it stands. A script is answered in JSON."""
    customer = _loggable_or_404(request, customer_id, is_look=request.method != "POST")
    if request.method != "POST":
        return _page(request, customer, composer_of(request.access, customer) or {})
    form = LogForm(request.POST)
    if not form.is_valid():
        return _refused(request, customer, form, _first_error(form))
    if "seen" not in request.POST and not _is_script(request):
        chips = chips_of(request.access, customer, form.cleaned_data["text"])
        if chips["needs"] or chips["promises"]:
            return _page(request, customer, {**_typed(request, customer, form), "chips": chips})
    try:
        logged = _log(request, customer, form)
    except Refused as refused:
        return _refused(request, customer, form, str(refused))
    return _answer(request, customer, logged)


@requires("interactions.log")
@require_POST
def quick_log_read(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """The chips of a text as it is typed."""
    customer = _loggable_or_404(request, customer_id, is_look=False)
    text = plain_lines(request.POST.get("text", "")[:LONGEST_TEXT])
    return render(
        request, "interactions/log/_chips.html", {"chips": chips_of(request.access, customer, text)}
    )


def _loggable_or_404(request: TenantRequest, customer_id: UUID, *, is_look: bool = True) -> Customer:
    """In the scope; else whomever one serves, which is a look at their card. Reading what one types oneself is none."""
    found = visible_customer(request.access, customer_id)
    if found:
        return found
    if not request.access.may("crm.open_service_card"):
        raise Http404
    if is_look:
        return card_or_404(request, customer_id)
    served = serviceable_customer(request.access, customer_id)
    if served is None:
        raise Http404
    return served


def _log(request: TenantRequest, customer: Customer, form: LogForm) -> Logged:
    """What was kept without a connection was never read: then all that the text marks counts, as it was told there."""
    found = None
    if "unread" in request.POST:
        found = found_in(request.access, customer, form.cleaned_data["text"], now=form.written_at_moment)
    needs, promises = form.said(found)
    return log_contact(
        customer=customer, contact=form.contact, needs=needs, promises=promises, by=author_of(request.access),
        key=form.cleaned_data["key"],
    )  # fmt: skip


def _answer(request: TenantRequest, customer: Customer, logged: Logged) -> HttpResponse:
    words = f"Logged with {customer.name}{_with(logged)}"
    opens = (
        request.access.may("crm.view_customer") and visible_customer(request.access, customer.id) is not None
    )
    after = url_in(request, "customer" if opens else "service_card", customer.id)
    if not (_is_script(request) and "stay" in request.POST):
        messages.success(request, words)
    return JsonResponse({"words": words, "next": after}) if _is_script(request) else redirect(after)


def _with(logged: Logged) -> str:
    counts = (("need", len(logged.needs)), ("promise", len(logged.promises)))
    said = [f"a {noun}" if count == 1 else f"{count} {noun}s" for noun, count in counts if count]
    return f", with {' and '.join(said)}" if said else ""


def _refused(request: TenantRequest, customer: Customer, form: LogForm, why: str) -> HttpResponse:
    if _is_script(request):
        return JsonResponse({"why": why}, status=422)
    return _page(request, customer, {**_typed(request, customer, form), "refused": why}, status=422)


def _first_error(form: LogForm) -> str:
    return str(next(iter(form.errors.values()))[0])


def _typed(request: TenantRequest, customer: Customer, form: LogForm) -> dict[str, Any]:
    """The composer with what was typed into it."""
    first = composer_of(request.access, customer) or {}
    return first | {name: form.data.get(name, "") for name in ("key", "channel", "way", "sentiment", "text")}


def _page(
    request: TenantRequest, customer: Customer, composer: dict[str, Any], status: int = 200
) -> HttpResponse:
    context = {**quick_log_page(request.access, customer), "composer": composer}
    return render(request, "interactions/log/show.html", context, status=status)


def _is_script(request: TenantRequest) -> bool:
    return request.headers.get("Accept") == "application/json"

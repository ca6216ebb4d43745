"""The customer page and its parts; the service card for whoever serves without answering for them."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm.forms import StatusForm
from crm.selectors.customers import order_of
from crm.views.gates import card_or_404, record_or_404
from desk.selectors.bulk import transfer_targets
from desk.selectors.card import service_card
from desk.selectors.customer_page import customer_page, timeline_context, what_changed
from desk.selectors.figure_sources import FIGURES, figure_source
from desk.selectors.people import portfolio_names
from tenancy.permissions import ANY_MEMBER, requires
from tenancy.requests import TenantRequest, whole_number
from tenancy.services.audit import note_access


@requires(ANY_MEMBER)
@require_safe
def customer(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """The full record, for those whose scope reaches it; opening it is logged."""
    found = record_or_404(request, customer_id)
    note_access(request, view="record", subject_id=found.id)
    context = customer_page(
        request.access, found, kind=request.GET.get("kind", ""), after=request.GET.get("after", "")
    )
    if context["may_transfer"]:
        targets = transfer_targets(portfolio_names(request.access))
        context["portfolios"] = [t for t in targets if t["id"] != found.summary.portfolio_id]
    context["status_form"] = StatusForm(
        initial={"status": found.manual_status, "until": found.manual_status_until}
    )
    return render(request, "desk/customers/show.html", context)


@requires(ANY_MEMBER)
@require_safe
def timeline(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Older entries, for the end of the timeline; as a page of its own without JavaScript."""
    found = record_or_404(request, customer_id)
    kind, after = request.GET.get("kind", ""), request.GET.get("after", "")
    if not request.htmx:
        return render(
            request, "desk/customers/show.html", customer_page(request.access, found, kind=kind, after=after)
        )
    context = timeline_context(request.access, found, kind=kind, after=after)
    return render(request, "desk/customers/_timeline.html", context)


@requires(ANY_MEMBER)
@require_safe
def changed(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """What somebody else changed since the page was opened."""
    found = record_or_404(request, customer_id)
    version = whole_number(request.GET.get("version", ""))
    seen = found.version if version is None else version
    context = {"changed_url": request.get_full_path(), "change": what_changed(request.access, found, seen)}
    return render(request, "desk/customers/_changed.html", context)


@requires(ANY_MEMBER)
@require_safe
def figure(request: TenantRequest, customer_id: UUID, figure: str) -> HttpResponse:
    """Where one figure of the header came from."""
    found = record_or_404(request, customer_id)
    if figure not in FIGURES:
        raise Http404
    return render(request, "desk/customers/_figure.html", figure_source(request.access, found, figure))


@requires(ANY_MEMBER)
@require_safe
def order(request: TenantRequest, customer_id: UUID, order_id: UUID) -> HttpResponse:
    """One order with its lines, discount, and what is known of its margin."""
    found = record_or_404(request, customer_id)
    bought = order_of(found.id, order_id)
    if bought is None:
        raise Http404
    context: dict[str, Any] = {"customer": found, "order": bought, "lines": list(bought.lines.all())}
    return render(request, "desk/customers/_order.html", context)


@requires("crm.open_service_card")
@require_safe
def card(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """What is needed to serve whoever walks in; every look is logged."""
    found = card_or_404(request, customer_id)
    return render(request, "desk/customers/card.html", service_card(request.access, found))

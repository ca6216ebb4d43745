"""A customer's own page, from the inside: its link to copy, or to send to their address."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from crm.models import Customer
from crm.selectors.records import contact_point_of, contact_points_of
from crm.views.gates import record_or_404
from privacy.gate import Given
from privacy.links import preferences_link
from privacy.policy.codes import CODES
from privacy.selectors.holders import is_erased
from privacy.services.mailing import send_preferences_link
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, id_or_404, url_in
from tenancy.services.audit import note_access
from tenancy.wording import language_for


@requires("privacy.record_consent")
@require_http_methods(["GET", "HEAD", "POST"])
def own_page(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """GET shows the links, POST sends one. Whoever holds a link speaks for the person, so looking at it is logged."""
    found = record_or_404(request, customer_id)
    note_access(request, view="preference link", subject_id=found.id)
    told = _send(request, found) if request.method == "POST" else None
    return render(request, "privacy/own_page.html", _context(request, found, told))


def _context(request: TenantRequest, customer: Customer, told: dict[str, Any] | None) -> dict[str, Any]:
    points = (
        [] if is_erased(customer.id) else [p for p in contact_points_of(customer.id) if p.kind == "email"]
    )
    return {
        "customer": customer,
        "points": [
            {"id": point.id, "value": point.value, "link": preferences_link(point)} for point in points
        ],
        "told": told,
        "here": url_in(request, "customer_own_page", customer.id),
        "customer_url": url_in(request, "customer", customer.id),
        "add_url": url_in(request, "contact_point_add", customer.id)
        if request.access.may("crm.change_customer")
        else "",
    }


def _send(request: TenantRequest, customer: Customer) -> dict[str, Any]:
    point = contact_point_of(customer.id, id_or_404(request.POST.get("point", "")))
    if point is None or point.kind != "email" or is_erased(customer.id):
        raise Http404
    refused = send_preferences_link(point=point, language=language_for([customer.language]))
    return {"sent_to": point.value} if refused is None else {"refused": point.value, **_why(refused)}


def _why(refused: Given) -> dict[str, str]:
    code = CODES.get(refused.answer.code)
    return (
        {"why": code.meaning, "remedy": code.remedy} if code else {"why": refused.answer.code, "remedy": ""}
    )

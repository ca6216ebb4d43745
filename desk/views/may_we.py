"""Why we may, or may not: one answer of the gate, opened from a may-we chip."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from desk.selectors.may_we import decision_page
from privacy.selectors.checks import askable_customer
from tenancy.permissions import requires
from tenancy.requests import TenantRequest
from tenancy.services.audit import note_access


@requires("privacy.check_contact")
@require_safe
def may_we(request: TenantRequest, customer_id: UUID, answer_id: UUID) -> HttpResponse:
    """The whole decision in a dialog; as a page of its own without JavaScript."""
    customer = askable_customer(request.access, customer_id)
    context = decision_page(request.access, customer, answer_id) if customer else None
    if context is None:
        raise Http404
    note_access(request, view="gate answer", subject_id=customer_id)
    template = "desk/customers/_may_we_answer.html" if request.htmx else "desk/customers/may_we.html"
    return render(request, template, context)

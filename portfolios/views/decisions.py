"""Why a customer is in a portfolio: one decision, for whoever sees the customer."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portfolios.selectors.decisions import decision_page, visible_decision
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in
from tenancy.services.audit import note_access


@requires("crm.view_customer")
@require_safe
def decision(request: TenantRequest, decision_id: UUID) -> HttpResponse:
    found = visible_decision(request.access, decision_id)
    if found is None:
        raise Http404
    note_access(request, view="decision on the portfolio", subject_id=found.customer_id)
    access, base = request.access, f"/t/{request.access.tenant.slug}"
    page = decision_page(access, found)
    may_run = found.run is not None and access.may("portfolios.assign_customers")
    return render(request, "desk/portfolios/assignment/decision.html", {
        "page": page, "decision": found, "customer": found.customer,
        "customer_url": f"{base}/customers/{found.customer_id}/", "customers_url": f"{base}/customers/",
        "organisation_url": f"{base}/customers/{page.organisation_id}/" if page.organisation_id else "",
        "rules_url": f"{base}/rules/{found.rule_set_id}/" if found.rule_set_id and access.may("rules.view") else "",
        "run_url": url_in(request, "assignment_run", found.run_id) if may_run else "",
    })  # fmt: skip

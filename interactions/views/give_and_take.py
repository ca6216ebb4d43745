"""What is behind the balance of one customer."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm.views.gates import record_or_404
from interactions.selectors import give_and_take as read
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in
from tenancy.services.audit import note_access


@requires("interactions.view")
@require_safe
def give_and_take(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Every line with what it counts; opening it is logged."""
    customer = record_or_404(request, customer_id)
    note_access(request, view="give and take", subject_id=customer.id)
    return render(request, "interactions/give_and_take.html", {
        "customer": customer, "customer_url": url_in(request, "customer", customer.id),
        "balance": read.balance_of(request.access, customer), "counted": read.counted(customer.id), "most": read.MOST,
    })  # fmt: skip

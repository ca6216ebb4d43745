"""The customers list and what is done with many customers at once."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from desk.selectors.bulk import EXPORT_PURPOSES, transfer_targets
from desk.selectors.listing import customers_list, list_totals
from tenancy.permissions import requires
from tenancy.requests import TenantRequest


@requires("crm.view_customer")
@require_safe
def customers(request: TenantRequest) -> HttpResponse:
    access, slug = request.access, request.access.tenant.slug
    context = customers_list(access, request.GET, slug)
    context |= {
        "may_add": access.may("crm.add_customer"),
        "may_import": access.may("crm.import"),
        "may_transfer": access.may("portfolios.transfer_customer"),
        "may_export": access.may("crm.export_customers"),
        "new_url": reverse("customer_new", args=[slug]),
        "import_url": f"/t/{slug}/imports/",
        "transfer_url": reverse("customers_transfer", args=[slug]),
        "export_url": reverse("customers_export", args=[slug]),
        "portfolios": transfer_targets(context["state"].portfolios),
        "purposes": EXPORT_PURPOSES,
    }
    return render(request, "desk/customers/list.html", context)


@requires("crm.view_customer")
@require_safe
def customers_totals(request: TenantRequest) -> HttpResponse:
    """The totals row of a view too large to be added up while somebody waits for its page."""
    return render(request, "desk/customers/_totals.html", list_totals(request.access, request.GET))

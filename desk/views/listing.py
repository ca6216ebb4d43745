"""The customers list and what is done with many customers at once."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from desk.selectors.bulk import EXPORT_PURPOSES, transfer_targets
from desk.selectors.filter_panel import PREFIX, count_words, filter_panel
from desk.selectors.list_state import read_list_state
from desk.selectors.listing import customers_list, list_totals
from privacy.selectors.may_we import CHANNELS
from privacy.selectors.purposes import contact_purposes
from rules.forms import tree_from_form
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
        "contact_channels": CHANNELS[:4],
        "contact_purposes": contact_purposes(),
    }
    return render(request, "desk/customers/list.html", context)


@requires("crm.view_customer")
@require_safe
def customers_totals(request: TenantRequest) -> HttpResponse:
    """The totals row of a view too large to be added up while somebody waits for its page."""
    return render(request, "desk/customers/_totals.html", list_totals(request.access, request.GET))


@requires("crm.view_customer")
@require_http_methods(["GET", "HEAD", "POST"])
def customers_filter(request: TenantRequest) -> HttpResponse:
    """The filter as a condition that can be edited; sent, it becomes the address of the list."""
    if request.method != "POST":
        panel = filter_panel(request.access, read_list_state(request.access, request.GET))
        return _panel(request, panel)
    if "count" in request.POST:
        return HttpResponse(count_words(request.access, tree_from_form(request.POST, PREFIX)))
    state = read_list_state(request.access, QueryDict(request.POST.get("query", "")))
    panel = filter_panel(request.access, state, tree_from_form(request.POST, PREFIX))
    if panel["refused"]:
        return _panel(request, panel, status=422)
    url = f"{reverse('customers', args=[request.access.tenant.slug])}{panel['list_query']}"
    return HttpResponse(headers={"HX-Redirect": url}) if _is_part(request) else redirect(url)


def _is_part(request: TenantRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _panel(request: TenantRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    template = "desk/customers/_filter_panel.html" if _is_part(request) else "desk/customers/filter.html"
    slug = request.access.tenant.slug
    names = {"filter_url": "customers_filter", "list_url": "customers", "segment_url": "segment_new"}
    context |= {key: reverse(name, args=[slug]) for key, name in names.items()}
    return render(request, template, context, status=status)

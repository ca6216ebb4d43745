"""One attribute of a customer, changed where it stands."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from crm.forms import AttributeForm, as_seen
from crm.models import Customer
from crm.models.customer import Source
from crm.selectors.customers import changes_since
from crm.services.customers import Conflict, CustomerRefused, change_customer
from crm.views.customers import CHANGE, as_it_was
from crm.views.gates import changeable_or_404
from desk.selectors.customer_page import ATTRIBUTES, attributes_of
from tenancy.permissions import ANY_MEMBER, requires
from tenancy.requests import TenantRequest, member_of
from tenancy.selectors.audit import names_of_actors

FIELDS = dict(ATTRIBUTES)


@requires(ANY_MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def attribute(request: TenantRequest, customer_id: UUID, field: str) -> HttpResponse:
    """GET gives the form, or with `show` the value as it is; POST saves, or shows what somebody else saved."""
    customer = changeable_or_404(request, customer_id, CHANGE)
    if field not in FIELDS:
        raise Http404
    if request.method != "POST":
        if request.GET.get("show"):
            return _shown(request, customer, field)
        return _asked(
            request, customer, field, AttributeForm(field, initial={field: getattr(customer, field)})
        )
    form = AttributeForm(field, request.POST)
    if not form.is_valid():
        return _asked(request, customer, field, form, seen=request.POST.get("seen", ""), status=422)
    return _save(request, customer, field, form)


def _save(request: TenantRequest, customer: Customer, field: str, form: AttributeForm) -> HttpResponse:
    seen = form.cleaned_data["seen"]
    if seen is None or seen["id"] != str(customer.id):
        raise Http404
    try:
        saved = change_customer(
            customer=as_it_was(customer, seen["values"]), version=seen["version"],
            changes={field: form.cleaned_data[field]}, source=Source.MEMBER, source_detail=member_of(request).name,
        )  # fmt: skip
    except CustomerRefused as error:
        form.add_error(field, str(error))
        return _asked(request, customer, field, form, seen=request.POST["seen"], status=422)
    except Conflict as conflict:
        return _conflict(request, field, form, conflict)
    return _shown(request, saved, field)


def _conflict(request: TenantRequest, field: str, form: AttributeForm, conflict: Conflict) -> HttpResponse:
    current = conflict.customer
    change = changes_since(current, form.cleaned_data["seen"]["version"], but_not_by=request.access.actor)
    who = names_of_actors([change.actor]).get(change.actor, "Somebody") if change else "Somebody"
    return _asked(
        request, current, field, form, status=422, theirs=conflict.theirs.get(field) or "",
        conflict_who=who, conflict_when=change.at if change else timezone.now(),
    )  # fmt: skip


def _shown(request: TenantRequest, customer: Customer, field: str) -> HttpResponse:
    shown = {a["field"]: a for a in attributes_of(customer, request.access.tenant.slug)}[field]
    return render(request, "desk/customers/_attribute.html", {"attribute": shown, "may_edit": True})


def _asked(
    request: TenantRequest, customer: Customer, field: str, form: AttributeForm, *, seen: str = "",
    status: int = 200, theirs: str | None = None, **more: Any,
) -> HttpResponse:  # fmt: skip
    shown = {a["field"]: a for a in attributes_of(customer, request.access.tenant.slug)}[field]
    context = {
        "attribute": shown,
        "field": form[field],
        "seen": seen or as_seen(customer, {field: getattr(customer, field)}, ""),
        "theirs": theirs,
    }
    return render(request, "desk/customers/_attribute_form.html", context | more, status=status)

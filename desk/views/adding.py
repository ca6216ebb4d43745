"""A new customer, by hand."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from crm.forms import CustomerForm
from crm.models import Customer
from crm.models.customer import Source
from crm.selectors.records import customer_by_number
from crm.selectors.scope import visible_customer
from crm.services.contact_points import ContactPointRefused, add_contact_point
from crm.services.customers import CustomerRefused, open_customer
from desk.forms import NewCustomerForm
from desk.selectors.people import own_portfolios, portfolio_names
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, member_of


@requires("crm.add_customer")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: TenantRequest) -> HttpResponse:
    form = NewCustomerForm(request.POST or None, portfolios=_portfolios(request), initial=_initial(request))
    status = 200
    if form.is_valid():
        try:
            with transaction.atomic():
                customer = _open(request, form.cleaned_data)
            messages.success(request, f"{customer.name} is a customer now")
            return redirect(_door(request, customer))
        except (CustomerRefused, ContactPointRefused) as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    if form.errors:
        status = 422
    slug = request.access.tenant.slug
    context = {
        "customer": None,
        "form": form,
        "sections": _sections(form),
        "customers_url": reverse("customers", args=[slug]),
        "cancel_url": reverse("customers", args=[slug]),
    }
    return render(request, "desk/customers/edit.html", context, status=status)


def _open(request: TenantRequest, given: dict[str, Any]) -> Customer:
    """The customer and the first contact points, together or not at all."""
    who = member_of(request).name
    source: dict[str, Any] = {"source": Source.MEMBER, "source_detail": who}
    values = {key: given[key] for key in ("kind", "external_id", "country", "language", "time_zone")}
    customer = open_customer(
        name=given["name"], portfolio_id=UUID(given["portfolio"]) if given["portfolio"] else None,
        acts_for_id=_organisation_id(request, given["acts_for"]), **values, **source,
    )  # fmt: skip
    for kind in ("email", "phone"):
        if given[kind]:
            _add_point(customer, kind, given[kind], who, source)
    return customer


def _add_point(customer: Customer, kind: str, value: str, who: str, source: dict[str, Any]) -> None:
    try:
        add_contact_point(customer=customer, kind=kind, value=value, who=who, **source)
    except ContactPointRefused as error:
        raise ContactPointRefused(str(error), field=kind) from error


def _organisation_id(request: TenantRequest, number: str) -> UUID | None:
    if not number:
        return None
    found = customer_by_number(request.access, number)
    if found is None:
        raise CustomerRefused(f"There is no organisation with the number {number}.", field="acts_for")
    return found.id


def _portfolios(request: TenantRequest) -> list[tuple[str, str]]:
    """Where the new customer may go: one's own portfolios first, then what the scope reaches, else by rule."""
    names = portfolio_names(request.access)
    own = own_portfolios(request.access, names)
    others = [name for name in names.values() if name.in_scope and name.is_open and name not in own]
    listed = [(str(name.id), name.name) for name in (*own, *others)]
    return listed if own else [("", "by rule, else the house portfolio"), *listed]


def _initial(request: TenantRequest) -> dict[str, Any]:
    """The country of the company, and what was looked for in vain."""
    typed = request.GET.get("name", "")[:200]
    field = "email" if "@" in typed else "phone" if typed[:1] in "+0" and typed else "name"
    return {"country": request.access.profile.country, field: typed}


def _sections(form: NewCustomerForm) -> list[dict[str, Any]]:
    sections = [("Where they belong", ("portfolio",)), *CustomerForm.sections]
    sections.insert(2, ("How they can be reached", ("email", "phone")))
    order = [sections[1], sections[2], sections[0], *sections[3:]]
    return [{"title": title, "fields": [form[name] for name in names]} for title, names in order]


def _door(request: TenantRequest, customer: Customer) -> str:
    """The record, or the service card where the new customer lies outside one's scope."""
    slug, access = request.access.tenant.slug, request.access
    if access.may("crm.view_customer") and visible_customer(access, customer.id):
        return reverse("customer", args=[slug, customer.id])
    if access.may("crm.open_service_card"):
        return reverse("service_card", args=[slug, customer.id])
    return reverse("home", args=[slug])

"""Changing one customer: attributes, status, contact points, trash."""

from copy import copy
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.forms import EDITED, ContactPointForm, CustomerForm, StatusForm, as_seen
from crm.models import Customer
from crm.models.customer import Source
from crm.selectors.customers import changes_since, contact_point, organisation_of, trashed
from crm.selectors.records import customer_by_number
from crm.selectors.scope import visible_customers
from crm.services.contact_points import (
    ContactPointRefused,
    add_contact_point,
    change_contact_point,
    remove_contact_point,
    verify_contact_point,
)
from crm.services.customers import (
    Conflict,
    CustomerRefused,
    change_customer,
    restore_customers,
    set_manual_status,
    trash_customers,
)
from crm.views.gates import changeable_or_404
from tenancy.access import Access
from tenancy.permissions import ANY_MEMBER, requires
from tenancy.requests import TenantRequest, member_of
from tenancy.selectors.audit import names_of_actors

CHANGE = "crm.change_customer"


def _url(request: TenantRequest, name: str, *parts: Any) -> str:
    return reverse(name, args=[request.access.tenant.slug, *parts])


@requires(ANY_MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Change attributes. What two people change in different fields is kept; the same field is asked back."""
    customer = changeable_or_404(request, customer_id, CHANGE)
    if request.method != "POST":
        return _edit_page(request, customer, CustomerForm(initial=_initial(request.access, customer)))
    form = CustomerForm(request.POST)
    if not form.is_valid():
        return _edit_page(request, customer, form, status=422)
    try:
        return _save(request, customer, form)
    except CustomerRefused as error:
        form.add_error({"acts_for_id": "acts_for"}.get(error.field, error.field) or None, str(error))
        return _edit_page(request, customer, form, status=422)
    except Conflict as conflict:
        return _conflict_page(request, form, conflict)


def _save(request: TenantRequest, customer: Customer, form: CustomerForm) -> HttpResponse:
    seen = form.cleaned_data["seen"]
    # What the form of a single attribute saw is signed too, but it is not all that this form writes.
    if seen is None or seen["id"] != str(customer.id) or "acts_for_id" not in seen["values"]:
        raise CustomerRefused("This page is too old; load it again.")
    typed = _typed(request, customer, form)
    changes = {field: value for field, value in typed.items() if value != seen["values"].get(field)}
    saved = change_customer(
        customer=as_it_was(customer, seen["values"]), version=seen["version"], changes=changes,
        source=Source.MEMBER, source_detail=member_of(request).name,
    )  # fmt: skip
    messages.success(request, _saved_words(saved, seen["version"], changes))
    return redirect(_url(request, "customer", customer.id))


def _typed(request: TenantRequest, customer: Customer, form: CustomerForm) -> dict[str, Any]:
    """Attribute -> what was typed; where a conflict was decided for the other one, what they saved."""
    seen = form.cleaned_data["seen"]
    typed = {field: form.cleaned_data[field] for field in EDITED if field != "acts_for"}
    number = form.cleaned_data["acts_for"].strip()
    same = number == seen["acts_for"]
    typed["acts_for_id"] = seen["values"]["acts_for_id"] if same else _organisation(request, customer, number)
    for field in typed:
        if request.POST.get(f"keep_{field}") == "theirs":
            typed[field] = seen["values"].get(field)
    return typed


def _organisation(request: TenantRequest, customer: Customer, number: str) -> str | None:
    """The id of the organisation with this number. Raises CustomerRefused."""
    if not number:
        return None
    found = customer_by_number(request.access, number)
    if found is None or found.id == customer.id:
        raise CustomerRefused(f"There is no organisation with the number {number}.", field="acts_for_id")
    return str(found.id)


def as_it_was(customer: Customer, values: dict[str, Any]) -> Customer:
    """The customer as the writer saw it, to tell who changed what since."""
    seen = copy(customer)
    for field, value in values.items():
        setattr(seen, field, UUID(value) if field == "acts_for_id" and value else value)
    return seen


def _saved_words(saved: Customer, version: int, changes: dict[str, Any]) -> str:
    if not changes:
        return f"Nothing changed on {saved.name}"
    if saved.version > version + 1:
        return f"{saved.name} changed; what somebody else changed meanwhile is kept too"
    return f"{saved.name} changed"


def _values(customer: Customer) -> dict[str, Any]:
    values = {field: getattr(customer, field) for field in EDITED if field != "acts_for"}
    return values | {"acts_for_id": str(customer.acts_for_id) if customer.acts_for_id else None}


def _initial(access: Access, customer: Customer) -> dict[str, Any]:
    organisation = organisation_of(access, customer)
    number = (organisation.external_id or str(organisation.id)) if organisation else ""
    values = _values(customer)
    return values | {"acts_for": number, "seen": as_seen(customer, values, number)}


def _edit_page(
    request: TenantRequest, customer: Customer, form: CustomerForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "customer": customer,
        "form": form,
        "sections": sections_of(form),
        "cancel_url": _url(request, "customer", customer.id),
        "customers_url": _url(request, "customers"),
    }
    return render(request, "desk/customers/edit.html", context | more, status=status)


def sections_of(form: CustomerForm) -> list[dict[str, Any]]:
    return [{"title": title, "fields": [form[name] for name in names]} for title, names in form.sections]


def _conflict_page(request: TenantRequest, form: CustomerForm, conflict: Conflict) -> HttpResponse:
    """Theirs and yours side by side; the form now stands on what they saved."""
    current, seen = conflict.customer, form.cleaned_data["seen"]
    change = changes_since(current, seen["version"])
    who = names_of_actors([change.actor]).get(change.actor, "Somebody") if change else "Somebody"
    typed = _typed(request, current, form)
    fresh = CustomerForm(_rebased(request.access, form, current, typed, seen["values"]))
    return _edit_page(
        request, current, fresh, status=409, conflicts=_conflicts(conflict, typed),
        conflict_who=who, conflict_when=change.at if change else timezone.now(),
    )  # fmt: skip


def _rebased(
    access: Access, form: CustomerForm, current: Customer, typed: dict[str, Any], seen: dict[str, Any]
) -> dict[str, Any]:
    """The form's data where the writer changed something, else what stands in the database now."""
    now = _initial(access, current)
    data = {field: form.data.get(field, "") for field in EDITED}
    for field in EDITED:
        stored = "acts_for_id" if field == "acts_for" else field
        if typed[stored] == seen.get(stored):
            data[field] = now[field] or ""
    return data | {"seen": now["seen"]}


def _conflicts(conflict: Conflict, typed: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": field,
            "label": field.removesuffix("_id").replace("_", " ").capitalize(),
            "theirs": theirs,
            "yours": typed[field],
        }
        for field, theirs in conflict.theirs.items()
    ]


@requires(ANY_MEMBER)
@require_POST
def status(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Overrule the derived status until a day."""
    customer = changeable_or_404(request, customer_id, CHANGE)
    form = StatusForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect(_url(request, "customer", customer.id))
    until = form.cleaned_data["until"] or timezone.localdate()
    try:
        set_manual_status(
            customer=customer, status=form.cleaned_data["status"], until=until, by=member_of(request)
        )
        messages.success(request, f"Status of {customer.name} set")
    except CustomerRefused as error:
        messages.error(request, str(error))
    return redirect(_url(request, "customer", customer.id))


@requires(ANY_MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def add_point(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    customer = changeable_or_404(request, customer_id, CHANGE)
    form = ContactPointForm(request.POST or None)
    if form.is_valid():
        try:
            given = form.cleaned_data
            add_contact_point(
                customer=customer, kind=given["kind"], value=given["value"], is_primary=given["is_primary"],
                source=Source.MEMBER, source_detail=member_of(request).name, who=member_of(request).name,
            )  # fmt: skip
            messages.success(request, f"Contact point of {customer.name} added")
            return redirect(_url(request, "customer", customer.id))
        except ContactPointRefused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    return _point_page(request, customer, form, "Add a contact point")


@requires(ANY_MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def change_point(request: TenantRequest, customer_id: UUID, point_id: UUID) -> HttpResponse:
    """One contact point: correct it, or say (`do`) that it was verified, does not work, or goes."""
    customer = changeable_or_404(request, customer_id, CHANGE)
    point = contact_point(customer, point_id)
    if point is None:
        raise Http404
    who = member_of(request).name
    source: dict[str, Any] = {"source": Source.MEMBER, "source_detail": who}
    form = ContactPointForm(
        request.POST if request.POST.get("do") == "save" else None,
        initial={"kind": point.kind, "value": point.value, "is_primary": point.is_primary},
    )
    form.fields["kind"].disabled = True
    try:
        done = _do(request, point, form, who, source)
    except ContactPointRefused as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        done = ""
    if done:
        messages.success(request, f"{done}, {customer.name}")
        return redirect(_url(request, "customer", customer.id))
    return _point_page(request, customer, form, "Change a contact point", point=point)


def _do(request: TenantRequest, point: Any, form: ContactPointForm, who: str, source: dict[str, Any]) -> str:
    """Carry out what was asked for; its words, or nothing while the form is not complete."""
    match request.POST.get("do"):
        case "verify":
            verify_contact_point(point=point, who=who)
            return "Contact point verified"
        case "invalid" | "works":
            invalid = request.POST["do"] == "invalid"
            change_contact_point(point=point, changes={"invalid": invalid}, who=who, **source)
            return "Contact point marked as not working" if invalid else "Contact point works again"
        case "remove":
            remove_contact_point(point=point, who=who)
            return "Contact point removed"
        case "save" if form.is_valid():
            changes = {"value": form.cleaned_data["value"]}
            wanted = form.cleaned_data["is_primary"]
            if wanted != point.is_primary:
                changes["is_primary"] = wanted
            change_contact_point(point=point, changes=changes, who=who, **source)
            return "Contact point changed"
    return ""


def _point_page(
    request: TenantRequest, customer: Customer, form: ContactPointForm, title: str, **more: Any
) -> HttpResponse:
    context = {
        "customer": customer,
        "form": form,
        "title": title,
        "cancel_url": _url(request, "customer", customer.id),
        "customers_url": _url(request, "customers"),
    }
    return render(request, "desk/customers/point.html", context | more, status=422 if form.errors else 200)


@requires(ANY_MEMBER)
@require_POST
def trash(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    customer = changeable_or_404(request, customer_id, "crm.trash_customer")
    trash_customers(customer_ids=[customer.id], by=member_of(request))
    undo = _url(request, "customer_restore", customer.id)
    messages.success(request, f"{customer.name} moved to the trash", extra_tags=undo)
    return redirect(_url(request, "customers"))


@requires(ANY_MEMBER)
@require_POST
def restore(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    customer = changeable_or_404(request, customer_id, "crm.trash_customer")
    restore_customers(customer_ids=[customer.id])
    messages.success(request, f"{customer.name} taken out of the trash")
    door = _url(request, "customer", customer.id)
    return HttpResponse(status=204, headers={"HX-Redirect": door}) if request.htmx else redirect(door)


@requires("crm.trash_customer")
@require_safe
def trash_list(request: TenantRequest) -> HttpResponse:
    rows = [
        {
            "name": row.name,
            "url": _url(request, "customer", row.id),
            "trashed_at": row.trashed_at,
            "by": row.trashed_by.name if row.trashed_by else "",
            "restore_url": _url(request, "customer_restore", row.id),
        }
        for row in trashed(visible_customers(request.access, trashed=True))
    ]
    context = {"rows": rows, "customers_url": _url(request, "customers")}
    return render(request, "desk/customers/trash.html", context)

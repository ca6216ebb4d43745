"""What protects one customer: noted, reported, restricted, each with who and why."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from crm.models import Customer
from crm.selectors.customers import contact_point
from crm.views.gates import changeable_or_404
from privacy.forms.persons import CaptureForm, DeathForm, PersonForm, ReasonForm
from privacy.models import Person
from privacy.selectors.persons import person_of
from privacy.selectors.protection import capture_of, origin_of, regime_choices
from privacy.services.captures import Captured, CaptureRefused, forgive_bounce, note_capture, note_hard_bounce
from privacy.services.persons import (
    PersonRefused,
    change_person,
    lift_restriction,
    report_death,
    restrict_person,
    take_back_death,
)
from privacy.views.parts import made_by
from tenancy.permissions import ANY_MEMBER, requires
from tenancy.requests import TenantRequest, member_of, url_in

CHANGE = "privacy.change_person"
FORM_OF = {"parental_authorisation_at": "parent_agreed_on"}
"""Field of the service -> field of the form."""


@requires(ANY_MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Age, residence, kind, contract, and what a parent agreed to."""
    customer = changeable_or_404(request, customer_id, CHANGE)
    known = person_of(customer.id)
    form = PersonForm(request.POST or None, initial=_initial(known), places=_places(known))
    about: dict[str, Any] = {"customer_id": customer.id, "who": _who(request)}
    if _made(form, lambda given: change_person(changes=_changes(form, known), **about)):
        return _back(request, customer, f"Rights and protection of {customer.name} saved")
    return _page(request, customer, form, "Rights and protection", "Save")


@requires(ANY_MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def death(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Report a death, or say why the report was wrong."""
    customer = changeable_or_404(request, customer_id, CHANGE)
    if person_of(customer.id).deceased_at:
        return _with_reason(
            request, customer, take_back_death, title="The report of their death was wrong",
            label="Why it was wrong", save="Take the report back",
        )  # fmt: skip
    form = DeathForm(request.POST or None)
    if _made(form, lambda given: report_death(customer_id=customer.id, who=_who(request), **given)):
        return _back(request, customer, f"{customer.name} reported dead: no contact")
    return _page(request, customer, form, "Report a death", "Report it")


@requires(ANY_MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def restriction(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Restrict the use of what is known, or lift that; both with a reason."""
    customer = changeable_or_404(request, customer_id, CHANGE)
    if person_of(customer.id).restricted_at:
        return _with_reason(
            request, customer, lift_restriction, title="Lift the restriction",
            label="Why it ends, and how the person was told before", save="Lift it",
        )  # fmt: skip
    return _with_reason(
        request, customer, restrict_person, title="Restrict: store, do not use",
        label="On what ground", save="Restrict",
    )  # fmt: skip


@requires(ANY_MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def capture(request: TenantRequest, customer_id: UUID, point_id: UUID) -> HttpResponse:
    """How one address came to us; or (`do`) that it bounced for good, or takes messages again."""
    customer = changeable_or_404(request, customer_id, CHANGE)
    point = contact_point(customer, point_id)
    if point is None:
        raise Http404
    if request.POST.get("do") == "bounced":
        note_hard_bounce(kind=point.kind, value_key=point.value_key, who=_who(request))
        return _back(request, customer, f"{point.value} is not used any more")
    if request.POST.get("do") == "works":
        forgive_bounce(contact_point_id=point.id, who=_who(request))
        return _back(request, customer, f"{point.value} may be used again")
    known = capture_of(point.id)
    form = CaptureForm(request.POST or None, initial=_capture_initial(known))
    if _made(form, lambda given: _note_capture(request, Captured(point.id, *form.captured()))):
        return _back(request, customer, f"How we came by {point.value} is noted")
    return _page(request, customer, form, "How we came by it", "Save", origin=origin_of(point, known))


def _with_reason(
    request: TenantRequest,
    customer: Customer,
    do: Callable[..., Person],
    *,
    title: str,
    label: str,
    save: str,
) -> HttpResponse:
    form = ReasonForm(request.POST or None, label=label)
    if _made(form, lambda given: do(customer_id=customer.id, who=_who(request), **given)):
        return _back(request, customer, f"{title}: {customer.name}")
    return _page(request, customer, form, title, save)


def _made(form: forms.Form, action: Callable[[dict[str, Any]], object]) -> object:
    return made_by(form, action, PersonRefused, CaptureRefused, places=FORM_OF)


def _note_capture(request: TenantRequest, captured: Captured) -> Captured:
    note_capture(captured=captured, who=_who(request))
    return captured


def _changes(form: PersonForm, known: Person) -> dict[str, Any]:
    """The form in the service's words; the hour of an authorisation that is there stays."""
    given = form.cleaned_data
    agreed_on, before = given["parent_agreed_on"], known.parental_authorisation_at
    same_day = before is not None and before.date() == agreed_on
    agreed_at = before if same_day else agreed_on and datetime.combine(agreed_on, time.min, UTC)
    return {
        "kind": given["kind"], "residences": given["residences"], "born_on": given["born_on"],
        "parental_authorisation_at": agreed_at, "parental_evidence": given["parental_evidence"],
        "contract_until": given["contract_until"],
    }  # fmt: skip


def _initial(known: Person) -> dict[str, Any]:
    agreed = known.parental_authorisation_at
    return {
        "kind": known.kind, "residences": known.residences, "born_on": known.born_on,
        "parent_agreed_on": agreed and agreed.date(), "parental_evidence": known.parental_evidence,
        "contract_until": known.contract_until,
    }  # fmt: skip


def _places(known: Person) -> list[tuple[str, str]]:
    """Those with rules here, and whatever stands there already."""
    places = dict(regime_choices())
    return [*places.items(), *((code, code) for code in known.residences if code not in places)]


def _capture_initial(known: Any) -> dict[str, Any]:
    names = ("origin", "collected_on", "way_out_offered")
    return {name: getattr(known, name) for name in names} if known else {}


def _who(request: TenantRequest) -> str:
    return member_of(request).name


def _back(request: TenantRequest, customer: Customer, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect(url_in(request, "customer", customer.id))


def _page(
    request: TenantRequest, customer: Customer, form: forms.Form, title: str, save: str, **more: Any
) -> HttpResponse:
    context = {
        "customer": customer, "form": form, "title": title, "save": save,
        "cancel_url": url_in(request, "customer", customer.id), "customers_url": url_in(request, "customers"),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "privacy/person.html", context | more, status=status)

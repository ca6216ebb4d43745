"""Needs: what customers told us, what we cannot meet and what that is worth, and each one by itself."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.models import Customer
from interactions.forms.needs import EndForm, NeedForm, TreatmentForm
from interactions.models import Need
from interactions.selectors import needs as read
from interactions.selectors.need_kinds import catalogue, need_kind, need_kinds
from interactions.selectors.need_lists import STATUSES, need_page
from interactions.services.authors import author_of
from interactions.services.needs import NeedRefused, end_need, note_treatment, record_need
from interactions.services.refusals import Refused
from interactions.views.promises import served
from tenancy.forms import saved
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, id_or_404, url_in

FIGURES: Final = "interactions.view_figures"


@requires("interactions.view")
@require_safe
def needs(request: TenantRequest) -> HttpResponse:
    kind = need_kind(id_or_404(request.GET["kind"])) if request.GET.get("kind") else None
    status = request.GET.get("status", "")
    status = status if status in dict(STATUSES) else "open"
    found = need_page(request.access, kind=kind, status=status, cursor=request.GET.get("at", ""))
    here = url_in(request, "needs")

    def url(status: str, kind_id: UUID | None, at: str = "") -> str:
        chosen = f"&kind={kind_id}" if kind_id else ""
        return f"{here}?status={status}{chosen}" + (f"&at={at}" if at else "")

    kind_id = kind.id if kind else None
    return render(request, "interactions/needs/list.html", {
        "rows": [{"need": need, "url": url_in(request, "need", need.id)} for need in found.rows],
        "states": [_tab(words, url(key, kind_id), key == status) for key, words in STATUSES],
        "tabs": _tabs(request, "needs"), "kind": kind, "status": status, "clear_url": url(status, None),
        "kinds": [(one, url(status, one.id)) for one in catalogue()],
        "pager": {"edges": found.edges, "earlier_url": found.earlier and url(status, kind_id, found.earlier),
                  "later_url": found.later and url(status, kind_id, found.later)},
    })  # fmt: skip


@requires(FIGURES)
@require_safe
def needs_unmet(request: TenantRequest) -> HttpResponse:
    """What customers need and do not get, by kind, number and value at stake; every number opens its list."""
    found = read.unmet_needs(request.access)
    return render(request, "interactions/needs/unmet.html", {
        "refused": [_figure(request, row) for row in found if row.status == Need.Status.UNMET],
        "waiting": [_figure(request, row) for row in found if row.status == Need.Status.OPEN],
        "tabs": _tabs(request, "needs_unmet"), "currency": request.access.profile.currency,
        "may_see_value": request.access.may("value.view_value"),
    })  # fmt: skip


def _figure(request: TenantRequest, row: read.UnmetKind) -> dict[str, Any]:
    return {"row": row, "url": f"{url_in(request, 'needs')}?status={row.status}&kind={row.kind_id}"}


def _tabs(request: TenantRequest, here: str) -> list[dict[str, Any]]:
    names = [
        ("needs", "Told by customers"),
        *([("needs_unmet", "Not met")] if request.access.may(FIGURES) else []),
    ]
    return [_tab(words, url_in(request, name), name == here) for name, words in names]


def _tab(words: str, url: str, active: bool) -> dict[str, Any]:
    return {"label": words, "count": None, "url": url, "active": active}


@requires("interactions.view")
@require_http_methods(["GET", "HEAD", "POST"])
def need(request: TenantRequest, need_id: UUID) -> HttpResponse:
    """One need with its evidence; POST says what became of it."""
    found = _here(request, need_id)
    may = request.access.may("interactions.work")
    form = EndForm(request.POST or None)
    if request.method == "POST":
        if not may:
            raise Http404
        if saved(
            form, lambda given: end_need(need=found, by=author_of(request.access), **given), NeedRefused
        ):
            messages.success(request, f"{found.kind.name}: {_here(request, found.id).get_status_display()}")
            return redirect(url_in(request, "need", found.id))
    return _page(request, found, form=form)


@requires("interactions.work")
@require_POST
def need_treat(request: TenantRequest, need_id: UUID) -> HttpResponse:
    """What we do differently because of it."""
    found = _here(request, need_id)
    form = TreatmentForm(request.POST)
    if saved(form, lambda given: note_treatment(need=found, by=author_of(request.access), **given), Refused):
        messages.success(request, f"Noted: {form.cleaned_data['words']}")
        return redirect(url_in(request, "need", found.id))
    return _page(request, found, treatment_form=form)


def _page(
    request: TenantRequest,
    found: Need,
    *,
    form: EndForm | None = None,
    treatment_form: TreatmentForm | None = None,
) -> HttpResponse:
    may = request.access.may("interactions.work") and found.status == Need.Status.OPEN
    wrong = bool((form and form.errors) or (treatment_form and treatment_form.errors))
    return render(request, "interactions/needs/show.html", {
        "need": found, "treatments": list(found.treatments.order_by("-at", "-id")),
        "form": form or EndForm(), "treatment_form": treatment_form or TreatmentForm(), "may_change": may,
        "treat_url": url_in(request, "need_treat", found.id), "needs_url": url_in(request, "needs"),
        "customer_url": url_in(request, "customer", found.customer_id), "here": url_in(request, "need", found.id),
    }, status=422 if wrong else 200)  # fmt: skip


@requires("interactions.log")
@require_http_methods(["GET", "HEAD", "POST"])
def need_new(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Note what a customer needs; also for whoever only serves them."""
    customer, back = served(request, customer_id)
    form = NeedForm(request.POST or None, kinds=need_kinds())
    if form.is_bound and saved(form, lambda given: _record(request, customer, given), Refused):
        messages.success(request, f"Noted what {customer.name} needs")
        return redirect(back)
    return render(request, "interactions/promises/form.html", {
        "form": form, "title": "New need", "save": "Note it", "cancel_url": back, "back_url": back,
        "back_name": customer.name,
        "sentence": f"What {customer.name} told you. A need we know of is one they need not repeat.",
    }, status=422 if form.errors else 200)  # fmt: skip


def _record(request: TenantRequest, customer: Customer, given: dict[str, Any]) -> None:
    kind = need_kind(given.pop("kind"))
    assert kind is not None, "the form offers kinds that are there"
    record_need(customer=customer, kind=kind, by=author_of(request.access), **given)


def _here(request: TenantRequest, need_id: UUID) -> Need:
    found = read.visible_need(request.access, need_id)
    if found is None:
        raise Http404
    return found

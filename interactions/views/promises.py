"""Promises: mine, those of my portfolios, all I see; and each one by itself."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from crm.models import Customer
from crm.views.gates import card_or_404
from interactions.forms.promises import MoveForm, PromiseForm, ReasonForm
from interactions.models import Promise
from interactions.selectors import promises as read
from interactions.selectors.promise_lists import STATES, customer_here, promise_page, scopes_for
from interactions.selectors.promise_shares import HOW_COUNTED, periods, shares_kept
from interactions.services.authors import author_of
from interactions.services.promises import (
    break_promise,
    keep_promise,
    make_promise,
    release_promise,
    renegotiate_promise,
)
from interactions.services.refusals import Refused
from tenancy.forms import saved
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, id_or_404, url_in, whole_number
from tenancy.selectors.members import member_here, members_here

IN_PART: Final = "part"
"""`?in=part`: the answer replaces a line on the customer page, not a row of the list."""


@requires("interactions.view")
@require_safe
def promises(request: TenantRequest) -> HttpResponse:
    asked = {key: request.GET.get(key, "") for key in ("whose", "state", "customer")}
    customer = None
    if asked["customer"]:
        customer = customer_here(request.access, id_or_404(asked["customer"]))
        if customer is None:
            raise Http404
    scopes = scopes_for(request.access)
    whose = asked["whose"] if asked["whose"] in dict(scopes) else ("all" if customer else scopes[0][0])
    state = asked["state"] if asked["state"] in dict(STATES) else "open"
    found = promise_page(
        request.access, whose=whose, state=state, customer=customer, cursor=request.GET.get("at", "")
    )
    here = url_in(request, "promises")
    extra = f"&customer={customer.id}" if customer else ""

    def url(whose: str, state: str, at: str = "") -> str:
        return f"{here}?whose={whose}&state={state}{extra}" + (f"&at={at}" if at else "")

    return render(request, "interactions/promises/list.html", {
        "lines": found.lines, "state": state, "customer": customer, "whose": whose,
        "tabs": [_tab(words, url(key, state), key == whose) for key, words in scopes],
        "states": [_tab(words, url(whose, key), key == state) for key, words in STATES],
        "pager": {"edges": found.edges, "earlier_url": found.earlier and url(whose, state, found.earlier),
                  "later_url": found.later and url(whose, state, found.later)},
        "may_change": request.access.may("interactions.work"), "kept_url": url_in(request, "promises_kept"),
        "all_url": url("all", "open"), "here": here,
    })  # fmt: skip


def _tab(words: str, url: str, active: bool) -> dict[str, Any]:
    return {"label": words, "count": None, "url": url, "active": active}


@requires("interactions.view")
@require_safe
def promises_kept(request: TenantRequest) -> HttpResponse:
    """The share kept in a period, by portfolio and by member, and how it is counted."""
    choices = periods(timezone.now())
    asked = whole_number(request.GET.get("days", "")) or 0
    days = asked if asked in choices else 90
    here = url_in(request, "promises_kept")
    period = {"since": choices[days], "until": timezone.now()}
    sees_all = request.access.may("interactions.view_figures")
    return render(request, "interactions/promises/kept.html", {
        "days": days, "tabs": [_tab(f"{one} days", f"{here}?days={one}", one == days) for one in choices],
        "company": shares_kept(request.access, by="company", **period)[0] if sees_all else None,
        "portfolios": shares_kept(request.access, by="portfolio", **period),
        "members": shares_kept(request.access, by="member", **period),
        "how": HOW_COUNTED, "since": choices[days], "promises_url": url_in(request, "promises"),
    })  # fmt: skip


@requires("interactions.view")
@require_safe
def promise(request: TenantRequest, promise_id: UUID) -> HttpResponse:
    """One promise and what became of it."""
    found = _here(request, promise_id)
    (line,) = read.lines_of([found], timezone.now())
    return render(request, "interactions/promises/show.html", {
        "line": line, "promise": found, "steps": read.steps_of(found),
        "customer_url": url_in(request, "customer", found.customer_id),
        "may_change": request.access.may("interactions.work"), "promises_url": url_in(request, "promises"),
    })  # fmt: skip


@requires("interactions.log")
@require_http_methods(["GET", "HEAD", "POST"])
def promise_new(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Promise something to a customer; also for whoever only serves them."""
    customer, back = served(request, customer_id)
    members = [(str(row.id), row.name) for row in members_here()]
    form = PromiseForm(request.POST or None, members=members)
    if form.is_bound and saved(form, lambda given: _make(request, customer, form), Refused):
        messages.success(request, f"Promised: {form.cleaned_data['words']}")
        return redirect(back)
    return render(request, "interactions/promises/form.html", {
        "form": form, "title": "New promise", "save": "Promise it", "cancel_url": back, "back_url": back,
        "back_name": customer.name, "sentence": f"To {customer.name}. It stands on their page until it is kept.",
    }, status=422 if form.errors else 200)  # fmt: skip


def served(request: TenantRequest, customer_id: UUID) -> tuple[Customer, str]:
    """A customer somebody may write about, and the page they came from. The look at a card is logged."""
    customer = customer_here(request.access, customer_id) if request.access.may("crm.view_customer") else None
    if customer:
        return customer, url_in(request, "customer", customer.id)
    return card_or_404(request, customer_id), url_in(request, "service_card", customer_id)


def _make(request: TenantRequest, customer: Customer, form: PromiseForm) -> None:
    chosen = form.cleaned_data["member"]
    make_promise(
        customer=customer, words=form.cleaned_data["words"], due_at=form.due_at(),
        member=member_here(chosen) if chosen else None, by=author_of(request.access),
    )  # fmt: skip


@requires("interactions.work")
@require_http_methods(["GET", "HEAD", "POST"])
def promise_keep(request: TenantRequest, promise_id: UUID) -> HttpResponse:
    """POST: we did it. GET gives the line as it is, for whoever left a form."""
    found = _here(request, promise_id)
    if request.method == "POST":
        try:
            found = keep_promise(promise=found, by=author_of(request.access))
        except Refused as refused:
            messages.warning(request, str(refused))
    return _shown(request, found)


@requires("interactions.work")
@require_http_methods(["GET", "HEAD", "POST"])
def promise_move(request: TenantRequest, promise_id: UUID) -> HttpResponse:
    found = _here(request, promise_id)
    form = MoveForm(request.POST or None, initial=MoveForm.first(found))

    def move(given: dict[str, Any]) -> None:
        renegotiate_promise(
            promise=found, due_at=form.due_at(), reason=given["reason"], by=author_of(request.access)
        )

    return _ask(request, found, form, move, title="Move a promise", save="Move it", door="promise_move")


@requires("interactions.work")
@require_http_methods(["GET", "HEAD", "POST"])
def promise_break(request: TenantRequest, promise_id: UUID) -> HttpResponse:
    found = _here(request, promise_id)
    form = ReasonForm(request.POST or None, label="Why we cannot keep it")

    def give_up(given: dict[str, Any]) -> None:
        break_promise(promise=found, reason=given["reason"], by=author_of(request.access))

    return _ask(
        request,
        found,
        form,
        give_up,
        title="Say that it is broken",
        save="It is broken",
        door="promise_break",
    )


@requires("interactions.work")
@require_http_methods(["GET", "HEAD", "POST"])
def promise_release(request: TenantRequest, promise_id: UUID) -> HttpResponse:
    found = _here(request, promise_id)
    form = ReasonForm(request.POST or None, label="What the customer said")

    def let_off(given: dict[str, Any]) -> None:
        release_promise(promise=found, reason=given["reason"], by=author_of(request.access))

    return _ask(
        request,
        found,
        form,
        let_off,
        title="The customer lets us off",
        save="Let off",
        door="promise_release",
    )


def _ask(
    request: TenantRequest, found: Promise, form: Form, act: Callable[[dict[str, Any]], None], *, title: str,
    save: str, door: str,
) -> HttpResponse:  # fmt: skip
    """A form within the line, or as a page of its own without JavaScript; then the line as it is now."""
    if form.is_bound and saved(form, act, Refused):
        return _shown(request, _here(request, found.id))
    context = {
        "form": form, "title": title, "save": save, "url": url_in(request, door, found.id),
        "cancel_url": url_in(request, "promise_keep", found.id), "promise": found,
    }  # fmt: skip
    status = 422 if form.errors else 200
    if not request.htmx:
        back = url_in(request, "promise", found.id)
        more = {"cancel_url": back, "back_url": back, "back_name": "Promise", "sentence": found.words}
        return render(request, "interactions/promises/form.html", context | more, status=status)
    where = "item" if request.GET.get("in") == IN_PART else "row"
    return render(request, f"interactions/promises/_{where}_form.html", context, status=status)


def _shown(request: TenantRequest, found: Promise) -> HttpResponse:
    if not request.htmx:
        return redirect(url_in(request, "promise", found.id))
    (line,) = read.lines_of([found], timezone.now())
    if request.GET.get("in") == IN_PART:
        entry = read.drawn(line, request.access.tenant.slug, may_change=True)
        return render(request, "interactions/promises/_item.html", {"entry": entry})
    return render(request, "interactions/promises/_row.html", {"line": line, "may_change": True})


def _here(request: TenantRequest, promise_id: UUID) -> Promise:
    found = read.visible_promise(request.access, promise_id)
    if found is None:
        raise Http404
    return found

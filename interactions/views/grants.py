"""Grants: giving one, those that wait for a yes, and each one by itself."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.models import Customer
from crm.selectors.scope import visible_customer
from crm.views.gates import card_or_404
from interactions.forms.grants import DecisionForm, GrantForm
from interactions.models import Grant
from interactions.selectors import grants as read
from interactions.services.grants import APPROVE, decide_grant, give_grant, withdraw_grant
from interactions.services.refusals import Refused
from tenancy.forms import saved
from tenancy.money import to_minor
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in


@requires("interactions.grant")
@require_http_methods(["GET", "HEAD", "POST"])
def grant_give(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Give something on the spot; what is above one's authority asks, and says whom."""
    customer, reaches = _served(request, customer_id)
    currency = request.access.profile.currency
    form = GrantForm(request.POST or None, currency=currency, initial={"kind": request.GET.get("kind", "")})
    back = url_in(request, "customer" if reaches else "service_card", customer.id)
    made: list[Grant] = []
    if request.method == "POST" and saved(
        form, lambda given: made.append(_give(request, customer, given)), Refused
    ):
        messages.success(request, _said(request, made[0]))
        return redirect(back)
    return render(request, "interactions/grants/give.html", {
        "form": form, "customer": customer, "part": read.grants_part(request.access, customer), "back_url": back,
    }, status=422 if form.errors else 200)  # fmt: skip


@requires("interactions.grant")
@require_safe
def grants(request: TenantRequest) -> HttpResponse:
    access, here = request.access, url_in(request, "grants")
    lists = [(read.WAITING, "Wait for my yes")] if access.may(APPROVE) else []
    lists += [(read.MINE, "By me"), *([(read.ALL, "All I see")] if access.may("interactions.view") else [])]
    which = request.GET.get("list", lists[0][0])
    which = which if which in dict(lists) else lists[0][0]
    cursor = request.GET.get("at", "")
    found = None if which == read.WAITING else read.grants_page(access, which=which, cursor=cursor)
    rows = read.waiting_for(access)[:100] if found is None else found.rows
    return render(request, "interactions/grants/list.html", {
        "lines": [read.line_of(access, grant) for grant in rows], "waiting": which == read.WAITING,
        "tabs": [{"label": words, "count": None, "url": f"{here}?list={key}", "active": key == which}
                 for key, words in lists],
        "later_url": f"{here}?list={which}&at={found.later}" if found and found.later else "",
    })  # fmt: skip


@requires("interactions.grant")
@require_safe
def grant(request: TenantRequest, grant_id: UUID) -> HttpResponse:
    found = _here(request, grant_id)
    return _shown(request, found, DecisionForm())


@requires("interactions.grant")
@require_POST
def grant_decide(request: TenantRequest, grant_id: UUID) -> HttpResponse:
    """Yes, no, or taken back."""
    found, form = _here(request, grant_id), DecisionForm(request.POST)
    act = request.POST.get("do", "")
    if act not in ("yes", "no", "back"):
        raise Http404
    if saved(form, lambda given: _decide(request, found, act, given["words"]), Refused):
        messages.success(request, {"yes": "Given", "no": "Refused", "back": "Taken back"}[act])
        return redirect(url_in(request, "grant", found.id))
    return _shown(request, found, form)


def _served(request: TenantRequest, customer_id: UUID) -> tuple[Customer, bool]:
    """A customer in scope; else whoever walked in, whose card is opened and logged."""
    found = visible_customer(request.access, customer_id) if request.access.may("crm.view_customer") else None
    return (found, True) if found else (card_or_404(request, customer_id), False)


def _here(request: TenantRequest, grant_id: UUID) -> Grant:
    found = read.visible_grant(request.access, grant_id)
    if found is None:
        raise Http404
    return found


def _give(request: TenantRequest, customer: Customer, given: dict[str, Any]) -> Grant:
    made, _ = give_grant(
        access=request.access, customer=customer, kind=given["kind"], reason=given["reason"],
        amount=to_minor(given["amount"], request.access.profile.currency), key=f"page:{given['key'] or ''}",
    )  # fmt: skip
    return made


def _decide(request: TenantRequest, found: Grant, act: str, words: str) -> None:
    if act == "back":
        withdraw_grant(access=request.access, grant=found, words=words)
    else:
        decide_grant(access=request.access, grant=found, yes=act == "yes", words=words)


def _said(request: TenantRequest, made: Grant) -> str:
    line = read.line_of(request.access, made)
    words = f"{made.get_kind_display().capitalize()}, {line.amount}"
    return f"Given: {words}" if made.state == Grant.State.GIVEN else f"Asked for: {words}. {line.why}"


def _shown(request: TenantRequest, found: Grant, form: DecisionForm) -> HttpResponse:
    return render(request, "interactions/grants/show.html", {
        "line": read.line_of(request.access, found), "grant": found, "form": form,
        "limits": read.limits_in_words(request.access, found), "decide_url": url_in(request, "grant_decide", found.id),
        "grants_url": url_in(request, "grants"),
    }, status=422 if form.errors else 200)  # fmt: skip

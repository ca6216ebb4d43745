"""Cases: the lists, one case with its clocks, and a new one from a customer."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.selectors.scope import visible_customer
from crm.views.gates import card_or_404
from interactions.forms.cases import SEVERITIES, NewCaseForm
from interactions.models import Case
from interactions.selectors import case_page as drawn
from interactions.selectors import cases as read
from interactions.services import cases as services
from interactions.services.authors import Author, author_of
from interactions.services.refusals import Refused
from tenancy.db.ids import new_id
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, id_or_404, url_in
from tenancy.selectors.members import member_here

WORK: Final = "interactions.work"


@requires("interactions.view")
@require_safe
def cases(request: TenantRequest) -> HttpResponse:
    lists = read.lists_for(request.access)
    which = request.GET.get("list", read.MINE)
    which = which if which in dict(lists) else read.MINE
    priority = request.GET.get("priority", "")
    chosen = int(priority) if priority in set("1234") else 0
    found = read.case_page(request.access, which=which, cursor=request.GET.get("at", ""), priority=chosen)
    here = f"{url_in(request, 'cases')}?list={which}"
    shown = f"{here}&priority={chosen}" if chosen else here
    return render(request, "interactions/cases/list.html", {
        "lines": found.lines, "resolved": which == read.RESOLVED, "mine": which == read.MINE,
        "tabs": [{"label": words, "count": None, "url": f"{url_in(request, 'cases')}?list={key}",
                  "active": key == which} for key, words in lists],
        "priorities": [{"words": words, "url": f"{here}&priority={at}", "active": at == chosen}
                       for at, words in read.PRIORITIES.items()],
        "every_url": here, "chosen": chosen,
        "pager": {
            "edges": "newest first" if which == read.RESOLVED else "what is due first",
            "earlier_url": f"{shown}&at={found.earlier}" if found.earlier else "",
            "later_url": f"{shown}&at={found.later}" if found.later else "",
        } if found.earlier or found.later else None,
    })  # fmt: skip


@requires("interactions.log")
@require_http_methods(["GET", "HEAD", "POST"])
def case_new(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """For a customer of theirs, or for whomever they serve."""
    customer = visible_customer(request.access, customer_id)
    in_scope = customer is not None
    customer = customer or card_or_404(request, customer_id)
    form = NewCaseForm(request.POST or None, kinds=read.case_kinds(), initial={"key": str(new_id())})
    back = url_in(request, "customer" if in_scope else "service_card", customer.id)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            made, _ = services.open_case(
                customer=customer, by=author_of(request.access), **{**given, "kind": _kind(given["kind"])}
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, f"Case #{made.number} is open")
            opened = in_scope and request.access.may("interactions.view")
            return redirect(url_in(request, "case", made.id) if opened else back)
    return render(request, "interactions/cases/new.html", {
        "form": form, "customer": customer, "save": "Open the case", "cancel_url": back,
        "customer_url": back,
    }, status=422 if form.errors else 200)  # fmt: skip


def _kind(kind_id: UUID) -> Any:
    found = read.case_kind(kind_id)
    if found is None:
        raise Http404
    return found


@requires("interactions.view")
@require_safe
def case(request: TenantRequest, case_id: UUID) -> HttpResponse:
    return _page(request, _here(request, case_id))


@requires("interactions.view")
@require_POST
def case_act(request: TenantRequest, case_id: UUID) -> HttpResponse:
    """What the button says; a refusal is shown beside what was typed."""
    found, what = _here(request, case_id), request.POST.get("do", "")
    if what not in _ACTS:
        raise Http404
    # Whoever sees a case may say that it is not done after all; the rest is for those who work on cases.
    if what != "reopen" and not request.access.may(WORK):
        raise PermissionDenied(request.access.why_not(WORK))
    try:
        words = _ACTS[what](request, found, author_of(request.access))
    except Refused as refused:
        return _page(request, found, refusal=str(refused), typed=request.POST.get("text", ""))
    messages.success(request, f"Case #{found.number}: {words}")
    return redirect(url_in(request, "case", found.id))


def _here(request: TenantRequest, case_id: UUID) -> Case:
    found = read.visible_case(request.access, case_id)
    if found is None:
        raise Http404
    return found


def _page(request: TenantRequest, found: Case, *, refusal: str = "", typed: str = "") -> HttpResponse:
    access, may = request.access, request.access.may(WORK)
    names = read.manager_names([found.customer.summary.portfolio_id])
    return render(request, "interactions/cases/show.html", {
        "case": found, "line": read.line_of(access, found, names), "clocks": drawn.clocks_of(access, found),
        "parts": drawn.parts_shown(access, found), "thresholds": drawn.thresholds_words(),
        "steps": drawn.step_lines(access, found), "calendar": found.kind.calendar, "refusal": refusal,
        "typed": typed, "may_work": may, "may_reopen": read.may_reopen(found), "reopen_days": services.REOPEN_DAYS,
        "workers": read.workers(access, found) if may else [], "severities": SEVERITIES,
        "cases_url": url_in(request, "cases"), "act_url": url_in(request, "case_act", found.id),
        "whose": read.who_works(found, names), "manager": next(iter(names.values()), ""),
    }, status=422 if refusal else 200)  # fmt: skip


def _text(request: TenantRequest) -> str:
    return request.POST.get("text", "")


def _note(request: TenantRequest, found: Case, by: Author) -> str:
    services.note_case(case=found, text=_text(request), by=by)
    return "noted"


def _answer(request: TenantRequest, found: Case, by: Author) -> str:
    services.answer_case(case=found, text=_text(request), by=by)
    return "answered"


def _wait(request: TenantRequest, found: Case, by: Author) -> str:
    services.wait_for_customer(case=found, text=_text(request), by=by)
    return "waits for the customer; the clock of the resolution stands"


def _resume(request: TenantRequest, found: Case, by: Author) -> str:
    going = services.resume_case(case=found, text=_text(request), by=by)
    return f"goes on, to be resolved by {read.moment_words(request.access, going.resolve_due_at)}"


def _resolve(request: TenantRequest, found: Case, by: Author) -> str:
    services.resolve_case(case=found, resolution=_text(request), by=by)
    return "resolved"


def _reopen(request: TenantRequest, found: Case, by: Author) -> str:
    services.reopen_case(case=found, reason=_text(request), by=by)
    return "open again"


def _assign(request: TenantRequest, found: Case, by: Author) -> str:
    chosen = request.POST.get("member", "")
    member = member_here(id_or_404(chosen)) if chosen else None
    if chosen and member is None:
        raise Http404
    services.assign_case(case=found, member=member, by=by)
    return f"with {member.name}" if member else "with whoever manages the portfolio"


def _severity(request: TenantRequest, found: Case, by: Author) -> str:
    chosen = request.POST.get("severity", "")
    if chosen not in set("0123"):
        raise Http404
    now = services.change_severity(case=found, severity=int(chosen), reason=_text(request), by=by)
    return f"{read.PRIORITIES[now.priority].lower()}, {now.score} points"


_ACTS: Final[dict[str, Callable[[TenantRequest, Case, Author], str]]] = {
    "note": _note, "answer": _answer, "wait": _wait, "resume": _resume, "resolve": _resolve, "reopen": _reopen,
    "assign": _assign, "severity": _severity,
}  # fmt: skip

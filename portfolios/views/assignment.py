"""Assignment by rule: which rules say where customers belong, what they would change, and deciding on it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portfolios.forms import PolicyForm, RunForm
from portfolios.models import AssignmentProposal, AssignmentRun
from portfolios.rule_kinds import KIND
from portfolios.selectors import runs as read
from portfolios.selectors.balance import MINUTES, ORDERS, balance_rows, open_loads, workload_unit
from portfolios.selectors.decisions import reasons_in_words
from portfolios.selectors.scope import visible_portfolio_ids
from portfolios.services.proposals import Decided, ProposalsRefused, accept_proposals, decline_proposals
from portfolios.services.rules import PolicyRefused, policy, set_policy, unpin_customers
from portfolios.services.rules_in_force import Ruling, ruling_in_force
from portfolios.services.runs import RunRefused, cancel_run, start_run
from rules.moment import setting_now
from tenancy.forms import saved
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, id_or_404, member_of, url_in
from tenancy.selectors.keyset import newest_first
from tenancy.views.jobs import progress_of

MOST_PINS, MOST_EXAMPLES, PAGE = 100, 5, 50
ASSIGNS = "portfolios.assign_customers"


@requires("portfolios.view_portfolio")
@require_safe
def assignment(request: TenantRequest) -> HttpResponse:
    """The rules in force and what is wrong with them; for whoever assigns, the balance now and the runs."""
    access, now = request.access, timezone.now()
    ruling = ruling_in_force(at=now)
    latest = read.last_finished(access)
    own = visible_portfolio_ids(access)
    may = access.may(ASSIGNS)
    return render(request, "desk/portfolios/assignment/overview.html", {
        **_urls(request), "may_assign": may, "lines": read.lines_in_words(ruling), "troubles": ruling.troubles,
        "stops": _stops_shown(latest, ruling, own), "latest": latest, "policy": policy(),
        "drafts": read.drafts_to_try() if may else [], "pins": _pins(request, own),
        **(_now(request) if may else {}), "rules_url": f"/t/{access.tenant.slug}/rules/?kind={KIND}"
        if access.may("rules.view") else "",
    })  # fmt: skip


def _now(request: TenantRequest) -> dict[str, Any]:
    now = timezone.now()
    unit = workload_unit(now)
    loads = open_loads(unit=unit, at=now)
    found = newest_first(
        read.visible_runs(request.access), by="at", cursor=request.GET.get("at", ""), size=20
    )
    return {
        "balance": balance_rows(loads, loads), "unit": unit, "currency": request.access.profile.currency,
        "runs": [
            {"run": row, "url": url_in(request, "assignment_run", row.id), "moving": row.result.get("moving")}
            for row in found.rows
        ],
        "earlier_url": f"?at={found.later}" if found.later else "",
    }  # fmt: skip


def _stops_shown(run: AssignmentRun | None, ruling: Ruling, own: list[UUID] | None) -> list[read.Stop]:
    """Of the latest run of the same rules: all, or those of one's own portfolios' rules."""
    if run is None or run.fingerprint != ruling.fingerprint:
        return []
    sets = None if own is None else {line.set_id for line in ruling.lines if set(line.targets) & set(own)}
    return read.stops_of_run(run, ruling, sets=sets)


def _pins(request: TenantRequest, own: list[UUID] | None) -> list[dict[str, Any]]:
    customers = f"/t/{request.access.tenant.slug}/customers/"
    may = request.access.may("portfolios.transfer_customer") or request.access.may(ASSIGNS)
    return [
        {"row": row, "url": f"{customers}{row.customer_id}/",
         "unpin_url": url_in(request, "assignment_unpin", row.customer_id) if may else ""}
        for row in read.pinned_customers(own, most=MOST_PINS)
    ]  # fmt: skip


def _urls(request: TenantRequest) -> dict[str, str]:
    return {
        "portfolios_url": url_in(request, "portfolios"), "assignment_url": url_in(request, "assignment"),
        "new_url": url_in(request, "assignment_new"), "policy_url": url_in(request, "assignment_policy"),
    }  # fmt: skip


@requires(ASSIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: TenantRequest) -> HttpResponse:
    """Ask the rules about everybody."""
    drafts = read.drafts_to_try()
    made: list[AssignmentRun] = []
    form = RunForm(
        request.POST or None,
        drafts=[(str(row.id), row.name) for row in drafts],
        initial={"draft_of": request.GET.get("draft", "")},
    )

    def start(given: dict[str, Any]) -> None:
        draft = next((row for row in drafts if row.id == given["draft_of"]), None)
        reason = given["reason"]
        made.append(start_run(access=request.access, mode=given["mode"], draft_of=draft, reason=reason))

    if saved(form, start, RunRefused):
        return redirect(url_in(request, "assignment_run", made[0].id))
    context = {**_urls(request), "form": form, "cancel_url": url_in(request, "assignment")}
    return render(request, "desk/portfolios/assignment/new.html", context, status=422 if form.errors else 200)


@requires(ASSIGNS)
@require_safe
def run(request: TenantRequest, run_id: UUID) -> HttpResponse:
    """What a run proposes: the balance before and after, the groups, the reasons."""
    found = _run(request, run_id)
    ruling = read.ruling_of_run(found)
    context: dict[str, Any] = {
        **_urls(request), "run": found, "currency": request.access.profile.currency,
        "unit": MINUTES if found.result.get("minutes") else ORDERS,
        "decide_url": url_in(request, "assignment_decide", found.id),
        "cancel_url": url_in(request, "assignment_cancel", found.id),
        "draft_url": f"/t/{request.access.tenant.slug}/rules/{found.draft_of_id}/" if found.draft_of_id else "",
        "lines": read.lines_in_words(ruling, found.result.get("lines")), "troubles": ruling.troubles,
    }  # fmt: skip
    if found.job and found.state == AssignmentRun.State.WORKING:
        context["progress"] = progress_of(request, found.job)
    elif "after" in found.result:
        context |= _outcome(request, found, ruling)
    return render(request, "desk/portfolios/assignment/run.html", context)


def _outcome(request: TenantRequest, found: AssignmentRun, ruling: Ruling) -> dict[str, Any]:
    groups = [{"group": group, "url": _group_url(request, found, group)} for group in read.groups_of(found)]
    examples = read.proposals_of(request.access, found).order_by("-value", "customer_id")[:MOST_EXAMPLES]
    now = ruling_in_force(at=timezone.now())
    return {
        "balance": read.balance_of_run(found), "evenness": read.evenness_of_run(found, ruling), "groups": groups,
        "counts": read.counts_of_run(found), "examples": _proposal_rows(request, found, ruling, list(examples)),
        "stops": read.stops_of_run(found, ruling), "is_current": now.fingerprint == found.fingerprint,
    }  # fmt: skip


def _group_url(request: TenantRequest, found: AssignmentRun, group: read.Group) -> str:
    return f"{url_in(request, 'assignment_proposals', found.id)}?home={group.home.id}&to={group.to.id}"


def _proposal_rows(
    request: TenantRequest, found: AssignmentRun, ruling: Ruling, proposals: list[AssignmentProposal]
) -> list[dict[str, Any]]:
    lines = [read.line_of(ruling, one) for one in proposals]
    nodes = [line.node if line else None for line in lines]
    why = reasons_in_words(request.access, proposals, nodes, setting_now(found.at))
    customers = f"/t/{request.access.tenant.slug}/customers/"
    return [
        {
            "proposal": one, "url": f"{customers}{one.customer_id}/", "line": line, "why": why.get(one.id, ""),
            "decision_url": url_in(request, "assignment_decision", one.decision_id) if one.decision_id else "",
        }
        for one, line in zip(proposals, lines, strict=True)
    ]  # fmt: skip


@requires(ASSIGNS)
@require_safe
def proposals(request: TenantRequest, run_id: UUID) -> HttpResponse:
    """The customers of one group, or all of a run, in order of their ids."""
    found = _run(request, run_id)
    rows, group = read.proposals_of(request.access, found).order_by("customer_id"), {}
    for side in ("home", "to"):
        if request.GET.get(side):
            group[side] = id_or_404(request.GET[side])
            rows = rows.filter(**{f"{side}_id": group[side]})
    after = request.GET.get("after")
    listed = list((rows.filter(customer_id__gt=id_or_404(after)) if after else rows)[: PAGE + 1])
    if not listed and not after:
        raise Http404
    here = "&".join(f"{side}={key}" for side, key in group.items())
    return render(request, "desk/portfolios/assignment/proposals.html", {
        **_urls(request), "run": found, "run_url": url_in(request, "assignment_run", found.id), "group": group,
        "rows": _proposal_rows(request, found, read.ruling_of_run(found), listed[:PAGE]),
        "waiting": rows.filter(state=AssignmentProposal.State.OPEN).count(),
        "currency": request.access.profile.currency, "unit": MINUTES if found.result.get("minutes") else ORDERS,
        "decide_url": url_in(request, "assignment_decide", found.id), "here": f"?{here}",
        "later_url": f"?{here}&after={listed[PAGE - 1].customer_id}" if len(listed) > PAGE else "",
        "first": listed[0] if listed else None,
    })  # fmt: skip


@requires(ASSIGNS)
@require_POST
def decide(request: TenantRequest, run_id: UUID) -> HttpResponse:
    """Accept or decline: one, a group, or all that still waits."""
    found = _run(request, run_id)
    act = decline_proposals if request.POST.get("answer") == "decline" else accept_proposals
    try:
        done = act(access=request.access, run=found, which=_which(request))
    except ProposalsRefused as refusal:
        messages.error(request, str(refusal))
    else:
        if done.job:
            return redirect(url_in(request, "job", done.job.id))
        say = messages.warning if done.out_of_date else messages.success
        say(request, _said(done))
    return redirect(_back(request, found))


def _which(request: TenantRequest) -> Q:
    asked = Q()
    for field, name in (("proposal", "id"), ("home", "home_id"), ("to", "to_id")):
        if request.POST.get(field):
            asked &= Q(**{name: id_or_404(request.POST[field])})
    return asked


def _said(done: Decided) -> str:
    parts = []
    if done.declined:
        parts.append(f"{_customers(done.declined)} left where they are.")
    if done.accepted:
        parts.append(f"{_customers(done.accepted)} moved.")
    parts += [f"{_customers(count)} left where they are: {why}." for why, count in (done.stale or {}).items()]
    return " ".join(parts)


def _customers(count: int) -> str:
    return f"{count:,} customer{'' if count == 1 else 's'}"


def _back(request: TenantRequest, found: AssignmentRun) -> str:
    """To the list somebody came from, else to the run."""
    if request.POST.get("from") == "proposals":
        home, to = request.POST.get("home_shown", ""), request.POST.get("to_shown", "")
        if home and to:
            shown = f"home={id_or_404(home)}&to={id_or_404(to)}"
            return f"{url_in(request, 'assignment_proposals', found.id)}?{shown}"
    return url_in(request, "assignment_run", found.id)


@requires(ASSIGNS)
@require_POST
def cancel(request: TenantRequest, run_id: UUID) -> HttpResponse:
    found = _run(request, run_id)
    if found.state in {AssignmentRun.State.WORKING, AssignmentRun.State.READY}:
        cancel_run(run=found)
        messages.success(request, "The run stops; who has moved stays moved.")
    return redirect(url_in(request, "assignment_run", found.id))


@requires(ASSIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def policy_page(request: TenantRequest) -> HttpResponse:
    """What happens at night, and how long rules leave alone whom somebody transferred."""
    held = policy()
    form = PolicyForm(request.POST or None, initial={"nightly": held.nightly, "pin_months": held.pin_months})
    if saved(form, lambda given: set_policy(**given), PolicyRefused):
        messages.success(request, "Saved.")
        return redirect(url_in(request, "assignment"))
    context = {**_urls(request), "form": form, "cancel_url": url_in(request, "assignment")}
    return render(
        request, "desk/portfolios/assignment/policy.html", context, status=422 if form.errors else 200
    )


@requires("portfolios.transfer_customer")
@require_POST
def unpin(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Rules may move this customer again."""
    found = read.pinned_here(request.access, customer_id)
    if found is None:
        raise Http404
    unpin_customers(customer_ids=[customer_id], author_name=member_of(request).name)
    messages.success(request, f"Rules may move {found} again.")
    return redirect(url_in(request, "assignment"))


def _run(request: TenantRequest, run_id: UUID) -> AssignmentRun:
    found = read.visible_run(request.access, run_id)
    if found is None:
        raise Http404
    return found

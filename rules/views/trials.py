"""Dry runs of a draft, beside the builder."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from rules.kinds import find_kind
from rules.models import RuleSet
from rules.selectors.dry_runs import UNFINISHED, latest_dry_run
from rules.selectors.trials import trial_of
from rules.services.dry_runs import DryRunRefused, start_dry_run
from rules.services.rule_sets import RulesRefused
from rules.views.parts import rule_set_or_404
from tenancy.jobs import cancel_job
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in
from tenancy.selectors.jobs import pace_of


def trial_context(request: TenantRequest, found: RuleSet) -> dict[str, Any]:
    """The newest dry run: under way, done or failed; nothing where there was none."""
    kind = find_kind(found.kind)
    if kind and kind.tried_at:
        return {"trial_run": None, "tried_at": f"{url_in(request, kind.tried_at)}?draft={found.id}"}
    run = latest_dry_run(found)
    if run is None or run.job is None:
        return {"trial_run": None}
    running = run.job.state in UNFINISHED
    pace = pace_of(run.job) if running else None
    return {
        "trial_run": run,
        "trial_job": run.job,
        "trial_runs": running,
        "trial_pace": pace,
        "trial": None if running else trial_of(request.access, run),
        "trial_url": url_in(request, "rule_set_trial", found.id),
        "trial_stop_url": url_in(request, "rule_set_try_stop", found.id),
        "currency": request.access.profile.currency,
    }


@requires("rules.view")
@require_safe
def trial(request: TenantRequest, rule_set_id: UUID) -> HttpResponse:
    """The panel, again and again while the run is under way."""
    found = rule_set_or_404(request, rule_set_id)
    return render(request, "desk/rules/_trial.html", {"rule_set": found, **trial_context(request, found)})


@requires("rules.view")
@require_POST
def start(request: TenantRequest, rule_set_id: UUID) -> HttpResponse:
    """Try the draft as it is kept."""
    found = rule_set_or_404(request, rule_set_id)
    context: dict[str, Any] = {"rule_set": found}
    try:
        start_dry_run(access=request.access, rule_set=found)
    except (DryRunRefused, RulesRefused) as refused:
        if not request.htmx:
            messages.warning(request, str(refused))
        context["refused"] = str(refused)
    if not request.htmx:
        return redirect(url_in(request, "rule_set", found.id))
    return render(request, "desk/rules/_trial.html", context | trial_context(request, found))


@requires("rules.edit")
@require_POST
def stop(request: TenantRequest, rule_set_id: UUID) -> HttpResponse:
    found = rule_set_or_404(request, rule_set_id)
    run = latest_dry_run(found)
    if run is not None and run.job is not None and run.job.state in UNFINISHED:
        cancel_job(job=run.job)
    return render(request, "desk/rules/_trial.html", {"rule_set": found, **trial_context(request, found)})

"""How long data is kept: what each kind is, a dry run, the rule, and what was let go when."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from privacy.forms.retention import RetentionForm
from privacy.selectors import retention as read
from privacy.services.retention import RetentionRefused, Trial, end_rule, save_rule, try_rule
from privacy.views.parts import page
from tenancy.permissions import requires
from tenancy.registries import RetentionKind
from tenancy.requests import TenantRequest, member_of, url_in
from tenancy.selectors.keyset import newest_first

HERE = "privacy_retention"


@requires("privacy.view_privacy")
@require_safe
def retention(request: TenantRequest) -> HttpResponse:
    may = request.access.may("privacy.manage_policy")
    found = newest_first(read.runs(), by="began_at", cursor=request.GET.get("at", ""), size=25)
    labels = {kept.kind.key: kept.kind.label for kept in read.kept_kinds()}
    context: dict[str, Any] = {
        "kinds": [
            {"kept": kept, "url": url_in(request, "privacy_retention_rule", kept.kind.key) if may else ""}
            for kept in read.kept_kinds()
        ],
        "runs": [{"run": run, "label": labels.get(run.kind, run.kind)} for run in found.rows],
        "pager": {
            "edges": "newest first", "earlier_url": f"?at={found.earlier}" if found.earlier else "",
            "later_url": f"?at={found.later}" if found.later else "",
        } if found.earlier or found.later else None,
    }  # fmt: skip
    return page(request, "retention", HERE, **context)


@requires("privacy.manage_policy")
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: TenantRequest, retention_key: str) -> HttpResponse:
    """The rule of one kind: tried (`do` count), put in force as it was tried (save), or ended (end)."""
    kind = read.kind_of(retention_key)
    if kind is None:
        raise Http404
    known = read.rule_of(retention_key)
    if request.method == "POST" and request.POST.get("do") == "end":
        end_rule(kind=kind, by=member_of(request))
        messages.success(request, f"{kind.label}: nothing is let go any more")
        return redirect(url_in(request, HERE))
    asked = {"days": known.days if known else kind.usual, "reason": known.reason if known else ""}
    form = RetentionForm(request.POST or None, initial=asked)
    if form.is_valid() and request.POST.get("do") == "save" and _saved(request, kind, form):
        messages.success(
            request, f"{kind.label}: kept for {form.cleaned_data['days']} days, from the next night on"
        )
        return redirect(url_in(request, HERE))
    trial = _trial(kind, form)
    shown = _shown(form, trial)
    context: dict[str, Any] = {
        "kind": kind, "rule": known, "form": shown, "trial": trial, "cancel_url": url_in(request, HERE)
    }  # fmt: skip
    return page(request, "retention_rule", HERE, status=422 if form.errors else 200, **context)


def _saved(request: TenantRequest, kind: RetentionKind, form: RetentionForm) -> bool:
    given = form.cleaned_data
    try:
        save_rule(
            kind=kind, days=given["days"], reason=given["reason"], seen=given["seen"], by=member_of(request)
        )
    except RetentionRefused as refusal:
        form.add_error(refusal.field or None, str(refusal))
        return False
    return True


def _trial(kind: RetentionKind, form: RetentionForm) -> Trial | None:
    """What is asked for, tried; None where it cannot be."""
    days = form.cleaned_data.get("days") if form.is_bound else form.initial["days"]
    if days is None:
        return None
    try:
        return try_rule(kind=kind, days=int(days))
    except RetentionRefused as refusal:
        if form.is_bound and not form.errors:
            form.add_error(refusal.field or None, str(refusal))
        return None


def _shown(form: RetentionForm, trial: Trial | None) -> RetentionForm:
    """The form as it was sent, with what was tried now."""
    if form.is_bound:
        form.data = {**dict(form.data.items()), "seen": str(trial.days) if trial else ""}
    else:
        form.initial["seen"] = trial.days if trial else None
    return form

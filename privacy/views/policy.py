"""The law as the company applies it, what it states about itself, its own rules, and the tester."""

import json
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from privacy.forms.policy import RegimeForm, SenderForm
from privacy.models import TenantRegime
from privacy.rule_kinds import KIND
from privacy.selectors import policy as read
from privacy.selectors.purposes import sender
from privacy.services.profile import SenderRefused, change_sender
from privacy.services.regimes import RegimeRefused, archive_regime, save_regime
from privacy.views.parts import made_by, page
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in

HERE = "privacy_policy"
EXAMPLE: Final = {
    "code": "CH",
    "name": "Switzerland",
    "note": "",
    "bases": [
        {"channels": ["email", "sms", "push"],
         "try": ["consent", {"basis": "soft_opt_in", "address_sources": ["sale"], "not_for": ["partner_offers"]}],
         "from": None, "source": "UWG (CH) art. 3(1)(o)", "sure": "K"},
        {"channels": ["phone"], "try": ["consent"], "from": None, "source": "UWG (CH) art. 3(1)(u)", "sure": "K"},
        {"channels": ["post"], "try": ["consent", "legitimate_interest"], "from": None, "source": "DSG art. 31",
         "sure": "K"},
        {"channels": ["ad_audience"], "try": ["consent"], "from": None, "source": "DSG art. 6", "sure": "K"},
    ],
}  # fmt: skip
"""Where own rules begin: to be rewritten, not to be trusted."""


@requires("privacy.view_privacy")
@require_safe
def policy(request: TenantRequest) -> HttpResponse:
    access, profile = request.access, sender()
    found = read.policy_in_force()
    today = timezone.localdate()
    may = access.may("privacy.manage_policy")
    own = {one.code: one for one in read.tenant_regimes()}
    regimes = [
        {"regime": one, "url": url_in(request, "privacy_regime_rules", one.code), "is_own": one.code in own,
         "sure": _sure(one), "coming": [line for line in one.lines if line.is_coming]}
        for one in (read.regimes_in_words(found, today) if found else [])
    ]  # fmt: skip
    return page(
        request, "policy", HERE, policy=found, profile=profile, regimes=regimes, not_encoded=read.NOT_ENCODED,
        own=[(one, url_in(request, "privacy_regime", one.id)) for one in own.values()],
        versions=read.latest_versions(), sure=read.SURE.values(),
        rules_url=f"{url_in(request, 'rules')}?kind={KIND}" if access.may("rules.view") else "",
        tester_url=url_in(request, "privacy_tester"),
        sender_url=url_in(request, "privacy_sender") if may else "",
        new_url=url_in(request, "privacy_regime_new") if may else "",
    )  # fmt: skip


def _sure(regime: read.RegimeLines) -> str:
    """How much of it was read at its source: "9 of 14 rules read at the source"."""
    held = [line for line in regime.lines if not line.is_past]
    first = sum(line.sure == read.SURE["S"] for line in held)
    return f"{first} of {len(held)} rules read at the source"


@requires("privacy.view_privacy")
@require_safe
def regime_rules(request: TenantRequest, code: str) -> HttpResponse:
    """One regime: every rule with its days, source and how sure we are."""
    found = read.policy_in_force()
    regime = read.regime_in_words(found, code, timezone.localdate()) if found else None
    if regime is None:
        raise Http404
    within = url_in(request, "privacy_regime_rules", regime.within) if regime.within else ""
    return page(
        request, "regime_rules", HERE, regime=regime, within_url=within, list_url=url_in(request, HERE),
    )  # fmt: skip


@requires("privacy.manage_policy")
@require_http_methods(["GET", "HEAD", "POST"])
def sender_edit(request: TenantRequest) -> HttpResponse:
    form = SenderForm(request.POST or None, initial=SenderForm.values_of(sender()))
    if made_by(form, lambda given: change_sender(sender=form.sender()), SenderRefused):
        messages.success(request, "This is what you state from now on.")
        return redirect(url_in(request, HERE))
    return page(
        request, "form", HERE, status=422 if form.errors else 200, form=form, title="Who you are as a sender",
        sentence="Stands in notices and messages; some of it decides what the gate allows.", save="Save",
        cancel_url=url_in(request, HERE), list_url=url_in(request, HERE), list_name="Policy",
    )  # fmt: skip


@requires("privacy.manage_policy")
@require_http_methods(["GET", "HEAD", "POST"])
def regime_new(request: TenantRequest) -> HttpResponse:
    return _regime_page(request, None)


@requires("privacy.manage_policy")
@require_http_methods(["GET", "HEAD", "POST"])
def regime(request: TenantRequest, regime_id: UUID) -> HttpResponse:
    return _regime_page(request, _here(regime_id))


@requires("privacy.manage_policy")
@require_POST
def regime_archive(request: TenantRequest, regime_id: UUID) -> HttpResponse:
    found = _here(regime_id)
    try:
        archive_regime(regime=found)
    except RegimeRefused as refused:
        messages.warning(request, str(refused))
        return redirect(url_in(request, "privacy_regime", found.id))
    messages.success(request, f"The rules for {found.name} are no longer applied.")
    return redirect(url_in(request, HERE))


def _regime_page(request: TenantRequest, found: TenantRegime | None) -> HttpResponse:
    written = json.dumps(found.content if found else EXAMPLE, indent=1, ensure_ascii=False)
    form = RegimeForm(request.POST or None, initial={"content": written})
    problems: list[str] = []
    if form.is_bound and form.is_valid():
        typed = str(form.data["content"])
        try:
            made = save_regime(content=form.cleaned_data["content"], written=typed, regime=found)
        except RegimeRefused as refused:
            problems = refused.problems
        else:
            messages.success(request, f"The rules for {made.name} are applied from the next question on.")
            return redirect(url_in(request, "privacy_regime_rules", made.code))
    context: dict[str, Any] = {
        "regime": found, "form": form, "problems": problems, "list_url": url_in(request, HERE),
        "archive_url": url_in(request, "privacy_regime_archive", found.id) if found else "",
    }  # fmt: skip
    return page(request, "regime", HERE, status=422 if form.errors or problems else 200, **context)


def _here(regime_id: UUID) -> TenantRegime:
    found = read.tenant_regime(regime_id)
    if found is None:
        raise Http404
    return found

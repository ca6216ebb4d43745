"""What is in force: activate from a day, agree, refuse, withdraw, roll back, archive."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from rules.models import Activation, RuleSet
from rules.moment import setting_now
from rules.selectors.rulesets import activation_of
from rules.services import activations as decide
from rules.services.rule_sets import EditedMeanwhile, RulesRefused, restore_rule_set
from rules.views.parts import rule_set_or_404
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in, whole_number


def _waiting(rule_set: RuleSet, activation_id: UUID) -> Activation:
    found = activation_of(rule_set, activation_id)
    if found is None:
        raise Http404
    return found


def _seen(request: TenantRequest) -> int:
    found = _whole(request, "seen")
    return -1 if found is None else found


def _whole(request: TenantRequest, name: str) -> int | None:
    return whole_number(request.POST.get(name, ""))


def _decided(request: TenantRequest, found: RuleSet, act: Callable[[], str]) -> HttpResponse:
    """Do it, and say on the rule set's page how it went."""
    try:
        messages.success(request, act())
    except (decide.ActivationRefused, EditedMeanwhile, RulesRefused) as refused:
        messages.warning(request, str(refused))
    return redirect(url_in(request, "rule_set", found.id))


@requires("rules.view")
@require_POST
def activate(request: TenantRequest, rule_set_id: UUID) -> HttpResponse:
    found = rule_set_or_404(request, rule_set_id)
    starts = _day(request.POST.get("starts_on", ""))

    def act() -> str:
        made = decide.activate_rules(
            access=request.access, rule_set=found, seen=_seen(request), starts_on=starts,
            comment=request.POST.get("comment", ""), revision=_whole(request, "revision"),
        )  # fmt: skip
        return _words(made)

    return _decided(request, found, act)


def _day(text: str) -> date | None:
    """None: now. Today counts as now, for a day that has begun cannot be begun again."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return None if day == setting_now().today else day


def _words(made: Activation) -> str:
    number = made.version.number
    if made.state == Activation.State.WAITING:
        return f"Version {number} waits for a second person."
    setting = setting_now()
    begins = made.begins.astimezone(setting.zone).date()
    if begins > setting.today:
        return f"Version {number} is in force from {begins:%-d %B}."
    return f"Version {number} is in force."


@requires("rules.view")
@require_POST
def roll_back(request: TenantRequest, rule_set_id: UUID, number: int) -> HttpResponse:
    found = rule_set_or_404(request, rule_set_id)

    def act() -> str:
        return _words(
            decide.roll_back(
                access=request.access, rule_set=found, to=number, seen=_seen(request),
                comment=request.POST.get("comment", ""),
            )
        )  # fmt: skip

    return _decided(request, found, act)


@requires("rules.approve")
@require_POST
def agree(request: TenantRequest, rule_set_id: UUID, activation_id: UUID) -> HttpResponse:
    found = rule_set_or_404(request, rule_set_id)
    row = _waiting(found, activation_id)

    def act() -> str:
        made = decide.agree_to_activation(access=request.access, activation=row, seen=_seen(request))
        return _words(made)

    return _decided(request, found, act)


@requires("rules.approve")
@require_POST
def refuse(request: TenantRequest, rule_set_id: UUID, activation_id: UUID) -> HttpResponse:
    found = rule_set_or_404(request, rule_set_id)
    row = _waiting(found, activation_id)

    def act() -> str:
        decide.refuse_activation(access=request.access, activation=row, reason=request.POST.get("reason", ""))
        return f"Version {row.version.number} was refused; {row.asked_by_name} reads why."

    return _decided(request, found, act)


@requires("rules.view")
@require_POST
def withdraw(request: TenantRequest, rule_set_id: UUID, activation_id: UUID) -> HttpResponse:
    found = rule_set_or_404(request, rule_set_id)
    row = _waiting(found, activation_id)

    def act() -> str:
        decide.withdraw_activation(access=request.access, activation=row, seen=_seen(request))
        return f"Version {row.version.number} was withdrawn."

    return _decided(request, found, act)


@requires("rules.view")
@require_POST
def archive(request: TenantRequest, rule_set_id: UUID) -> HttpResponse:
    found = rule_set_or_404(request, rule_set_id)

    def act() -> str:
        decide.archive_rule_set(access=request.access, rule_set=found, seen=_seen(request))
        return f"{found.name} is in the archive; nothing of it is in force."

    return _decided(request, found, act)


@requires("rules.view")
@require_POST
def restore(request: TenantRequest, rule_set_id: UUID) -> HttpResponse:
    found = rule_set_or_404(request, rule_set_id)

    def act() -> str:
        restore_rule_set(access=request.access, rule_set=found)
        return f"{found.name} is out of the archive. Nothing of it is in force."

    return _decided(request, found, act)

"""The builder: a rule set's draft, one rule of it open, kept while it is written."""

import copy
import json
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from rules.content import ContentRefused
from rules.forms import component
from rules.forms.ruleset import (
    OTHERWISE,
    WHEN,
    outcome_from_form,
    outcome_inputs,
    rule_from_form,
)
from rules.kinds import find_kind
from rules.language.parse import read
from rules.language.words import Vocabulary
from rules.models import Level, RuleSet
from rules.moment import setting_now
from rules.selectors import builder
from rules.selectors.choosing import count_facts
from rules.selectors.rulesets import (
    may_activate,
    may_agree,
    may_write,
    read_draft,
    standing_of,
)
from rules.services.rule_sets import EditedMeanwhile, RulesRefused, save_draft
from rules.views.conditions import CHANGED
from rules.views.live import addresses
from rules.views.parts import rule_set_or_404
from rules.views.trials import trial_context
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in


@requires("rules.view")
@require_safe
def rule_set(request: TenantRequest, rule_set_id: UUID) -> HttpResponse:
    found = rule_set_or_404(request, rule_set_id)
    opened = builder.open_rule(found, request.GET.get("rule", ""))
    focus = f"{WHEN}-0" if builder.is_untouched(found, opened) else ""
    context = page_context(request, found) | rule_context(request, found, opened, focus)
    return render(request, "desk/rules/show.html", context | trial_context(request, found))


def page_context(request: TenantRequest, found: RuleSet) -> dict[str, Any]:
    """What every page of a rule set says at its top."""
    access, kind = request.access, find_kind(found.kind)
    where = builder.where_it_stands(found, standing_of(found))
    is_open = found.archived_at is None
    urls = {
        name: url_in(request, f"rule_set_{name}", found.id)
        for name in ("draft", "edit", "versions", "export", "activate", "archive", "restore", "try", "order")
    }
    return {
        "rule_set": found,
        "kind": kind,
        "where": where,
        "may_write": is_open and may_write(access, found),
        "may_activate": is_open and may_activate(access, found),
        "may_agree": bool(where.waiting and may_agree(access, where.waiting)),
        "urls": urls | {"here": url_in(request, "rule_set", found.id), "list": url_in(request, "rules")},
        "today": setting_now().today,
        "two_people": access.profile.rules_need_second_person,
        "compare_url": _compare_url(request, found, where),
        "fact_count": count_facts(access),
    }


def _compare_url(request: TenantRequest, found: RuleSet, where: builder.Where) -> str:
    if where.in_force is None or not where.is_changed:
        return ""
    return url_in(request, "rule_set_compare", found.id, where.in_force.version.number)


def rule_context(request: TenantRequest, rule_set: RuleSet, opened: str, focus: str = "") -> dict[str, Any]:
    """The list of rules with the open one, as kept."""
    access, kind = request.access, find_kind(rule_set.kind)
    setting = setting_now()
    words = Vocabulary(setting)
    content = read_draft(access, rule_set)
    rows = builder.rule_rows(rule_set, content, kind, words, opened)
    raw = builder.raw_rule(rule_set.draft.content, opened)
    rule = raw if isinstance(raw, dict) and opened != OTHERWISE else {}
    node, problems = read(rule.get("when"), currency=setting.currency, access=access)
    mine = next((row for row in rows if row.is_open), None)
    found = builder.problems_inside(mine.findings, "when") if mine else []
    otherwise = builder.problems_inside(content.problems, "otherwise")
    inside = (
        otherwise if opened == OTHERWISE else builder.problems_inside(mine.problems, "then") if mine else []
    )
    then = raw if opened == OTHERWISE else rule.get("then")
    writable = rule_set.archived_at is None and may_write(access, rule_set)
    return {
        "rules": rows,
        "opened": opened,
        "open_row": mine,
        "rule": rule,
        "is_otherwise": opened == OTHERWISE,
        "has_otherwise": rule_set.level == Level.COMPANY,
        "otherwise_words": builder.outcome_words(kind, content.otherwise) or builder.NOTHING,
        "otherwise_problems": otherwise,
        "may_bind": rule_set.level == Level.COMPANY and bool(kind and Level.PORTFOLIO in kind.levels),
        "outcome": outcome_inputs(kind, rule_set.level, then, inside) if kind else [],
        "outcome_problems": [problem for problem in inside if not problem.at],
        "reading": builder.reading_of(node, rule.get("when"), setting, words),
        "reading_end": mine.outcome if mine else "",
        "was": builder.rule_hash(rule_set, opened),
        "form": "#rule-form" if writable else "",
        "prefix": WHEN,
        "live": addresses(request),
        "live_vals": "" if writable else json.dumps({"prefix": WHEN, "tree": json.dumps(rule.get("when") or {})}),
        "wrong": len({problem.at for problem in content.problems}),
        "general_problems": [problem for problem in content.problems if problem.at in ("", "rules")],
        "condition": component(
            rule.get("when"), [*problems, *found], prefix=WHEN, access=access, focus=focus, readonly=not writable,
            counts=writable, post_url=url_in(request, "rule_set_draft", rule_set.id),
        ),
    }  # fmt: skip


@dataclass(frozen=True)
class _Edit:
    """What a form does to a draft's content."""

    content: dict[str, Any]
    focus: str = ""
    pressed: bool = False
    opened: str = ""


@requires("rules.view")
@require_POST
def draft(request: TenantRequest, rule_set_id: UUID) -> HttpResponse:
    """Keep the open rule as the form has it. By htmx a part of the page; else back to the page."""
    found = rule_set_or_404(request, rule_set_id)
    data = request.POST
    if not _is_mine(found, data):
        return _conflict(request, found)
    edit = _edited(found, data)
    before = builder.raw_rule(found.draft.content, edit.opened)
    try:
        if edit.content != found.draft.content:
            save_draft(
                access=request.access, rule_set=found, content=edit.content, revision=found.draft.revision
            )
    except EditedMeanwhile:
        return _conflict(request, rule_set_or_404(request, rule_set_id))
    except (ContentRefused, RulesRefused) as refused:
        return _refused(request, found, str(refused))
    if not request.htmx:
        return redirect(f"{url_in(request, 'rule_set', found.id)}?rule={edit.opened}")
    context = page_context(request, found) | rule_context(request, found, edit.opened, edit.focus)
    template = "desk/rules/_pressed.html" if edit.pressed else "desk/rules/_kept.html"
    response = render(request, template, context)
    after = builder.raw_rule(found.draft.content, edit.opened)
    if _when(before) != _when(after):
        response["HX-Trigger-After-Settle"] = CHANGED
    return response


def _when(rule: Any) -> Any:
    return rule.get("when") if isinstance(rule, dict) else None


def _is_mine(found: RuleSet, data: QueryDict) -> bool:
    """Whether nobody else changed this very rule since it was read, or the writer wants theirs over it."""
    if data.get("revision") == str(found.draft.revision) or "mine" in data:
        return True
    return data.get("was") == builder.rule_hash(found, data.get("rule", ""))


def _edited(found: RuleSet, data: QueryDict) -> _Edit:
    content = copy.deepcopy(found.draft.content if isinstance(found.draft.content, dict) else {})
    content["rules"] = builder.raw_rules(content)
    kind, opened = find_kind(found.kind), data.get("rule", "")
    if kind is None:
        return _Edit(content, opened=opened)
    if opened == OTHERWISE:
        content["otherwise"] = outcome_from_form(data, content.get("otherwise"), kind) or None
        return _Edit(content, opened=opened)
    for number, raw in enumerate(content["rules"]):
        if isinstance(raw, dict) and raw.get("id") == opened and f"{WHEN}_mode" in data:
            content["rules"][number], edit = rule_from_form(data, raw, kind)
            return _Edit(content, edit.focus, edit.pressed, opened)
    return _Edit(content, opened=opened)


def _conflict(request: TenantRequest, found: RuleSet) -> HttpResponse:
    """Nothing is written and nothing is lost: the form stays as it is, and says who was quicker."""
    context = {
        "rule_set": found,
        "url": url_in(request, "rule_set", found.id),
        "rule": request.POST.get("rule", ""),
    }
    context["draft_url"] = url_in(request, "rule_set_draft", found.id)
    response = render(request, "desk/rules/_conflict.html", context, status=422)
    response["HX-Retarget"], response["HX-Reswap"] = "#rule-conflict", "innerHTML"
    return response


def _refused(request: TenantRequest, found: RuleSet, why: str) -> HttpResponse:
    response = render(request, "desk/rules/_refused.html", {"why": why}, status=422)
    response["HX-Retarget"], response["HX-Reswap"] = "#rule-conflict", "innerHTML"
    return response


@requires("rules.view")
@require_POST
def order(request: TenantRequest, rule_set_id: UUID) -> HttpResponse:
    """Add, move or take away a whole rule; what stands in the form is kept with it."""
    found = rule_set_or_404(request, rule_set_id)
    if not _is_mine(found, request.POST):
        messages.warning(request, "Somebody changed this rule meanwhile; look at it and try again.")
        return redirect(url_in(request, "rule_set", found.id))
    content = _edited(found, request.POST).content
    opened = _ordered(content["rules"], request.POST.get("order", ""), request.POST.get("rule", ""))
    try:
        save_draft(access=request.access, rule_set=found, content=content, revision=found.draft.revision)
    except (EditedMeanwhile, ContentRefused, RulesRefused) as refused:
        messages.warning(request, str(refused))
    return redirect(f"{url_in(request, 'rule_set', found.id)}?rule={opened}")


def _ordered(rules: list[Any], what: str, opened: str) -> str:
    """Do it, and say which rule is open then."""
    verb, _, rule_id = what.partition(":")
    ids = [rule.get("id") for rule in rules if isinstance(rule, dict)]
    if verb == "add":
        rule = _new_rule(rules)
        rules.append(rule)
        return str(rule["id"])
    if verb == "open":
        return rule_id
    if rule_id not in ids:
        return opened
    at = ids.index(rule_id)
    if verb == "copy":
        rules.insert(
            at + 1,
            copy.deepcopy(rules[at]) | {"id": _new_id(ids), "name": f"{rules[at].get('name', 'Rule')}, copy"},
        )
        return str(rules[at + 1]["id"])
    if verb == "remove":
        del rules[at]
        return opened if opened != rule_id else str(rules[max(at - 1, 0)].get("id", "")) if rules else ""
    there = at + {"up": -1, "down": 1}.get(verb, 0)
    if 0 <= there < len(rules):
        rules[at], rules[there] = rules[there], rules[at]
    return opened


def _new_rule(rules: list[Any]) -> dict[str, Any]:
    ids = [rule.get("id") for rule in rules if isinstance(rule, dict)]
    return {"id": _new_id(ids), "name": f"Rule {len(rules) + 1}", **copy.deepcopy(builder.NEW_RULE)}


def _new_id(ids: list[Any]) -> str:
    """Never that of a rule that was there before: decisions are kept by it."""
    while (found := f"r{secrets.token_hex(4)}") in ids:
        pass
    return found

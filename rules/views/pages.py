"""Rule sets as a list, begun, named, carried in and out; their versions; and the catalogue of facts."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rules.catalogue import find_fact
from rules.content import ContentRefused
from rules.forms.naming import ImportForm, NamingForm
from rules.kinds import find_kind
from rules.language.words import Vocabulary
from rules.models import RuleSet, RuleVersion
from rules.moment import setting_now
from rules.registries import rule_scope
from rules.selectors.catalogue import CLASSES, COSTS, TYPES, shelves
from rules.selectors.choosing import ROOMS
from rules.selectors.comparison import compare
from rules.selectors.listing import rule_shelves
from rules.selectors.rulesets import (
    activations_of,
    exported,
    kinds_for,
    may_write,
    portfolios_of,
    version_of,
    versions_of,
)
from rules.services.exchange import import_rule_set
from rules.services.rule_sets import RulesRefused, change_rule_set, create_rule_set
from rules.views.builder import page_context
from rules.views.parts import rule_set_or_404
from tenancy.permissions import ANY_MEMBER, requires
from tenancy.requests import TenantRequest, url_in, whole_number


@requires("rules.view")
@require_safe
def rules(request: TenantRequest) -> HttpResponse:
    """All, or (`?kind=`) those of one kind."""
    archived = "archive" in request.GET
    only = find_kind(request.GET.get("kind", ""))
    context = {
        "shelves": rule_shelves(request.access, archived=archived, kind=only.key if only else ""),
        "archived": archived,
        "only": only,
        "kinds": kinds_for(request.access),
        "new_url": url_in(request, "rules_new") + (f"?kind={only.key}" if only else ""),
        "import_url": url_in(request, "rules_import"),
        "facts_url": url_in(request, "rules_facts"),
        "here": url_in(request, "rules"),
    }
    return render(request, "desk/rules/list.html", context)


@requires("rules.view")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: TenantRequest) -> HttpResponse:
    kinds = kinds_for(request.access)
    form = NamingForm(
        request.POST or None, kinds=kinds, portfolios=_portfolios(request), access=request.access,
        initial={"kind": request.GET.get("kind", "")},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            made = create_rule_set(access=request.access, **form.values())
        except (RulesRefused, ContentRefused) as refused:
            form.add_error(None, str(refused))
        else:
            return redirect(url_in(request, "rule_set", made.id))
    context = {"form": form, "kinds": kinds, "cancel_url": url_in(request, "rules"), "title": "New rules"}
    context["import_url"] = url_in(request, "rules_import")
    return render(request, "desk/rules/new.html", context)


def _portfolios(request: TenantRequest) -> list[tuple[str, str]]:
    """Portfolios of which somebody may write rules, with their names."""
    scope = rule_scope()
    fact = find_fact(scope.fact) if scope else None
    if scope is None or fact is None or fact.options is None:
        return []
    own = scope.own(request.access)
    return [option for option in fact.options() if own is None or UUID(option[0]) in own]


@requires("rules.view")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: TenantRequest, rule_set_id: UUID) -> HttpResponse:
    """Name, description, and of which portfolios."""
    found = rule_set_or_404(request, rule_set_id)
    if not may_write(request.access, found):
        raise Http404
    form = NamingForm(
        request.POST or None, rule_set=found, portfolios=_portfolios(request), access=request.access,
        initial={"name": found.name, "description": found.description, "portfolios": portfolios_of(found)},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            change_rule_set(access=request.access, rule_set=found, **form.changes())
        except RulesRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect(url_in(request, "rule_set", found.id))
    context = {"form": form, "rule_set": found, "cancel_url": url_in(request, "rule_set", found.id)}
    return render(request, "desk/rules/new.html", context | {"title": "Name and reach"})


@requires("rules.view")
@require_safe
def versions(request: TenantRequest, rule_set_id: UUID) -> HttpResponse:
    found = rule_set_or_404(request, rule_set_id)
    context = page_context(request, found)
    rows = [
        {
            "version": version,
            "compare_url": url_in(request, "rule_set_compare", found.id, version.number),
            "export_url": f"{url_in(request, 'rule_set_export', found.id)}?version={version.number}",
            "back_url": url_in(request, "rule_set_roll_back", found.id, version.number),
        }
        for version in versions_of(found)[:200]
    ]
    decisions = list(activations_of(found)[:200])
    return render(request, "desk/rules/versions.html", context | {"rows": rows, "decisions": decisions})


@requires("rules.view")
@require_safe
def comparison(request: TenantRequest, rule_set_id: UUID, number: int) -> HttpResponse:
    """A version beside the draft, or beside another version (`?with=`)."""
    found = rule_set_or_404(request, rule_set_id)
    version = version_of(found, number)
    asked = request.GET.get("with", "")
    other = _version(found, asked)
    if version is None or (asked and other is None):
        raise Http404
    words = Vocabulary(setting_now())
    after = other.content if other else found.draft.content
    context = page_context(request, found) | {
        "left": version,
        "right": other,
        "numbers": [one.number for one in versions_of(found) if one.number != number],
        "compared": compare(found, version.content, after, words),
        "asked": asked,
    }
    return render(request, "desk/rules/compare.html", context)


def _version(found: RuleSet, asked: str) -> RuleVersion | None:
    """A version as an address names it."""
    number = whole_number(asked)
    return None if number is None else version_of(found, number)


@requires("rules.view")
@require_safe
def export(request: TenantRequest, rule_set_id: UUID) -> HttpResponse:
    """The draft, or a version, as a file that another company can take in."""
    found = rule_set_or_404(request, rule_set_id)
    asked = request.GET.get("version", "")
    version = _version(found, asked)
    if asked and version is None:
        raise Http404
    content = version.content if version else found.draft.content
    body = exported(request.access, found, content)
    response = JsonResponse(body, json_dumps_params={"indent": 2, "ensure_ascii": False})
    name = slugify(found.name) or "rules"
    response["Content-Disposition"] = f'attachment; filename="{name}{f"-{asked}" if asked else ""}.json"'
    return response


@requires("rules.edit")
@require_POST
def take_in(request: TenantRequest) -> HttpResponse:
    """A file of rules becomes a draft; what does not exist here is marked at its line."""
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.warning(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect(url_in(request, "rules_new"))
    try:
        made, problems = import_rule_set(
            access=request.access, exported=form.cleaned_data["file"], name=form.cleaned_data["name"]
        )
    except (RulesRefused, ContentRefused) as refused:
        messages.warning(request, str(refused))
        return redirect(url_in(request, "rules_new"))
    mend = f" {len(problems)} places do not fit here and are marked." if problems else ""
    messages.success(request, f"{made.name} is a draft now; nothing of it is in force.{mend}")
    return redirect(url_in(request, "rule_set", made.id))


@requires(ANY_MEMBER)
@require_safe
def facts(request: TenantRequest) -> HttpResponse:
    """Everything that rules, segments and lists can ask about a customer."""
    rooms = [
        {"label": ROOMS.get(shelf.room, shelf.label), "room": shelf.room,
         "facts": [_fact(fact) for fact in shelf.facts],
         "relations": [{"relation": one, "facts": [_fact(fact) for fact in one.facts]} for one in shelf.relations]}
        for shelf in shelves(request.access)
    ]  # fmt: skip
    context = {
        "rooms": rooms,
        "rules_url": url_in(request, "rules") if request.access.may("rules.view") else "",
    }
    return render(request, "desk/rules/facts.html", context)


def _fact(fact: Any) -> dict[str, Any]:
    return {
        "fact": fact, "type": TYPES[fact.type], "class": CLASSES[fact.personal], "cost": COSTS[fact.cost],
    }  # fmt: skip

"""What a condition does while it is written: its count, examples, each line's count, whether it holds for somebody.

Nothing is stored. The tree comes as the form of the component, or as JSON in `tree` where nothing can be edited.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from rules.catalogue import customers
from rules.forms import tree_from_form
from rules.language.explain import because, explain
from rules.language.parse import read
from rules.language.problems import Problem
from rules.language.tree import Group
from rules.language.words import Vocabulary
from rules.moment import Setting, setting_now
from rules.selectors import counting
from rules.selectors.counting import QUICK_MS, Count, Counted, Example, Progress, rounded
from rules.selectors.parts import countable_parts
from rules.selectors.worklists import portfolios_of_held
from rules.views.conditions import field_path
from tenancy.access import Access
from tenancy.permissions import ANY_MEMBER, requires
from tenancy.requests import TenantRequest, id_or_404, url_in, whole_number

REASONS = 2
"""Values named beside an example."""


@dataclass(frozen=True)
class Asked:
    """The condition that a request is about, as far as it can be read."""

    prefix: str
    raw: dict[str, Any]
    node: Group
    problems: list[Problem]
    setting: Setting
    access: Access

    @property
    def context(self) -> dict[str, Any]:
        slug = self.access.tenant.slug
        return {
            "prefix": self.prefix,
            "live": {name: f"/t/{slug}/rules/condition/{name}/" for name in PARTS},
            "tree": json.dumps(self.raw),
            "unfinished": len({problem.at for problem in self.problems}),
            "currency": self.setting.currency,
        }


PARTS = ("live", "count", "lines", "others", "find", "holds")
LiveView = Callable[[TenantRequest, Asked], HttpResponse]


def about_a_condition(view: LiveView) -> Callable[[TenantRequest], HttpResponse]:
    """For who may be shown customers by name; hands the condition of the request to the view."""

    @wraps(view)
    def opened(request: TenantRequest) -> HttpResponse:
        access = request.access
        if not access.may(customers().permission):
            raise PermissionDenied
        prefix = field_path(request.POST.get("prefix", ""))
        raw = _raw(request, prefix)
        node, problems = read(raw, currency=access.profile.currency, access=access)
        return view(request, Asked(prefix, raw, node, problems, setting_now(), access))

    return requires(ANY_MEMBER)(require_POST(opened))


def _raw(request: TenantRequest, prefix: str) -> dict[str, Any]:
    if "tree" not in request.POST:
        return tree_from_form(request.POST, prefix)
    try:
        found = json.loads(request.POST["tree"])
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@about_a_condition
def live(request: TenantRequest, asked: Asked) -> HttpResponse:
    """How many, which share, five of them, whose they are."""
    counted = counting.count_condition(asked.node, asked.setting, access=asked.access)
    few, after = counting.examples(asked.node, asked.setting, access=asked.access)
    context = asked.context | _figure(counted, asked) | _examples(few, after, asked)
    if counted.held.exact and counted.held.milliseconds < QUICK_MS // 2:
        context["portfolios"] = portfolios_of_held(asked.node, asked.setting, access=asked.access)
    return render(request, "desk/rules/_live.html", context)


def _figure(counted: Counted, asked: Asked) -> dict[str, Any]:
    held = counted.held
    return {
        "counted": counted,
        "figure": held.customers if held.exact else rounded(held.customers),
        "base": 0 if counted.base.exact else rounded(counted.base.customers),
        "is_patient": not held.exact,
        "says_nothing": not counting.reads_anything(asked.node),
    }


def _examples(few: list[Example], after: UUID | None, asked: Asked) -> dict[str, Any]:
    words = Vocabulary(asked.setting)
    rows = [{"line": one.line, "why": _why(asked, one, words)} for one in few]
    return {"examples": rows, "after": after or ""}


def _why(asked: Asked, example: Example, words: Vocabulary) -> dict[str, str]:
    """The values that made it hold, in few words and in full."""
    lines = because(explain(asked.node, example.record, asked.setting, words=words))
    shown = [line for line in lines if line.value][:REASONS]
    return {
        "short": ", ".join(line.value for line in shown),
        "full": "; ".join(f"{line.condition}: {line.value}" for line in lines if line.value),
    }


@about_a_condition
def others(request: TenantRequest, asked: Asked) -> HttpResponse:
    """Five others."""
    last = id_or_404(request.POST.get("after", ""))
    few, after = counting.examples(asked.node, asked.setting, access=asked.access, after=last)
    return render(request, "desk/rules/_examples.html", asked.context | _examples(few, after, asked))


@about_a_condition
def count(request: TenantRequest, asked: Asked) -> HttpResponse:
    """Count on for a moment, and say how far it is."""
    before = Progress(
        found=_whole(request, "found"), seen=_whole(request, "seen"), milliseconds=_whole(request, "ms"),
        last=id_or_404(request.POST["last"]) if request.POST.get("last") else None,
    )  # fmt: skip
    everybody = _whole(request, "of")
    if "stop" in request.POST:
        progress = before
    else:
        progress = counting.count_on(asked.node, asked.setting, before, access=asked.access)
    base = Count(progress.seen if progress.done else max(everybody, progress.seen), True)
    held = Count(progress.found, True, progress.milliseconds)
    context = asked.context | {
        "progress": progress,
        "of": base.customers,
        "guess": progress.found * base.customers // progress.seen if progress.seen else 0,
        "rate": progress.seen * 1000 // progress.milliseconds if progress.milliseconds else 0,
        "is_stopped": "stop" in request.POST,
        "counted": Counted(held, base),
        "figure": progress.found,
    }
    return render(request, "desk/rules/_counting.html", context)


def _whole(request: TenantRequest, name: str) -> int:
    return whole_number(request.POST.get(name, ""), digits=15) or 0


@about_a_condition
def lines(request: TenantRequest, asked: Asked) -> HttpResponse:
    """Each line's own count, out-of-band."""
    parts = countable_parts(asked.raw, asked.prefix, asked.access)
    counts = counting.count_lines([node for _, node in parts], asked.setting, access=asked.access)
    found = [
        {"path": path, "figure": one.customers if one.exact else rounded(one.customers), "exact": one.exact}
        for (path, _), one in zip(parts, counts, strict=True)
    ]
    return render(request, "desk/rules/_line_counts.html", {"counts": found})


@about_a_condition
def find(request: TenantRequest, asked: Asked) -> HttpResponse:
    """Customers by what was typed, to ask whether it holds for one of them."""
    typed = request.POST.get("customer", "")[:80]
    ids = customers().find(asked.access, typed) if typed.strip() else []
    found = customers().lines(asked.access, ids)
    return render(request, "desk/rules/_found.html", asked.context | {"found": found, "typed": typed})


@about_a_condition
def holds(request: TenantRequest, asked: Asked) -> HttpResponse:
    """Whether it holds for one customer, line by line."""
    chosen = id_or_404(request.POST.get("chosen", ""))
    few = counting.examples_of(asked.node, [chosen], asked.setting, access=asked.access)
    if not few:
        return render(request, "desk/rules/_found.html", asked.context | {"found": [], "typed": "this"})
    explained = explain(asked.node, few[0].record, asked.setting)
    context = asked.context | {"line": few[0].line, "explained": explained, "rows": list(explained.lines())}
    return render(request, "desk/rules/_holds.html", context)


def addresses(request: TenantRequest) -> dict[str, str]:
    """Where a page's live part asks, by name of the part."""
    return {name: url_in(request, f"rules_{name}") for name in PARTS}

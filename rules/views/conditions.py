"""The condition component at work: presses, the fact picker, long lists of options. Nothing is stored here."""

import re
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from rules.forms import component, edited
from rules.language.parse import read
from rules.selectors.choosing import options_of, rooms_of_facts
from tenancy.permissions import ANY_MEMBER, requires
from tenancy.requests import TenantRequest, url_in

PATH: Final = re.compile(r"[a-z][a-z0-9-]{0,120}")
CHANGED: Final = "cs:condition"


@requires(ANY_MEMBER)
@require_POST
def condition(request: TenantRequest) -> HttpResponse:
    """The tree after a press, or what is wrong with it after a changed value."""
    access = request.access
    prefix = field_path(request.POST.get("prefix", ""))
    edit = edited(request.POST, prefix)
    _, problems = read(edit.raw, currency=access.profile.currency, access=access)
    context = component(
        edit.raw, problems, prefix=prefix, access=access, focus=edit.focus,
        counts="counts" in request.POST,
    )  # fmt: skip
    return answer(request, {"condition": context}, pressed=edit.pressed)


def answer(request: TenantRequest, context: dict[str, Any], *, pressed: bool) -> HttpResponse:
    """The inside of the component, or only what it says; then the page is told that the condition changed."""
    template = "desk/rules/_tree.html" if pressed else "desk/rules/_says.html"
    response = render(request, template, context)
    response["HX-Trigger-After-Settle"] = CHANGED
    return response


@requires(ANY_MEMBER)
@require_safe
def choose_fact(request: TenantRequest) -> HttpResponse:
    """What a line can compare, or what a search found among that."""
    at, prefix = (field_path(request.GET.get(name, "")) for name in ("at", "prefix"))
    relation, words, post = (request.GET.get(name, "") for name in ("relation", "q", "post"))
    if not post.startswith(url_in(request, "rules")):
        raise Http404
    asked = urlencode({"at": at, "prefix": prefix, "relation": relation, "post": post})
    context = {
        "at": at, "prefix": prefix, "post_url": post, "q": words,
        "here": f"{url_in(request, 'rules_choose_fact')}?{asked}", "is_list": "q" in request.GET,
        "rooms": rooms_of_facts(request.access, words[:100], relation),
    }  # fmt: skip
    return render(request, "desk/rules/_facts.html", context)


@requires(ANY_MEMBER)
@require_safe
def choose_option(request: TenantRequest) -> HttpResponse:
    """Options of a fact that has too many to be shown at once."""
    at, fact, relation, words = (request.GET.get(name, "") for name in ("at", "fact", "relation", "q"))
    options = options_of(request.access, fact, relation, words[:100]) if words.strip() else []
    return render(request, "desk/rules/_options.html", {"at": field_path(at), "options": options})


def field_path(text: str) -> str:
    """A path of the form's fields; it becomes part of ids, so that nothing else may stand in it."""
    if not PATH.fullmatch(text):
        raise Http404
    return text

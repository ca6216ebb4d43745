"""Consent health: what is wrong and due, and what the consents are worth. Every figure opens to its list."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from privacy.models import ConsentEvent
from privacy.selectors import health as read
from privacy.selectors.answers import AnswersToday, answers_since
from privacy.selectors.consents import purpose_names
from privacy.selectors.due import what_is_due
from privacy.services.health import OTHERS, running_measure, start_measure
from privacy.views.answers import meaning_of
from privacy.views.parts import has_tab, page
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, member_of, url_in
from tenancy.views.jobs import progress_of

HERE = "privacy"
ACTIONS = dict(ConsentEvent.Action.choices)
METHODS = dict(ConsentEvent.Method.choices)


@requires("privacy.view_privacy")
@require_safe
def health(request: TenantRequest) -> HttpResponse:
    measure, running, names = read.newest_measure(), running_measure(), purpose_names()
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    found = read.health_of(measure) if measure else None
    return page(
        request, "health", HERE, measure=measure, found=found, shares=read.shares_over_time(),
        purposes=[_purpose(request, group, names) for group in found.purposes] if found else [],
        sources=[_source(request, group) for group in found.sources[:30]] if found else [],
        more_sources=max(len(found.sources) - 30, 0) if found else 0,
        due=_due(request, found), answers=_answers(request, answers_since(today), today),
        stops=_stops(request, today.replace(day=1)),
        worthless_url=_list(request, "privacy_ledger", worth="worthless"),
        provable_url=_list(request, "privacy_ledger", worth="provable"),
        work=progress_of(request, running) if running else None,
        measure_url=url_in(request, "privacy_measure") if request.access.may("privacy.manage_policy") else "",
        ledger_url=url_in(request, "privacy_ledger"),
    )  # fmt: skip


@requires("privacy.manage_policy")
@require_POST
def measure(request: TenantRequest) -> HttpResponse:
    start_measure(created_by=member_of(request))
    messages.success(request, "The ledger is being measured; you may leave this page.")
    return redirect(url_in(request, HERE))


def _list(request: TenantRequest, name: str, /, *parts: object, **filters: str) -> str:
    asked = urlencode({key: value for key, value in filters.items() if value})
    url = url_in(request, name, *parts)
    return f"{url}?{asked}" if asked else url


def _purpose(request: TenantRequest, group: read.Group, names: dict[str, str]) -> dict[str, Any]:
    key = group.key[0]
    here = {"purpose": key}
    return {
        "name": names.get(key, key), "group": group,
        "url": _list(request, "privacy_ledger", action="grant", **here),
        "provable_url": _list(request, "privacy_ledger", worth="provable", **here),
        "worthless_url": _list(request, "privacy_ledger", worth="worthless", **here),
        "stops_url": _list(request, "privacy_ledger", action="stops", **here),
        "why": _why(request, group, **here),
    }  # fmt: skip


def _source(request: TenantRequest, group: read.Group) -> dict[str, Any]:
    method, source = group.key
    here = {"method": method, "source": "" if source == OTHERS else source}
    return {
        "method": METHODS.get(method, "not said"), "source": source or "not said", "group": group,
        "url": _list(request, "privacy_ledger", action="grant", **here),
        "provable_url": _list(request, "privacy_ledger", worth="provable", **here),
        "worthless_url": _list(request, "privacy_ledger", worth="worthless", **here),
        "why": _why(request, group, **here),
    }  # fmt: skip


def _why(request: TenantRequest, group: read.Group, **here: str) -> list[dict[str, Any]]:
    return [
        {"count": count, "words": meaning, "url": _list(request, "privacy_ledger", worth=code, **here)}
        for code, meaning, count in group.reasons
    ]


def _due(request: TenantRequest, found: read.Health | None) -> list[dict[str, str]]:
    """What is wrong or due, the most urgent first, each with where to go."""
    return [
        {"tone": one.tone, "icon": one.icon, "title": one.title, "words": one.words, "action": one.action,
         "url": _list(request, one.url_name, *one.parts, **one.filters) if request.access.may(one.needs) else ""}
        for one in what_is_due(found, requests=has_tab(request, "privacy_requests"))
    ]  # fmt: skip


def _answers(request: TenantRequest, found: AnswersToday, today: datetime) -> dict[str, Any]:
    since = f"{today:%Y-%m-%d}"
    return {
        "found": found,
        "decisions": [
            {"word": word, "count": found.by_decision.get(key, 0), "tone": tone,
             "url": _list(request, "privacy_answers", decision=key, since=since)}
            for key, word, tone in (("allow", "may", "good"), ("deny", "may not", ""), ("defer", "not now", ""))
        ],
        "codes": [
            {"decision": decision, "meaning": meaning_of(code), "count": count,
             "url": _list(request, "privacy_answers", decision=decision, code=code, since=since)}
            for decision, code, count in found.by_code[:8]
        ],
        "url": _list(request, "privacy_answers", since=since),
    }  # fmt: skip


def _stops(request: TenantRequest, month: datetime) -> dict[str, Any]:
    since = f"{month:%Y-%m-%d}"
    rows = read.stops_since(month)
    return {
        "total": sum(count for _, _, count in rows), "since": month,
        "url": _list(request, "privacy_ledger", action="stops", since=since),
        "rows": [
            {"action": ACTIONS.get(action, action), "method": METHODS.get(method, "not said"), "count": count,
             "url": _list(request, "privacy_ledger", action=action, method=method, since=since)}
            for action, method, count in rows[:8]
        ],
    }  # fmt: skip

"""What the gate answered, and the same answer given again from what it stood on."""

import json
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from privacy.forms.browsing import AnswerFilterForm
from privacy.gate import Erased, Replayed, replay
from privacy.models import GateAnswer
from privacy.models.purpose import Channel
from privacy.policy import CODES, FactsInvalid, RegimeInvalid
from privacy.policy.codes import OBLIGATIONS
from privacy.selectors import answers as read
from privacy.selectors.consents import purpose_names, title_of
from privacy.selectors.ledger import events_named
from privacy.views.ledger import around
from privacy.views.parts import customer_url, page
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in
from tenancy.services.audit import note_access

HERE = "privacy_answers"


@requires("privacy.view_privacy")
@require_safe
def answers(request: TenantRequest) -> HttpResponse:
    names = purpose_names()
    form = AnswerFilterForm(request.GET, purposes=names.items())
    form.is_valid()
    found = read.browse_answers(form.filters(), cursor=request.GET.get("at", ""))
    actors = read.actors_of(found.rows)
    rows = [
        {"answer": one, "url": url_in(request, "privacy_answer", one.id),
         "purpose": names.get(one.purpose, one.purpose), "channel": channel_name(one.channel),
         "meaning": meaning_of(one.code),
         "by": actors.get(one.asked_by, "the system")}
        for one in found.rows
    ]  # fmt: skip
    return page(request, "answers", HERE, rows=rows, **around(request, form, found, HERE))


@requires("privacy.view_privacy")
@require_safe
def answer(request: TenantRequest, answer_id: UUID) -> HttpResponse:
    found = _here(answer_id)
    note_access(request, view="gate answer", subject_id=found.customer_id)
    names = purpose_names()
    may_read = request.access.may("privacy.view_consent")
    looked_at = getattr(found, "looked_at", None)
    return page(
        request, "answer", HERE, answer=found, sentence=sentence_of(found.decision, found.until),
        purpose=names.get(found.purpose, found.purpose), channel=channel_name(found.channel),
        reasons=reasons_of(found.all_codes),
        obligations=[(one, OBLIGATIONS.get(one, one)) for one in found.obligations],
        evidence=evidence_of(request, found.evidence_ids, names),
        facts=_written(looked_at.facts) if looked_at and may_read else "", may_read=may_read, erased=looked_at is None,
        by=read.actors_of([found]).get(found.asked_by, "the system"),
        replay_url=url_in(request, "privacy_answer_replay", found.id), list_url=url_in(request, HERE),
        who_url=customer_url(request, found.customer_id),
    )  # fmt: skip


@requires("privacy.view_privacy")
@require_POST
def answer_replay(request: TenantRequest, answer_id: UUID) -> HttpResponse:
    """Give the answer again, now; the part that says whether it is the same."""
    found = _here(answer_id)
    given: Replayed | None = None
    problem = ""
    try:
        given = replay(found.id)
    except Erased:
        problem = "What it stood on was erased with the person, so it cannot be given again."
    except (FactsInvalid, RegimeInvalid) as error:
        problem = f"What was kept of it cannot be read any more: {error}"
    return render(request, "privacy/_replayed.html", {"given": given, "problem": problem})


def reasons_of(codes: list[str] | tuple[str, ...]) -> list[dict[str, Any]]:
    """What decided and what else stood in the way, in words with its source."""
    return [
        {"code": code, "about": CODES.get(code), "decides": place == 0} for place, code in enumerate(codes)
    ]


def sentence_of(decision: str, until: Any) -> str:
    if decision == GateAnswer.Decision.ALLOW:
        return "Yes, we may."
    return "Not now, but later." if decision == GateAnswer.Decision.DEFER and until else "No, we may not."


def meaning_of(code: str) -> str:
    return CODES[code].meaning if code in CODES else code


def channel_name(channel: str) -> str:
    return dict(Channel.choices).get(channel, "no message")


def evidence_of(
    request: TenantRequest, ids: list[str] | tuple[str, ...], names: dict[str, str]
) -> list[dict[str, Any]]:
    return [
        {"event": one, "title": title_of(one, names), "url": url_in(request, "privacy_event", one.id)}
        for one in events_named([str(one) for one in ids])
    ]


def _written(facts: Any) -> str:
    return json.dumps(facts, indent=1, ensure_ascii=False)


def _here(answer_id: UUID) -> GateAnswer:
    found = read.answer_here(answer_id)
    if found is None:
        raise Http404
    return found

"""The may-we chips of a customer, and the decision behind one of them, drawn up for people."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from crm.models import Customer
from crm.selectors.scope import visible_customer
from privacy.models import ConsentEvent, GateAnswer
from privacy.policy import CODES
from privacy.policy.codes import OBLIGATIONS
from privacy.selectors.consents import purpose_names, title_of
from privacy.selectors.fact_words import fact_words
from privacy.selectors.may_we import (
    CHANNELS,
    ICONS,
    NOTHING,
    SERVICE,
    answers_beside,
    events_behind,
    may_we,
)
from tenancy.access import Access
from tenancy.selectors.audit import names_of_actors

MARKS = {"allow": ("yes", "We may."), "defer": ("later", "Not now."), "deny": ("no", "We may not.")}


def chips_of(access: Access, customer: Customer, *, asked_for: str) -> list[dict[str, Any]]:
    """Rows of desk/customers/_may_we.html; nothing for who may not ask, and for whom the trash holds."""
    if not access.may("privacy.check_contact") or customer.trashed_at is not None:
        return []
    slug = access.tenant.slug
    return [
        {
            "name": one.name,
            "icon": one.icon,
            "mark": one.mark,
            "words": one.words,
            "reason": one.reason,
            "url": reverse("customer_may_we", args=[slug, customer.id, one.answer_id])
            if one.answer_id
            else "",
        }
        for one in may_we(access, customer, asked_for=asked_for)
    ]


def decision_page(access: Access, customer: Customer, answer_id: UUID) -> dict[str, Any] | None:
    """Context of desk/customers/_may_we_answer.html; None where there is no such answer about this customer."""
    answers = answers_beside(answer_id, customer.id)
    if not answers:
        return None
    names = purpose_names()
    in_scope = access.may("privacy.view_consent") and visible_customer(access, customer.id) is not None
    first = answers[0]
    facts = getattr(first, "looked_at", None)
    channels = dict(CHANNELS)
    return {
        "customer": customer,
        "channel": channels.get(first.channel, first.get_channel_display()),
        "icon": ICONS.get(first.channel, "message"),
        "answers": [_answer(access, answer, names, in_scope=in_scope) for answer in answers],
        "facts": fact_words(facts.facts) if facts and in_scope else [],
        "answer": first,
        "asked_by": names_of_actors([first.asked_by]).get(first.asked_by, "the system"),
        "policy_version": first.policy.version if first.policy else "",
        "whole_url": _url("privacy_answer", access, first.id) if access.may("privacy.view_privacy") else "",
        "back_url": reverse("customer", args=[access.tenant.slug, customer.id]),
    }


def _answer(access: Access, answer: GateAnswer, names: dict[str, str], *, in_scope: bool) -> dict[str, Any]:
    events = events_behind([answer]) if in_scope else {}
    may_open = access.may("privacy.view_privacy")
    mark, sentence = MARKS[answer.decision]
    return {
        "purpose": names.get(answer.purpose, answer.purpose),
        "mark": mark,
        "sentence": sentence,
        "until": answer.until,
        "reasons": [_reason(answer, code) for code in answer.all_codes],
        "obligations": [OBLIGATIONS.get(one, one) for one in answer.obligations],
        "evidence": [
            {
                "title": title_of(events[id_], names),
                "at": events[id_].occurred_at or events[id_].recorded_at,
                "source": _said_where(events[id_], answer),
                "url": _url("privacy_event", access, events[id_].id) if may_open else "",
            }
            for id_ in answer.evidence_ids
            if id_ in events
        ],
    }


def _said_where(event: ConsentEvent, answer: GateAnswer) -> str:
    """A stop stands on the record of whoever said it; it holds for the address, so it is shown here too."""
    elsewhere = event.customer_id != answer.customer_id
    words = (event.source, "said by another customer with the same address" if elsewhere else "")
    return ", ".join(word for word in words if word)


def _reason(answer: GateAnswer, code: str) -> dict[str, Any]:
    """In the words of the policy, but where this page knows better what is meant."""
    about = CODES.get(code)
    if about and code == "NO_LEGAL_BASIS" and answer.purpose == SERVICE:
        about = replace(
            about,
            meaning="No order of theirs is open, and there is no contract.",
            remedy="Such messages go with an order; otherwise it is marketing.",
        )
    if about and code == "CONTACT_POINT_INVALID" and not _had_address(answer):
        about = replace(
            about,
            meaning=f"We have {NOTHING.get(answer.channel, 'no address')} for them.",
            remedy="Ask for it.",
        )
    if about and code == "PAUSED_BY_POLICY" and (rule := _pausing_rule(answer)):
        about = replace(
            about,
            meaning=f"A rule of your contact policy holds for them: {rule}.",
            remedy="It ends by itself when the rule holds no more; who may can change the rule under Rules.",
        )
    return {"code": code, "about": about}


def _pausing_rule(answer: GateAnswer) -> str:
    """What the rule is called that paused marketing, as it was then."""
    kept = getattr(answer, "looked_at", None)
    return kept.facts.get("policy", {}).get("paused_by", "") if kept else ""


def _had_address(answer: GateAnswer) -> bool:
    kept = getattr(answer, "looked_at", None)
    return kept is None or bool(kept.facts.get("contact_point", {}).get("address_hash"))


def _url(name: str, access: Access, key: UUID) -> str:
    try:
        return reverse(name, args=[access.tenant.slug, key])
    except NoReverseMatch:
        return ""

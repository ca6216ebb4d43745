"""What one customer said, drawn up for people: the state by purpose and channel, and every event with its proof."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from crm.models import Customer
from crm.selectors.records import contact_points_of
from privacy.models import ConsentChain, ConsentEvent, ConsentText, Notice
from privacy.models.purpose import Channel
from privacy.policy.codes import CODES
from privacy.policy.ledger import PROFILING, Ask, Ledger
from privacy.selectors.call_records import need_a_record
from privacy.selectors.consents import (
    State,
    events_of,
    policy_event,
    purpose_names,
    shared_stops,
    states_of,
    title_of,
)
from privacy.selectors.purposes import channels_of, purposes_asked_about
from privacy.selectors.receipts import text_of
from tenancy.selectors.audit import names_of_actors

ICONS = {"email": "mail", "sms": "message", "push": "device-mobile", "phone": "phone", "post": "mailbox",
         "ad_audience": "users", "*": "world"}  # fmt: skip
MARKS = {"granted": "check", "claimed": "alert-triangle", "stopped": "x", "paused": "clock", "none": ""}
CHANNELS = dict(Channel.choices)
MOST_EVENTS = 200


@dataclass(frozen=True)
class Said:
    """One event as the page shows it. `worth`: why a grant is no proof, in words; empty: it is, or it is no grant."""

    event: ConsentEvent
    title: str
    purposes: str
    actor: str
    text: ConsentText | None
    worth: str
    remedy: str

    @property
    def is_proof(self) -> bool:
        return self.event.action == "grant" and not self.worth


def consent_page(customer: Customer) -> dict[str, Any]:
    """Context of privacy/customer_consents.html, without its form and doors."""
    names = purpose_names()
    rows = list(events_of(customer.id).reverse()[:MOST_EVENTS])
    chain = ConsentChain.objects.filter(customer_id=customer.id).first()
    return {
        "purposes": _by_purpose(states_of(customer)),
        "said": _said(customer, rows, names),
        "count": chain.events if chain else 0,
        "most": MOST_EVENTS,
        "shared": [{"event": stop, "title": title_of(stop, names)} for stop in shared_stops(customer)],
    }


def _by_purpose(states: list[State]) -> list[dict[str, Any]]:
    found: dict[UUID, dict[str, Any]] = {}
    for state in states:
        row = found.setdefault(state.purpose.id, {"purpose": state.purpose, "cells": []})
        row["cells"].append(_cell(state))
    return list(found.values())


def _cell(state: State) -> dict[str, Any]:
    standing = state.standing
    name = standing.code or ""
    if state.purpose.key == PROFILING:
        name = name.replace("OBJECTED_DM", "OBJECTED_PROFILING")
    code = CODES.get(name)
    return {
        "icon": ICONS[state.channel],
        "channel": CHANNELS.get(state.channel, "any channel"),
        "state": standing.state,
        "mark": MARKS[standing.state],
        "words": _words(state),
        "why": code.meaning if code else "",
        "event": state.event,
    }


def _words(state: State) -> str:
    standing, event = state.standing, state.event
    if standing.state == "none" or event is None:
        return "not asked"
    if standing.state == "claimed":
        return "claimed, not proven"
    if standing.state == "paused":
        return "paused"
    return str(event.get_action_display())


def _said(customer: Customer, rows: list[ConsentEvent], names: dict[str, str]) -> list[Said]:
    actors = names_of_actors(row.actor for row in rows)
    recorded = bool(need_a_record([customer.id]))
    ledger = Ledger([policy_event(row) for row in rows], timezone.now())
    return [
        Said(
            event=row, title=title_of(row, names), purposes=", ".join(names.get(key, key) for key in row.purposes),
            actor=actors.get(row.actor, "the system"), text=text_of(row), worth=code.meaning if code else "",
            remedy=code.remedy if code else "",
        )
        for row in rows
        for code in [CODES.get(_defect(row, ledger, recorded=recorded) or "")]
    ]  # fmt: skip


def _defect(row: ConsentEvent, ledger: Ledger, *, recorded: bool) -> str | None:
    if row.action != ConsentEvent.Action.GRANT:
        return None
    ask = Ask(row.channel, row.purposes[0], needs_record=recorded and row.channel == Channel.PHONE)
    return ledger.defect(policy_event(row), ask)


def choices_of(customer: Customer) -> dict[str, Any]:
    """What the form that records by hand offers: purposes, contact points, notices in force."""
    purposes = purposes_asked_about()
    points = contact_points_of(customer.id)
    return {
        "purposes": [(purpose.key, purpose.name) for purpose in purposes if channels_of(purpose)],
        "points": [(str(point.id), f"{point.value} ({point.get_kind_display()})") for point in points],
        "notices": [
            (str(n.id), f"{n.purpose.name}, version {n.version}, {n.language}") for n in _notices(purposes)
        ],
    }


def _notices(purposes: Any) -> list[Notice]:
    """The newest version of each purpose and language."""
    rows = Notice.objects.select_related("purpose").filter(purpose__in=purposes)
    newest: dict[tuple[UUID, str], Notice] = {}
    for row in rows.order_by("version"):
        newest[(row.purpose_id, row.language)] = row
    return sorted(newest.values(), key=lambda n: (n.purpose.position, n.language))


def notice_here(notice_id: str) -> Notice | None:
    return Notice.objects.filter(id=notice_id).first()

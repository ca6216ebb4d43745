"""Grants: given on the spot within one's authority, else asked for; each costed to its customer."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from crm.models import Customer, CustomerSummary
from crm.services.costs import record_cost
from crm.services.timeline import Entry, add_entry
from interactions.events import GrantAsked, GrantDecided
from interactions.models import Grant, Interaction
from interactions.services.authority import Authority, authority_of
from interactions.services.authors import Author, author_of
from interactions.services.holding import hold_customer
from interactions.services.refusals import Refused, require_text
from portfolios.models import Portfolio
from tenancy.access import Access, access_of_member
from tenancy.context import current_tenant_id
from tenancy.db.ids import new_id
from tenancy.models import Member, Role, Tenant, TenantProfile
from tenancy.money import money_text
from tenancy.outbox import emit

State = Grant.State
APPROVE: Final = "interactions.approve"
LARGEST: Final = 10**12


class GrantRefused(Refused):
    """This cannot be done with the grant."""


def give_grant(
    *, access: Access, customer: Customer, kind: str, amount: int, reason: str,
    interaction: Interaction | None = None, key: str = "",
) -> tuple[Grant, bool]:  # fmt: skip
    """Give what is within one's authority; ask for what is above. `amount`: minor units, what it costs the company.

    Returns it, and whether it is new: the same key is the same grant. Raises GrantRefused and CustomerRefused.
    """
    reason = require_text(GrantRefused, reason, field="reason", most=300, least=1)
    if kind not in Grant.Kind.values:
        raise GrantRefused("Choose what is given.", field="kind")
    if not 0 <= amount <= LARGEST:
        raise GrantRefused("Say what it costs, 0 at least.", field="amount")
    with transaction.atomic():
        hold_customer(customer.id)
        _take_turn(str(customer.id), access.actor)
        known = Grant.objects.filter(key=key).first() if key else None
        if known is not None:
            return _same(known, customer, kind, amount), False
        authority = authority_of(access, customer.id)
        made = _new(access, customer, kind, amount, reason, authority, key=key, interaction=interaction)
        if made.state == State.GIVEN:
            _give(made)
        else:
            emit(GrantAsked(customer_id=customer.id, grant_id=made.id))
            _tell(made, f"Asked for: {_words(made)}", made.asked_at)
    return made, True


def decide_grant(*, access: Access, grant: Grant, yes: bool, words: str = "") -> Grant:
    """Somebody who may says yes or no to what was asked for. Raises GrantRefused."""
    words = require_text(GrantRefused, words, field="words", most=300, least=0 if yes else 1)
    with transaction.atomic():
        if yes:
            hold_customer(grant.customer_id)
        _take_turn(str(grant.customer_id))
        held = _held(grant, State.ASKED, "Somebody has decided about this already.")
        why = why_not_decide(access, held)
        if why:
            raise GrantRefused(why)
        held.decided_at, held.decided_by, held.decision_words = timezone.now(), access.member, words
        held.state = State.GIVEN if yes else State.REFUSED
        held.save(update_fields=["decided_at", "decided_by", "decision_words", "state"])
        if yes:
            _give(held)
        else:
            _tell(held, f"Refused: {_words(held)}", held.decided_at)
            emit(GrantDecided(customer_id=held.customer_id, grant_id=held.id, state=held.state))
    return held


def withdraw_grant(*, access: Access, grant: Grant, words: str) -> Grant:
    """Take back what was given or asked for; its cost is posted back. Raises GrantRefused."""
    words = require_text(GrantRefused, words, field="words", most=300, least=1)
    with transaction.atomic():
        _take_turn(str(grant.customer_id))
        held = Grant.objects.select_for_update(of=("self",)).select_related("customer").get(id=grant.id)
        if held.state not in (State.ASKED, State.GIVEN):
            raise GrantRefused("This was refused or taken back already.")
        if held.author != access.actor and not access.may(APPROVE):
            raise GrantRefused("Only who gave it, or who may approve grants, takes it back.")
        was_given, now = held.state == State.GIVEN, timezone.now()
        held.state, held.decision_words, held.decided_by = State.WITHDRAWN, words, access.member
        held.decided_at = now
        held.save(update_fields=["state", "decision_words", "decided_by", "decided_at"])
        if was_given:
            _post(held, -held.amount, f"grant:{held.id}:back", now)
        _tell(held, f"Taken back: {_words(held)}", now)
        emit(GrantDecided(customer_id=held.customer_id, grant_id=held.id, state=held.state))
    return held


def why_not_decide(access: Access, grant: Grant) -> str:
    """Why whoever asks may not decide about this; "" where they may. Its customer is in their scope."""
    if not access.may(APPROVE):
        return access.why_not(APPROVE)
    if grant.author == access.actor:
        return "Somebody else decides about what you asked for."
    if access.scope == Role.Scope.ALL:
        return ""
    return authority_of(access, grant.customer_id).why_not(grant.kind, grant.amount)


def _new(
    access: Access, customer: Customer, kind: str, amount: int, reason: str, authority: Authority, *, key: str,
    interaction: Interaction | None,
) -> Grant:  # fmt: skip
    by, now = author_of(access), timezone.now()
    within = authority.covers(kind, amount)
    may = authority.by_kind.get(kind)
    return Grant.objects.create(
        customer=customer, kind=kind, amount=amount, reason=reason, state=State.GIVEN if within else State.ASKED,
        member=by.member, interaction=interaction, asked_at=now, decided_at=now if within else None,
        asked_of=None if within else _whom_to_ask(customer, by, kind, amount),
        rule_version_id=may.version_id if may else None, rule=may.rule_id if may else "",
        limits=may.to_json() if may else {}, author=by.actor, author_name=by.name[:120], key=key or f"grant:{new_id()}",
    )  # fmt: skip


def _whom_to_ask(customer: Customer, by: Author, kind: str, amount: int) -> Member | None:
    """The manager of the customer, where that is within their own authority; else whoever sees everybody and may."""
    home = CustomerSummary.objects.values("portfolio_id").filter(customer_id=customer.id)
    manager = Portfolio.objects.select_related("manager__role", "manager__unit").get(id__in=home).manager
    if manager is None or manager == by.member or manager.left_at is not None:
        return None
    theirs = access_of_member(Tenant.objects.get(id=current_tenant_id()), manager, [])
    wide = theirs.scope == Role.Scope.ALL
    may = theirs.may(APPROVE) and (wide or authority_of(theirs, customer.id).covers(kind, amount))
    return manager if may else None


def _give(grant: Grant) -> None:
    assert grant.decided_at is not None
    _post(grant, grant.amount, f"grant:{grant.id}", grant.decided_at)
    _tell(grant, f"Given: {_words(grant)}", grant.decided_at)
    emit(GrantDecided(customer_id=grant.customer_id, grant_id=grant.id, state=grant.state))


def _post(grant: Grant, amount: int, key: str, at: datetime) -> None:
    record_cost(
        customer=grant.customer,
        key=key,
        kind="grant",
        amount=amount,
        occurred_at=at,
        detail=grant.get_kind_display(),
    )


def _tell(grant: Grant, title: str, at: datetime) -> None:
    who = grant.decided_by.name if grant.decided_by else grant.author_name
    text = grant.decision_words or grant.reason
    add_entry(
        Entry(grant.customer_id, at, "grant", f"grant:{grant.id}:{grant.state}", title, text=text, who=who)
    )


def _words(grant: Grant) -> str:
    return f"{grant.get_kind_display()}, {money_text(grant.amount, TenantProfile.objects.get().currency)}"


def _same(known: Grant, customer: Customer, kind: str, amount: int) -> Grant:
    if (known.customer_id, known.kind, known.amount) != (customer.id, kind, amount):
        raise GrantRefused("This key was used for another grant.", field="key", code="key_reused")
    return known


def _held(grant: Grant, state: str, otherwise: str) -> Grant:
    rows = Grant.objects.select_for_update(of=("self",)).select_related("customer__summary", "decided_by")
    held = rows.get(id=grant.id)
    if held.state != state:
        raise GrantRefused(otherwise, code="changed")
    return held


def _take_turn(*whose: Any) -> None:
    """Limits are counted by one at a time: for this customer, then for this member."""
    with connection.cursor() as cursor:
        for one in whose:
            name = f"grant:{current_tenant_id()}:{one}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def release_grants(leaver_id: UUID, successor_id: UUID | None) -> None:
    """A member leaves: what waits for their yes waits for the successor's, or for anybody's who may."""
    Grant.objects.filter(asked_of_id=leaver_id, state=State.ASKED).update(asked_of_id=successor_id)

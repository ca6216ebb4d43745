"""Cases near a limit go to who works on them; past it to their manager and to who may approve. Each once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from interactions.events import CaseEscalated
from interactions.models import Case, CaseStep
from interactions.services.authors import SYSTEM
from interactions.services.case_clocks import calendar_of, look_ahead, when_near
from interactions.services.case_scores import score_case
from interactions.services.case_steps import write_step
from portfolios.models import Portfolio
from tenancy.context import current_tenant_id
from tenancy.models import Member, Role
from tenancy.outbox import emit

AT_ONCE: Final = 200
_DUE: Final = """
SELECT k.id FROM interactions_case AS k JOIN crm_customer AS c ON c.tenant_id = k.tenant_id AND c.id = k.customer_id
 WHERE k.tenant_id = %s AND k.look_at <= %s AND k.state = 'open' AND c.trashed_at IS NULL
 ORDER BY k.look_at, k.id LIMIT %s FOR SHARE OF c SKIP LOCKED
"""
APPROVES: Final = "interactions.approve"


def escalate_cases(slot: str = "") -> int:
    """Look at every case whose moment has come; how many were escalated. Two at once divide them."""
    now = timezone.now()
    with transaction.atomic():
        held = _held(now)
        approvers = _approvers() if held else []
        return sum(_escalate(case, now, approvers) for case in held)


def _held(now: datetime) -> list[Case]:
    """Customers first, as everybody does; whoever is held by somebody else has their turn in a minute."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [current_tenant_id(), now, AT_ONCE])
        due = [row[0] for row in cursor.fetchall()]
    cases = Case.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    there = cases.filter(id__in=due, look_at__lte=now, state=Case.State.OPEN)
    return list(there.select_related("kind__calendar", "customer__summary").order_by("look_at", "id"))


def _escalate(case: Case, now: datetime, approvers: Sequence["_Approver"]) -> bool:
    calendar = calendar_of(case.kind.calendar)
    assert case.due_at is not None
    step = Case.PAST if now >= case.due_at else Case.NEAR
    if step <= case.escalation or now < when_near(case, calendar):
        look_ahead(case, calendar, now)
        case.save(update_fields=["look_at", "due_at", "escalation"])
        return False
    case.escalation = step
    if step == Case.PAST:
        score_case(case)  # the limits stay: it is late by those it had
    look_ahead(case, calendar, now)
    case.version += 1
    case.save()
    _tell(case, now, approvers)
    return True


def _tell(case: Case, now: datetime, approvers: Sequence["_Approver"]) -> None:
    now_in = case.customer.summary.portfolio_id or case.portfolio_id
    portfolio = Portfolio.objects.select_related("unit").get(id=now_in)
    detail = {"step": case.escalation, "clock": "resolve" if case.answered_at else "answer",
              "due_at": case.due_at.isoformat() if case.due_at else None}  # fmt: skip
    write_step(
        case, CaseStep.Kind.ESCALATED, now, SYSTEM, told=_told(case, portfolio, approvers), detail=detail
    )
    emit(CaseEscalated(customer_id=case.customer_id, case_id=case.id, step=case.escalation))


@dataclass(frozen=True)
class _Approver:
    """Who may say yes, and the units below which; "" reaches everybody."""

    member_id: UUID
    below: str


def _approvers() -> list[_Approver]:
    members = Member.objects.select_related("role", "unit").filter(
        left_at=None, role__permissions__contains=[APPROVES]
    )
    found = []
    for member in members.order_by("id"):
        if member.role.scope == Role.Scope.ALL:
            found.append(_Approver(member.id, ""))
        elif member.role.scope == Role.Scope.OWN_UNIT and member.unit:
            found.append(_Approver(member.id, member.unit.path))
    return found


def _told(case: Case, portfolio: Portfolio, approvers: Sequence[_Approver]) -> list[UUID]:
    """Near: who works on it. Past: also the manager, and of those who may approve the ones nearest to the portfolio."""
    first = case.member_id or portfolio.manager_id
    told = [first] if first else []
    if case.escalation == Case.NEAR and told:
        return told
    path = portfolio.unit.path if portfolio.unit else ""
    near = [one.member_id for one in approvers if one.below and path.startswith(one.below)]
    more = near or [one.member_id for one in approvers if not one.below]
    return list(dict.fromkeys([*told, *([portfolio.manager_id] if portfolio.manager_id else []), *more]))

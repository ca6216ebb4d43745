"""Cases: opened, worked on, resolved, opened again.

Each step holds the customer, then the summary where it counts, then the case, so that nobody waits in a circle.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from crm.models import Customer
from interactions.clocks import Calendar, NeverOpen
from interactions.events import CaseChanged, CaseOpened, CaseResolved
from interactions.models import Case, CaseCounter, CaseKind, CaseStep, Interaction
from interactions.services.authors import SYSTEM, Author
from interactions.services.case_clocks import (
    calendar_of,
    change_level,
    end_pause,
    look_ahead,
    pause_clock,
    start_clocks,
)
from interactions.services.case_scores import score_case
from interactions.services.case_steps import recount_cases, write_step
from interactions.services.holding import hold_customer, hold_customer_in_place, keep_still
from interactions.services.promise_counts import hold_summaries
from interactions.services.refusals import Refused, require_text
from portfolios.selectors.scope import visible_portfolio_ids
from tenancy.access import access_of_member
from tenancy.context import current_tenant_id
from tenancy.db.ids import new_id
from tenancy.models import Member, Tenant
from tenancy.outbox import emit

State, Kind = Case.State, CaseStep.Kind
REOPEN_DAYS: Final = 30
LONGEST_SUBJECT: Final = 200
LONGEST_TEXT: Final = 100_000
LONGEST_KEY: Final = 120


class CaseRefused(Refused):
    """The case cannot be opened or changed so."""


def open_case(
    *, customer: Customer, kind: CaseKind, subject: str, text: str = "", severity: int = 1, is_proactive: bool = False,
    interaction: Interaction | None = None, member: Member | None = None, by: Author, key: str = "",
) -> tuple[Case, bool]:  # fmt: skip
    """A new case with the next number, and whether it is new: the same key with the same content is the one there is.

    `severity` is 0 to 3. `member` None: whoever manages the customer's portfolio.
    Raises CaseRefused and CustomerRefused.
    """
    case = Case(
        customer=customer, kind=kind, severity=severity, is_proactive=is_proactive, interaction=interaction,
        subject=require_text(CaseRefused, subject, field="subject", most=LONGEST_SUBJECT, least=1),
        text=require_text(CaseRefused, text, field="text", most=LONGEST_TEXT),
        key=require_text(CaseRefused, key, field="key", most=LONGEST_KEY) or str(new_id()),
        author=by.actor, author_name=by.name,
    )  # fmt: skip
    with transaction.atomic():
        case.portfolio_id = hold_customer_in_place(customer.id)
        hold_summaries([customer.id])
        counter = _held_counter()
        there = Case.objects.select_related("kind").filter(key=case.key).first()
        if there:
            return _the_same(there, case), False
        _require_fit(kind, severity, interaction, customer)
        case.member = _who_works(member, case.portfolio_id)
        case.number = counter.last + 1
        _begin(case, timezone.now())
        case.save(force_insert=True)
        CaseCounter.objects.filter(id=counter.id).update(last=case.number)
        write_step(case, Kind.OPENED, case.opened_at, by, detail=_priority_detail(case))
        recount_cases(customer.id)
        emit(CaseOpened(customer_id=customer.id, case_id=case.id))
    return case, True


def _begin(case: Case, at: datetime) -> None:
    case.opened_at = at
    score_case(case)
    with _reachable():
        start_clocks(case, calendar_of(case.kind.calendar), at)


def _held_counter() -> CaseCounter:
    """Whoever opens the next case waits here, so that numbers have no gaps and no key is used twice."""
    CaseCounter.objects.bulk_create([CaseCounter()], ignore_conflicts=True)
    return CaseCounter.objects.select_for_update(no_key=True).get()


def _the_same(there: Case, asked: Case) -> Case:
    same = ("customer_id", "kind_id", "subject", "text", "is_proactive", "interaction_id")
    if any(getattr(there, name) != getattr(asked, name) for name in same):
        raise CaseRefused(
            "This key was used for another case; take a new one.", field="key", code="key_reused"
        )
    return there


def _require_fit(kind: CaseKind, severity: int, interaction: Interaction | None, customer: Customer) -> None:
    if kind.archived_at:
        raise CaseRefused(f"{kind.name} is not in use any more; choose another kind.", field="kind")
    _require_severity(severity)
    if interaction and interaction.customer_id != customer.id:
        raise CaseRefused("This contact was with another customer.", field="interaction")


def _require_severity(severity: int) -> None:
    if severity not in range(4):
        raise CaseRefused("Severity is 0 to 3.", field="severity")


def note_case(*, case: Case, text: str, by: Author) -> Case:
    """Write something down, for those who work here. Raises CaseRefused, and CustomerRefused: it is something new."""
    text = require_text(CaseRefused, text, field="text", most=LONGEST_TEXT, least=1)
    with transaction.atomic(), _held(case) as held:
        hold_customer(case.customer_id)
        write_step(held, Kind.NOTED, timezone.now(), by, text=text)
        _changed(held)
    return held


def answer_case(*, case: Case, text: str = "", by: Author) -> Case:
    """The customer was answered; the first time stops the clock of the answer. Raises CaseRefused."""
    text = require_text(CaseRefused, text, field="text", most=LONGEST_TEXT)
    with _held(case) as held:
        _require_unresolved(held)
        at = timezone.now()
        if held.answered_at is None:
            held.answered_at = at
            look_ahead(held, _calendar(held), at)
        write_step(held, Kind.ANSWERED, at, by, text=text)
        _changed(held)
    return held


def wait_for_customer(*, case: Case, text: str = "", by: Author) -> Case:
    """We asked the customer something: until they answer, the clock of the resolution stands. Raises CaseRefused."""
    text = require_text(CaseRefused, text, field="text", most=LONGEST_TEXT)
    with _held(case) as held:
        _require_unresolved(held)
        if held.state == State.WAITING:
            raise CaseRefused("It waits for the customer already.", code="waits_already")
        at = timezone.now()
        held.state = State.WAITING
        pause_clock(held, at)
        write_step(held, Kind.WAITING, at, by, text=text)
        _changed(held)
    return held


def resume_case(*, case: Case, text: str = "", by: Author) -> Case:
    """The customer answered: the clock goes on, and the limit is later by what the pause took. Raises CaseRefused."""
    text = require_text(CaseRefused, text, field="text", most=LONGEST_TEXT)
    with _held(case) as held:
        if held.state != State.WAITING:
            raise CaseRefused("It does not wait for the customer.", code="does_not_wait")
        at = timezone.now()
        calendar = _calendar(held)
        held.state = State.OPEN
        end_pause(held, calendar, at)
        look_ahead(held, calendar, at)
        write_step(held, Kind.RESUMED, at, by, text=text, detail={"due_at": held.resolve_due_at.isoformat()})
        _changed(held)
    return held


def assign_case(*, case: Case, member: Member | None, by: Author) -> Case:
    """Somebody works on it; None: whoever manages the portfolio. Raises CaseRefused."""
    with _held(case) as held:
        _require_unresolved(held)
        now_in = Customer.objects.select_related("summary").get(id=held.customer_id).summary.portfolio_id
        held.member = _who_works(member, now_in or held.portfolio_id)
        write_step(
            held, Kind.ASSIGNED, timezone.now(), by, detail={"member": str(member.id) if member else None}
        )
        _changed(held)
    return held


def _who_works(member: Member | None, portfolio_id: UUID) -> Member | None:
    """The member, who must be here and see the customer: nobody works on what they cannot open."""
    if member is None:
        return None
    held = Member.objects.select_related("role", "unit").get(id=member.id)
    if held.left_at:
        raise CaseRefused(f"{held.name} has left; choose somebody who is here.", field="member")
    # Tenant is a global table: the id is that of the context, never one from outside.
    access = access_of_member(Tenant.objects.get(id=current_tenant_id()), held, [])
    reach = visible_portfolio_ids(access)
    if not access.may("interactions.view") or (reach is not None and portfolio_id not in reach):
        raise CaseRefused(
            f"{held.name} cannot open the cases of this customer; choose somebody whose role reaches them.",
            field="member",
        )
    return held


def change_severity(*, case: Case, severity: int, reason: str = "", by: Author) -> Case:
    """Judge it anew; where the priority is another one, so are the limits. Raises CaseRefused."""
    reason = require_text(CaseRefused, reason, field="reason", most=LONGEST_TEXT)
    _require_severity(severity)
    with _held(case) as held:
        _require_unresolved(held)
        held.severity = severity
        at = timezone.now()
        if score_case(held):
            _take_new_level(held, at)
        write_step(held, Kind.PRIORITY, at, by, text=reason, detail=_priority_detail(held))
        _changed(held)
    return held


def _take_new_level(case: Case, at: datetime) -> None:
    with _reachable():
        change_level(case, _calendar(case), at)
    if case.state == State.WAITING:
        case.due_at, case.look_at = None, None


def resolve_case(*, case: Case, resolution: str, by: Author) -> Case:
    """It is done, and how: words are required, for who reads it next and for the customer. Raises CaseRefused."""
    words = require_text(CaseRefused, resolution, field="resolution", most=LONGEST_TEXT)
    if not words:
        raise CaseRefused("Say how it was resolved; whoever reads it next needs that.", field="resolution")
    with _held(case, counted=True) as held:
        _require_unresolved(held)
        _end(held, words, timezone.now(), by)
        emit(CaseResolved(customer_id=held.customer_id, case_id=held.id))
    return held


def _end(case: Case, words: str, at: datetime, by: Author) -> None:
    if case.state == State.WAITING:
        end_pause(case, _calendar(case), at)
    case.state, case.resolved_at, case.resolution = State.RESOLVED, at, words
    case.answered_at = case.answered_at or at
    case.due_at, case.look_at = None, None
    write_step(case, Kind.RESOLVED, at, by, text=words, detail={"late": at > case.resolve_due_at})
    _keep(case)
    recount_cases(case.customer_id)


def reopen_case(*, case: Case, reason: str, by: Author) -> Case:
    """It was not done after all. Both clocks begin anew, and it weighs more. Raises CaseRefused and CustomerRefused."""
    reason = require_text(CaseRefused, reason, field="reason", most=LONGEST_TEXT, least=1)
    with transaction.atomic():
        hold_customer_in_place(case.customer_id)
        hold_summaries([case.customer_id])
        held = _locked(case)
        at = timezone.now()
        if held.resolved_at is None:
            raise CaseRefused("It is open.", code="is_open")
        if at - held.resolved_at > timedelta(days=REOPEN_DAYS):
            raise CaseRefused(
                f"It was resolved more than {REOPEN_DAYS} days ago; open a new case and name #{held.number}.",
                code="too_late",
            )
        _open_again(held, reason, at, by)
    return held


def _open_again(case: Case, reason: str, at: datetime, by: Author) -> None:
    case.state, case.resolved_at, case.resolution = State.OPEN, None, ""
    case.reopened += 1
    case.escalation = 0
    score_case(case)
    with _reachable():
        start_clocks(case, _calendar(case), at)
    write_step(case, Kind.REOPENED, at, by, text=reason, detail=_priority_detail(case))
    _keep(case)
    recount_cases(case.customer_id)
    emit(CaseOpened(customer_id=case.customer_id, case_id=case.id))


def release_cases(leaver_id: UUID, successor_id: UUID | None) -> None:
    """A member leaves: what they worked on is for whoever manages the portfolio, which has a successor already."""
    rows = Case.objects.filter(member_id=leaver_id).exclude(state=State.RESOLVED)
    held = list(rows.select_for_update(no_key=True, of=("self",)).order_by("id"))
    at = timezone.now()
    CaseStep.objects.bulk_create(
        [CaseStep(case=case, kind=Kind.ASSIGNED, at=at, author=SYSTEM.actor, detail={"member": None, "left": True})
         for case in held],
        batch_size=1000,
    )  # fmt: skip
    Case.objects.filter(id__in=[case.id for case in held]).update(member=None, version=F("version") + 1)


@contextmanager
def _held(case: Case, *, counted: bool = False) -> Iterator[Case]:
    """The case as it is now, in one transaction that holds the customer and it. `counted`: open cases are counted anew,
    so the summary is held as well, before the case."""
    with transaction.atomic():
        keep_still(case.customer_id)
        if counted:
            hold_summaries([case.customer_id])
        yield _locked(case)


def _locked(case: Case) -> Case:
    rows = Case.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("kind__calendar", "customer", "member").get(id=case.id)


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except NeverOpen:
        raise CaseRefused(
            "The calendar of this kind is not open long enough for its service level; an administrator can change "
            "either under Settings, Cases.", field="kind", code="calendar_never_opens",
        ) from None  # fmt: skip


def _calendar(case: Case) -> Calendar:
    return calendar_of(case.kind.calendar)


def _require_unresolved(case: Case) -> None:
    if case.state == State.RESOLVED:
        raise CaseRefused("It is resolved; open it again first.", code="is_resolved")


def _changed(case: Case) -> None:
    _keep(case)
    emit(CaseChanged(customer_id=case.customer_id, case_id=case.id, state=case.state))


def _keep(case: Case) -> None:
    case.version += 1
    case.save()


def _priority_detail(case: Case) -> dict[str, Any]:
    return {"severity": case.severity, "score": case.score, "priority": case.priority}

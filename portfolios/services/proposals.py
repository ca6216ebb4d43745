"""Proposals are accepted or declined: one, a group, or all of a run.

Accepting claims the proposals under a lock, so that two people at once accept each of them once; then the customers
move, at once while they are few, as a job beyond that. What is out of date is not applied, and says why.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from crm.selectors.scope import visible_summaries
from portfolios.events import ProposalsDecided
from portfolios.models import AssignmentProposal, AssignmentRun, Portfolio, Transfer
from portfolios.services.assignments import TransferRefused, lock_customers, move_under
from portfolios.services.locks import hold_open
from portfolios.services.rules_in_force import fingerprint, sets_in_force
from rules.services.authors import author_of
from tenancy.access import Access
from tenancy.context import current_actor, current_tenant_id, tenant_context
from tenancy.jobs import JobKind, Part, start_job
from tenancy.models import Job, JobPart
from tenancy.outbox import emit

AT_ONCE: Final = 200
PART: Final = 2_000
KIND: Final = "portfolios.accept"
State = AssignmentProposal.State
CLOSED: Final = "the portfolio has closed since"
ELSEWHERE: Final = "somebody moved them meanwhile"


class ProposalsRefused(ValueError):
    """These proposals cannot be decided on; the message says why."""


@dataclass(frozen=True)
class Decided:
    """What came of a decision. `stale`: why -> how many were out of date. `job` moves the accepted, if many."""

    accepted: int = 0
    declined: int = 0
    stale: dict[str, int] | None = None
    job: Job | None = None

    @property
    def out_of_date(self) -> int:
        return sum((self.stale or {}).values())


def accept_proposals(*, access: Access, run: AssignmentRun, which: Q) -> Decided:
    """Accept the open proposals of a run that `which` names, and those of people who follow them.

    Raises ProposalsRefused: the rules are others by now, nothing of it is open any more, or it is out of reach.
    """
    with transaction.atomic():
        _require_in_force(run)
        rows = _held(access, run, which)
        if not rows:
            raise ProposalsRefused(_why_none(run, which))
        _, name = author_of(access)
        stale, claimed = _claim(run, rows, name)
        accepted, job = len(claimed), None
        if accepted > AT_ONCE:
            job = _start(run, claimed, access)
        elif claimed:
            accepted = _move([row.id for row in claimed])
            if accepted < len(claimed):  # somebody was quicker than the claim
                stale[ELSEWHERE] = stale.get(ELSEWHERE, 0) + len(claimed) - accepted
        emit(ProposalsDecided(run_id=run.id, accepted=accepted, declined=0))
        settle(run)
    return Decided(accepted=accepted, stale=stale, job=job)


def decline_proposals(*, access: Access, run: AssignmentRun, which: Q) -> Decided:
    """Leave these customers where they are. Raises ProposalsRefused."""
    with transaction.atomic():
        rows = _held(access, run, which)
        if not rows:
            raise ProposalsRefused(_why_none(run, which))
        _, name = author_of(access)
        AssignmentProposal.objects.filter(id__in=[row.id for row in rows]).update(
            state=State.DECLINED, decided_by_name=name, decided_at=timezone.now()
        )
        emit(ProposalsDecided(run_id=run.id, accepted=0, declined=len(rows)))
        settle(run)
    return Decided(declined=len(rows))


def _require_in_force(run: AssignmentRun) -> None:
    """The rules that proposed are those in force now, word for word; a draft until it is activated is not."""
    now = timezone.now()
    if run.state != AssignmentRun.State.READY:
        raise ProposalsRefused(f"Nothing can be decided here: the run {run.get_state_display()}.")
    if run.fingerprint == fingerprint(sets_in_force(at=now)):
        return
    if run.draft_of_id:
        raise ProposalsRefused(
            "These proposals come from a draft, or the rules beside it have changed. Put the draft in force as it was, "
            "then accept them here."
        )
    raise ProposalsRefused("The rules have changed since these proposals were made. Run them again.")


def _held(access: Access, run: AssignmentRun, which: Q) -> list[AssignmentProposal]:
    """Open proposals, locked, those of people who follow included. Raises ProposalsRefused."""
    open_ones = AssignmentProposal.objects.filter(run=run, state=State.OPEN)
    chosen = list(open_ones.filter(which).values_list("customer_id", flat=True))
    rows = open_ones.filter(Q(customer_id__in=chosen) | Q(follows__in=chosen)).order_by("customer_id")
    held = list(rows.select_for_update(of=("self",)))
    ids = {row.customer_id for row in held}
    if visible_summaries(access).filter(customer_id__in=ids).count() != len(ids):
        raise ProposalsRefused(
            "Some of these customers are not in your reach; somebody who sees them decides."
        )
    _require_organisations(open_ones, held, ids)
    return held


def _require_organisations(
    open_ones: QuerySet[AssignmentProposal], held: Iterable[AssignmentProposal], ids: set[UUID]
) -> None:
    """Nobody goes before the organisation they follow."""
    followed = {row.follows for row in held if row.follows} - ids
    first = open_ones.select_related("customer").filter(customer_id__in=followed).first()
    if first:
        raise ProposalsRefused(f"They follow {first.customer.name}; decide on {first.customer.name} instead.")


def _why_none(run: AssignmentRun, which: Q) -> str:
    last = (
        AssignmentProposal.objects.filter(which, run=run)
        .exclude(state=State.OPEN)
        .order_by("-decided_at")
        .first()
    )
    if last is None:
        return "There is no such proposal in this run."
    if last.state == State.STALE:
        return f"This is out of date: {last.why}."
    verb = "declined" if last.state == State.DECLINED else "accepted"
    return f"{last.decided_by_name or 'Somebody'} {verb} this already."


# What has changed since the run: the open assignment is another one, or the portfolio does not take anybody any more.
_STALE: Final = """
SELECT p.id, CASE WHEN t.closed_at IS NOT NULL OR t.closing_to_id IS NOT NULL THEN %(closed)s ELSE %(elsewhere)s END
  FROM portfolios_assignmentproposal AS p
  JOIN portfolios_portfolio AS t ON t.tenant_id = %(tenant)s AND t.id = p.to_id
  LEFT JOIN portfolios_assignment AS a ON a.tenant_id = %(tenant)s AND a.id = p.period AND upper_inf(a.period)
  LEFT JOIN crm_customer AS c ON c.tenant_id = %(tenant)s AND c.id = p.customer_id AND c.trashed_at IS NULL
 WHERE p.tenant_id = %(tenant)s AND p.id = ANY(%(ids)s::uuid[])
   AND (t.closed_at IS NOT NULL OR t.closing_to_id IS NOT NULL OR a.id IS NULL OR c.id IS NULL)
"""


def _claim(
    run: AssignmentRun, rows: Sequence[AssignmentProposal], name: str
) -> tuple[dict[str, int], list[AssignmentProposal]]:
    """Set aside what is out of date, and put the rest under one transfer a portfolio."""
    now = timezone.now()
    values: dict[str, Any] = {
        "tenant": current_tenant_id(), "ids": [row.id for row in rows], "closed": CLOSED, "elsewhere": ELSEWHERE,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_STALE, values)
        old = dict(cursor.fetchall())
    counts: dict[str, int] = {}
    for why in old.values():
        counts[why] = counts.get(why, 0) + 1
    for why in counts:
        ids = [key for key, reason in old.items() if reason == why]
        AssignmentProposal.objects.filter(id__in=ids).update(state=State.STALE, why=why, decided_at=now)
    fresh = [row for row in rows if row.id not in old]
    for target in sorted({row.to_id for row in fresh if row.to_id}):
        ids = [row.id for row in fresh if row.to_id == target]
        transfer = Transfer.objects.create(
            to_id=target, reason=run.reason, author=current_actor(), author_name=name, at=now, customers=len(ids),
            pins=False,
        )  # fmt: skip
        AssignmentProposal.objects.filter(id__in=ids).update(
            state=State.ACCEPTED, transfer=transfer, decided_by_name=name, decided_at=now
        )
    return counts, fresh


def claim_everything(run: AssignmentRun) -> None:
    """An automatic run accepts all that it proposes, as whoever asked for it."""
    open_ones = AssignmentProposal.objects.filter(run=run, state=State.OPEN).order_by("customer_id")
    rows = list(open_ones.select_for_update(of=("self",)))
    if run.fingerprint != fingerprint(sets_in_force(at=timezone.now())):
        open_ones.update(state=State.STALE, why="the rules changed meanwhile", decided_at=timezone.now())
        return
    _claim(run, rows, run.author_name)


def move_claimed(run: AssignmentRun, which: Q) -> int:
    """Move whoever is claimed and not moved yet; returns how many moved."""
    rows = AssignmentProposal.objects.filter(which, run=run, state=State.ACCEPTED)
    ids = list(rows.values_list("id", flat=True))
    return sum(_move(chunk) for chunk in _chunks(ids))


def _chunks(ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), PART):
        yield ids[start : start + PART]


def _move(ids: Sequence[UUID]) -> int:
    """Move the customers of claimed proposals, target by target; who is elsewhere by now is out of date."""
    rows = AssignmentProposal.objects.select_related("transfer", "transfer__to").filter(
        id__in=ids, state=State.ACCEPTED
    )
    held = list(rows.select_for_update(of=("self",)).order_by("customer_id"))
    # All portfolios, then all customers: see locks.py.
    hold_open({row.to_id for row in held if row.to_id})
    lock_customers(row.customer_id for row in held)
    moved = 0
    for transfer in sorted({row.transfer for row in held if row.transfer}, key=lambda one: one.to_id):
        moved += _move_under(transfer, [row for row in held if row.transfer_id == transfer.id])
    return moved


def _move_under(transfer: Transfer, rows: list[AssignmentProposal]) -> int:
    ids, why = {row.customer_id: row.id for row in rows}, ELSEWHERE
    try:
        gone = set(move_under(transfer, {row.customer_id: row.period for row in rows}))
    except TransferRefused:
        gone, why = set(), CLOSED
    proposals = AssignmentProposal.objects
    proposals.filter(id__in=[ids[key] for key in gone]).update(state=State.MOVED)
    proposals.filter(id__in=[ids[key] for key in ids if key not in gone]).update(state=State.STALE, why=why)
    return len(gone)


def settle(run: AssignmentRun) -> None:
    """A run is done when nothing of it waits any more."""
    waiting = AssignmentProposal.objects.filter(run=run, state__in=[State.OPEN, State.ACCEPTED])
    if not waiting.exists():
        AssignmentRun.objects.filter(id=run.id, state=AssignmentRun.State.READY).update(
            state=AssignmentRun.State.DONE
        )


def _start(run: AssignmentRun, claimed: Sequence[AssignmentProposal], access: Access) -> Job:
    targets = {row.to_id for row in claimed}
    names = Portfolio.objects.filter(id__in=targets).order_by("name").values_list("name", flat=True)
    return start_job(
        kind=KIND,
        title=f"Move {len(claimed):,} customers to {', '.join(names)}"[:200],
        arguments={"run": str(run.id), "actor": current_actor(), "ids": [str(row.id) for row in claimed]},
        created_by=access.member,
    )


def _plan(job: Job) -> Iterator[Part]:
    for chunk in _chunks(job.arguments["ids"]):
        yield Part({"ids": chunk}, rows=len(chunk))


def _run_part(job: Job, part: JobPart) -> None:
    """It was decided when it was accepted: whoever asked need not be here any more."""
    with tenant_context(current_tenant_id(), actor=job.arguments["actor"]):
        _move(part.arguments["ids"])


def _finish(job: Job) -> None:
    run = AssignmentRun.objects.get(id=job.arguments["run"])
    rows: QuerySet[Any] = AssignmentProposal.objects.filter(id__in=job.arguments["ids"])
    job.result = {"moved": rows.filter(state=State.MOVED).count()}
    settle(run)


def _cancelled(job: Job) -> None:
    """Who has not moved yet may be decided on again."""
    rows = AssignmentProposal.objects.filter(id__in=job.arguments["ids"], state=State.ACCEPTED)
    rows.update(state=State.OPEN, transfer=None, decided_by_name="", decided_at=None)


ACCEPT: Final = JobKind(name=KIND, plan=_plan, run_part=_run_part, finish=_finish, cancelled=_cancelled)

"""Runs: the assignment rules asked about everybody, as a job. The parts are in `runs_parts`."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portfolios.events import AssignmentRunFinished
from portfolios.models import AssignmentPolicy, AssignmentProposal, AssignmentRun
from portfolios.services import runs_parts as parts
from portfolios.services.proposals import claim_everything, move_claimed, settle
from portfolios.services.rules import policy
from portfolios.services.rules_in_force import ruling_of, sets_in_force
from rules.catalogue import customers
from rules.models import RuleSet
from rules.services.authors import author_of
from tenancy.access import Access
from tenancy.context import current_actor, current_tenant_id, tenant_context
from tenancy.jobs import JobKind, Part, cancel_job, start_job
from tenancy.models import Job, JobPart, Member, Role
from tenancy.outbox import emit

KIND: Final = "portfolios.assignment"
RANGE: Final = 20_000
Mode, State = AssignmentRun.Mode, AssignmentRun.State
Waiting = AssignmentProposal.State


class RunRefused(ValueError):
    """Rules cannot be run so; the message says why."""


def start_run(
    *, access: Access, mode: str, draft_of: RuleSet | None = None, reason: str = ""
) -> AssignmentRun:
    """Ask the rules about everybody: those in force, or with a draft in place of one of them.

    Only what is in force may move people by itself. Raises RunRefused.
    """
    if mode not in Mode.values:
        raise RunRefused("Choose proposals, or automatic.")
    if draft_of is not None and mode == Mode.AUTOMATIC:
        raise RunRefused("A draft only proposes; put it in force first.")
    if mode == Mode.AUTOMATIC and access.scope != Role.Scope.ALL:
        raise RunRefused("Only somebody who sees all customers can let rules move them; propose instead.")
    _, author = author_of(access)
    return _start(
        mode, draft_of=draft_of, reason=reason.strip() or _usual(draft_of), created_by=access.member,
        author_name=author, slot=None,
    )  # fmt: skip


def start_nightly(slot: str) -> AssignmentRun | None:
    """The schedule's door: whatever the company wants to happen at night."""
    wanted = policy().nightly
    if wanted == AssignmentPolicy.Nightly.OFF or not sets_in_force(at=timezone.now()):
        return None
    if Job.objects.filter(kind=KIND, slot=f"night:{slot}").exists():
        return None
    return _start(
        wanted, draft_of=None, reason="Assignment by rule, every night", created_by=None, author_name="",
        slot=f"night:{slot}",
    )  # fmt: skip


def _usual(draft_of: RuleSet | None) -> str:
    return f"Assignment by the draft of {draft_of.name}" if draft_of else "Assignment by rule"


def _start(
    mode: str, *, draft_of: RuleSet | None, reason: str, created_by: Member | None, author_name: str, slot: str | None
) -> AssignmentRun:  # fmt: skip
    now = timezone.now()
    with transaction.atomic():
        sets = sets_in_force(at=now, draft=draft_of)
        ruling = ruling_of(sets)
        if not ruling.lines:
            raise RunRefused(_no_lines(bool(sets)))
        run = AssignmentRun.objects.create(
            mode=mode, rules=sets, fingerprint=ruling.fingerprint, draft_of=draft_of, reason=reason[:300], at=now,
            by_night=slot is not None, created_by=created_by, author=current_actor(), author_name=author_name[:120],
        )  # fmt: skip
        run.job = start_job(
            kind=KIND, title=reason[:200], arguments={"run": str(run.id), "actor": current_actor()},
            created_by=created_by, slot=slot,
        )  # fmt: skip
        run.save(update_fields=["job"])
    return run


def _no_lines(is_any: bool) -> str:
    if is_any:
        return "None of the rules can be read as it is; mend them first."
    return "There are no rules in force for portfolios; write some, or try a draft."


def cancel_run(*, run: AssignmentRun) -> None:
    """Stop a run after the part that is going on. Who has moved stays moved; what is proposed is withdrawn."""
    if run.state == State.WORKING and run.job is not None:
        cancel_job(job=run.job)
        return
    with transaction.atomic():
        _withdraw(run)


def plan(job: Job) -> Iterator[Part]:
    run = run_of(job)
    ranges = [{"first": str(first), "last": str(last)} for first, last in customers().ranges(RANGE)]
    everybody = customers().rows(None).count()
    for number, place in enumerate(ranges):
        yield Part({"do": "find", **place}, rows=max(min(RANGE, everybody - number * RANGE), 0))
    yield Part({"do": "weigh"}, phase=1)
    yield from (Part({"do": "reasons", **place}, phase=2) for place in ranges)
    if run.mode == Mode.AUTOMATIC:
        yield Part({"do": "claim"}, phase=3)
        yield from (Part({"do": "move", **place}, phase=4) for place in ranges)


def run_part(job: Job, part: JobPart) -> None:
    """One part, as whoever asked for the run."""
    run, where = run_of(job), part.arguments
    with tenant_context(current_tenant_id(), actor=job.arguments["actor"]):
        match where["do"]:
            case "find":
                where["found"] = parts.find_candidates(run, *_range(where))
                part.save(update_fields=["arguments"])
            case "weigh":
                parts.weigh(run)
            case "reasons":
                parts.keep_reasons(run, *_range(where))
            case "claim":
                claim_everything(run)
            case "move":
                move_claimed(run, Q(customer_id__gte=where["first"], customer_id__lte=where["last"]))


def _range(where: dict[str, Any]) -> tuple[UUID, UUID]:
    return UUID(where["first"]), UUID(where["last"])


def finish(job: Job) -> None:
    """Add up what the parts saw."""
    run = run_of(job)
    found = [part.arguments["found"] for part in job.parts.filter(phase=0).order_by("number")]
    run.result |= _added_up(found)
    run.state, run.finished_at = State.READY, timezone.now()
    run.save(update_fields=["result", "state", "finished_at"])
    settle(run)
    moving = run.result.get("moving", 0)
    job.result = {"customers asked about": run.result["seen"], "would move": moving}
    emit(AssignmentRunFinished(run_id=run.id, moving=moving))


def _added_up(found: list[dict[str, Any]]) -> dict[str, Any]:
    stopped: dict[str, list[Any]] = {}
    lines: dict[str, int] = {}
    for counts in found:
        for line, count in counts["lines"].items():
            lines[line] = lines.get(line, 0) + count
        for key, (count, examples) in counts["stopped"].items():
            entry = stopped.setdefault(key, [0, []])
            entry[0] += count
            entry[1] = [*entry[1], *examples][: parts.EXAMPLES]
    sums = {name: sum(counts[name] for counts in found) for name in ("seen", "silent", "pinned")}
    return {**sums, "lines": lines, "stopped": stopped}


def _cancelled(job: Job) -> None:
    _withdraw(run_of(job))


def _withdraw(run: AssignmentRun) -> None:
    rows = AssignmentProposal.objects.filter(run=run)
    rows.filter(state=Waiting.WEIGHED).delete()
    rows.filter(state__in=[Waiting.OPEN, Waiting.ACCEPTED]).update(
        state=Waiting.STALE, why="the run was cancelled", decided_at=timezone.now()
    )
    AssignmentRun.objects.filter(id=run.id).update(state=State.CANCELLED, finished_at=timezone.now())


def run_of(job: Job) -> AssignmentRun:
    return AssignmentRun.objects.get(id=job.arguments["run"])


RUN: Final = JobKind(name=KIND, plan=plan, run_part=run_part, finish=finish, cancelled=_cancelled)

"""Sorting customers into kinds by the rules in force, and keeping why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils import timezone

from crm.models import CustomerSummary
from crm.services.summaries import write_columns
from rules.catalogue import customers
from rules.deciding import Book, Decision, book_in_force, decide, decided_rows
from tenancy.jobs import JobKind, Part, start_job
from tenancy.models import Job, JobPart
from tenancy.outbox import emit
from tenancy.services.audit import record_batch
from value.events import KindsChanged, KindsDecided
from value.models import KindDecision
from value.rule_kinds import KIND

JOB: Final = "value.decide_kinds"
RANGE: Final = 20_000
BATCH: Final = 500


@dataclass(frozen=True)
class Change:
    customer_id: UUID
    before: str | None
    decision: Decision | None
    """None: no rule says anything any more."""

    @property
    def after(self) -> str | None:
        return str(self.decision.outcome["kind"]) if self.decision else None


def decide_kinds(customer_ids: Sequence[UUID]) -> int:
    """Ask the rules in force about these customers and write what has changed; returns how many. For a few thousand."""
    held, unprofiled = _held(customer_ids)
    said = decide(KIND, [id_ for id_ in held if id_ not in unprofiled])
    found = (Change(id_, before, said.get(id_)) for id_, before in held.items())
    changes = [change for change in found if change.before != change.after]
    _write(changes)
    return len(changes)


def _held(customer_ids: Sequence[UUID]) -> tuple[dict[UUID, str | None], frozenset[UUID]]:
    """Customers' kinds as they stand, locked: of two who ask at once the later one sees what the first one wrote.

    With them those of whom no profile is made: they are of no kind.
    """
    rows = CustomerSummary.objects.select_for_update().filter(
        customer_id__in=list(customer_ids), trashed=False
    )
    found = list(rows.order_by("customer_id").values_list("customer_id", "customer_kind", "score"))
    unprofiled = frozenset(id_ for id_, _, score in found if score in CustomerSummary.UNPROFILED)
    return {id_: kind for id_, kind, _ in found}, unprofiled


def _write(changes: Sequence[Change]) -> None:
    for kind in {change.after for change in changes}:
        write_columns([change.customer_id for change in changes if change.after == kind], customer_kind=kind)
    now = timezone.now()
    KindDecision.objects.bulk_create(
        [
            KindDecision(
                customer_id=change.customer_id, before=change.before, kind=change.after, decided_at=now,
                version_id=change.decision.said.version_id if change.decision else None,
                rule_id=change.decision.said.rule_id if change.decision else "",
                facts=change.decision.facts if change.decision else {},
            )
            for change in changes
        ],
        batch_size=2000,
    )  # fmt: skip
    for start in range(0, len(changes), BATCH):
        emit(KindsChanged(customer_ids=tuple(c.customer_id for c in changes[start : start + BATCH])))


def start_deciding(*, slot: str | None = None) -> Job:
    """Ask the rules in force about everybody, as a job. The same slot starts one."""
    return start_job(kind=JOB, title="Sorting customers into kinds", arguments={}, slot=slot)


def plan(job: Job) -> Iterator[Part]:
    for low, high in customers().ranges(RANGE):
        yield Part({"low": str(low), "high": str(high)}, rows=RANGE)


def run_part(job: Job, part: JobPart) -> None:
    """Whoever would get another kind than they have; asking twice changes nothing."""
    low, high = within = UUID(part.arguments["low"]), UUID(part.arguments["high"])
    rows = CustomerSummary.objects.filter(trashed=False, customer_id__gte=low, customer_id__lte=high)
    book = book_in_force(KIND)
    columns = ("customer_id", "line", "customer_kind", "score")
    decided = decided_rows(rows, book, within=within).values_list(*columns)
    changing = [id_ for id_, line, kind, score in decided if _says(book, line, score) != kind]
    for start in range(0, len(changing), BATCH * 4):
        decide_kinds(changing[start : start + BATCH * 4])


def _says(book: Book, line: int | None, score: str) -> str | None:
    if line is None or score in CustomerSummary.UNPROFILED:
        return None
    return str(book.lines[line].said.outcome["kind"])


def finish(job: Job) -> None:
    record_batch(action="decide kinds", table="crm_customersummary", note={"job": str(job.id)})
    emit(KindsDecided(job_id=job.id))


DECIDE_KINDS: Final = JobKind(JOB, plan, run_part, finish)

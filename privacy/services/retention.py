"""How long kinds of data are kept: a dry run, a rule, and every night what it lets go."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from privacy.models import RetentionRule, RetentionRun
from tenancy.jobs import JobKind, Part, start_job
from tenancy.models import Job, JobPart, Member
from tenancy.registries import Pile, RetentionKind, retention_kinds
from tenancy.services.audit import record_batch

CHUNKS_A_PART: Final = 10
MOST_PARTS: Final = 40
"""Of a kind in one night: two million rows of most. What is left goes the next night."""


class RetentionRefused(ValueError):
    """The rule cannot be so. `field` says what to mend."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Trial:
    """What a rule of so many days would let go now."""

    days: int
    before: datetime
    pile: Pile


def try_rule(*, kind: RetentionKind, days: int) -> Trial:
    """How much is older than that, how old the oldest is, and of what; nothing is taken. Raises RetentionRefused."""
    _require_days(kind, days)
    before = timezone.now() - timedelta(days=days)
    return Trial(days, before, kind.count(before))


def save_rule(
    *, kind: RetentionKind, days: int, reason: str, seen: int | None, by: Member | None
) -> RetentionRule:
    """Keep a kind of data for so many days, from the next night on. Raises RetentionRefused.

    `seen`: the days of the dry run that was looked at; a rule comes into force as it was tried, not otherwise.
    """
    _require_days(kind, days)
    if seen != days:
        raise RetentionRefused("Look first at what that would let go.", field="days")
    if not reason.strip():
        raise RetentionRefused(
            "Say why this long; a supervisor asks for it (GDPR 5(2), 30(1)(f)).", field="reason"
        )
    values = {"days": days, "reason": reason.strip()[:300], "is_active": True, "changed_by": by}
    rule, _ = RetentionRule.objects.update_or_create(kind=kind.key, defaults=values)
    return rule


def end_rule(*, kind: RetentionKind, by: Member | None) -> None:
    """Nothing of this kind is let go any more."""
    RetentionRule.objects.filter(kind=kind.key).update(
        is_active=False, changed_by=by, changed_at=timezone.now()
    )


def _require_days(kind: RetentionKind, days: int) -> None:
    if not kind.least <= days <= kind.most:
        raise RetentionRefused(f"Between {kind.least:,} and {kind.most:,} days. {kind.why}", field="days")


def start_letting_go(slot: str) -> None:
    """The schedule's door."""
    if RetentionRule.objects.filter(is_active=True).exists():
        start_job(kind=RETAIN.name, title="Letting go of what is too old", arguments={}, slot=f"night:{slot}")


def _plan(job: Job) -> Iterator[Part]:
    for rule in RetentionRule.objects.filter(is_active=True).order_by("kind"):
        kind = retention_kinds.get(rule.kind)
        if kind is None:  # a room that is not installed any more
            continue
        before = timezone.now() - timedelta(days=max(rule.days, kind.least))
        count = kind.count(before).count
        if count:
            run = RetentionRun.objects.create(kind=rule.kind, days=rule.days, before=before)
            a_part = kind.chunk * CHUNKS_A_PART
            for start in range(0, min(count, a_part * MOST_PARTS), a_part):
                yield Part({"run": str(run.id)}, rows=min(a_part, count - start))


def _run_part(job: Job, part: JobPart) -> None:
    run = RetentionRun.objects.select_for_update().get(id=UUID(part.arguments["run"]))
    rule = RetentionRule.objects.filter(kind=run.kind, is_active=True).first()
    if rule is None or rule.days > run.days:  # somebody thought better of it since the plan
        return
    kind, removed = retention_kinds[run.kind], 0
    while removed < part.rows and (gone := kind.remove(run.before, min(kind.chunk, part.rows - removed))):
        removed += gone
    RetentionRun.objects.filter(id=run.id).update(removed=F("removed") + removed)


def _finish(job: Job) -> None:
    ids = {part.arguments["run"] for part in job.parts.all()}
    for run in RetentionRun.objects.filter(id__in=ids):
        note = {"kind": run.kind, "days": run.days, "removed": run.removed}
        record_batch(action="let go", table="privacy_retentionrun", note=note)


RETAIN: Final = JobKind("privacy.retain", _plan, _run_part, _finish)

"""Long work: what runs, how far it is, what ended, and which steps gave up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from tenancy.access import Access
from tenancy.models import Job, OutboxStep
from tenancy.registries import Notice, bells

RUNNING = (Job.State.QUEUED, Job.State.RUNNING)
NEWS = timedelta(hours=24)


@dataclass(frozen=True)
class Pace:
    """How quick a running job is: rows a second, seconds left; None while that cannot be said."""

    rate: float | None
    seconds_left: float | None


def visible_jobs(access: Access) -> QuerySet[Job]:
    """One's own jobs, or everybody's for whoever may follow long work."""
    rows = Job.objects.select_related("created_by")
    if access.may("tenancy.view_jobs"):
        return rows
    return rows.filter(created_by__isnull=False, created_by=access.member)


def visible_job(access: Access, job_id: UUID) -> Job | None:
    return visible_jobs(access).filter(id=job_id).first()


def running_jobs(access: Access) -> list[Job]:
    return list(visible_jobs(access).filter(state__in=RUNNING).order_by("-created_at", "id")[:20])


def ended_jobs(access: Access) -> QuerySet[Job]:
    """To be paged newest first."""
    return visible_jobs(access).exclude(state__in=RUNNING)


def latest_job(access: Access, kinds: Sequence[str]) -> Job | None:
    """The newest visible job of these kinds, unless it ended well: something is still to come, or to be done."""
    rows = visible_jobs(access).filter(kind__in=kinds).order_by("-created_at", "-id")
    latest = rows.first()
    return latest if latest and latest.state != Job.State.DONE else None


def news_count(access: Access) -> int:
    """What the bell says: one's own jobs that run, or that ended in the last day badly, and what rooms ring for."""
    mine = Job.objects.filter(created_by__isnull=False, created_by=access.member)
    recent = Q(state=Job.State.FAILED, finished_at__gt=timezone.now() - NEWS)
    return mine.filter(Q(state__in=RUNNING) | recent).count() + sum(bell.count(access) for bell in bells)


def notices_of(access: Access) -> list[Notice]:
    """What rooms ring for, newest first."""
    found = [notice for bell in bells for notice in bell.notices(access)]
    return sorted(found, key=lambda notice: notice.at, reverse=True)


def pace_of(job: Job) -> Pace:
    """Over the whole run so far, so that it does not jump about."""
    if job.state != Job.State.RUNNING or not job.started_at or not job.rows_done:
        return Pace(None, None)
    seconds = max((timezone.now() - job.started_at).total_seconds(), 0.001)
    rate = job.rows_done / seconds
    left = max((job.rows_total or 0) - job.rows_done, 0)
    return Pace(rate, left / rate if job.rows_total else None)


def parked_steps() -> QuerySet[OutboxStep]:
    """Steps that gave up after five tries, with their events."""
    return (
        OutboxStep.objects.select_related("event")
        .filter(state=OutboxStep.State.PARKED)
        .order_by("-due_at", "id")
    )


def parked_step(step_id: UUID) -> OutboxStep | None:
    return parked_steps().filter(id=step_id).first()

"""What a recompute did: for the command, the benchmark and the pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max

from crm.models import CustomerSummary
from tenancy.models import Job, JobPart
from tenancy.selectors.jobs import pace_of
from value.models import ModelFit
from value.services.recompute import KIND, running_recompute


def stage_seconds(job: Job) -> dict[str, float]:
    """Seconds from the end of one stage to the end of the next: learn, refresh, value, keep, finish."""
    ends = dict(JobPart.objects.filter(job=job).values_list("arguments__do").annotate(Max("done_at")))
    before = job.started_at
    seconds: dict[str, float] = {}
    for stage in ("learn", "refresh", "value", "keep"):
        if ends.get(stage) and before:
            seconds[stage], before = _between(before, ends[stage]), max(before, ends[stage])
    if before and job.finished_at:
        seconds["finish"] = _between(before, job.finished_at)
    return seconds


def _between(start: datetime, end: datetime) -> float:
    return round(max((end - start).total_seconds(), 0.0), 3)


def scores() -> dict[str, int]:
    """How many customers have which score, those in the trash left out."""
    rows = CustomerSummary.objects.filter(trashed=False).values_list("score").annotate(Count("customer_id"))
    return dict(rows.order_by("score"))


def outcome(job: Job) -> dict[str, Any]:
    """One JSON object about a finished recompute: customers, seconds by stage, model figures."""
    fit = ModelFit.objects.filter(id=job.result.get("fit")).first() if job.result.get("fit") else None
    return {
        "job": str(job.id),
        "as_of": job.arguments.get("history") or job.arguments.get("as_of"),
        "customers": job.rows_total,
        "scores": scores(),
        "seconds": stage_seconds(job),
        "learned": bool(job.result.get("refit")),
        "problem": job.result.get("problem", ""),
        "model": _model(fit) if fit else None,
    }


def _model(fit: ModelFit) -> dict[str, Any]:
    spend = fit.model["spend"]
    return {
        "chosen": fit.chosen,
        "why": fit.why,
        "as_of": fit.as_of.isoformat(),
        "customers": fit.customers,
        "repeaters": fit.repeaters,
        "params": fit.model["frequency"]["params"],
        "problem": fit.model["frequency"]["problem"],
        "spend": {name: spend["model"][name] for name in ("p", "q", "gamma")} if spend else None,
        "holdout": fit.evidence["models"][fit.evidence["chosen"]]["holdout"],
        "warnings": fit.warnings,
    }


@dataclass(frozen=True)
class Progress:
    """How far the recompute is. side: "1,000 of 2,360 customers"; below: what it does now."""

    title: str
    done: int
    total: int | None
    side: str
    below: str


def recompute_progress() -> Progress | None:
    """The recompute under way, as everybody who sees values may see it."""
    job = running_recompute()
    if job is None:
        return None
    side = f"{job.rows_done:,} of {job.rows_total:,} customers" if job.rows_total else ""
    return Progress(job.title, job.rows_done, job.rows_total, side, _now(job))


def _now(job: Job) -> str:
    if job.state == Job.State.QUEUED:
        return "waits for a worker"
    if not job.result:
        return "reading the orders and learning from them"
    pace = pace_of(job)
    if pace.rate is None or pace.seconds_left is None:
        return "valuing every customer"
    return f"{pace.rate:,.0f} customers a second, {duration(pace.seconds_left)} left"


def duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def why_no_model() -> str:
    """What the latest finished recompute said about a model that is not there; "" before the first."""
    ended = Job.objects.filter(kind=KIND, state=Job.State.DONE).exclude(arguments__has_key="history")
    job = ended.order_by("-finished_at").first()
    return str(job.result.get("problem", "")) if job else ""

"""The recompute: learn from all orders, then value everybody, cut by ranges of customers.

Phases: 0 learn, and refresh what the calendar moves; 1 value; 2 keep the month's end where it is due; then
the new fit comes into force. Each part is one transaction and may be run twice; a killed worker loses its part.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection

from crm.models import CustomerSummary
from crm.services.summaries import refresh_summaries, tenant_today
from tenancy.context import current_tenant_id
from tenancy.jobs import JobFailed, JobKind, Part, start_job
from tenancy.models import Job, JobPart, Member, TenantProfile
from tenancy.outbox import emit
from tenancy.services.audit import record_batch
from value.engine import BadInput
from value.events import ValuesRecomputed
from value.models import ModelFit
from value.services import learning, scoring, snapshots
from value.services.order_days import Whose
from value.services.protection import EVERYBODY, follow_protection

KIND: Final = "value.recompute"
TITLE: Final = "Computing what every customer is worth"
RANGE: Final = 20_000

_RANGES: Final = """
SELECT customer_id, lead(customer_id) OVER (ORDER BY customer_id),
       lead(place, 1, total + 1) OVER (ORDER BY customer_id) - place
  FROM (SELECT customer_id, row_number() OVER (ORDER BY customer_id) AS place, count(*) OVER () AS total
          FROM crm_customersummary WHERE tenant_id = %(tenant)s) AS numbered
 WHERE (place - 1) %% %(size)s = 0
"""


def start_recompute(
    *, slot: str | None = None, created_by: Member | None = None, as_of: date | None = None
) -> Job:
    """Learn and value everybody again. One that runs already is joined, unless this one has a slot of its own.

    `as_of` replaces the day on which customers are valued (else `learning.value_day`).
    """
    running = None if slot else running_recompute()
    arguments = {"night": False, "as_of": as_of.isoformat() if as_of else None}
    return running or start_job(kind=KIND, title=TITLE, arguments=arguments, created_by=created_by, slot=slot)


def start_nightly(slot: str) -> None:
    """The schedule's door: learns only where it is due, and refreshes what the calendar moves in crm's columns."""
    arguments = {"night": True, "as_of": None}
    start_job(kind=KIND, title=TITLE, arguments=arguments, slot=f"night:{slot}")


def start_history(*, taken_on: date, created_by: Member | None = None) -> Job:
    """Keep what everybody was worth on a past day, under the model in force; current values stay as they are."""
    return start_job(
        kind=KIND,
        title=f"Computing what customers were worth on {taken_on}",
        arguments={"history": taken_on.isoformat()},
        created_by=created_by,
    )


def running_recompute() -> Job | None:
    """The recompute of current values that is under way, if any."""
    unfinished = Job.objects.filter(kind=KIND, state__in=[Job.State.QUEUED, Job.State.RUNNING])
    return unfinished.exclude(arguments__has_key="history").order_by("created_at").first()


def fit_in_force() -> ModelFit | None:
    """The fit to value one customer with: that of a recompute under way once it has learned, else the current."""
    job = running_recompute()
    if job and job.result.get("fit"):
        return ModelFit.objects.get(id=job.result["fit"])
    return learning.current_fit()


def plan(job: Job) -> Iterator[Part]:
    today = tenant_today(TenantProfile.objects.get())
    ranges = list(_ranges())
    if "history" in job.arguments:
        yield from _plan_history(job, ranges)
        return
    follow_protection(EVERYBODY)
    job.arguments["as_of"] = job.arguments["as_of"] or learning.value_day(today).isoformat()
    yield Part({"do": "learn"})
    if job.arguments["night"]:
        yield from (Part({"do": "refresh", **place}) for place, _ in ranges)
    yield from (Part({"do": "value", **place}, rows=count, phase=1) for place, count in ranges)
    due = snapshots.month_end_due(_as_of(job))
    if due:
        yield from (Part({"do": "keep", "day": due.isoformat(), **place}, phase=2) for place, _ in ranges)


def _plan_history(job: Job, ranges: list[tuple[dict[str, str | None], int]]) -> Iterator[Part]:
    stored = learning.current_fit()
    if stored is None:
        raise JobFailed("There is no model yet: recompute without a day first.")
    job.result = {"fit": str(stored.id)}
    for place, count in ranges:
        yield Part({"do": "keep", "day": job.arguments["history"], **place}, rows=count)


def _ranges() -> Iterator[tuple[dict[str, str | None], int]]:
    with connection.cursor() as cursor:
        cursor.execute(_RANGES, {"tenant": current_tenant_id(), "size": RANGE})
        for low, high, count in cursor.fetchall():
            yield {"low": str(low), "high": str(high) if high else None}, count


def _as_of(job: Job) -> date:
    return date.fromisoformat(job.arguments["as_of"])


def _whose(part: JobPart) -> Whose:
    low, high = part.arguments["low"], part.arguments["high"]
    return Whose(UUID(low), UUID(high) if high else None)


def run_part(job: Job, part: JobPart) -> None:
    _WORK[part.arguments["do"]](job, part)


def _learn(job: Job, part: JobPart) -> None:
    before = learning.current_fit()
    if before and job.arguments["night"] and not learning.refit_due(_as_of(job)):
        _note(job, fit=str(before.id), refit=False)
        return
    try:
        stored = learning.learn(_as_of(job))
    except BadInput as problem:
        _note(job, fit=None, refit=True, problem="; ".join(problem.problems))
        return
    _note(job, fit=str(stored.id), refit=True, before=str(before.id) if before else None)


def _note(job: Job, **result: Any) -> None:
    job.result = {**job.result, **result}
    job.save(update_fields=["result"])


def _refresh(job: Job, part: JobPart) -> None:
    whose = _whose(part)
    rows = CustomerSummary.objects.filter(customer_id__gte=whose.low)
    rows = rows.filter(customer_id__lt=whose.high) if whose.high else rows
    refresh_summaries(list(rows.values_list("customer_id", flat=True)))


def _value(job: Job, part: JobPart) -> None:
    whose, stored = _whose(part), _fit(job)
    if stored is None:
        scoring.without_model(whose)
        return
    fitted = learning.model_of(stored)
    scoring.score_customers(fitted, whose, _as_of(job))
    before = (
        ModelFit.objects.filter(id=job.result.get("before")).first() if job.result.get("before") else None
    )
    if before:
        models = {before.id: learning.model_of(before), stored.id: fitted}
        snapshots.keep_refit(models, whose, _as_of(job))


def _keep(job: Job, part: JobPart) -> None:
    stored = _fit(job)
    if stored:
        day = date.fromisoformat(part.arguments["day"])
        snapshots.take_snapshots(learning.model_of(stored), stored.id, _whose(part), day)


def _fit(job: Job) -> ModelFit | None:
    return ModelFit.objects.get(id=job.result["fit"]) if job.result["fit"] else None


_WORK: Final[dict[str, Callable[[Job, JobPart], None]]] = {
    "learn": _learn,
    "refresh": _refresh,
    "value": _value,
    "keep": _keep,
}


def finish(job: Job) -> None:
    """Bring the new fit into force, add up the month's end, and tell."""
    stored = _fit(job)
    for day in sorted({part.arguments["day"] for part in job.parts.all() if part.arguments["do"] == "keep"}):
        snapshots.add_up(date.fromisoformat(day))
    if "history" in job.arguments:
        return
    if stored:
        learning.put_in_force(stored)
    else:
        learning.withdraw_current()
    note = {"job": str(job.id), "fit": job.result["fit"], "customers": job.rows_total}
    record_batch(action="recompute", table="crm_customersummary", note=note)
    emit(ValuesRecomputed(job_id=job.id, fit_id=stored.id if stored else None, customers=job.rows_total or 0))


recompute = JobKind(name=KIND, plan=plan, run_part=run_part, finish=finish)

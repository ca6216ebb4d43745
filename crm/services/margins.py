"""The company states another margin rate: orders whose margin is estimated by it are restated.

A job in parts over ranges of customers, then of anonymous orders. A part takes the rate as it is when it runs and
writes only what differs, so it is harmless twice. A change of the rate while the job is under way begins no other
beside it: the job is followed by one.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from django.db import connection

from crm.events import MarginsRestated
from crm.services.summaries import refresh_summaries
from tenancy.context import current_tenant_id, without_row_audit
from tenancy.db.planner import planned_for
from tenancy.jobs import JobKind, Part, start_job
from tenancy.models import Job, JobPart, Member, TenantProfile
from tenancy.outbox import emit
from tenancy.services.audit import record_batch

KIND: Final = "crm.restate_margins"
TITLE: Final = "Restating estimated margins by the new rate"
RANGE: Final = 10_000
"""Orders a part, more or less: those of one customer stay together."""
PATIENCE: Final = timedelta(seconds=25)
UNFINISHED: Final = (Job.State.QUEUED, Job.State.RUNNING)


def restate_after_change(changed: frozenset[str], by: Member | None) -> None:
    """The company's door: begins the job where the margin rate is among what changed."""
    if "margin_rate" in changed:
        start_restating(by)


def start_restating(by: Member | None = None) -> Job:
    """Bring every estimated margin to the rate in force, once the caller's transaction has ended.

    A job under way is told to be followed by another, and returned. Callers hold the profile, so one begins at a time.
    """
    jobs = Job.objects.filter(kind=KIND)
    # Waits for a job that is just finishing; that one is then no longer under way.
    jobs.filter(state__in=UNFINISHED).update(arguments={"again": True})
    latest = jobs.order_by("-created_at", "-id").first()
    if latest and latest.state in UNFINISHED:
        return latest
    return start_job(
        kind=KIND, title=TITLE, arguments={}, created_by=by, slot=f"after:{latest.id if latest else 'none'}"
    )


class OthersStillWrite(RuntimeError):
    """Orders by the rate before may still come; the plan is tried again a little later."""


# A customer is in the part in which their first order is counted. A range ends where the next begins, the last never.
_RANGES: Final = """
WITH whose AS (
  SELECT {key} AS key, count(*) AS orders FROM crm_order
   WHERE tenant_id = (SELECT %(tenant)s::uuid) AND margin_is_estimate AND customer_id IS {known} GROUP BY 1),
counted AS (
  SELECT key, orders, div(sum(orders) OVER (ORDER BY key) - orders, %(size)s) AS part FROM whose),
parts AS (
  SELECT DISTINCT ON (part) part, key, sum(orders) OVER (PARTITION BY part)::bigint AS orders
    FROM counted ORDER BY part, key)
SELECT key, lead(key) OVER (ORDER BY part), orders FROM parts ORDER BY part
"""

_HELD: Final = """
SELECT id, customer_id FROM crm_order
 WHERE tenant_id = (SELECT %(tenant)s::uuid) AND {narrowed} AND margin_is_estimate
   AND margin <> round(net * %(rate)s::numeric)
 ORDER BY id FOR NO KEY UPDATE
"""

_NARROWED: Final = {
    "customers": "customer_id >= %(low)s::uuid AND (%(high)s::uuid IS NULL OR customer_id < %(high)s::uuid)",
    "anonymous": "customer_id IS NULL AND id >= %(low)s::uuid AND (%(high)s::uuid IS NULL OR id < %(high)s::uuid)",
}

_RESTATE: Final = """
UPDATE crm_order SET margin = round(net * %(rate)s::numeric)::bigint
 WHERE tenant_id = (SELECT %(tenant)s::uuid) AND id = ANY(%(ids)s::uuid[])
"""


def plan(job: Job) -> Iterator[Part]:
    _wait_for_older_transactions()
    for whose, key, known in (("customers", "customer_id", "NOT NULL"), ("anonymous", "id", "NULL")):
        for low, high, orders in _fetch(_RANGES.format(key=key, known=known), {"size": RANGE}):
            places = {"low": str(low), "high": str(high) if high else None}
            yield Part({"whose": whose, **places}, rows=orders)


def _wait_for_older_transactions() -> None:
    """Whoever is writing orders now may have read the rate before it changed: wait until they have committed.

    Transactions that began after this one read the new rate by themselves, and nobody is kept waiting.
    """
    until = time.monotonic() + PATIENCE.total_seconds()
    while _fetch(_OLDER, {}):
        if time.monotonic() > until:
            raise OthersStillWrite("Transactions from before the change of the rate are still open.")
        time.sleep(0.1)


# now() is when this transaction began. Without the first line the view would stay as it was first read.
_OLDER: Final = """
SELECT 1 FROM (SELECT pg_stat_clear_snapshot()) AS anew CROSS JOIN pg_stat_activity
 WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
   AND xact_start < now() LIMIT 1
"""


def run_part(job: Job, part: JobPart) -> None:
    """Orders are locked before summaries, as whoever records an order does."""
    places = {key: part.arguments[key] for key in ("low", "high")}
    values = {"rate": str(TenantProfile.objects.get().margin_rate), **places}
    held = _fetch(_HELD.format(narrowed=_NARROWED[part.arguments["whose"]]), values)
    if not held:
        return
    with connection.cursor() as cursor, without_row_audit(), planned_for(len(held)):
        cursor.execute(
            _RESTATE, {**values, "tenant": current_tenant_id(), "ids": [order for order, _ in held]}
        )
    refresh_summaries(sorted({customer for _, customer in held if customer}))


def finish(job: Job) -> None:
    """Tell, so that values are computed again; where the rate changed meanwhile, begin once more instead."""
    record_batch(
        action="restate", table="crm_order", note={"job": str(job.id), "orders": job.rows_total or 0}
    )
    if job.arguments.get("again"):
        job.result = {"followed": "the rate changed again meanwhile"}
        start_job(kind=KIND, title=TITLE, arguments={}, created_by=job.created_by, slot=f"after:{job.id}")
        return
    job.result = {"orders": job.rows_done}
    if job.rows_done:
        emit(MarginsRestated(job_id=job.id, orders=job.rows_done))


def _fetch(statement: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"tenant": current_tenant_id(), **values})
        rows: list[Any] = cursor.fetchall()
    return rows


restate_margins = JobKind(name=KIND, plan=plan, run_part=run_part, finish=finish)

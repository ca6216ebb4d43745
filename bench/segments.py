"""Segments kept true while orders arrive: `python bench/segments.py --customers 200000 --rate 200 --seconds 30`.

Real everything: producers record orders through the service, each in its transaction; the outbox wakes Celery workers,
which value the customer again and put them into segments. Measured is the time from the commit of an order to the
commit of its segments (by the order itself, and by the value that follows from it), with 50 live segments and, as the
yardstick in the same run, the same stream with none. Also: filling a segment, one pass over everybody.
The database `bench_segments_<customers>` is kept for the next run.
"""

import argparse
import atexit
import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from bench._database import open_database, superuser  # noqa: E402  (the path is known now)
from bench.value import fill, timed  # noqa: E402

STEP = "crm.steps.keep_segments"


def line(fact: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"fact": fact, "is": operator} | ({} if value is None else {"value": value})


def pounds(amount: int) -> dict[str, str]:
    return {"amount": str(amount), "currency": "GBP"}


def recent_orders(days: int, least: int) -> dict[str, Any]:
    where = {"all": [line("crm.orders.ordered_on", "within_last", {"days": days})]}
    return {"count": "crm.orders", "where": where, "is": "at_least", "value": least}


def spent(days: int, least: int) -> dict[str, Any]:
    where = {"all": [line("crm.orders.ordered_on", "within_last", {"days": days})]}
    return {
        "sum": "crm.orders",
        "of": "crm.orders.net",
        "where": where,
        "is": "at_least",
        "value": pounds(least),
    }


def conditions() -> list[dict[str, Any]]:
    """Fifty of the usual kinds: plain facts, days, money, value, counts and sums over orders."""
    found: list[dict[str, Any]] = []
    for n in range(1, 11):
        recent = line("crm.last_order_on", "within_last", {"days": 30 * n})
        earns = line("crm.margin_year", "at_least", pounds(9 * n))
        stays = line("crm.status", "one_of", ["active", "lapsed"])
        ours = [line("crm.country", "one_of", ["GB"]), line("crm.kind", "one_of", ["organisation"])]
        found += [
            {"all": [line("crm.orders", "at_least", n * 2), recent]},
            {"any": [line("crm.revenue", "at_least", pounds(50 * n)), earns]},
            {"all": [line("value.lifetime_value", "at_least", pounds(5 * n)), stays]},
            {"all": [recent_orders(20 * n, 2) if n % 2 else spent(30 * n, 20)]},
            {"all": [line("crm.orders", "between", [n, n + 3]), {"none": [line("crm.returns", "at_least", 1)]},
                     {"any": ours}]},
        ]  # fmt: skip
    return found


def define(tenant: Any, count: int) -> dict[str, float]:
    """Define and fill the segments; seconds to fill all, and for one pass over everybody."""
    from crm.models import Segment, SegmentMember  # noqa: PLC0415
    from crm.services.segments.definitions import Definition, create_segment  # noqa: PLC0415
    from crm.services.segments.passes import start_pass  # noqa: PLC0415
    from tenancy.access import access_of_member  # noqa: PLC0415
    from tenancy.context import tenant_context  # noqa: PLC0415
    from tenancy.jobs import run_job  # noqa: PLC0415
    from tenancy.models import Job, Member  # noqa: PLC0415

    with tenant_context(tenant.id):
        member = Member.objects.select_related("role").order_by("id")[0]
        access = access_of_member(tenant, member, [])
        Segment.objects.filter(archived_at=None).update(archived_at=datetime.now(UTC))
        for number, condition in enumerate(conditions()[:count]):
            create_segment(access=access, definition=Definition(f"S{number} {uuid4().hex[:6]}", condition))
        jobs = list(Job.objects.filter(kind="crm.segment_fill", state="queued").values_list("id", flat=True))
    seconds = timed(lambda: [run_job(tenant.id, job) for job in jobs])
    with tenant_context(tenant.id):
        everybody = start_pass(f"bench:{uuid4()}")
    assert everybody is not None
    passed = timed(lambda: run_job(tenant.id, everybody.id))
    with tenant_context(tenant.id):
        members = SegmentMember.objects.filter(segment__archived_at=None).count()
    return {"segments": count, "fill_seconds": seconds, "pass_seconds": passed, "members": members}


def batch_cost(tenant: Any) -> dict[str, float]:
    """Milliseconds to keep 1, 20 and 200 customers, in one process."""
    from crm.models import CustomerSummary  # noqa: PLC0415
    from crm.services.segments.keeping import keep_customers  # noqa: PLC0415
    from tenancy.context import tenant_context  # noqa: PLC0415

    with tenant_context(tenant.id):
        ids = list(
            CustomerSummary.objects.order_by("customer_id").values_list("customer_id", flat=True)[:200]
        )
    found = {}
    for size in (1, 20, 200):
        times = []
        for _ in range(5):
            with tenant_context(tenant.id):
                times.append(timed(lambda size=size: keep_customers(ids[:size])))  # type: ignore[misc]
        found[str(size)] = round(1000 * sorted(times)[2], 1)
    return found


def produce(tenant_id: str, rate: float, seconds: float, seed: int) -> None:
    """One producer: orders at an even rate; prints order id, time of its commit and its milliseconds."""
    from crm.models import Customer  # noqa: PLC0415
    from crm.services.orders import Line, record_order  # noqa: PLC0415
    from tenancy.context import tenant_context  # noqa: PLC0415

    chance = random.Random(seed)
    with tenant_context(UUID(tenant_id)):
        customers = list(Customer.objects.order_by("id")[:20_000])
    start = time.time()
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, start + number / rate - time.time()))
        began = time.time()
        with tenant_context(UUID(tenant_id)):
            made = record_order(
                external_id=uuid4().hex, customer=chance.choice(customers), ordered_at=datetime.now(UTC),
                lines=[Line(Decimal(1), Decimal(chance.randint(5, 90)))], source="api",
            )  # fmt: skip
        print(made.order.id, time.time(), round(1000 * (time.time() - began), 2), flush=True)


def stream(database: str, tenant: Any, options: argparse.Namespace) -> dict[str, Any]:
    """Orders for some seconds with workers running; lags in milliseconds."""
    base = [sys.executable, __file__, "--customers", str(options.customers), "--database", database]
    workers = start_workers(options.workers)
    time.sleep(8)
    each = options.rate / options.producers
    producers = [
        subprocess.Popen(
            [*base, "--produce", str(tenant.id), str(each), str(options.seconds), str(n)],
            stdout=subprocess.PIPE, text=True,
        )
        for n in range(options.producers)
    ]  # fmt: skip
    committed: dict[str, tuple[float, float]] = {}
    started = time.time()
    for producer in producers:
        for row in producer.communicate()[0].splitlines():
            order, at, took = row.split()
            committed[order] = (float(at), float(took))
    first, last = min(at for at, _ in committed.values()), max(at for at, _ in committed.values())
    waited = wait_until_done(tenant, started)
    stop(workers)
    return {
        "orders": len(committed), "orders_a_second": round(len(committed) / max(last - first, 0.001), 1),
        "record_ms": spread([took for _, took in committed.values()]),
        "lag_ms": lags(tenant, committed), "left_over_seconds": waited,
    }  # fmt: skip


def start_workers(count: int) -> list["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-l", "ERROR", "--without-mingle",
               "--without-gossip", "-c", str(count)]  # fmt: skip
    worker = subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL)
    atexit.register(stop, [worker])
    return [worker]


def stop(workers: list["subprocess.Popen[bytes]"]) -> None:
    for worker in workers:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def wait_until_done(tenant: Any, started: float) -> float:
    """Seconds until no step waits after the last order; at most a minute."""
    from tenancy.context import tenant_context  # noqa: PLC0415
    from tenancy.models import OutboxStep  # noqa: PLC0415

    began = time.time()
    while time.time() - began < 60:
        with tenant_context(tenant.id):
            if not OutboxStep.objects.filter(state="waiting").exists():
                break
        time.sleep(0.2)
    return round(time.time() - began, 1)


def lags(tenant: Any, committed: dict[str, tuple[float, float]]) -> dict[str, Any]:
    from tenancy.context import tenant_context  # noqa: PLC0415
    from tenancy.models import OutboxStep  # noqa: PLC0415

    with tenant_context(tenant.id):
        rows = OutboxStep.objects.filter(event__name="crm.order_recorded", state="done").values_list(
            "handler", "event__payload__order_id", "done_at"
        )
        found: dict[str, list[float]] = {}
        for handler, order, done_at in rows:
            if order in committed:
                late = 1000 * (done_at.timestamp() - committed[order][0])
                found.setdefault(handler, []).append(late)
    return {handler.rpartition(".")[2]: spread(values) for handler, values in found.items()}


def spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "p50": round(ordered[len(ordered) // 2], 1), "p95": round(ordered[int(len(ordered) * 0.95)], 1),
        "max": round(ordered[-1], 1),
    }  # fmt: skip


def prepare(database: str, options: argparse.Namespace) -> Any:
    """The company, its customers valued once, the outbox empty."""
    from tenancy.context import tenant_context  # noqa: PLC0415
    from tenancy.jobs import run_job  # noqa: PLC0415
    from tenancy.models import Tenant  # noqa: PLC0415
    from value.models import ModelFit  # noqa: PLC0415
    from value.services.recompute import start_recompute  # noqa: PLC0415

    tenant = Tenant.objects.get(slug="bench")
    with tenant_context(tenant.id):
        job = None if ModelFit.objects.filter(is_current=True).exists() else start_recompute()
    if job:
        run_job(tenant.id, job.id)
    empty(database, "tenancy_outboxevent, tenancy_outboxstep")
    return tenant


def empty(database: str, tables: str) -> None:
    with closing(superuser(database)) as server, server.cursor() as cursor:
        cursor.execute(f"SET session_replication_role = replica; TRUNCATE {tables} CASCADE")
        for table in ("crm_order", "crm_customersummary", "crm_segmentmember"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--segments", type=int, default=50)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--producers", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--fresh", action="store_true", help="fill the database again")
    parser.add_argument("--no-stream", action="store_true")
    parser.add_argument("--database", help=argparse.SUPPRESS)
    parser.add_argument("--produce", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    database = options.database or f"bench_segments_{options.customers}"
    is_new = open_database(database, fresh=options.fresh)
    if options.produce:
        tenant_id, rate, seconds, seed = options.produce
        produce(tenant_id, float(rate), float(seconds), int(seed))
        return
    if is_new:
        fill(database, options.customers, options.customers * 5)
    tenant = prepare(database, options)
    segments = "crm_segment, crm_segmentversion, crm_segmentmember, crm_segmentchange, crm_segmentsize"
    result: dict[str, Any] = {"bench": "segments", "customers": options.customers, "rate": options.rate}
    empty(database, segments)
    if not options.no_stream:
        result["without_segments"] = stream(database, tenant, options)
    result["defined"] = define(tenant, options.segments)
    result["keep_ms"] = batch_cost(tenant)
    if not options.no_stream:
        empty(database, "tenancy_outboxevent, tenancy_outboxstep")
        result["with_segments"] = stream(database, tenant, options)
    print(json.dumps(result))


if __name__ == "__main__":
    main()

"""From order rows to stored values: `python bench/value.py --customers 100000 --orders 500000 [--fresh]`.

Everything in PostgreSQL as the application role: learn, refresh, value, keep the month's end; with one worker and
with two. The yardstick, in the same run: the bare SQL scan of the same orders, and COPY of as many result rows.
One order alone is timed too. The database `bench_value_<customers>` is kept for the next run.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from bench._database import open_database, superuser  # noqa: E402  (the path is known now)

_CUSTOMERS = """
INSERT INTO crm_customer (tenant_id, id, kind, name, name_key, external_id, country, language, time_zone,
    manual_status, source, source_detail, version, created_at, updated_at)
SELECT %(tenant)s, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'person', 'Customer ' || n,
       'customer ' || n, 'C' || n, 'GB', '', '', '', 'import', '', 1, now(), now()
  FROM generate_series(1, %(customers)s) AS n
"""
_ASSIGNMENTS = """
INSERT INTO portfolios_assignment (tenant_id, id, customer_id, portfolio_id, period, reason)
SELECT tenant_id, id, id, %(house)s, tstzrange(created_at, NULL, '[)'), 'asked for at creation'
  FROM crm_customer WHERE tenant_id = %(tenant)s
"""
_SUMMARIES = """
INSERT INTO crm_customersummary (tenant_id, customer_id, name_key, trashed, status, orders, returns, revenue, margin,
    margin_year, margin_year_before, cost_year, months, portfolio_id, score)
SELECT tenant_id, id, name_key, false, 'prospect', 0, 0, 0, 0, 0, 0, 0, '{}', %(house)s, 'none'
  FROM crm_customer WHERE tenant_id = %(tenant)s
"""
_ORDERS = """
INSERT INTO crm_order (tenant_id, id, external_id, customer_id, kind, ordered_at, ordered_on, channel, currency, gross,
    discount, net, margin, margin_is_estimate, source, source_detail, created_at)
SELECT %(tenant)s, gen_random_uuid(), 'O' || row_number() OVER (),
       ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       'sale', d, d::date, 'web', 'GBP', m, 0, m, m, true, 'import', '', now()
  FROM (SELECT n, current_date - age + day + time '12:00' AS d, m FROM bench_orders ORDER BY day - age) AS o
"""


def fill(database: str, customers: int, orders: int) -> None:
    """A tenant whose customers order as BG/NBD says, until the wanted number of orders is there."""
    from portfolios.services.assignments import house_portfolio  # noqa: PLC0415
    from tenancy.context import tenant_context  # noqa: PLC0415
    from tenancy.services.tenants import create_tenant  # noqa: PLC0415

    made = create_tenant(
        slug="bench", name="Bench", country="GB", currency="GBP", time_zone="Europe/London",
        admin_email="admin@bench.example", admin_password="a benchmark has no secrets",
    )  # fmt: skip
    with tenant_context(made.tenant.id):
        values = {"tenant": str(made.tenant.id), "house": str(house_portfolio().id), "customers": customers}
    with closing(superuser(database)) as server, server.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("CREATE TEMP TABLE bench_orders (n int, age int, day int, m bigint)")
        cursor.copy_expert("COPY bench_orders FROM STDIN", _drawn(customers, orders))
        for statement in (_CUSTOMERS, _ASSIGNMENTS, _SUMMARIES, _ORDERS):
            cursor.execute(statement, values)
        cursor.execute("ANALYZE")
    with tenant_context(made.tenant.id):
        _refresh()
    with closing(superuser(database)) as server, server.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _refresh() -> None:
    """crm's columns, as an import leaves them."""
    from crm.models import CustomerSummary  # noqa: PLC0415
    from crm.services.summaries import refresh_summaries  # noqa: PLC0415

    ids = list(CustomerSummary.objects.order_by("customer_id").values_list("customer_id", flat=True))
    for start in range(0, len(ids), 20_000):
        refresh_summaries(ids[start : start + 20_000])


def _drawn(customers: int, orders: int) -> Any:
    """Rows customer, age, day of the order, margin: two years, dropout, gamma rates; the seed is fixed."""
    from io import StringIO  # noqa: PLC0415

    import numpy as np  # noqa: PLC0415

    random = np.random.default_rng(7)
    age = random.integers(30, 730, customers)
    rate = random.gamma(0.6, 1.0, customers)
    stays = random.exponential(300, customers) * random.gamma(1.0, 1.0, customers)
    life = np.minimum(age, stays)
    rate *= (orders - customers) / max((rate * life).sum(), 1)
    counts = random.poisson(rate * life)
    owner = np.concatenate((np.arange(customers), np.repeat(np.arange(customers), counts)))
    day = np.concatenate(
        (np.zeros(customers), random.random(len(owner) - customers) * life[owner[customers:]])
    )
    level = random.gamma(4.0, 1.0, customers) * 300
    margin = np.rint(level[owner] * random.gamma(3.0, 1 / 3, len(owner))).astype(int) + 1
    table = np.stack((owner + 1, age[owner], np.floor(day).astype(int), margin), axis=1)
    return StringIO("\n".join("\t".join(map(str, row)) for row in table.tolist()) + "\n")


def worker(tenant_id: str, job_id: str) -> None:
    """One worker's process: help until the job has ended."""
    from uuid import UUID  # noqa: PLC0415

    from tenancy.context import tenant_context  # noqa: PLC0415
    from tenancy.jobs import run_job  # noqa: PLC0415
    from tenancy.models import Job  # noqa: PLC0415

    while True:
        run_job(UUID(tenant_id), UUID(job_id))
        with tenant_context(UUID(tenant_id)):
            if Job.objects.get(id=job_id).state not in (Job.State.QUEUED, Job.State.RUNNING):
                return
        time.sleep(0.05)


def recompute(database: str, workers: int) -> dict[str, Any]:
    """The whole job by that many processes, from nothing; seconds by stage and in all."""
    from tenancy.context import tenant_context  # noqa: PLC0415
    from tenancy.models import Job, Tenant  # noqa: PLC0415
    from value.selectors.recomputes import outcome  # noqa: PLC0415
    from value.services.recompute import start_recompute  # noqa: PLC0415

    forget(database)
    tenant = Tenant.objects.get(slug="bench")
    with tenant_context(tenant.id):
        job = start_recompute()
    command = [sys.executable, __file__, "--database", database, "--worker", str(tenant.id), str(job.id)]
    started = time.perf_counter()
    helpers = [subprocess.Popen(command) for _ in range(workers)]
    for helper in helpers:
        helper.wait()
    seconds = time.perf_counter() - started
    with tenant_context(tenant.id):
        done = Job.objects.get(id=job.id)
        if done.state != Job.State.DONE:
            raise SystemExit(done.error)
        result = outcome(done)
    return {"seconds": round(seconds, 2), "stages": result["seconds"], "scores": result["scores"],
            "chosen": result["model"]["chosen"]}  # fmt: skip


_FORGET = """
ALTER TABLE crm_customersummary
  ALTER COLUMN score TYPE varchar(12) USING CASE WHEN value IS NULL THEN score ELSE 'not_computed' END,
  ALTER COLUMN value TYPE bigint USING NULL, ALTER COLUMN value_low TYPE bigint USING NULL,
  ALTER COLUMN value_high TYPE bigint USING NULL, ALTER COLUMN margin_3y TYPE bigint USING NULL,
  ALTER COLUMN alive TYPE float8 USING NULL, ALTER COLUMN no_order_90 TYPE float8 USING NULL,
  ALTER COLUMN orders_year TYPE float8 USING NULL
"""


def forget(database: str) -> None:
    """Take away every value, as if nothing had been computed; the table and its indexes are written anew."""
    with closing(superuser(database)) as server, server.cursor() as cursor:
        cursor.execute("TRUNCATE value_valuesnapshot, value_equitypoint, value_modelfit")
        cursor.execute(_FORGET)
        cursor.execute("VACUUM ANALYZE crm_customersummary")


def yardstick(database: str) -> dict[str, float]:
    """The bare scan of the orders, and COPY of as many rows as there are results, without keys or policies."""
    scan = "SELECT customer_id, ordered_on, sum(margin) FROM crm_order GROUP BY 1, 2"
    with closing(superuser(database)) as server, server.cursor() as cursor:
        scanned = timed(lambda: cursor.execute(f"SELECT count(*) FROM ({scan}) AS days"))
        results = (
            "SELECT customer_id, alive, no_order_90, orders_year, margin_3y, value, value_low, value_high"
        )
        cursor.execute(f"CREATE TEMP TABLE bench_out AS {results} FROM crm_customersummary")
        cursor.execute("CREATE TEMP TABLE bench_in (LIKE bench_out)")
        path = ROOT / "var" / f"{database}.copy"
        with path.open("wb") as file:
            cursor.copy_expert("COPY bench_out TO STDOUT", file)
        with path.open("rb") as file:
            copied = timed(lambda: cursor.copy_expert("COPY bench_in FROM STDIN", file))
        path.unlink()
    return {"scan": scanned, "copy": copied}


def one_order() -> float:
    """Milliseconds to value one customer again."""
    from crm.models import CustomerSummary  # noqa: PLC0415
    from tenancy.context import tenant_context  # noqa: PLC0415
    from tenancy.models import Tenant  # noqa: PLC0415
    from value.services.revalue import revalue_customers  # noqa: PLC0415

    with tenant_context(Tenant.objects.get(slug="bench").id):
        customer_id = CustomerSummary.objects.filter(score="scored").order_by("customer_id")[0].customer_id
        revalue_customers([customer_id])
        return 1000 * timed(lambda: revalue_customers([customer_id]))


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return round(time.perf_counter() - started, 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--fresh", action="store_true", help="fill the database again")
    parser.add_argument("--database", help=argparse.SUPPRESS)
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    database = options.database or f"bench_value_{options.customers}"
    if open_database(database, fresh=options.fresh) and not options.worker:
        fill(database, options.customers, options.orders)
    if options.worker:
        worker(*options.worker)
        return
    runs = {str(workers): recompute(database, workers) for workers in options.workers}
    yard = yardstick(database)
    best = min(run["seconds"] for run in runs.values())
    print(json.dumps({
        "bench": "value.recompute", "customers": options.customers, "orders": options.orders, "workers": runs,
        "one_order_ms": round(one_order(), 1), "yardstick": yard,
        "yardstick_name": "bare SQL scan + COPY of the results",
        "ratio": round(best / sum(yard.values()), 2),
    }))  # fmt: skip


if __name__ == "__main__":
    main()

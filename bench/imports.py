"""Files of orders and customers through the pipeline: `python -m bench.imports --rows 200000 [--workers 2]`.

Check and load as the application role, from the stored file to the last summary, by one process and by two. The
yardstick, in the same run: COPY of the very rows that the import wrote, by the superuser past row-level security,
into the same tables (with their keys, triggers and constraints) for another tenant. `ratio` is import rate by COPY
rate, `load_ratio` that of the load alone. A small tenant is imported and the tables are analysed before, as autovacuum
does in an installation that is older than a minute.
"""

import argparse
import io
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from bench._database import open_database, superuser

DATABASE = "bench_imports"
# What an import writes, in the order of its references.
TABLES = (
    "crm_product", "crm_customer", "crm_customersummary", "portfolios_assignment", "crm_contactpoint", "crm_order",
    "crm_orderline", "crm_timelineentry",
)  # fmt: skip


def order_file(rows: int) -> bytes:
    """Orders of about ten lines as a shop would export them, in the order of their days."""
    chance, out, order = random.Random(7), io.StringIO(), 0
    out.write("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n")
    day, left = date(2024, 1, 1), 0
    for row in range(rows):
        if not left:
            order, left = order + 1, chance.randint(1, 19)
            head = f"{500000 + order}"
            at = day + timedelta(days=700 * row // rows)
            tail = f"{at} {chance.randint(8, 19):02d}:{chance.randint(0, 59):02d}"
            customer = "" if chance.random() < 0.1 else str(10000 + int(chance.random() ** 2 * rows / 40))
        left -= 1
        item = int(chance.random() ** 2 * 4000)
        price = 0.5 + item % 97 / 4
        out.write(
            f"{head},P{item:05d},Item number {item} of the shop,{chance.randint(1, 24)},{tail},{price:.2f},{customer},"
        )
        out.write("United Kingdom\n")
    return out.getvalue().encode()


def customer_file(rows: int) -> bytes:
    chance = random.Random(11)
    out = io.StringIO()
    out.write("Number,Name,E-mail,Country,City\n")
    for row in range(rows):
        name = f"Person{chance.randint(0, 9999)} Family{chance.randint(0, 9999)}"
        out.write(f"K{row},{name},p{row}@letterbox{row % 50}.com,Germany,Town {row % 300}\n")
    return out.getvalue().encode()


def new_tenant(slug: str) -> tuple[UUID, UUID]:
    """(tenant, its house portfolio)"""
    from portfolios.services.assignments import house_portfolio  # noqa: PLC0415
    from tenancy.context import tenant_context  # noqa: PLC0415
    from tenancy.services.tenants import create_tenant  # noqa: PLC0415

    made = create_tenant(
        slug=slug, name=slug, country="GB", currency="GBP", time_zone="Europe/London",
        admin_email=f"admin@{slug}.example", admin_password="a benchmark has no secrets",
    )  # fmt: skip
    with tenant_context(made.tenant.id):
        return made.tenant.id, house_portfolio().id


def bring_in(tenant_id: UUID, kind: str, data: bytes, workers: int) -> dict[str, Any]:
    """Seconds of upload, check and load, and what came of it."""
    from crm.models import Import  # noqa: PLC0415
    from crm.services.imports import check_import, load_import, upload_import  # noqa: PLC0415
    from tenancy.context import tenant_context  # noqa: PLC0415

    seconds: dict[str, Any] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        result = work()
        seconds[name] = round(time.perf_counter() - started, 2)
        return result

    def upload() -> Any:
        chunks = (data[at : at + (1 << 20)] for at in range(0, len(data), 1 << 20))
        with tenant_context(tenant_id):
            return upload_import(kind=kind, name=f"{kind}.csv", chunks=chunks, created_by=None)

    run = timed("upload", upload)
    with tenant_context(tenant_id):
        job = check_import(run=run, mapping=run.mapping)
    timed("check", lambda: finish(tenant_id, job, workers))
    with tenant_context(tenant_id):
        job = load_import(run=Import.objects.get(id=run.id))
    timed("load", lambda: finish(tenant_id, job, workers))
    with tenant_context(tenant_id):
        counts = Import.objects.get(id=run.id).counts
    return {**seconds, **{name: counts[name] for name in ("read", "created", "unchanged", "rejected")}}


def finish(tenant_id: UUID, job: Any, workers: int) -> None:
    """Work on the job here and in `workers` - 1 other processes until it has ended."""
    helpers = _HELPERS[: workers - 1]
    for helper in helpers:
        helper.stdin.write(f"{tenant_id} {job.id}\n")
        helper.stdin.flush()
    help_with(tenant_id, job.id)
    for helper in helpers:
        helper.stdout.readline()


_HELPERS: list[Any] = []


def start_helpers(count: int) -> None:
    """Other workers, started and connected before anything is measured; each waits for a job on its input."""
    command = [sys.executable, "-m", "bench.imports", "--helper"]
    for _ in range(count):
        _HELPERS.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        _HELPERS[-1].stdout.readline()


def be_a_helper() -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        tenant_id, job_id = map(UUID, line.split())
        help_with(tenant_id, job_id)
        print("done", flush=True)


def help_with(tenant_id: UUID, job_id: UUID) -> None:
    from tenancy.context import tenant_context  # noqa: PLC0415
    from tenancy.jobs import run_job  # noqa: PLC0415
    from tenancy.models import Job  # noqa: PLC0415

    while True:
        run_job(tenant_id, job_id)
        with tenant_context(tenant_id):
            if Job.objects.get(id=job_id).state not in (Job.State.QUEUED, Job.State.RUNNING):
                return
        time.sleep(0.02)


def settle() -> None:
    """What autovacuum does within a minute of the first rows."""
    tenant = new_tenant("small")[0]
    bring_in(tenant, "orders", order_file(5000), 1)
    bring_in(tenant, "customers", customer_file(2000), 1)
    with closing(superuser(DATABASE)) as server, server.cursor() as cursor:
        cursor.execute("ANALYZE")


def copied(source: tuple[UUID, UUID], target: tuple[UUID, UUID]) -> float:
    """Seconds to COPY the rows of one tenant to another in one transaction."""
    with closing(superuser(DATABASE)) as server, server.cursor() as cursor:
        texts = {table: _rows(cursor, table, source, target) for table in TABLES}
        started = time.perf_counter()
        cursor.execute("BEGIN; SET LOCAL app.audit = 'off'")
        for table, (columns, text) in texts.items():
            cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.BytesIO(text), 1 << 20)
        cursor.execute("COMMIT")
        return time.perf_counter() - started


def _rows(cursor: Any, table: str, source: tuple[UUID, UUID], target: tuple[UUID, UUID]) -> tuple[str, bytes]:
    cursor.execute(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [table],
    )
    columns, out = cursor.fetchone()[0], io.BytesIO()
    order = "ORDER BY order_id, position" if table == "crm_orderline" else "ORDER BY 1"
    cursor.copy_expert(
        f"COPY (SELECT {columns} FROM {table} WHERE tenant_id = '{source[0]}' {order}) TO STDOUT", out
    )
    text = out.getvalue()
    for mine, theirs in zip(source, target, strict=True):
        text = text.replace(str(mine).encode(), str(theirs).encode())
    return columns, text


def lines(kind: str, data: bytes, workers: list[int], rounds: int) -> Iterator[dict[str, Any]]:
    """One line for each number of workers, one for the same file again, all against COPY of the same rows.

    Import and COPY take turns, and the best round of each counts: the machine may have other work.
    """
    took: dict[tuple[str, int], list[dict[str, Any]]] = {}
    yards: list[float] = []
    for number in range(rounds):
        for many in workers:
            tenant = new_tenant(f"{kind}-{number}-{many}")
            took.setdefault(("", many), []).append(bring_in(tenant[0], kind, data, many))
        took.setdefault((" again", workers[-1]), []).append(bring_in(tenant[0], kind, data, workers[-1]))
        yards.append(copied(tenant, new_tenant(f"{kind}-{number}-copy")))
    yard = min(yards)
    for (name, many), found in took.items():
        facts = min(found, key=lambda one: one["check"] + one["load"])
        seconds, rows = facts["check"] + facts["load"], facts["read"]
        yield {
            "what": f"import.{kind}{name}", "size": rows, "workers": many, "seconds": round(seconds, 2),
            "rate": round(rows / seconds), "load_rate": round(rows / facts["load"]),
            "yardstick": "COPY of the rows it wrote, by the superuser, into the same tables",
            "yardstick_seconds": round(yard, 2), "yardstick_rate": round(rows / yard),
            "ratio": round(yard / seconds, 2), "load_ratio": round(yard / facts["load"], 2), **facts,
        }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--helper", action="store_true", help="(for itself) be another worker")
    options = parser.parse_args()
    open_database(DATABASE, fresh=not options.helper)
    if options.helper:
        be_a_helper()
        return
    start_helpers(options.workers - 1)
    settle()
    workers = sorted({1, options.workers})
    for kind, data in (("orders", order_file(options.rows)), ("customers", customer_file(options.rows // 8))):
        for line in lines(kind, data, workers, options.rounds):
            print(json.dumps(line), flush=True)
    for helper in _HELPERS:
        helper.stdin.close()
        helper.wait()


if __name__ == "__main__":
    main()

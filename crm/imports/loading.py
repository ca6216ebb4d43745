"""The load of a checked import, bucket by bucket: products, customers, orders whole, matches, then summaries.

What a bucket becomes is weighed again against what is stored now, so that a load may be repeated and resumed.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from crm.events import CustomersCreated, OrdersImported
from crm.imports import customer_sql, order_sql
from crm.imports.checking import NAMED_COLUMNS, Found, added_up, import_of
from crm.imports.customer_rows import CUSTOMER_COLUMNS
from crm.imports.refusing import begin_part
from crm.imports.staging import copy_bucket, drop_lines, save_lines, stored_text
from crm.models import Import, ImportChunk
from crm.services.summaries import refresh_summaries
from tenancy.context import current_actor, current_tenant_id, tenant_context, without_row_audit
from tenancy.jobs import Part
from tenancy.models import Job, JobPart, TenantProfile
from tenancy.outbox import emit
from tenancy.services.audit import record_batch

# What there is to do with chunks of a kind, and in which phase. Parts of a phase run side by side.
_PHASES = {"products": 0, "customers": 1, "people": 2, "lines": 3, "matches": 4}
_SUMMARIES = 5


def plan(job: Job) -> Iterable[Part]:
    """One part for each bucket of each kind; the rows are those of the check."""
    run = import_of(job)
    chunks = ImportChunk.objects.filter(import_run=run, kind__in=_PHASES).order_by("kind", "bucket")
    filled = list(chunks.values_list("kind", "bucket").distinct())
    counted = "lines" if run.kind == Import.Kind.ORDERS else "customers"
    many = max(1, sum(kind == counted for kind, _ in filled))
    done = 0
    for kind, bucket in filled:
        rows = 0
        if kind == counted:
            done += 1
            rows = run.counts["read"] * done // many - run.counts["read"] * (done - 1) // many
        yield Part({"do": kind, "bucket": bucket, "buckets": many}, rows=rows, phase=_PHASES[kind])
    if run.kind == Import.Kind.ORDERS:
        for bucket in range(many):
            yield Part({"do": "summaries", "bucket": bucket}, phase=_SUMMARIES)


def run_part(job: Job, part: JobPart) -> None:
    """Write one bucket, as the member or token that gave the go."""
    begin_part()
    run = import_of(job)
    do = {
        "products": _products, "customers": _customers, "people": _customers, "lines": _orders,
        "matches": _matches, "summaries": _summaries,
    }[part.arguments["do"]]  # fmt: skip
    with tenant_context(current_tenant_id(), actor=job.arguments["actor"]), without_row_audit():
        part.arguments["found"] = do(run, part.arguments)
    part.save(update_fields=["arguments"])


_PRODUCTS = """
INSERT INTO crm_product (tenant_id, id, external_id, name)
SELECT DISTINCT ON (external_id) %(tenant)s, id, external_id, name
  FROM import_product ORDER BY external_id, number
ON CONFLICT (tenant_id, external_id) DO NOTHING
"""


def _products(run: Import, where: dict[str, Any]) -> Found:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS import_product (number bigint, external_id text, name text,"
                       " id uuid) ON COMMIT DELETE ROWS")  # fmt: skip
        copy_bucket(
            run, "products", where["bucket"], "import_product", ("number", "external_id", "name", "id")
        )
        cursor.execute(_PRODUCTS, {"tenant": current_tenant_id()})
        created = cursor.rowcount
    _record(run, "crm_product", {"created": created})
    return {"products_created": created}


def _customers(run: Import, where: dict[str, Any]) -> Found:
    of_orders = run.kind == Import.Kind.ORDERS
    customer_sql.classify_customers(
        run, where["do"], where["bucket"], NAMED_COLUMNS if of_orders else CUSTOMER_COLUMNS
    )
    outcomes = customer_sql.customer_outcomes()
    values = order_sql.values_for(run, TenantProfile.objects.get()) | {"actor": current_actor()}
    new = customer_sql.write_customers(values)
    _record(run, "crm_customer", outcomes)
    return {"customers_created": len(new)} if of_orders else {**outcomes, "customers_created": len(new)}


def _orders(run: Import, where: dict[str, Any]) -> Found:
    values = order_sql.classify(run, where["bucket"], TenantProfile.objects.get())
    counts = {
        outcome: orders
        for outcome, (orders, _, _) in order_sql.outcomes().items()
        if outcome in {"created", "updated", "unchanged"}
    }
    if counts.get("created") or counts.get("updated"):
        _touch(run, where, order_sql.write_orders(values))
        _record(run, "crm_order", counts)
    return dict(counts)


def _touch(run: Import, where: dict[str, Any], customer_ids: list[UUID]) -> None:
    """Remember whose summaries must follow, by buckets of customers: two workers never meet in one summary."""
    groups: defaultdict[int, list[str]] = defaultdict(list)
    for customer_id in customer_ids:
        groups[customer_id.int % where["buckets"]].append(str(customer_id))
    save_lines(run, "touched", where["bucket"], groups)


def _matches(run: Import, where: dict[str, Any]) -> Found:
    return {"matched": order_sql.match_returns(run, where["bucket"])}


def _summaries(run: Import, where: dict[str, Any]) -> Found:
    texts = stored_text(run, "touched", where["bucket"])
    touched = sorted({UUID(line) for text in texts for line in text.decode().split()})
    if touched:
        refresh_summaries(touched)
    return {"summaries": len(touched)}


def _record(run: Import, table: str, counts: dict[str, int]) -> None:
    if any(count for outcome, count in counts.items() if outcome != "unchanged"):
        record_batch(action="import", table=table, note={"import": str(run.id), **counts})


def finish(job: Job) -> None:
    """Say what was done, forget the rows that waited, and announce it once."""
    run = import_of(job)
    counts = {**run.counts, **added_up(job), "read": run.counts["read"], "anonymous": run.counts["anonymous"]}
    counts["noticed"] = run.counts["noticed"]
    # Examples show what somebody bought; they were for whoever gave the go.
    counts["samples"] = []
    run.counts, run.state = counts, Import.State.DONE
    run.save(update_fields=["counts", "state"])
    drop_lines(run)
    if counts.get("customers_created"):
        emit(CustomersCreated(import_id=run.id, count=counts["customers_created"]))
    changed = counts["created"] + counts["updated"]
    if run.kind == Import.Kind.ORDERS and changed:
        emit(OrdersImported(import_id=run.id, orders=changed))


def cancelled(job: Job) -> None:
    Import.objects.filter(job=job).update(state=Import.State.CANCELLED)

"""The check of an import: what would be created, changed and left out. It writes nothing but what it found.

Phases: "read" pieces of the file into buckets, "weigh" each bucket against what is stored, "meet" the customers an
order file names, "quote" the rows that are left out for another row's sake.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final
from uuid import UUID

from uuid_utils import uuid7

from crm.imports import customer_sql, order_sql
from crm.imports.customer_rows import CUSTOMER_COLUMNS, stage_customers
from crm.imports.error_file import write_error_file
from crm.imports.guessing import Mapping
from crm.imports.order_rows import stage_orders
from crm.imports.reading import NotReadable, cut_into_ranges, read_range
from crm.imports.refusing import NOT_KEPT, begin_part, refused_rows
from crm.imports.source import body_chunks, dialect_of, settings_of
from crm.imports.staged import Rejected, as_written, bucket_of
from crm.imports.staging import ROWS_A_PART, buckets_for, drop_lines, fetch, save_lines
from crm.keys import name_key
from crm.models import Import, ImportRow
from tenancy.db.copy import copy_field
from tenancy.jobs import JobFailed, Part
from tenancy.memory import without_collecting
from tenancy.models import Job, JobPart, TenantProfile
from tenancy.money import money_text
from tenancy.selectors.files import file_range

MOST_REJECTED: Final = 100_000
EXAMPLES: Final = 20
NAMED_COLUMNS: Final = ("number", "external_id", "name", "name_key", "country", "id")
"""Of a customer whom an order file names."""

Found = dict[str, Any]


def plan(job: Job) -> Iterable[Part]:
    """Cut the file between rows and say how much there is. Raises JobFailed for a file that is no CSV."""
    run = import_of(job)
    drop_lines(run)
    ImportRow.objects.filter(import_run=run).delete()
    dialect = dialect_of(run)
    try:
        ranges = list(cut_into_ranges(body_chunks(run.file, dialect), dialect, rows=ROWS_A_PART))
    except NotReadable as error:
        raise JobFailed(str(error)) from None
    rows = sum(piece.rows for piece in ranges)
    buckets = buckets_for(rows, run.kind)
    for number, piece in enumerate(ranges):
        where = {
            "start": piece.start,
            "end": piece.end,
            "line": piece.line,
            "buckets": buckets,
            "number": number,
        }
        yield Part({"do": "read", **where}, rows=piece.rows - piece.rows // 2, phase=0)
        yield Part({"do": "quote", **where}, phase=3)
    # Half of a row's way is reading it, the other half weighing it.
    half = rows - sum(piece.rows - piece.rows // 2 for piece in ranges)
    for bucket in range(buckets):
        share = half * (bucket + 1) // buckets - half * bucket // buckets
        yield Part({"do": "weigh", "bucket": bucket, "buckets": buckets}, rows=share, phase=1)
        if run.kind == Import.Kind.ORDERS:
            yield Part({"do": "meet", "bucket": bucket}, phase=2)


def run_part(job: Job, part: JobPart) -> None:
    """Do one part and note what it found in its arguments."""
    begin_part()
    run = import_of(job)
    do = {"read": _read, "weigh": _weigh, "meet": _meet, "quote": _quote}[part.arguments["do"]]
    part.arguments["found"] = do(run, part.arguments)
    part.save(update_fields=["arguments"])


def import_of(job: Job) -> Import:
    return Import.objects.select_related("file", "created_by").get(id=UUID(job.arguments["import"]))


def _read(run: Import, where: dict[str, Any]) -> Found:
    dialect, mapping = dialect_of(run), Mapping.of(run.mapping)
    settings = settings_of(TenantProfile.objects.get())
    stage = stage_orders if run.kind == Import.Kind.ORDERS else stage_customers
    with without_collecting():
        block = read_range(file_range(run.file, where["start"], where["end"]), dialect, line=where["line"])
        staged = stage(block, dialect, mapping, settings, buckets=where["buckets"])
        for kind, lines in staged.lines.items():
            save_lines(run, kind, where["number"], lines)
    _reject(run, staged.rejected)
    return {"read": staged.read, "noticed": dict(staged.noticed.most_common(200))}


def _reject(run: Import, rejected: Iterable[Rejected]) -> None:
    ImportRow.objects.bulk_create(
        (ImportRow(import_run=run, number=n, reason=reason[:300], raw=raw) for n, reason, raw in rejected),
        ignore_conflicts=True, batch_size=2000,
    )  # fmt: skip
    count = ImportRow.objects.filter(import_run=run).count()
    if count > MOST_REJECTED:
        first = ImportRow.objects.filter(import_run=run).order_by("number")[0]
        raise JobFailed(
            f"More than {MOST_REJECTED:,} rows cannot be read, so the columns are probably mapped wrongly. "
            f"Line {first.number} {first.reason}."
        )


def _weigh(run: Import, where: dict[str, Any]) -> Found:
    if run.kind == Import.Kind.CUSTOMERS:
        return _weigh_customers(run, where["bucket"])
    profile = TenantProfile.objects.get()
    order_sql.classify(run, where["bucket"], profile)
    left_out = order_sql.left_out_rows()
    _reject(run, [(number, reason, "") for number, reason in left_out])
    _save_named(run, where["bucket"], where["buckets"])
    samples = [_order_sample(row, profile.currency) for row in order_sql.first_orders(EXAMPLES)]
    return {**_order_counts(), "samples": samples}


def _order_counts() -> Found:
    found: Found = Counter()
    for outcome, (orders, anonymous, lines) in order_sql.outcomes().items():
        if outcome in {"created", "updated", "unchanged"}:
            found.update({outcome: orders, "anonymous_orders": anonymous, "anonymous": lines})
    return dict(found)


def _order_sample(row: Any, currency: str) -> dict[str, Any]:
    outcome, number, order_no, kind, lines, net, customer_no, day = row
    whose = f"customer {customer_no}" if customer_no else "nobody named"
    many = f"{lines} line{'s' if lines != 1 else ''}"
    what = f"{'Return' if kind == 'return' else 'Order'} {order_no}"
    words = f"{many}, {money_text(net, currency)}, {whose}, {day.isoformat()}"
    return {"action": outcome, "number": number, "what": what, "words": words}


def _save_named(run: Import, bucket: int, buckets: int) -> None:
    """Hand the customers, products and matches that the bucket's orders name to buckets of their own."""
    customers: defaultdict[int, list[str]] = defaultdict(list)
    for number, name, country, line in order_sql.named_customers():
        cells = (line, number, name, name_key(name or f"Customer {number}"), country, uuid7())
        customers[bucket_of(number, buckets)].append("\t".join(map(copy_field, cells)))
    products: defaultdict[int, list[str]] = defaultdict(list)
    for number, name, line in order_sql.named_products():
        products[bucket_of(number, buckets)].append(
            "\t".join(map(copy_field, (line, number, name or number, uuid7())))
        )
    matches = ["\t".join(map(copy_field, pair)) for pair in order_sql.named_returns()]
    save_lines(run, "customers", bucket, customers)
    save_lines(run, "products", bucket, products)
    if matches:
        save_lines(run, "matches", bucket, {bucket: matches})


def _weigh_customers(run: Import, bucket: int) -> Found:
    found: Counter[str] = Counter()
    samples: list[dict[str, Any]] = []
    for kind in ("customers", "people"):
        customer_sql.classify_customers(run, kind, bucket, CUSTOMER_COLUMNS)
        found.update(customer_sql.customer_outcomes())
        _reject(run, [(number, reason, "") for number, reason in customer_sql.repeated_rows()])
        # What the row said is not kept: it is about somebody who asked for that.
        _reject(run, [(number, reason, NOT_KEPT) for number, reason in refused_rows()])
        samples += [_customer_sample(row) for row in customer_sql.first_customers(EXAMPLES)]
    return {**found, "samples": samples}


def _customer_sample(row: Any) -> dict[str, Any]:
    outcome, number, external_id, name, fields = row
    words = f"number {external_id}" + (f", {', '.join(fields)} changed" if fields else "")
    return {"action": outcome, "number": number, "what": name, "words": words}


def _meet(run: Import, where: dict[str, Any]) -> Found:
    """Which customers of an order file would be new, and which it puts in two countries."""
    customer_sql.classify_customers(run, "customers", where["bucket"], NAMED_COLUMNS)
    outcomes = customer_sql.customer_outcomes()
    moved = customer_sql.in_two_countries()
    words = "customers stand in two countries; the first stays"
    return {
        "customers": sum(outcomes.values()), "customers_created": outcomes.get("created", 0),
        "noticed": {words: moved} if moved else {},
    }  # fmt: skip


def _quote(run: Import, where: dict[str, Any]) -> Found:
    """Fetch the text of rows that were good and are left out with their order."""
    wanted = {
        row.number: row
        for row in ImportRow.objects.filter(import_run=run, raw="", number__gte=where["line"])
        if row.raw == ""
    }
    if not wanted:
        return {}
    dialect = dialect_of(run)
    block = read_range(file_range(run.file, where["start"], where["end"]), dialect, line=where["line"])
    here = [(n, row) for n, row in zip(block.numbers, block.rows, strict=True) if n in wanted]
    for number, row in here:
        wanted[number].raw = as_written(row, dialect)
    ImportRow.objects.bulk_update([wanted[number] for number, _ in here], ["raw"], batch_size=500)
    return {}


def finish(job: Job) -> None:
    """Add up what the parts found; the import waits for a go."""
    run = import_of(job)
    counts = added_up(job)
    counts["rejected"] = ImportRow.objects.filter(import_run=run).count()
    counts["reasons"] = _reasons(run)
    counts["samples"] = sorted(counts["samples"], key=lambda sample: sample["number"])[:EXAMPLES]
    run.counts, run.state = counts, Import.State.CHECKED
    run.error_file = write_error_file(run)
    run.save(update_fields=["counts", "state", "error_file"])


def added_up(job: Job) -> Found:
    """What all parts of a job found, together."""
    total: Found = {"samples": [], "read": 0, "created": 0, "updated": 0, "unchanged": 0, "anonymous": 0}
    noticed: Counter[str] = Counter()
    for found in _findings(job):
        noticed.update(found.pop("noticed", {}))
        for name, value in found.items():
            total[name] = total.get(name, 0 if isinstance(value, int) else []) + value
    total["noticed"] = noticed.most_common(20)
    return total


def _findings(job: Job) -> Iterator[Found]:
    for arguments in (
        JobPart.objects.filter(job=job).order_by("phase", "number").values_list("arguments", flat=True)
    ):
        yield dict(arguments.get("found", {}))


# Rows are grouped by what is wrong, whatever stands in the cell.
_REASONS = """
SELECT regexp_replace(regexp_replace(reason, '''.*''|".*"', '…'), '(order|line|customer) [^ ,]+', '\\1 …', 'g') AS why,
       count(*), min(number)
  FROM crm_importrow WHERE tenant_id = %(tenant)s AND import_run_id = %(run)s GROUP BY 1 ORDER BY 2 DESC LIMIT 20
"""


def _reasons(run: Import) -> list[tuple[str, int, int]]:
    """(reason, rows, the first line), most frequent first."""
    return fetch(_REASONS, {"tenant": run.tenant_id, "run": run.id})


def cancelled(job: Job) -> None:
    Import.objects.filter(job=job).update(state=Import.State.CANCELLED)

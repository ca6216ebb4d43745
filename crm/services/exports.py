"""Customers leave the house as a CSV file: as a job, for a stated purpose, logged, safe to open in a sheet."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from crm.models import ContactPoint, Customer, CustomerSummary
from crm.selectors.lists import Filters, matching
from crm.selectors.scope import visible_summaries
from tenancy.access import Access
from tenancy.jobs import JobFailed, JobKind, Part, start_job
from tenancy.models import Job, JobPart, StoredFile
from tenancy.money import minor_digits
from tenancy.selectors.acting import access_again
from tenancy.selectors.files import file_chunks
from tenancy.services.files import drop_file, store_file

KIND: Final = "crm.export_customers"
PART: Final = 5_000
MOST_BYTES: Final = 2 << 30
KEPT: Final = timedelta(days=7)
CONTENT_TYPE: Final = "text/csv; charset=utf-8"
HEADER: Final = (
    "number", "name", "kind", "country", "language", "status", "email", "phone", "orders", "returns",
    "first_order", "last_order", "revenue", "margin", "margin_12_months", "cost_12_months", "lifetime_value",
    "likely_from", "likely_to", "chance_alive", "currency",
)  # fmt: skip


class ExportRefused(ValueError):
    """The export cannot be made; the message says why."""


def start_export(
    *,
    access: Access,
    purpose: str,
    customer_ids: Sequence[UUID] | None = None,
    filters: Filters | None = None,
) -> Job:
    """Queue the export of chosen customers, or of all whom the filters keep. Raises ExportRefused.

    Only customers in the scope of `access` go into the file, checked when it is made.
    """
    if not purpose.strip():
        raise ExportRefused("Say what the file is for; it is kept in the log.")
    chosen: dict[str, Any] = {"filters": (filters or Filters()).to_json()}
    if customer_ids is not None:
        chosen = {"ids": [str(id_) for id_ in dict.fromkeys(customer_ids)]}
    number = f"{len(chosen['ids']):,} " if customer_ids is not None else ""
    return start_job(
        kind=KIND,
        title=f"Export {number}customers",
        arguments={"purpose": purpose.strip(), **chosen},
        created_by=access.member,
    )


def _plan(job: Job) -> Iterator[Part]:
    rows = visible_summaries(_asker(job))
    if "ids" in job.arguments:
        rows = rows.filter(customer_id__in=job.arguments["ids"])
    else:
        rows = matching(rows, Filters.from_json(job.arguments["filters"]))
    ids = [str(id_) for id_ in rows.order_by("customer_id").values_list("customer_id", flat=True)]
    for start in range(0, len(ids), PART):
        chunk = ids[start : start + PART]
        yield Part({"ids": chunk}, rows=len(chunk))


def _run_part(job: Job, part: JobPart) -> None:
    """Writes its rows into a file of their own; `finish` puts them together."""
    access = _asker(job)
    rows = visible_summaries(access).filter(customer_id__in=part.arguments["ids"]).select_related("customer")
    lines = _lines(list(rows.order_by("customer_id")), access.profile.currency)
    file = store_file(
        name=f"part {part.number}", content_type=CONTENT_TYPE, chunks=[_csv(lines)], most=MOST_BYTES,
        created_by=job.created_by,
    )  # fmt: skip
    JobPart.objects.filter(id=part.id).update(arguments={**part.arguments, "file": str(file.id)})


def _finish(job: Job) -> None:
    parts = [
        StoredFile.objects.get(id=part.arguments["file"])
        for part in JobPart.objects.filter(job=job).order_by("number")
    ]
    file = store_file(
        name=f"customers {timezone.localdate():%Y-%m-%d}.csv", content_type=CONTENT_TYPE,
        chunks=_joined(parts), most=MOST_BYTES, created_by=job.created_by, expires_at=timezone.now() + KEPT,
    )  # fmt: skip
    for part in parts:
        drop_file(file=part)
    job.result = {"customers": job.rows_done, "file": str(file.id)}


def _joined(parts: Iterable[StoredFile]) -> Iterator[bytes]:
    # The mark tells spreadsheets that this is UTF-8.
    yield b"\xef\xbb\xbf" + _csv([HEADER])
    for part in parts:
        yield from file_chunks(part)


def _csv(lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    return text.getvalue().encode()


def formula_safe(text: str) -> str:
    """Text that a spreadsheet will not take for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in "=+-@\t\r\n|%＝＋－＠" and text else text


def _lines(rows: Sequence[CustomerSummary], currency: str) -> Iterator[list[str]]:
    points = _points([row.customer_id for row in rows])
    for row in rows:
        customer = row.customer
        reached = points.get(customer.id, {})
        yield [*_who(customer, row, reached), *_worth(row, currency)]


def _who(customer: Customer, row: CustomerSummary, reached: dict[str, str]) -> list[str]:
    texts = (
        customer.external_id or "", customer.name, customer.kind, customer.country, customer.language, row.status,
        reached.get("email", ""), reached.get("phone", ""),
    )  # fmt: skip
    return [formula_safe(text) for text in texts]


def _worth(row: CustomerSummary, currency: str) -> list[str]:
    digits = minor_digits(currency)

    def money(minor: int | None) -> str:
        return "" if minor is None else f"{Decimal(minor).scaleb(-digits):f}"

    dates = (f"{day:%Y-%m-%d}" if day else "" for day in (row.first_order_on, row.last_order_on))
    amounts = (
        row.revenue, row.margin, row.margin_year, row.cost_year, row.value, row.value_low, row.value_high
    )  # fmt: skip
    alive = "" if row.alive is None or row.score != CustomerSummary.Score.SCORED else f"{row.alive:.3f}"
    return [str(row.orders), str(row.returns), *dates, *map(money, amounts), alive, currency]


def _points(customer_ids: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """Customer -> kind -> the address to use first."""
    usable = ContactPoint.objects.filter(customer_id__in=customer_ids, invalid_at=None)
    found: dict[UUID, dict[str, str]] = {}
    for point in usable.order_by("-is_primary", "created_at", "id"):
        found.setdefault(point.customer_id, {}).setdefault(point.kind, point.value)
    return found


def _asker(job: Job) -> Access:
    access = access_again(job.created_by_id)
    if access is None or not access.may("crm.export_customers"):
        raise JobFailed("Whoever asked for this export may not do it any more.")
    return access


EXPORT: Final = JobKind(name=KIND, plan=_plan, run_part=_run_part, finish=_finish)

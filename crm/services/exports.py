"""Customers leave the house as a CSV file: as a job, for a stated purpose, logged, safe to open in a sheet.

A file has who they are and how they are reached, then one column a fact that was asked for. Amounts are decimals of the
tenant's currency, shares 0 to 1, days and moments ISO 8601.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from crm.imports.refusing import begin_part
from crm.models import ContactPoint, Customer
from crm.selectors.columns import read_values
from crm.selectors.exports import KIND, asked_columns
from crm.selectors.lists import customers_of
from crm.selectors.scope import visible_summaries
from crm.selectors.where import FilterUnreadable, Raw, rows_for
from rules.catalogue import Fact, Type
from rules.language.words import Vocabulary
from rules.moment import setting_of
from tenancy.access import Access
from tenancy.jobs import JobFailed, JobKind, Part, start_job
from tenancy.models import Job, JobPart, StoredFile
from tenancy.money import minor_digits
from tenancy.registries import export_gates
from tenancy.selectors.acting import access_again
from tenancy.selectors.files import file_chunks
from tenancy.services.files import drop_file, store_file
from tenancy.sheets import safe_cell

PART: Final = 5_000
MOST_BYTES: Final = 2 << 30
KEPT: Final = timedelta(days=7)
CONTENT_TYPE: Final = "text/csv; charset=utf-8"
WHO: Final = ("Number", "Name", "E-mail", "Phone", "Post")
ADDRESS_FOR: Final = {"email": "email", "phone": "phone", "sms": "phone", "post": "post"}
"""Channel -> the kind of address by which it reaches people."""


class ExportRefused(ValueError):
    """The export cannot be made; the message says why."""


def start_export(
    *,
    access: Access,
    purpose: str,
    columns: Sequence[str],
    customer_ids: Sequence[UUID] | None = None,
    where: Raw | None = None,
    contact: tuple[str, str] | None = None,
) -> Job:
    """Queue the export of chosen customers, or of all whom the filter keeps. Raises ExportRefused.

    `columns`: keys of facts. `contact`: the channel and purpose for which people are to be contacted; then only those
    go into the file whom privacy allows when it is made, with that address alone. None: for our own records. Only
    customers in the scope of `access` go into the file, checked when it is made.
    """
    if not purpose.strip():
        raise ExportRefused("Say what the file is for; it is kept in the log.")
    chosen: dict[str, Any] = {"where": where or {}}
    if customer_ids is not None:
        chosen = {"ids": [str(id_) for id_ in dict.fromkeys(customer_ids)]}
    if contact is not None:
        if contact[0] not in ADDRESS_FOR:
            raise ExportRefused(
                "Choose how they are to be contacted: by e-mail, phone, text message or post."
            )
        chosen["contact"] = {"channel": contact[0], "purpose": contact[1]}
    try:
        rows_for(access, chosen)
    except FilterUnreadable as error:
        raise ExportRefused(str(error)) from error
    number = f"{len(chosen['ids']):,} " if customer_ids is not None else ""
    return start_job(
        kind=KIND,
        title=f"Export {number}customers",
        arguments={"purpose": purpose.strip(), "columns": list(columns), **chosen},
        created_by=access.member,
    )


def _plan(job: Job) -> Iterator[Part]:
    access = _asker(job)
    _facts(job, access)
    try:
        rows = rows_for(access, job.arguments)
    except FilterUnreadable as error:
        raise JobFailed(str(error)) from error
    ids = [str(id_) for id_ in rows.order_by("customer_id").values_list("customer_id", flat=True)]
    for start in range(0, len(ids), PART):
        chunk = ids[start : start + PART]
        yield Part({"ids": chunk}, rows=len(chunk))


def _run_part(job: Job, part: JobPart) -> None:
    """Writes its rows into a file of their own; `finish` puts them together. An erasure takes the file away."""
    begin_part()
    access = _asker(job)
    ids, left_out = _permitted(job, part.arguments["ids"])
    lines = _lines(access, _facts(job, access), ids, _address_for(job))
    file = store_file(
        name=f"part {part.number}", content_type=CONTENT_TYPE, chunks=[_csv(lines)], most=MOST_BYTES,
        created_by=job.created_by, expires_at=timezone.now() + KEPT,
    )  # fmt: skip
    kept = {**part.arguments, "file": str(file.id), "in_file": len(ids), "left_out": left_out}
    JobPart.objects.filter(id=part.id).update(arguments=kept)


def _permitted(job: Job, ids: Sequence[str]) -> tuple[list[str], dict[str, int]]:
    """Those of the ids who may be in the file, and how many others by reason."""
    contact = job.arguments.get("contact")
    if contact is None:
        return list(ids), {}
    gate = export_gates["privacy"]
    allowed, left_out = gate([UUID(id_) for id_ in ids], contact["channel"], contact["purpose"])
    return [id_ for id_ in ids if UUID(id_) in allowed], left_out


def _address_for(job: Job) -> str:
    """The kind of address that may be in the file; empty: all."""
    contact = job.arguments.get("contact")
    return ADDRESS_FOR[contact["channel"]] if contact else ""


def _finish(job: Job) -> None:
    begin_part()
    access = _asker(job)
    header = [*WHO, *(_heading(fact, access.profile.currency) for fact in _facts(job, access))]
    done = list(JobPart.objects.filter(job=job).order_by("number"))
    here = StoredFile.objects.in_bulk([part.arguments["file"] for part in done])
    if len(here) < len(done):
        raise JobFailed("Somebody in it was erased while it was made. Start the export again.")
    parts = [here[UUID(part.arguments["file"])] for part in done]
    file = store_file(
        name=f"customers {timezone.localdate():%Y-%m-%d}.csv", content_type=CONTENT_TYPE,
        chunks=_joined(header, parts), most=MOST_BYTES, created_by=job.created_by, expires_at=timezone.now() + KEPT,
    )  # fmt: skip
    for piece in parts:
        drop_file(file=piece)
    left_out: Counter[str] = Counter()
    for part in done:
        left_out.update(part.arguments.get("left_out", {}))
    in_file = sum(part.arguments.get("in_file", part.rows) for part in done)
    job.result = {"customers": in_file, "file": str(file.id), "left_out": dict(left_out.most_common())}


def _joined(header: Sequence[str], parts: Iterable[StoredFile]) -> Iterator[bytes]:
    # The mark tells spreadsheets that this is UTF-8.
    yield b"\xef\xbb\xbf" + _csv([header])
    for part in parts:
        yield from file_chunks(part)


def _csv(lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    return text.getvalue().encode()


def _heading(fact: Fact, currency: str) -> str:
    return f"{fact.label} ({currency})" if fact.type is Type.MONEY else fact.label


def _lines(access: Access, facts: Sequence[Fact], ids: Sequence[str], kind: str) -> Iterator[list[str]]:
    rows = list(visible_summaries(access).filter(customer_id__in=ids).order_by("customer_id"))
    customers, setting = customers_of(rows), setting_of(access.profile)
    values = read_values(facts, rows, customers, setting)
    points, words = _points(list(customers), kind), Vocabulary(setting)
    for customer_id, known in values.items():
        cells = [_cell(fact, known.get(fact.key), words) for fact in facts]
        yield [*_who(customers[customer_id], points.get(customer_id, {})), *cells]


def _who(customer: Customer, reached: dict[str, str]) -> list[str]:
    texts = (customer.external_id or "", customer.name, reached.get("email", ""),
             reached.get("phone", ""), reached.get("post", ""))  # fmt: skip
    return [safe_cell(text, is_text=True) for text in texts]


def _cell(fact: Fact, value: Any, words: Vocabulary) -> str:
    if value is None:
        return ""
    match fact.type:
        case Type.MONEY:
            return f"{Decimal(value).scaleb(-minor_digits(words.setting.currency)):f}"
        case Type.NUMBER | Type.SHARE:
            return f"{value:.4g}" if abs(value) < 1000 else f"{value:.1f}"
        case Type.DATE:
            return str(value)
        case Type.MOMENT:
            return str(value.astimezone(words.setting.zone).isoformat("T", "seconds"))
        case Type.COUNT:
            return str(value)
        case Type.TEXT:
            return safe_cell(value, is_text=True)
    return safe_cell(words.value(fact, value), is_text=True)


def _points(customer_ids: Sequence[UUID], kind: str) -> dict[UUID, dict[str, str]]:
    """Customer -> kind -> the address to use first; of that kind alone, if one is named."""
    usable = ContactPoint.objects.filter(customer_id__in=customer_ids, invalid_at=None)
    usable = usable.filter(kind=kind) if kind else usable
    found: dict[UUID, dict[str, str]] = {}
    for point in usable.order_by("-is_primary", "created_at", "id"):
        found.setdefault(point.customer_id, {}).setdefault(point.kind, point.value)
    return found


def _facts(job: Job, access: Access) -> list[Fact]:
    """The facts that were asked for; each must still be there and be for the eyes of whoever asked."""
    try:
        return asked_columns(access, job.arguments["columns"])
    except LookupError as gone:
        raise JobFailed(f"The column {gone} is not there any more, or not for you; export again.") from gone


def _asker(job: Job) -> Access:
    access = access_again(job.created_by_id)
    if access is None or not access.may("crm.export_customers"):
        raise JobFailed("Whoever asked for this export may not do it any more.")
    return access


EXPORT: Final = JobKind(name=KIND, plan=_plan, run_part=_run_part, finish=_finish)

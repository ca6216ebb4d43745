"""Old consents from a file: uploaded, its columns mapped, checked for what each row is worth, recorded as what it is.

A row that cannot be proven is recorded all the same, and never allows anything: a flag brought by an import is no
better than what came with it. Recording is idempotent: the same row again is the same event.
"""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from crm.imports.cells import CellRefused
from crm.imports.reading import (
    Block,
    Dialect,
    EncodingWatch,
    NotReadable,
    as_utf8,
    cut_into_ranges,
    decoded,
    read_range,
    refuse_other_kinds,
)
from crm.imports.refusing import begin_part
from crm.imports.source import body_chunks, dialect_of_file
from crm.keys import name_key
from crm.models import ContactPoint, Customer
from privacy.imports import fields as known
from privacy.imports.rows import Reading, Said, entries_for, worth_of
from privacy.models import ConsentUpload
from privacy.selectors.call_records import need_a_record
from privacy.selectors.consents import purpose_names
from privacy.services.consents import ConsentEntry, ConsentRefused, record_each
from tenancy.jobs import JobFailed, JobKind, Part, start_job
from tenancy.models import Job, JobPart, Member, StoredFile, TenantProfile
from tenancy.selectors.files import file_range
from tenancy.services.files import FileRefused, drop_file, plain_name, store_file
from tenancy.sheets import safe_cell

KEPT: Final = timedelta(days=30)
ROWS: Final = 1000  # of a part: one transaction, whose chains are held meanwhile
State = ConsentUpload.State


class UploadRefused(ValueError):
    """The file cannot be taken or go on; the message says why. `field` says what to mend."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def upload_consents(*, name: str, chunks: Iterable[bytes], created_by: Member | None) -> ConsentUpload:
    """Store a file, find out how it is written and guess its columns. Raises UploadRefused."""
    watch = EncodingWatch()
    try:
        with transaction.atomic():
            file = store_file(
                name=plain_name(name), content_type="text/csv", chunks=watch.through(as_utf8(_text_only(chunks))),
                most=settings.UPLOAD_MAX_BYTES, created_by=created_by, expires_at=timezone.now() + KEPT,
            )  # fmt: skip
            dialect = dialect_of_file(file, watch.encoding)
            return ConsentUpload.objects.create(
                name=file.name, file=file, encoding=watch.encoding, delimiter=dialect.delimiter,
                header=list(dialect.header), mapping=known.guess(dialect.header).as_json(), created_by=created_by,
            )  # fmt: skip
    except (FileRefused, NotReadable) as error:
        raise UploadRefused(str(error), field="file") from None


def _text_only(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for number, chunk in enumerate(chunks):
        if number == 0:
            refuse_other_kinds(chunk)
        yield chunk


def check_consents(*, upload: ConsentUpload, mapping: known.Mapping) -> Job:
    """Say of every row what it would be worth, before anything is recorded. Raises UploadRefused."""
    _require_sound(upload, mapping)
    with transaction.atomic():
        held = _held(upload, State.MAPPING, State.CHECKED, State.STOPPED)
        held.mapping, held.counts = mapping.as_json(), {}
        return _start(held, CHECK.name, f"Checking {held.name}", State.CHECKING)


def back_to_columns(*, upload: ConsentUpload) -> None:
    """Map the columns once more. Raises UploadRefused."""
    with transaction.atomic():
        held = _held(upload, State.CHECKED, State.STOPPED)
        held.state, held.counts = State.MAPPING, {}
        held.save(update_fields=["state", "counts"])


def record_upload(*, upload: ConsentUpload) -> Job:
    """Give the go. Raises UploadRefused."""
    with transaction.atomic():
        held = _held(upload, State.CHECKED)
        held.counts = {"checked": held.counts.get("worth", {})}
        return _start(held, LOAD.name, f"Recording {held.name}", State.RUNNING)


def drop_upload(*, upload: ConsentUpload) -> None:
    """Forget a file that nothing was recorded from. Raises UploadRefused."""
    with transaction.atomic():
        held = _held(upload, State.MAPPING, State.CHECKED, State.STOPPED)
        file = held.file
        held.delete()
        if file:
            drop_file(file=file)


def _held(upload: ConsentUpload, *states: str) -> ConsentUpload:
    held = ConsentUpload.objects.select_for_update(of=("self",)).select_related("file").get(id=upload.id)
    if held.state not in states:
        raise UploadRefused("This file is at another step by now; load the page again.")
    if held.file is None:
        raise UploadRefused("The file is not kept any more; upload it again.")
    return held


def _start(upload: ConsentUpload, kind: str, title: str, state: str) -> Job:
    job = start_job(
        kind=kind, title=title[:200], arguments={"upload": str(upload.id)}, created_by=upload.created_by
    )
    upload.job, upload.state = job, state
    upload.save(update_fields=["mapping", "counts", "job", "state"])
    return job


def _require_sound(upload: ConsentUpload, mapping: known.Mapping) -> None:
    for name, column in mapping.columns.items():
        if name not in known.NAMES or column not in upload.header:
            raise UploadRefused(f"The file has no column {column!r}.", field=name)
    if not {"number", "address"} & set(mapping.columns):
        raise UploadRefused(
            "Say by which column the customer is found: a number or an address.", field="number"
        )
    for name in ("purpose", "channel"):
        if name not in mapping.columns and not getattr(mapping, name):
            raise UploadRefused(f"Choose a column for the {name}, or one {name} for every row.", field=name)


def reading_of(upload: ConsentUpload) -> Reading:
    names = {key: key for key in purpose_names()}
    by_name = {name_key(name): key for key, name in purpose_names().items()}
    return Reading(
        mapping=known.Mapping(**upload.mapping), header=upload.header, purposes=by_name | names,
        profile=TenantProfile.objects.get(),
    )  # fmt: skip


def _plan(job: Job) -> Iterator[Part]:
    upload = _upload(job)
    file, dialect = _file(upload)
    for one in cut_into_ranges(body_chunks(file, dialect), dialect, rows=ROWS):
        yield Part({"from": one.start, "to": one.end, "line": one.line}, rows=one.rows)


def _upload(job: Job) -> ConsentUpload:
    return ConsentUpload.objects.select_related("file").get(id=job.arguments["upload"])


def _file(upload: ConsentUpload) -> tuple[StoredFile, Dialect]:
    if upload.file is None or not upload.file.size:
        raise JobFailed("The file is gone: somebody in it was erased, or its time was over. Upload it again.")
    return upload.file, dialect_of_file(upload.file, upload.encoding, upload.delimiter)


Row = tuple[int, list[str], Said | None, str]
"""(line, cells, what it says or None, why it cannot be read)"""


def _rows(upload: ConsentUpload, arguments: dict[str, Any]) -> list[Row]:
    file, dialect = _file(upload)
    block = read_range(file_range(file, arguments["from"], arguments["to"]), dialect, line=arguments["line"])
    return rows_of(upload, dialect.encoding, block)


def rows_of(upload: ConsentUpload, encoding: str, block: Block) -> list[Row]:
    reading = reading_of(upload)
    found: list[Row] = [(line, [raw], None, reason) for line, reason, raw in block.broken]
    for line, row in zip(block.numbers, block.rows, strict=True):
        cells = [decoded(cell, encoding) for cell in row]
        try:
            found.append((line, cells, reading.row(cells), ""))
        except CellRefused as refused:
            found.append((line, cells, None, str(refused)))
    return found


def _whose(rows: Iterable[Row]) -> tuple[dict[str, UUID], dict[str, list[UUID]]]:
    """Number -> customer, normal form of an address -> its customers. Two statements."""
    said = [row[2] for row in rows if row[2]]
    numbers = {one.number for one in said if one.number}
    keys = {one.key for one in said if one.key and not one.number}
    points: dict[str, list[UUID]] = defaultdict(list)
    for key, customer_id in ContactPoint.objects.filter(value_key__in=keys).values_list(
        "value_key", "customer_id"
    ):
        if customer_id not in points[key]:
            points[key].append(customer_id)
    by_number = Customer.objects.filter(external_id__in=numbers).values_list("external_id", "id")
    return {number: customer_id for number, customer_id in by_number if number}, points


def _owners(said: Said, by_number: dict[str, UUID], points: dict[str, list[UUID]]) -> tuple[list[UUID], str]:
    """Whose row it is, or why nobody's. A stop for a shared address is said for everybody who has it."""
    if said.number:
        found = [by_number[said.number]] if said.number in by_number else []
        return found, "" if found else "names a customer who is not here"
    owners = points.get(said.key, [])
    if not owners:
        return [], "has an address that no customer has"
    if said.is_grant and len(owners) > 1:
        return [], f"has an address that {len(owners)} customers share: name the customer by number"
    return owners, ""


def _check_part(job: Job, part: JobPart) -> None:
    upload = _upload(job)
    rows = _rows(upload, part.arguments)
    by_number, points = _whose(rows)
    recorded = need_a_record({*by_number.values(), *(one for found in points.values() for one in found)})
    worth: Counter[str] = Counter()
    for _, _, said, why in rows:
        owners, nobody = _owners(said, by_number, points) if said else ([], why)
        if said is None or nobody:
            worth["refused"] += 1
            continue
        needs_record = said.values["channel"] == "phone" and owners[0] in recorded
        worth[worth_of(said, needs_record=needs_record)] += 1
    _add(upload.id, {"worth": dict(worth)}, [])


def _load_part(job: Job, part: JobPart) -> None:
    """One transaction: the entries of a part are recorded together, in a few statements."""
    begin_part()
    upload = _upload(job)
    rows = _rows(upload, part.arguments)
    by_number, points = _whose(rows)
    entries: list[ConsentEntry] = []
    of_row: list[tuple[int, list[str]]] = []
    left_out: list[tuple[int, str, list[str]]] = []
    for line, cells, said, why in rows:
        owners, nobody = _owners(said, by_number, points) if said else ([], why)
        if said is None or nobody:
            left_out.append((line, nobody, cells))
            continue
        for owner in owners:
            for entry in entries_for(said, owner):
                entries.append(entry)
                of_row.append((line, cells))
    counts: Counter[str] = Counter()
    for answer, (line, cells) in zip(record_each(entries, who="an import of consents"), of_row, strict=True):
        if isinstance(answer, ConsentRefused):
            left_out.append((line, str(answer), cells))
        else:
            counts["recorded" if answer.is_new else "known"] += 1
    counts["left_out"] = len({line for line, _, _ in left_out})
    _add(upload.id, dict(counts), left_out)


def _add(upload_id: UUID, more: dict[str, Any], left_out: list[tuple[int, str, list[str]]]) -> None:
    """Parts run side by side: the counts are added under the row's lock."""
    upload = ConsentUpload.objects.select_for_update().get(id=upload_id)
    counts = upload.counts
    for name, value in more.items():
        if isinstance(value, dict):
            counts[name] = dict(Counter(counts.get(name, {})) + Counter(value))
        else:
            counts[name] = counts.get(name, 0) + value
    if left_out:
        counts.setdefault("pieces", []).append([left_out[0][0], str(_piece(upload, left_out).id)])
    upload.save(update_fields=["counts"])


def _piece(upload: ConsentUpload, left_out: list[tuple[int, str, list[str]]]) -> StoredFile:
    rows = [[str(line), why, *cells] for line, why, cells in sorted(left_out, key=lambda one: one[0])]
    return _store(upload, f"part of {upload.name}", [_lines(rows)])


def _store(upload: ConsentUpload, name: str, chunks: Iterable[bytes]) -> StoredFile:
    return store_file(
        name=plain_name(name), content_type="text/csv; charset=utf-8", chunks=chunks, most=1 << 40,
        created_by=upload.created_by, expires_at=timezone.now() + KEPT,
    )  # fmt: skip


def _lines(rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _checked(job: Job) -> None:
    ConsentUpload.objects.filter(id=job.arguments["upload"]).update(state=State.CHECKED)


def _loaded(job: Job) -> None:
    upload = _upload(job)
    pieces = [file_id for _, file_id in sorted(upload.counts.pop("pieces", []))]
    if pieces:
        upload.error_file = _store(upload, f"left out of {upload.name}", _joined(upload, pieces))
        StoredFile.objects.filter(id__in=pieces).delete()
    upload.state, file, upload.file = State.DONE, upload.file, None
    upload.save(update_fields=["state", "counts", "error_file", "file"])
    if file:
        drop_file(file=file)


def _joined(upload: ConsentUpload, pieces: list[str]) -> Iterator[bytes]:
    # The mark tells spreadsheets that this is UTF-8.
    yield "\ufeff".encode() + _lines([["Line", "Why it was left out", *upload.header]])
    for piece in pieces:
        file = StoredFile.objects.filter(id=piece).first()
        if file:
            yield file_range(file, 0, file.size)


def _stopped(job: Job) -> None:
    ConsentUpload.objects.filter(id=job.arguments["upload"]).update(state=State.STOPPED)


CHECK: Final = JobKind("privacy.check_consents", _plan, _check_part, _checked, _stopped)
LOAD: Final = JobKind("privacy.record_consents", _plan, _load_part, _loaded, _stopped)

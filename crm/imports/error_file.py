"""The rows that were left out, as a file: their line, why, and what they said. Safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterator

from crm.models import Import, ImportRow
from tenancy.models import StoredFile
from tenancy.services.files import plain_name, store_file
from tenancy.sheets import safe_cell


def write_error_file(run: Import) -> StoredFile | None:
    """Store the rejected rows of an import in the order of the file; None when there are none."""
    if not ImportRow.objects.filter(import_run=run).exists():
        return None
    return store_file(
        name=f"left out of {plain_name(run.file.name)}", content_type="text/csv; charset=utf-8",
        chunks=_chunks(run), most=1 << 40, created_by=run.created_by,
    )  # fmt: skip


def _chunks(run: Import, at_once: int = 1000) -> Iterator[bytes]:
    # The mark tells spreadsheets that this is UTF-8.
    yield "\ufeff".encode() + _lines([["Line", "Why it was left out", *run.header]])
    last = 0
    while rows := list(
        ImportRow.objects.filter(import_run=run, number__gt=last).order_by("number")[:at_once]
    ):
        yield _lines([[str(row.number), row.reason, *_cells(row.raw)] for row in rows])
        last = rows[-1].number


def _cells(raw: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(raw, newline="")), [])
    except csv.Error:
        return [raw]


def _lines(rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode()

"""A person goes out of uploads: the stored files, the checked rows that wait, and the rows that were left out.

Files keep their length, so that what was planned by place still fits; the person's cells become blanks.
"""

import csv
import re
import zlib
from collections.abc import Iterator
from itertools import pairwise

from django.db.models import QuerySet

from crm.imports.customer_rows import CUSTOMER_COLUMNS
from crm.imports.error_file import write_error_file
from crm.imports.order_rows import LINE_COLUMNS
from crm.imports.reading import decoded
from crm.imports.refusing import ERASED, NOT_KEPT
from crm.models import Import, ImportChunk, ImportRow
from tenancy.db.copy import copy_field
from tenancy.models import JobPart, StoredFilePart
from tenancy.registries import Traces
from tenancy.services.traces import (
    GONE,
    bytes_pattern,
    empty_file,
    holds,
    pattern_of,
    words_anywhere,
    words_of,
)

_AROUND = 64 << 10
"""Bytes looked at on both sides of a part: a row may begin in one and end in the next."""
_NUMBER_FIELDS = ("external_id", "customer")
_NOTHING = rb"\N"


def erase_from_imports(traces: Traces) -> int:
    """Take a person out of every import; returns how many rows and cells of text were cleaned."""
    return _erase_rejected(traces) + _erase_waiting(traces) + sum(_erase_from(run, traces) for run in _runs())


def _runs() -> Iterator[Import]:
    yield from Import.objects.select_related("file", "error_file", "created_by").order_by("id")


def _erase_rejected(traces: Traces) -> int:
    """Rows that were left out, with the files that list them."""
    named = _rejected(traces)
    touched = set(named.values_list("import_run_id", flat=True))
    gone = named.delete()[0]
    for run in Import.objects.select_related("file", "error_file", "created_by").filter(id__in=touched):
        before = run.error_file
        run.error_file = write_error_file(run)
        run.save(update_fields=["error_file"])
        if before:
            empty_file(before)
    return gone


def _rejected(traces: Traces) -> QuerySet[ImportRow]:
    pattern = pattern_of(traces)
    if traces.number:
        cell = rf'(^|[",;\t ]){re.escape(traces.number)}([",;\t ]|$)'
        pattern = f"{pattern}|{cell}" if pattern else cell
    rows = ImportRow.objects.all()
    return (
        (rows.filter(raw__iregex=pattern) | rows.filter(reason__iregex=pattern)) if pattern else rows.none()
    )


def _erase_waiting(traces: Traces) -> int:
    """Checked rows that are not loaded yet: a customer's row goes, an order stays without its customer."""
    wanted, gone = bytes_pattern(words_anywhere(traces)), 0
    for chunk in ImportChunk.objects.filter(kind__in=["customers", "people", "lines"]).iterator(
        chunk_size=20
    ):
        lines = zlib.decompress(bytes(chunk.content)).split(b"\n")
        kept = [_without(line, chunk.kind, traces, wanted) for line in lines]
        if kept != lines:
            gone += sum(before != after for before, after in zip(lines, kept, strict=True))
            _tell(chunk, [line for line, stays in zip(lines, kept, strict=True) if stays is None])
            text = b"\n".join(line for line in kept if line is not None)
            ImportChunk.objects.filter(id=chunk.id).update(content=zlib.compress(text, 1))
    return gone


def _tell(chunk: ImportChunk, gone: list[bytes]) -> None:
    """Rows that were good and are left out now stand with the others that were, without what they said."""
    rows = [
        ImportRow(
            import_run_id=chunk.import_run_id,
            number=int(line.split(b"\t", 1)[0]),
            reason=ERASED,
            raw=NOT_KEPT,
        )
        for line in gone
    ]
    ImportRow.objects.bulk_create(rows, ignore_conflicts=True)


def _without(line: bytes, kind: str, traces: Traces, wanted: "re.Pattern[bytes] | None") -> bytes | None:
    """The line as it may stay; None where it goes.

    A line under somebody else's number stays theirs, whoever it mentions.
    """
    cells = line.split(b"\t")
    columns = LINE_COLUMNS if kind == "lines" else CUSTOMER_COLUMNS
    place = columns.index("customer_no" if kind == "lines" else "external_id")
    name = columns.index("customer_name" if kind == "lines" else "name")
    if len(cells) <= max(place, name):
        return line
    number = copy_field(traces.number).encode() if traces.number else None
    is_theirs = number is not None and cells[place] == number
    is_named = cells[name].decode(errors="replace").casefold() in {text.casefold() for text in traces.texts}
    mentions = wanted is not None and wanted.search(line) is not None
    if not (is_theirs or is_named or mentions):
        return line
    if kind != "lines":
        return None
    if cells[place] in (_NOTHING, b"", number):
        cells[place], cells[name] = _NOTHING, b""
    if wanted:
        for text in (name, columns.index("description")):
            cells[text] = wanted.sub(GONE.encode(), cells[text])
    return b"\t".join(cells)


def _erase_from(run: Import, traces: Traces) -> int:
    """Blank the person's rows in the stored file; returns how many."""
    wanted = bytes_pattern([*words_of(traces), *([traces.number] if traces.number else [])])
    if wanted is None or not holds(run.file, wanted):
        return 0
    parts = StoredFilePart.objects.filter(file=run.file)
    numbers = list(parts.order_by("number").values_list("number", flat=True))
    blanked = sum(_blank_part(run, number, wanted, traces) for number in numbers)
    if blanked:
        _forget_examples(run)
    return blanked


def _forget_examples(run: Import) -> None:
    """The preview shows a few rows by name; once somebody of the file is erased it shows counts only."""
    Import.objects.filter(id=run.id).update(counts={**run.counts, "samples": []} if run.counts else {})
    for part in JobPart.objects.filter(job__arguments__import=str(run.id)):
        if part.arguments.get("found", {}).get("samples"):
            part.arguments["found"]["samples"] = []
            part.save(update_fields=["arguments"])


def _blank_part(run: Import, number: int, wanted: "re.Pattern[bytes]", traces: Traces) -> int:
    """Blank rows that begin, end or are named in one part, up to `_AROUND` into its neighbours."""
    near = {
        part.number: part
        for part in StoredFilePart.objects.filter(file=run.file, number__in=[number - 1, number, number + 1])
    }
    texts = {n: bytearray(part.content) for n, part in near.items()}
    before = bytes(texts[number - 1][-_AROUND:]) if number - 1 in texts else b""
    after = bytes(texts[number + 1][:_AROUND]) if number + 1 in texts else b""
    window = bytearray(before + bytes(texts[number]) + after)
    found = {_record(window, match.start()) for match in wanted.finditer(bytes(window))}
    theirs = [
        (start, end)
        for start, end in found
        if _is_theirs(run, bytes(window[start:end]), traces, number, start)
    ]
    for start, end in theirs:
        window[start:end] = re.sub(
            rb"[^\r\n\"" + re.escape(run.delimiter.encode()) + rb"]", b" ", window[start:end]
        )
    if theirs:
        _put_back(near, texts, window, number, len(before))
    return len(theirs)


def _put_back(
    near: dict[int, StoredFilePart], texts: dict[int, bytearray], window: bytearray, number: int, offset: int
) -> None:
    middle = len(texts[number])
    pieces = {number: window[offset : offset + middle]}
    if number - 1 in texts:
        pieces[number - 1] = texts[number - 1][: len(texts[number - 1]) - offset] + window[:offset]
    if number + 1 in texts:
        tail = window[offset + middle :]
        pieces[number + 1] = tail + texts[number + 1][len(tail) :]
    for place, content in pieces.items():
        if content != texts[place]:
            StoredFilePart.objects.filter(id=near[place].id).update(content=bytes(content))


def _record(text: bytearray, at: int) -> tuple[int, int]:
    """From where to where the row goes that holds this place; a quoted cell may hold line ends."""
    start, end = text.rfind(b"\n", 0, at) + 1, _line_end(text, at)
    for _ in range(20):
        if text.count(b'"', start, end) % 2 == 0:
            break
        end = _line_end(text, end + 1)
    return start, end


def _line_end(text: bytearray, at: int) -> int:
    found = text.find(b"\n", at)
    return len(text) if found < 0 else found


def _is_theirs(run: Import, record: bytes, traces: Traces, part: int, start: int) -> bool:
    """Whether a row is about the person: their number in its column, or their name or an address in any cell."""
    if part == 0 and start == 0:
        return False  # the header
    cells = _cells(run, record)
    columns = run.mapping.get("columns", {})
    places = [run.header.index(columns[f]) for f in _NUMBER_FIELDS if columns.get(f) in run.header]
    if traces.number and any(place < len(cells) and cells[place] == traces.number for place in places):
        return True
    named = bytes_pattern(words_anywhere(traces))
    return bool(named and named.search(record)) or _is_named(cells, traces)


def _is_named(cells: list[str], traces: Traces) -> bool:
    """The name fills a cell, or given and family name stand in two cells side by side."""
    together = {cell.casefold() for cell in cells} | {
        f"{one} {two}".casefold() for one, two in pairwise(cells)
    }
    return any(text.casefold() in together for text in traces.texts)


def _cells(run: Import, record: bytes) -> list[str]:
    text = decoded(record.decode("latin-1"), run.encoding)
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=run.delimiter), [])]
    except csv.Error:
        return [text]

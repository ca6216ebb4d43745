"""From bytes to rows: encodings, delimiters, quotes, and rows that are broken.

Everything is cut as latin-1, where a character is a byte, and decoded cell by cell afterwards: offsets are bytes,
and a broken sequence spoils its row and no other.
"""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

MOST_CELL: Final = 64 * 1024
MOST_LINE: Final = 1 << 20
MOST_LINES_A_ROW: Final = 200
MOST_COLUMNS: Final = 500
BLOCK: Final = 1000

csv.field_size_limit(MOST_CELL)

# What people upload instead of CSV, by its first bytes.
_OTHER_KINDS: Final = (
    (b"PK\x03\x04", "an Excel or ZIP file"), (b"\xd0\xcf\x11\xe0", "an old Excel file"), (b"\x1f\x8b", "a gzip file"),
    (b"\xfd7zXZ\x00", "an xz file"), (b"BZh", "a bzip2 file"), (b"%PDF", "a PDF"), (b"SQLite format", "a database"),
)  # fmt: skip
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
ENCODINGS: Final = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "latin-1": "Latin-1", "iso8859-15": "Latin-9"}
DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", ":": "colon", "^": "caret"}


class NotReadable(ValueError):
    """The file cannot be read as CSV; the message says why and what to do."""


@dataclass(frozen=True)
class Dialect:
    """How the file is written. `encoding` is one of ENCODINGS; `body` is where the rows begin, in bytes."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    body: int
    body_line: int


@dataclass
class Block:
    """Some rows: their cells (still latin-1), their line numbers, and the rows that cannot be read."""

    rows: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    broken: list[tuple[int, str, str]] = field(default_factory=list)
    """(line, reason, the row as it stands)"""
    size: int = 0
    lines: int = 0


def refuse_other_kinds(head: bytes) -> None:
    """Raise NotReadable for a file that is no text."""
    for magic, kind in _OTHER_KINDS:
        if head.startswith(magic):
            raise NotReadable(f"This is {kind}. Save it as CSV and upload that.")


def as_utf8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The stream as it is, or rewritten as UTF-8 where it is UTF-16 or UTF-32, so that a newline is one byte."""
    stream = iter(chunks)
    first = next(stream, b"")
    encoding = _wide_encoding(first)
    if encoding is None:
        yield first
        yield from stream
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for chunk in (first, *stream):
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def _wide_encoding(head: bytes) -> str | None:
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if marked:
        return marked if marked != "utf-8-sig" else None
    sample = head[:4096]
    # Without a mark: text in which every second byte is zero.
    if len(sample) >= 4 and sample[1::2].count(0) > len(sample) * 0.4 and sample[::2].count(0) < 4:
        return "utf-16-le"
    if len(sample) >= 4 and sample[::2].count(0) > len(sample) * 0.4 and sample[1::2].count(0) < 4:
        return "utf-16-be"
    return None


class EncodingWatch:
    """Looks at a stream as it passes and says afterwards which encoding it is."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.foreign = self.broken = 0
        self.head = b""

    def through(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.head = self.head or chunk[: 1 << 18]
            self._look(self._decoder.decode(chunk))
            yield chunk
        self._look(self._decoder.decode(b"", final=True))

    def _look(self, text: str) -> None:
        if not text.isascii():
            self.foreign += len(text) - len(text.encode("ascii", "ignore"))
            self.broken += text.count("\ufffd")

    @property
    def encoding(self) -> str:
        """UTF-8 where it nearly always is (the few broken rows are rejected), else Windows-1252."""
        return "utf-8" if self.broken * 20 <= self.foreign else "cp1252"


def sniff(head: bytes, encoding: str, delimiter: str = "") -> Dialect:
    """How a file is written, from its first bytes (the more the better). Raises NotReadable."""
    start = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    lines = list(lines_of([head[start:]]))
    if not any(map(str.strip, lines)):
        raise NotReadable("The file is empty.")
    delimiter = delimiter or _guess_delimiter(lines)
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        names = next(reader)
    except csv.Error:
        raise NotReadable("The first line must name the columns; it cannot be read.") from None
    _refuse_header(names, any(map(str.strip, lines[reader.line_num :])))
    header = unique_names([decoded(cell, encoding) for cell in names])
    body = start + sum(map(len, lines[: reader.line_num]))
    return Dialect(encoding, delimiter, header, body, reader.line_num + 1)


def _refuse_header(names: list[str], has_rows: bool) -> None:
    if not any(map(str.strip, names)):
        raise NotReadable("The first line must name the columns; it is empty.")
    if len(names) > MOST_COLUMNS:
        raise NotReadable(f"The first line names {len(names)} columns; {MOST_COLUMNS} is the most.")
    if not has_rows:
        raise NotReadable("The file has a first line and no rows.")


def _guess_delimiter(lines: list[str]) -> str:
    """The delimiter that cuts the first rows most evenly, and then into most columns."""

    def evenness(delimiter: str) -> tuple[float, int]:
        widths = [len(row) for row in _first_rows(lines, delimiter) if row]
        width = widths[0] if widths else 1
        return (round(widths.count(width) / len(widths), 1), width) if width > 1 else (0.0, 1)

    return max(DELIMITERS, key=evenness)


def _first_rows(lines: list[str], delimiter: str, most: int = 50) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in islice(csv.reader(lines[:200], delimiter=delimiter), most):
            rows.append(row)
    except csv.Error:
        pass
    # The last row may be cut off where the sample ends.
    return rows[:-1] if 2 < len(rows) < most else rows


def unique_names(cells: list[str]) -> tuple[str, ...]:
    """Column names in one line each, unnamed and repeated ones numbered: ("Date", "Date (2)", "Column 3")."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = " ".join(cell.replace("\0", "").split())[:100] or f"Column {number}"
        repeats = sum(other == name or other.startswith(f"{name} (") for other in names)
        names.append(f"{name} ({repeats + 1})" if repeats else name)
    return tuple(names)


def decoded(cell: str, encoding: str) -> str:
    """A cell as text; what cannot be read becomes U+FFFD."""
    return cell if cell.isascii() else cell.encode("latin-1").decode(encoding, "replace")


def lines_of(chunks: Iterable[bytes]) -> Iterator[str]:
    """Lines as latin-1 with their ends, whichever ends the file has. Raises NotReadable for one without an end."""
    rest, old_mac = b"", None
    for chunk in chunks:
        data = rest + chunk
        if old_mac is None and (b"\n" in data or b"\r" in data):
            old_mac = b"\n" not in data
        if old_mac:
            data = data.replace(b"\r", b"\n")
        whole, end, rest = data.rpartition(b"\n")
        if len(rest) > MOST_LINE:
            raise NotReadable("A line is longer than a mebibyte: this is no CSV file.")
        yield from io.StringIO((whole + end).decode("latin-1"), newline="\n")
    if rest:
        yield rest.decode("latin-1")


class RowReader:
    """Rows out of lines, in blocks. A row that cannot be read costs its own first line and nothing else."""

    def __init__(self, lines: Iterable[str], *, delimiter: str, width: int, first_line: int) -> None:
        self._source = iter(lines)
        self._waiting: deque[str] = deque()
        self._delimiter, self._width = delimiter, width
        self._line = first_line

    def __iter__(self) -> Iterator[Block]:
        while self._fill(BLOCK):
            lines = list(islice(self._waiting, BLOCK))
            yield self._plain(lines) or self._careful(len(lines))

    def _fill(self, wanted: int) -> bool:
        if len(self._waiting) < wanted:
            self._waiting.extend(islice(self._source, wanted - len(self._waiting)))
        return bool(self._waiting)

    def _plain(self, lines: list[str]) -> Block | None:
        """The usual block: every line is a row of the right width (as fast as the csv module is)."""
        try:
            rows = list(csv.reader(lines, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return None
        if len(rows) != len(lines) or set(map(len, rows)) != {self._width} or [""] * self._width in rows:
            return None
        block = Block(rows, list(range(self._line, self._line + len(rows))))
        block.size, block.lines = sum(map(len, lines)), len(lines)
        for _ in lines:
            self._waiting.popleft()
        self._line += len(lines)
        return block

    def _careful(self, wanted: int) -> Block:
        block = Block()
        while block.lines < wanted and self._fill(1):
            self._one(block)
        return block

    def _one(self, block: Block) -> None:
        row, used, reason = self._row()
        if reason is None and row and len(row) > self._width and not any(map(str.strip, row[self._width :])):
            row = row[: self._width]
        if reason is None and row and len(row) != self._width and any(map(str.strip, row)):
            reason = f"has {len(row)} columns, the first line names {self._width}"
            used = 1
        if reason:
            block.broken.append((self._line, reason, self._waiting[0][:10_000]))
        elif row and any(map(str.strip, row)):
            block.rows.append(row)
            block.numbers.append(self._line)
        self._take(block, used)

    def _row(self) -> tuple[list[str], int, str | None]:
        """The next row, how many lines it takes, or why it cannot be read."""
        reader = csv.reader(self._ahead(), delimiter=self._delimiter, strict=True)
        try:
            row = next(reader, [])
            return row, max(reader.line_num, 1), None
        except csv.Error as error:
            return self._lenient(str(error))

    def _lenient(self, message: str) -> tuple[list[str], int, str | None]:
        if "end of data" in message:
            return [], 1, "opens a quote that is not closed"
        if "limit" in message:
            return [], 1, f"has a cell larger than {MOST_CELL // 1024} KiB"
        try:
            return next(csv.reader([self._waiting[0]], delimiter=self._delimiter)), 1, None
        except csv.Error:
            return [], 1, "has a line break in the middle of a cell"

    def _ahead(self) -> Iterator[str]:
        for number in range(MOST_LINES_A_ROW):
            if not self._fill(number + 1) or len(self._waiting) <= number:
                return
            yield self._waiting[number]

    def _take(self, block: Block, lines: int) -> None:
        for _ in range(lines):
            block.size += len(self._waiting.popleft())
        block.lines += lines
        self._line += lines


@dataclass(frozen=True)
class Range:
    """A piece of the file, in bytes, cut between rows. `line` is the number of its first line."""

    start: int
    end: int
    line: int
    rows: int


def cut_into_ranges(chunks: Iterable[bytes], dialect: Dialect, *, rows: int) -> Iterator[Range]:
    """Ranges of about `rows` rows each; `chunks` begin at the body. Raises NotReadable."""
    reader = RowReader(
        lines_of(chunks), delimiter=dialect.delimiter, width=len(dialect.header), first_line=dialect.body_line
    )
    start, line, count = dialect.body, dialect.body_line, 0
    at, next_line = start, line
    for block in reader:
        at, next_line = at + block.size, next_line + block.lines
        count += len(block.rows) + len(block.broken)
        if count >= rows:
            yield Range(start, at, line, count)
            start, line, count = at, next_line, 0
    if count:
        yield Range(start, at, line, count)


def read_range(data: bytes, dialect: Dialect, *, line: int) -> Block:
    """The rows of a range of the body, as one block."""
    reader = RowReader(
        lines_of([data]), delimiter=dialect.delimiter, width=len(dialect.header), first_line=line
    )
    whole = Block()
    for block in reader:
        whole.rows += block.rows
        whole.numbers += block.numbers
        whole.broken += block.broken
    return whole

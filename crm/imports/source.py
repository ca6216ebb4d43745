"""The file of an import and how it is written."""

from collections.abc import Iterator, Sequence

from crm.imports.reading import MOST_LINE, Block, Dialect, RowReader, decoded, lines_of, sniff
from crm.imports.staged import Settings
from crm.models import Import
from tenancy.models import StoredFile, TenantProfile
from tenancy.money import minor_digits
from tenancy.selectors.files import file_chunks, file_range
from tenancy.services.files import PART

SAMPLE_ROWS = 2000


def dialect_of(run: Import) -> Dialect:
    """How the file of an import is written, as detected or corrected. Raises NotReadable."""
    return dialect_of_file(run.file, run.encoding, run.delimiter)


def dialect_of_file(file: StoredFile, encoding: str, delimiter: str = "") -> Dialect:
    return sniff(file_range(file, 0, min(file.size, 1 << 18)), encoding, delimiter)


def body_chunks(file: StoredFile, dialect: Dialect) -> Iterator[bytes]:
    """The file without its header, part by part."""
    for number, chunk in enumerate(file_chunks(file)):
        yield chunk[dialect.body :] if number == 0 else chunk


def sample_rows(file: StoredFile, dialect: Dialect) -> list[list[str]]:
    """Rows from the head of the file and from four places behind it, as text."""
    places = [dialect.body] + [file.size * share // 5 for share in (1, 2, 3, 4) if file.size > 5 * PART]
    return [row for place in places for row in _rows_at(file, dialect, place)]


def _rows_at(file: StoredFile, dialect: Dialect, place: int) -> Iterator[list[str]]:
    data = file_range(file, place, min(file.size, place + (1 << 18)))
    if place > dialect.body:
        # Behind the first line end; inside a quoted cell the widths will not fit.
        data = data.partition(b"\n")[2]
    if place + (1 << 18) < file.size:
        data = data.rpartition(b"\n")[0]
    block = next(iter(_reader(data, dialect)), Block())
    for row in block.rows[:SAMPLE_ROWS]:
        yield [decoded(cell, dialect.encoding).strip() for cell in row]


def _reader(data: bytes, dialect: Dialect) -> RowReader:
    return RowReader(
        lines_of([data[:MOST_LINE]]), delimiter=dialect.delimiter, width=len(dialect.header), first_line=1
    )


def settings_of(profile: TenantProfile) -> Settings:
    """What reading cells needs to know of the tenant."""
    return Settings(profile.currency, minor_digits(profile.currency), profile.time_zone, profile.country)


def column_samples(
    header: Sequence[str], rows: Sequence[Sequence[str]], most: int = 3
) -> dict[str, list[str]]:
    """The first different values of each column, cut for a page."""
    return {
        name: list(dict.fromkeys(row[place][:60] for row in rows[:200] if row[place]))[:most]
        for place, name in enumerate(header)
    }

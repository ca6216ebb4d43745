"""Checked lines between the check and the load: deflated chunks, one for each bucket a part of the file fills."""

import io
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TextIO, cast

from django.db import connection

from crm.models import Import, ImportChunk
from tenancy.db.copy import copy_text

ROWS_A_PART = 25_000
# A customer costs as much as five lines: summary, portfolio, contact points, timeline.
CUSTOMERS_A_BUCKET = 5_000
MOST_PARTS = 400


def buckets_for(rows: int, kind: str) -> int:
    """How many buckets a file of so many rows is sorted into: each some seconds of a worker's time at most."""
    each = CUSTOMERS_A_BUCKET if kind == Import.Kind.CUSTOMERS else ROWS_A_PART
    return max(1, min(MOST_PARTS, rows // each))


def save_lines(run: Import, kind: str, part: int, lines: Mapping[int, Sequence[str]]) -> None:
    """Store lines by bucket. `part` tells chunks of one bucket apart and keeps their order."""
    ImportChunk.objects.bulk_create(
        ImportChunk(import_run=run, kind=kind, bucket=bucket, part=part, content=_deflated(of_bucket))
        for bucket, of_bucket in sorted(lines.items())
    )


def _deflated(lines: Iterable[str]) -> bytes:
    return zlib.compress("".join(f"{line}\n" for line in lines).encode(), 1)


def stored_text(run: Import, kind: str, bucket: int) -> Iterator[bytes]:
    """The chunks of a bucket, one in memory at a time."""
    chunks = ImportChunk.objects.filter(import_run=run, kind=kind, bucket=bucket).order_by("part")
    for part in list(chunks.values_list("part", flat=True)):
        yield zlib.decompress(chunks.values_list("content", flat=True).get(part=part))


def copy_bucket(run: Import, kind: str, bucket: int, table: str, columns: Sequence[str]) -> None:
    """COPY a bucket into a temporary table, emptied first."""
    with connection.cursor() as cursor:
        cursor.execute(f'TRUNCATE pg_temp."{table}"')
    for text in stored_text(run, kind, bucket):
        # Bytes as they are: the driver would encode text again.
        copy_text(table, columns, cast(TextIO, io.BytesIO(text)))


def fetch(sql: str, values: Mapping[str, Any] | None = None) -> list[Any]:
    """The rows of a statement over the temporary tables."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def drop_lines(run: Import) -> None:
    """Forget the rows that waited: the import is done, or begins again."""
    ImportChunk.objects.filter(import_run=run).delete()

"""COPY, which psycopg2 offers and Django does not. Refused on tables under row-level security:
copy into a temporary table, then INSERT SELECT."""

from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from django.db import connection

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_field(value: Any) -> str:
    """One value in COPY's text format; None is NULL."""
    return r"\N" if value is None else str(value).translate(_ESCAPES)


class _Rows:
    """A file-like over rows, so that a million of them are never in memory at once."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._lines = ("\t".join(map(copy_field, row)) + "\n" for row in rows)
        self._rest = ""

    def read(self, size: int = -1) -> str:
        parts, length = [self._rest], len(self._rest)
        for line in self._lines:
            parts.append(line)
            length += len(line)
            if 0 <= size <= length:
                break
        text = "".join(parts)
        cut = len(text) if size < 0 else size
        self._rest = text[cut:]
        return text[:cut]


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY `rows` into `table` (a temporary one). `table` and `columns` are trusted identifiers."""
    copy_text(table, columns, _Rows(rows))  # type: ignore[arg-type]


def copy_text(table: str, columns: Sequence[str], source: TextIO) -> None:
    """COPY text already in COPY's text format into `table`."""
    with connection.cursor() as cursor:
        names = ", ".join(f'"{column}"' for column in columns)
        cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', source, 1 << 16)

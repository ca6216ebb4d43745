"""COPY, which psycopg2 offers and Django does not. Refused on tables under row-level security:
copy into a temporary table, then INSERT SELECT."""

from collections.abc import Sequence
from typing import Any, TextIO

from django.db import connection

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_field(value: Any) -> str:
    """One value in COPY's text format; None is NULL."""
    return r"\N" if value is None else str(value).translate(_ESCAPES)


def copy_text(table: str, columns: Sequence[str], source: TextIO) -> None:
    """COPY text already in COPY's text format into `table`."""
    with connection.cursor() as cursor:
        names = ", ".join(f'"{column}"' for column in columns)
        cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', source, 1 << 16)

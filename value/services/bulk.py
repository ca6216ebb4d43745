"""Rows between PostgreSQL and numpy without a Python object a row: COPY in its binary format.

Every column has a fixed width and is never NULL, so that a file is one structured array (PostgreSQL manual,
COPY, "Binary Format"). What is unknown travels as NaN or `NOTHING`.
"""

import os
import time
from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final, TypeAlias

import numpy as np
from django.db import connection
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[np.void]

_TYPES: Final = {
    "uuid": "V16",
    "bigint": ">i8",
    "integer": ">i4",
    "date": ">i4",
    "float8": ">f8",
    "boolean": "?",
}
_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER: Final = b"\xff\xff"
NOTHING: Final = -(2**63)
"""Stands for NULL in a bigint column."""
EPOCH: Final = 730_120
"""The ordinal of 2000-01-01, from which PostgreSQL counts its dates."""


def _layout(columns: Mapping[str, str]) -> np.dtype[np.void]:
    fields: list[tuple[str, str]] = [("_count", ">i2")]
    for name, kind in columns.items():
        fields += [(f"_{name}", ">i4"), (name, _TYPES[kind])]
    return np.dtype(fields)


def read_rows(query: str, parameters: Mapping[str, Any], columns: Mapping[str, str]) -> Rows:
    """Run a trusted SELECT and return its rows; `columns` maps its names, in order, to PostgreSQL's types."""
    sink = BytesIO()
    with connection.cursor() as cursor:
        statement = cursor.mogrify(f"COPY ({query}) TO STDOUT (FORMAT binary)", parameters).decode()
        cursor.copy_expert(statement, sink, 1 << 20)
    view = sink.getbuffer()[len(_HEADER) : -len(_TRAILER)]
    return np.frombuffer(view, _layout(columns))


def write_rows(table: str, columns: Mapping[str, str], values: Mapping[str, Any], count: int) -> None:
    """Fill a temporary table of this transaction with `count` rows; table and columns are trusted names."""
    rows = np.zeros(count, _layout(columns))
    rows["_count"] = len(columns)
    for name in columns:
        rows[f"_{name}"] = rows.dtype[name].itemsize
        rows[name] = values[name]
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        _empty_table(cursor, table, columns)
        source = BytesIO(_HEADER + rows.tobytes() + _TRAILER)
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN (FORMAT binary)", source, 1 << 20)


def _empty_table(cursor: Any, table: str, columns: Mapping[str, str]) -> None:
    # Kept by the session and emptied at each commit: a table made a thousand times a day bloats the catalogue.
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({typed}) ON COMMIT DELETE ROWS")
    cursor.execute(f"DELETE FROM {table}")


def minor_units(amounts: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round to whole minor units; NaN becomes `NOTHING`, absurd amounts stop at the edge of a bigint."""
    known = np.isfinite(amounts)
    whole = np.clip(np.rint(np.where(known, amounts, 0.0)), -9e18, 9e18).astype(np.int64)
    return np.where(known, whole, NOTHING)


def null_if_unknown(columns: Mapping[str, str], alias: str) -> dict[str, str]:
    """The SQL that reads each column back, unknown as NULL."""
    unknown = {"float8": "'NaN'", "bigint": f"'{NOTHING}'::bigint"}
    return {
        name: f"NULLIF({alias}.{name}, {unknown[kind]})" if kind in unknown else f"{alias}.{name}"
        for name, kind in columns.items()
    }


def new_ids(count: int) -> NDArray[np.void]:
    """UUIDs of version 7 (RFC 9562), 16 bytes each: this millisecond, then randomness."""
    ids = np.frombuffer(bytearray(os.urandom(16 * count)), np.uint8).reshape(count, 16)
    ids[:, :6] = np.frombuffer((time.time_ns() // 1_000_000).to_bytes(6, "big"), np.uint8)
    ids[:, 6] = ids[:, 6] & 0x0F | 0x70
    ids[:, 8] = ids[:, 8] & 0x3F | 0x80
    return ids.view("V16").reshape(count)

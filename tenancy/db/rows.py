"""Rows read and written by statements whose text is made once, for what every request does.

The ORM composes a statement anew each time, which costs more than PostgreSQL does for it.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from django.db import connection, connections, models

MOST = 500
"""Rows of one statement."""

Kind = type[models.Model]


def columns_of(*kinds: Kind) -> str:
    """All columns of these models, table by table: what `read_together` takes apart."""
    return ", ".join(
        f'"{kind._meta.db_table}"."{field.column}"' for kind in kinds for field in kind._meta.concrete_fields
    )


def read_together(row: Sequence[Any], *kinds: Kind) -> list[Any]:
    """An instance of each model out of a row of `columns_of`."""
    found, start = [], 0
    for kind in kinds:
        names, converters = _shape(kind)
        values = list(row[start : start + len(names)])
        for place, convert in converters:
            values[place] = convert(values[place], None, connection)
        found.append(kind.from_db(connection.alias, names, values))
        start += len(names)
    return found


@cache
def _shape(kind: Kind) -> tuple[list[str], list[tuple[int, Callable[..., Any]]]]:
    """Names of the columns, and what of them is stored otherwise than it is read."""
    fields: Sequence[Any] = kind._meta.concrete_fields
    converters = [
        (place, convert)
        for place, field in enumerate(fields)
        for convert in field.get_db_converters(connection)
    ]
    return [field.attname for field in fields], converters


def insert_together(*tables: Sequence[models.Model], is_once: bool = False) -> None:
    """Insert the rows of each table, table after table, few of them in one go.

    As `bulk_create`, for models whose key is made here, in the caller's transaction. `is_once`: what is there already
    is left out.
    """
    batches = [rows[start : start + MOST] for rows in tables for start in range(0, len(rows), MOST)]
    are_few = sum(map(len, batches)) <= MOST
    tail = " ON CONFLICT DO NOTHING" if is_once else ""
    here = connections[connection.alias]  # asked for each value: the proxy would look it up each time
    with here.cursor() as cursor:
        for parcel in [batches] if are_few and batches else [[batch] for batch in batches]:
            statements = [_insert_sql(type(batch[0]), len(batch)) + tail for batch in parcel]
            values = [value for batch in parcel for row in batch for value in _stored(row, here)]
            cursor.execute(";".join(statements), values)
    for row in (row for batch in batches for row in batch):
        row._state.adding, row._state.db = False, here.alias


def _insert_sql(kind: Kind, rows: int) -> str:
    head, places = _insert_parts(kind)
    return head + ", ".join([places] * rows)


@cache
def _insert_parts(kind: Kind) -> tuple[str, str]:
    columns = [f'"{field.column}"' for field in kind._meta.concrete_fields]
    head = f'INSERT INTO "{kind._meta.db_table}" ({", ".join(columns)}) VALUES '
    return head, f"({', '.join(['%s'] * len(columns))})"


def _stored(row: models.Model, here: Any) -> Iterator[Any]:
    for field in row._meta.concrete_fields:
        yield field.get_db_prep_save(field.pre_save(row, True), here)

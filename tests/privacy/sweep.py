"""Looks for a word everywhere: every column of every tenant table, files unpacked, and all that Valkey holds."""

import io
import zipfile
import zlib
from typing import Any

from django.core.cache import cache
from django.db import connection


def where_is(word: str) -> list[str]:
    """`table.column` of the active tenant wherever the word stands, whatever its case; with Valkey's keys."""
    found = [f"{table}.{column}" for table, column in _columns() if _stands(table, column, word)]
    return sorted(found + _in_valkey(word))


def _columns() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0"
            " AND NOT a.attisdropped AND c.relrowsecurity ORDER BY 1, 2"
        )
        return list(cursor.fetchall())


def _stands(table: str, column: str, word: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s",
            [table, column],
        )
        if cursor.fetchone()[0] == "bytea":
            cursor.execute(f'SELECT "{column}" FROM "{table}"')
            return any(
                word.lower().encode() in unpacked(bytes(value)).lower() for (value,) in cursor if value
            )
        cursor.execute(
            f'SELECT EXISTS (SELECT FROM "{table}" WHERE position(%s IN lower("{column}"::text)) > 0)',
            [word.lower()],
        )
        return bool(cursor.fetchone()[0])


def unpacked(content: bytes) -> bytes:
    """What stands in it, also where it is deflated or a zip."""
    try:
        return zlib.decompress(content)
    except zlib.error:
        pass
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return b"\n".join(archive.read(name) for name in archive.namelist())
    return content


def _in_valkey(word: str) -> list[str]:
    client: Any = cache._cache.get_client()  # type: ignore[attr-defined]
    found = []
    for key in client.scan_iter():
        kind = client.type(key)
        value = (
            client.get(key)
            if kind == b"string"
            else repr(client.lrange(key, 0, -1)).encode()
            if kind == b"list"
            else b""
        )
        if word.lower().encode() in (key + (value or b"")).lower():
            found.append(f"valkey:{key.decode()}")
    return found

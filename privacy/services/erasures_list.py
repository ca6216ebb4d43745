"""The list of erasures outside the database, beside the backups: keyed hashes, one JSON object a line.

A restored backup brings people back; `replay_erasures` finds them by their hashes and erases them again.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection

from privacy.keys import keys_of
from privacy.models import Erasure
from tenancy.context import current_tenant_id


class ErasuresUnreadable(ValueError):
    """The list holds a line that is none of ours; the message says which."""


class ErasuresUnwritable(RuntimeError):
    """No line could be added; without the list there is no erasure. The message says what to mend."""


@dataclass(frozen=True)
class Line:
    """One erasure as the list remembers it."""

    tenant_id: UUID
    at: datetime
    customer: str
    addresses: tuple[str, ...]


def append_line(erasure: Erasure) -> None:
    """Add an erasure and see it onto the disk. Raises ErasuresUnwritable."""
    path = Path(settings.ERASURES_FILE)
    try:
        _append(path, erasure)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ErasuresUnwritable(
            f"The list of erasures ({path}) cannot be written: {reason}. Let whoever runs the installation mend "
            "ERASURES_FILE, then erase again."
        ) from error


def _append(path: Path, erasure: Erasure) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    line = {"tenant": str(erasure.tenant_id), "at": erasure.at.isoformat(), **erasure.hashes}
    # One write with O_APPEND: lines of several processes do not mix.
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, json.dumps(line, separators=(",", ":")).encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)


def read_lines() -> Iterator[Line]:
    """The list in its order. A last line that was cut by a crash is passed over. Raises ErasuresUnreadable."""
    path = Path(settings.ERASURES_FILE)
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    for number, text in enumerate(lines, 1):
        try:
            yield _line(text)
        except (ValueError, KeyError, TypeError) as error:
            if number == len(lines) and not text.endswith("\n"):
                return
            raise ErasuresUnreadable(f"Line {number} of {path} is no erasure: {error}") from None


def _line(text: str) -> Line:
    found = json.loads(text)
    return Line(
        UUID(found["tenant"]),
        datetime.fromisoformat(found["at"]),
        str(found["customer"]),
        tuple(map(str, found["addresses"])),
    )


def customers_back(hashes: list[str]) -> list[UUID]:
    """Customers of the active tenant whose id has one of these hashes and who are not erased (any more)."""
    found: list[UUID] = []
    for key in keys_of(current_tenant_id(), "address"):
        with connection.cursor() as cursor:
            cursor.execute(
                _BACK, {"name": key.name, "inner": key.inner, "outer": key.outer, "hashes": hashes}
            )
            found += [row[0] for row in cursor.fetchall()]
    return sorted(set(found))


_BACK = """
SELECT c.id FROM crm_customer AS c
  LEFT JOIN privacy_person AS p ON p.tenant_id = c.tenant_id AND p.customer_id = c.id
 WHERE p.erased_at IS NULL
   AND %(name)s || ':' || encode(sha256(%(outer)s || sha256(
         %(inner)s || convert_to('customer:' || c.id, 'UTF8'))), 'hex') = ANY(%(hashes)s)
"""

"""Files are stored in the database, a mebibyte a row: under row-level security and in the backup."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from django.utils import timezone

from tenancy.models import Member, StoredFile, StoredFilePart

PART: Final = 1 << 20
"""Bytes a part; the last one has what is left."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


class FileRefused(ValueError):
    """The file cannot be stored; nothing was written and the message says why."""


def store_file(
    *, name: str, content_type: str, chunks: Iterable[bytes], most: int, created_by: Member | None = None,
    expires_at: datetime | None = None,
) -> StoredFile:  # fmt: skip
    """Store a stream as it comes, never whole in memory, in the caller's transaction.

    Raises FileRefused once more than `most` bytes have come.
    """
    file = StoredFile.objects.create(
        name=plain_name(name), content_type=content_type[:100], created_by=created_by, expires_at=expires_at
    )
    digest = hashlib.sha256()
    for number, content in enumerate(_parts(chunks)):
        file.size += len(content)
        if file.size > most:
            raise FileRefused(f"The file is larger than {most // PART:,} MiB; cut it into several.")
        digest.update(content)
        StoredFilePart.objects.create(file=file, number=number, content=content)
    file.sha256 = digest.hexdigest()
    file.save(update_fields=["size", "sha256"])
    return file


def plain_name(name: str) -> str:
    """The last part of a path without control characters; at most 200 characters, never empty."""
    last = _UNPRINTABLE.sub("", name).replace("\\", "/").rpartition("/")[2].strip()
    return last[-200:] or "file"


def drop_file(*, file: StoredFile) -> None:
    """Delete a file nobody refers to any more, with its parts."""
    file.delete()


def drop_expired_files() -> int:
    """Delete files whose time is over: exports hold personal data. Returns how many."""
    expired = StoredFile.objects.filter(expires_at__lt=timezone.now())
    return expired.delete()[1].get(StoredFile._meta.label, 0)


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= PART:
            yield bytes(waiting[:PART])
            del waiting[:PART]
    if waiting:
        yield bytes(waiting)

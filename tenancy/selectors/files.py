"""Reading stored files: as a stream, or a range of their bytes."""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

from tenancy.models import StoredFile, StoredFilePart
from tenancy.services.files import PART


def file_chunks(file: StoredFile) -> Iterator[bytes]:
    """The parts of a file in order, one in memory at a time."""
    for number in range((file.size + PART - 1) // PART):
        yield _part(file, number)


def file_range(file: StoredFile, start: int, end: int) -> bytes:
    """Bytes `start` to `end` (exclusive) of a file."""
    numbers = range(start // PART, (end + PART - 1) // PART)
    offset = numbers.start * PART
    return b"".join(_part(file, number) for number in numbers)[start - offset : end - offset]


def file_copy(file: StoredFile) -> IO[bytes]:
    """A copy in a temporary file, at its start: a response is sent when the tenant is no longer active."""
    copy: IO[bytes] = SpooledTemporaryFile(max_size=PART)  # noqa: SIM115  (closed by whoever sends it)
    for chunk in file_chunks(file):
        copy.write(chunk)
    copy.seek(0)
    return copy


def _part(file: StoredFile, number: int) -> bytes:
    content = StoredFilePart.objects.values_list("content", flat=True).get(file=file, number=number)
    return bytes(content)

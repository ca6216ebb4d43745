"""A file of addresses becomes a list: hashed line by line as it comes, loaded by a job, bucket by bucket.

Every bucket is one transaction that brings what is new and takes what is gone, so that an address that stays on the
list is on it at every moment.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from io import StringIO
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from crm.keys import AddressRefused, email_key, phone_key
from crm.services.summaries import tenant_today
from privacy.keys import Key, address_message, keys_of
from privacy.lists import LISTS, KnownList, quick_key
from privacy.models import ListUpload
from tenancy.context import current_actor, current_tenant_id, without_row_audit
from tenancy.db.copy import copy_text
from tenancy.jobs import JobFailed, JobKind, Part, start_job
from tenancy.models import Job, JobPart, Member, StoredFilePart, TenantProfile
from tenancy.services.audit import record_batch
from tenancy.services.files import drop_file, store_file

DIGEST: Final = hashlib.sha256().digest_size
BUCKETS: Final = 16
MOST_LINES: Final = 2_000_000
"""Addresses of one file; they are held as 32 bytes each while it is read."""
MOST_SLOW: Final = 200_000
"""Lines that must be read the long way (some 50 microseconds each) before the upload takes too long."""
MOST_UNREADABLE: Final = 0.02
"""A list that replaces another is refused with more: it would set numbers free because a file was broken."""
LONGEST_LINE: Final = 400


class UploadRefused(ValueError):
    """The file cannot become a list; nothing was changed. `field` says what to mend."""

    def __init__(self, message: str, *, field: str = "file") -> None:
        super().__init__(message)
        self.field = field


@dataclass
class _Hashed:
    """What a file held: digests in buckets by their first half byte, and counts of its lines."""

    buckets: list[bytearray] = field(default_factory=lambda: [bytearray() for _ in range(BUCKETS)])
    lines: int = 0
    slow: int = 0
    unreadable: list[int] = field(default_factory=list)

    def add(self, digest: bytes) -> None:
        self.buckets[digest[0] >> 4] += digest


def upload_list(
    *, code: str, mode: str, chunks: Iterable[bytes], as_of: date, by: Member | None
) -> ListUpload:
    """Hash a file of addresses, one a line (the first cell counts), and start loading it. Raises UploadRefused.

    The file's name is not kept: it may name somebody, and the audit would keep it for ever.
    """
    known = LISTS.get(code)
    if known is None or mode not in ListUpload.Mode.values:
        raise UploadRefused(f"Choose one of: {', '.join(LISTS)}.", field="list")
    _require_date(known, mode, as_of)
    found = _hashed(known, chunks)
    _require_readable(found, mode)
    with transaction.atomic():
        return _start(known, mode, as_of, by, found)


def _require_date(known: KnownList, mode: str, as_of: date) -> None:
    if as_of > tenant_today(TenantProfile.objects.get()):
        raise UploadRefused("A list of a day to come cannot be.", field="as_of")
    newer = ListUpload.objects.filter(list=known.code, mode=ListUpload.Mode.REPLACE, as_of__gt=as_of).first()
    if mode == ListUpload.Mode.REPLACE and newer:
        raise UploadRefused(
            f"The list of {newer.as_of:%-d %b %Y} is loaded already, and this one is older.", field="as_of"
        )


def _require_readable(found: _Hashed, mode: str) -> None:
    bad = len(found.unreadable)
    if found.lines == bad:
        raise UploadRefused(
            "No line of this file is an address: one number or e-mail address a line is read."
        )
    if mode == ListUpload.Mode.REPLACE and bad > max(1, found.lines * MOST_UNREADABLE):
        where = ", ".join(str(number) for number in found.unreadable[:5])
        raise UploadRefused(
            f"{bad:,} of {found.lines:,} lines are no address (lines {where}, …). A list that replaces another must "
            "be whole, or numbers would be called that must not be. Mend the file, or add it to the list instead."
        )


def _start(known: KnownList, mode: str, as_of: date, by: Member | None, found: _Hashed) -> ListUpload:
    file = store_file(
        name=f"{known.code}.digests", content_type="application/octet-stream", chunks=map(bytes, found.buckets),
        most=MOST_LINES * DIGEST, created_by=by,
    )  # fmt: skip
    upload = ListUpload.objects.create(
        list=known.code, mode=mode, as_of=as_of, lines=found.lines, unreadable=len(found.unreadable),
        file=file, created_by=by,
    )  # fmt: skip
    upload.job = start_job(
        kind=LOAD_LIST.name, title=f"{known.name}, {as_of:%-d %b %Y}", created_by=by,
        arguments={
            "upload": str(upload.id), "key": keys_of(current_tenant_id(), "address")[0].name,
            "sizes": [len(bucket) for bucket in found.buckets],
        },
    )  # fmt: skip
    upload.save(update_fields=["job"])
    return upload


def _hashed(known: KnownList, chunks: Iterable[bytes]) -> _Hashed:
    """Read a file to its end. Raises UploadRefused once it holds more than can be."""
    found = _Hashed()
    key, read = keys_of(current_tenant_id(), "address")[0], _reader(known, found)
    for number, line in enumerate(_lines(chunks), start=1):
        if not line:
            continue
        address = read(line)
        if address is None and number == 1:
            continue  # a heading
        found.lines += 1
        if address is None:
            found.unreadable.append(number)
        else:
            found.add(_digest(key, *address))
        if found.lines > MOST_LINES:
            raise UploadRefused(f"More than {MOST_LINES:,} lines; cut the file into several and add them.")
    return found


def _digest(key: Key, kind: str, value_key: str) -> bytes:
    return hmac.digest(key.secret, address_message(kind, value_key), "sha256")


def _reader(known: KnownList, found: _Hashed) -> Callable[[str], tuple[str, str] | None]:
    """What turns a line into (kind, normal form); None for what is no address."""
    country = known.country or TenantProfile.objects.get().country

    def read(line: str) -> tuple[str, str] | None:
        quick = quick_key(line, country)
        if quick:
            return "phone", quick
        found.slow += 1
        if found.slow > MOST_SLOW:
            raise UploadRefused(
                f"More than {MOST_SLOW:,} lines are written in their own way; write numbers as +442079460000, "
                "or cut the file into several."
            )
        return _slowly(line, country, emails=not known.is_national)

    return read


def _slowly(line: str, country: str, *, emails: bool) -> tuple[str, str] | None:
    try:
        if "@" in line:
            return ("email", email_key(line)) if emails else None
        return "phone", phone_key(line, country=country)
    except AddressRefused:
        return None


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """The first cell of each line, decoded; a line longer than any address is none."""
    waiting, size = b"", 0
    for chunk in chunks:
        size += len(chunk)
        if size > settings.UPLOAD_MAX_BYTES:
            raise UploadRefused(f"The file is larger than {settings.UPLOAD_MAX_BYTES >> 20:,} MiB.")
        *whole, waiting = (waiting + chunk).split(b"\n")
        yield from map(_first_cell, whole)
        waiting = waiting[: LONGEST_LINE * 10]
    if waiting:
        yield _first_cell(waiting)


def _first_cell(line: bytes) -> str:
    words = line[:LONGEST_LINE].decode("utf-8", "replace").strip("\ufeff\r\n\t ")
    # The US registry writes "212,5551234": two cells that are one number.
    parts = words.split(",") if "," in words else words.split(";")
    if len(parts) == 2 and parts[0].isdigit() and parts[1].isdigit():
        return parts[0] + parts[1]
    return parts[0].strip("\"' \t")


def _plan(job: Job) -> Iterator[Part]:
    begins = 0
    for number, size in enumerate(job.arguments["sizes"]):
        yield Part({"bucket": number, "from": begins, "size": size}, rows=size // DIGEST)
        begins += size
    yield Part({"sweep": True}, phase=1)


def _run_part(job: Job, part: JobPart) -> None:
    upload = _upload(job)
    if job.arguments["key"] != keys_of(current_tenant_id(), "address")[0].name:
        raise JobFailed("The key of addresses changed meanwhile; upload the file again.")
    with without_row_audit():
        if part.arguments.get("sweep"):
            _sweep_other_keys(upload, job.arguments["key"])
        else:
            _load_bucket(upload, job.arguments["key"], part.arguments)


def _upload(job: Job) -> ListUpload:
    return ListUpload.objects.select_related("file").get(id=job.arguments["upload"])


_TABLE = "CREATE TEMPORARY TABLE loaded_address (address_hash varchar(80)) ON COMMIT DROP"

_BRING = """
INSERT INTO privacy_suppression (tenant_id, id, address_hash, reason, since, source, actor)
SELECT %(tenant)s, gen_random_uuid(), x.address_hash, %(list)s, %(since)s, %(source)s, %(actor)s
  FROM (SELECT DISTINCT address_hash FROM loaded_address) AS x
ON CONFLICT DO NOTHING
"""

_TAKE = """
DELETE FROM privacy_suppression AS s
 WHERE s.tenant_id = (SELECT %(tenant)s::uuid) AND s.reason = %(list)s
   AND s.address_hash >= %(from)s AND s.address_hash < %(to)s
   AND NOT EXISTS (SELECT 1 FROM loaded_address AS x WHERE x.address_hash = s.address_hash)
"""

_TAKE_OTHERS = """
DELETE FROM privacy_suppression WHERE tenant_id = (SELECT %(tenant)s::uuid) AND reason = %(list)s
   AND NOT (address_hash >= %(key)s || ':' AND address_hash < %(key)s || ':g')
"""


def _load_bucket(upload: ListUpload, key: str, arguments: dict[str, Any]) -> None:
    values = _values(upload) | {
        "from": f"{key}:{arguments['bucket']:x}", "to": f"{key}:{arguments['bucket']:x}g",
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_TABLE)
        digests = _stored(upload, arguments["from"], arguments["size"])
        hexes = digests.hex()
        lines = (f"{key}:{hexes[at : at + 2 * DIGEST]}\n" for at in range(0, len(hexes), 2 * DIGEST))
        copy_text("loaded_address", ["address_hash"], StringIO("".join(lines)))
        cursor.execute("ANALYZE loaded_address")
        cursor.execute(_BRING, values)
        added = cursor.rowcount
        removed = 0
        if upload.mode == ListUpload.Mode.REPLACE:
            cursor.execute(_TAKE, values)
            removed = cursor.rowcount
        cursor.execute("DROP TABLE loaded_address")
    _count(upload, added, removed)


def _stored(upload: ListUpload, begins: int, size: int) -> bytes:
    """A range of the stored digests, without reading the parts around it."""
    first, last = begins >> 20, max(begins, begins + size - 1) >> 20
    parts = StoredFilePart.objects.filter(file_id=upload.file_id, number__range=(first, last)).order_by(
        "number"
    )
    content = b"".join(bytes(part.content) for part in parts)
    return content[begins - (first << 20) :][:size]


def _sweep_other_keys(upload: ListUpload, key: str) -> None:
    """Hashes under an older key cannot be compared with the new list; the new one says it all."""
    if upload.mode != ListUpload.Mode.REPLACE:
        return
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_OTHERS, _values(upload) | {"key": key})
        _count(upload, 0, cursor.rowcount)


def _values(upload: ListUpload) -> dict[str, Any]:
    zone = ZoneInfo(TenantProfile.objects.get().time_zone)
    return {
        "tenant": current_tenant_id(), "list": upload.list, "actor": current_actor(),
        "since": datetime.combine(upload.as_of, time.min, zone), "source": str(upload),
    }  # fmt: skip


def _count(upload: ListUpload, added: int, removed: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE privacy_listupload SET added = added + %s, removed = removed + %s"
            " WHERE tenant_id = (SELECT %s::uuid) AND id = %s",
            [added, removed, current_tenant_id(), upload.id],
        )


def _finish(job: Job) -> None:
    upload = _upload(job)
    upload.loaded_at = timezone.now()
    note = {
        "list": upload.list, "as of": upload.as_of.isoformat(), "added": upload.added, "removed": upload.removed,
    }  # fmt: skip
    record_batch(action="load a list", table="privacy_suppression", note=note)
    _forget_file(upload)


def _cancelled(job: Job) -> None:
    _forget_file(_upload(job))


def _forget_file(upload: ListUpload) -> None:
    file, upload.file = upload.file, None
    upload.save(update_fields=["file", "loaded_at"])
    if file:
        drop_file(file=file)


LOAD_LIST: Final = JobKind("privacy.load_list", _plan, _run_part, _finish, _cancelled)

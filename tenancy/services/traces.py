"""Traces of a person outside their own rows: texts, answers, files and old values; found and overwritten.

The registries' `ByFunction` and `Scrub` lead here. All run in the caller's transaction, inside its tenant.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import ProtectedError

from tenancy.models import IdempotencyRecord, StoredFile, StoredFilePart
from tenancy.registries import Keep, Scrub, Traces, personal_data
from tenancy.selectors.files import file_chunks

GONE: Final = "…"
_SHORTEST: Final = 4
"""Characters: a shorter name or number is found in too many texts that mean somebody else."""
_IN_A_TEXT: Final = r'(?=(?:[^"\\]|\\.)*"\s*(?:[,}\]]|$))'
"""Of JSON as PostgreSQL writes it: before the end of a text that is no key. What it lets by is looked at again."""


def words_of(traces: Traces) -> list[str]:
    """What to look for in texts, the longest first; numbers of a few digits are left to those who know columns."""
    texts = [*traces.texts, *([traces.number] if traces.number else [])]
    wanted = {text.strip() for text in texts if len(text.strip()) >= _SHORTEST}
    wanted |= {json.dumps(text, ensure_ascii=False)[1:-1] for text in wanted}
    wanted |= {json.dumps(text)[1:-1] for text in wanted if not text.isascii()}
    return sorted((text for text in wanted if not _is_short_number(text)), key=len, reverse=True)


def words_anywhere(traces: Traces) -> list[str]:
    """Those of the words that mean the person wherever they stand: not a name of one word, "Rose" is a flower too."""
    return [word for word in words_of(traces) if not word.isalpha()]


def _is_short_number(text: str) -> bool:
    return text.isdigit() and len(text) < 7


def pattern_of(traces: Traces) -> str:
    """A regular expression that PostgreSQL and Python read alike; "" where there is nothing to look for.

    Bare digits are only meant where they stand as a text: a number in JSON counts something.
    """
    words = words_of(traces)
    plain = "|".join(re.escape(word) for word in words if not word.isdigit())
    digits = "|".join(word for word in words if word.isdigit())
    parts = [rf"(?<![a-zA-Z0-9])(?:{plain})(?![a-zA-Z0-9])"] if plain else []
    parts += [rf"""(?<=["'(=#])(?:{digits})(?![0-9])"""] if digits else []
    return "|".join(parts)


def scrub_rows(table: str, scrub: Scrub, pattern: str) -> int:
    """Overwrite what the pattern finds in these columns of everybody's rows; returns how many values changed.

    Of JSON only texts are looked at: somebody called "Customer" takes no key out of queued work, and "Null" is a name.
    """
    if not pattern:
        return 0
    types = _types_of(table)
    changed = 0
    for column in scrub.columns:
        scrub_column = _scrub_json if types[column] == "jsonb" else _scrub_text
        changed += scrub_column(table, column, pattern)
    return changed


def _scrub_text(table: str, column: str, pattern: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{table}" SET "{column}" = regexp_replace("{column}", %(pattern)s, \'{GONE}\', \'gi\')'
            f' WHERE "{column}" ~* %(pattern)s',
            {"pattern": pattern},
        )
        return int(cursor.rowcount)


def _scrub_json(table: str, column: str, pattern: str) -> int:
    wanted = re.compile(pattern, re.IGNORECASE)
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT id, "{column}"::text FROM "{table}" WHERE "{column}"::text ~* %s ORDER BY id FOR UPDATE',
            [f"(?:{pattern}){_IN_A_TEXT}"],
        )
        rows = [(row_id, json.loads(text)) for row_id, text in cursor.fetchall()]
        changed = [(row_id, scrubbed(value, wanted), value) for row_id, value in rows]
        new = [(json.dumps(after), row_id) for row_id, after, value in changed if after != value]
        cursor.executemany(f'UPDATE "{table}" SET "{column}" = %s::jsonb WHERE id = %s', new)
    return len(new)


def scrubbed(value: Any, wanted: "re.Pattern[str]") -> Any:
    """JSON without what the pattern finds in its texts; keys are words of ours, and an id names nobody."""
    match value:
        case str() if not _is_id(value):
            # Within its quotes, so that a text that begins with a number is found as one.
            return wanted.sub(GONE, f'"{value}"')[1:-1]
        case dict():
            return {key: scrubbed(one, wanted) for key, one in value.items()}
        case list():
            return [scrubbed(one, wanted) for one in value]
    return value


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _types_of(table: str) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0",
            [table],
        )
        return dict(cursor.fetchall())


def erase_old_values(traces: Traces) -> int:
    """Old and new values in the audit, and what looks were for; that there was a change or a look stays."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenancy_erase_texts(%s::uuid[], %s::text[])", [[traces.customer_id], _books()])
        return int(cursor.fetchone()[0])


def _books() -> list[str]:
    """Tables whose rows erasure keeps: what changed in them is part of the books."""
    return [entry.table for room in personal_data for entry in room if isinstance(entry.erase, Keep)]


def erase_answers(traces: Traces) -> int:
    """Answers of the API that are kept for a day, where they are about the person.

    Not one more: without its answer the same request is done a second time.
    """
    own_id, pattern = str(traces.customer_id), pattern_of(traces)
    wanted = re.compile(pattern, re.IGNORECASE) if pattern else None
    rows = IdempotencyRecord.objects.values_list("id", "route", "headers", "body")
    named = [
        row_id
        for row_id, route, headers, body in rows.iterator(chunk_size=500)
        if own_id in route or own_id in json.dumps(headers) or _is_about(bytes(body), own_id, wanted)
    ]
    return IdempotencyRecord.objects.filter(id__in=named).delete()[0]


def _is_about(body: bytes, own_id: str, wanted: "re.Pattern[str] | None") -> bool:
    text = body.decode(errors="replace")
    if own_id in text:
        return True
    if wanted is None or not text:
        return False
    try:
        value = json.loads(text)
    except ValueError:
        return wanted.search(text) is not None
    return bool(scrubbed(value, wanted) != value)


def erase_exported_files(traces: Traces) -> int:
    """Files that end by themselves, exports above all, go at once where they name the person."""
    found = bytes_pattern(words_of(traces))
    if found is None:
        return 0
    named = [file for file in StoredFile.objects.exclude(expires_at=None) if holds(file, found)]
    for file in named:
        empty_file(file)
    return len(named)


def empty_file(file: StoredFile) -> None:
    """Take a file away; where something still points at it, its content."""
    try:
        file.delete()
    except ProtectedError:
        StoredFilePart.objects.filter(file=file).delete()
        StoredFile.objects.filter(id=file.id).update(size=0, sha256="")


def bytes_pattern(words: Iterable[str]) -> "re.Pattern[bytes] | None":
    """The words as files write them, in UTF-8 or Western European, whatever their case."""
    forms = {word.encode(code, "ignore") for word in words for code in ("utf-8", "cp1252")} - {b""}
    forms |= {form.lower() for form in forms}
    if not forms:
        return None
    longest = sorted(forms, key=len, reverse=True)
    return re.compile(
        rb"(?<![a-zA-Z0-9])(?:" + b"|".join(map(re.escape, longest)) + rb")(?![a-zA-Z0-9])", re.IGNORECASE
    )


def holds(file: StoredFile, wanted: "re.Pattern[bytes]") -> bool:
    """Whether a file names somebody; a name across the border of two parts is found too."""
    tail = b""
    for chunk in file_chunks(file):
        window = tail + chunk
        if wanted.search(window):
            return True
        tail = window[-1024:]
    return False

"""Uploads of old consents: where they are, what their rows are worth, and the first of them."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from crm.imports.reading import NotReadable
from crm.imports.source import column_samples, dialect_of_file, sample_rows
from privacy.models import ConsentUpload
from privacy.policy.codes import CODES
from privacy.selectors.purposes import channels_of, purposes_asked_about

State = ConsentUpload.State


def uploads() -> QuerySet[ConsentUpload]:
    return ConsentUpload.objects.select_related("file", "error_file", "job", "created_by").order_by(
        "-created_at", "id"
    )


def upload_here(upload_id: UUID) -> ConsentUpload | None:
    return uploads().filter(id=upload_id).first()


def state_of(upload: ConsentUpload) -> str:
    """That of its job where the job knows better."""
    at_work = upload.state in (State.CHECKING, State.RUNNING)
    return str(State.STOPPED if at_work and upload.job and upload.job.has_stopped else upload.state)


def purposes_offered() -> list[tuple[str, str]]:
    return [(one.key, one.name) for one in purposes_asked_about() if channels_of(one)]


def samples_of(upload: ConsentUpload) -> dict[str, list[str]]:
    """The first different values of each column; none where the file is gone."""
    if upload.file is None or not upload.file.size:
        return {}
    try:
        dialect = dialect_of_file(upload.file, upload.encoding, upload.delimiter)
    except NotReadable:
        return {}
    return column_samples(dialect.header, sample_rows(upload.file, dialect))


def worth_lines(worth: dict[str, int]) -> list[dict[str, Any]]:
    """What the rows of a checked file are worth, the best first: {words, why, count, tone}."""
    lines = [
        _line("Proven: they can be relied on", worth.get("sound", 0), "good"),
        _line("A stop: it holds from the moment it is recorded", worth.get("stop", 0)),
    ]
    for code, count in sorted(worth.items(), key=lambda one: -one[1]):
        if code in CODES:
            lines.append(_line(CODES[code].meaning, count, "bad", CODES[code].remedy))
    left_out = "They will stand in the file of what was left out."
    lines.append(_line("No such customer, or unreadable", worth.get("refused", 0), "warn", left_out))
    return [line for line in lines if line["count"]]


def _line(words: str, count: int, tone: str = "", why: str = "") -> dict[str, Any]:
    return {"words": words, "why": why, "count": count, "tone": tone}


def worthless(worth: dict[str, int]) -> int:
    return sum(count for code, count in worth.items() if code in CODES)

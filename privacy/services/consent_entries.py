"""What can be said to the ledger, and what makes it refuse."""

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from django.db import models

from privacy.models import ConsentEvent, Notice

# What no message has to wait for: everything else is a stop, or may be one.
_Action = ConsentEvent.Action
LOOSENING = frozenset({_Action.GRANT, _Action.CONFIRM, _Action.RELEASE, _Action.EXPIRE})
SKEW = timedelta(minutes=5)  # how far another clock may be ahead of ours
MOST_PURPOSES = 40
MOST_EVIDENCE = 20
MOST_TEXT = 20_000  # characters of wording, and of the form post


class ConsentRefused(ValueError):
    """Cannot be recorded; the message says why and what to do.

    `field` is the one to mend; `place` which of the entries, from 0; `code` invalid, unknown_customer, future or
    key_reused.
    """

    def __init__(self, message: str, *, field: str = "", code: str = "invalid", place: int = 0) -> None:
        super().__init__(message)
        self.field, self.code, self.place = field, code, place


@dataclass(frozen=True, kw_only=True)
class ConsentEntry:
    """One thing a person said or did. The fields are those of ConsentEvent; what differs:

    `occurred_at` None: not known; a stop then counts from its recording, a grant is older than all others.
    `wording` empty: specific with a `notice`, else none.
    `address` a contact point's kind and value, or `contact_point_id` one that the customer has: what it was said for.
    `words` the exact wording where it is no notice of ours, `detail` the form post, the caller, the document (JSON).
    `key` the same key again is the same event; empty: a new one.
    """

    customer_id: UUID
    action: str
    channel: str
    purposes: tuple[str, ...]
    method: str = ""
    source: str = ""
    occurred_at: datetime | None = None
    wording: str = ""
    notice: Notice | None = None
    notice_version: str = ""
    language: str = ""
    evidence: tuple[str, ...] = ()
    documentation_record: str = ""
    written_agreement: bool = False
    until: datetime | None = None
    brand: str = ""
    regime: str = ""
    record: str = "1"
    address: tuple[str, str] | None = None
    contact_point_id: UUID | None = None
    words: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""

    @property
    def is_stop(self) -> bool:
        return self.action not in LOOSENING

    @property
    def kept_detail(self) -> dict[str, Any]:
        """`detail` as the database gives it back: JSON there does not keep how a fraction was written."""
        found = _without_fractions(self.detail)
        return dict(found) if isinstance(found, dict) else {}

    def columns(self) -> dict[str, Any]:
        """The columns of ConsentEvent that are said, not made; `occurred_at` as it was given."""
        notice = self.notice
        return {
            **{name: getattr(self, name) for name in _AS_SAID},
            "purposes": list(dict.fromkeys(self.purposes)),
            "evidence": list(self.evidence),
            "notice_id": notice.id if notice else None,
            "notice_version": self.notice_version or (str(notice.version) if notice else ""),
            "language": self.language or (notice.language if notice else ""),
            "wording": self.wording or ("specific" if notice else "none"),
            "wording_digest": self._wording_digest(),
        }

    def _wording_digest(self) -> str:
        if self.words:
            return sha256(self.words.encode()).hexdigest()
        return self.notice.digest if self.notice else ""


_AS_SAID = (
    "action", "channel", "method", "source", "documentation_record", "written_agreement", "until", "brand", "regime",
    "record",
)  # fmt: skip
_CHOSEN = ("action", "channel", "method", "wording")
_TEXTS = ("source", "notice_version", "language", "documentation_record", "brand", "regime", "record", "key")


def check_entry(entry: ConsentEntry, known: Container[str]) -> None:
    """Raises ConsentRefused for what cannot be so whoever it is about; `known` are the keys of purposes."""
    for name in _CHOSEN:
        _require_choice(name, getattr(entry, name))
    for name in _TEXTS:
        _require_text(name, getattr(entry, name), _length(name))
    _require_list("purposes", entry.purposes, most=MOST_PURPOSES, length=40)
    if not entry.purposes:
        raise ConsentRefused("Say for which purpose.", field="purposes")
    if unknown := [purpose for purpose in entry.purposes if purpose not in known]:
        # A stop of a purpose that does not exist would stop nothing, and nobody would notice.
        raise ConsentRefused(
            f"There is no purpose {unknown[0]!r}; see the list of purposes.", field="purposes"
        )
    _require_list("evidence", entry.evidence, most=MOST_EVIDENCE, length=120)
    _require_text("words", entry.words, MOST_TEXT)
    _require_detail(entry.detail)
    for name in ("occurred_at", "until"):
        _require_offset(name, getattr(entry, name))
    _require_pause(entry)


def _require_choice(name: str, value: str) -> None:
    choices = dict(_column(name).flatchoices)
    if value in choices or (value == "" and name in ("method", "wording")):
        return
    raise ConsentRefused(f"{value!r} is none of {', '.join(map(str, choices))}.", field=name)


def _length(name: str) -> int:
    return _column(name).max_length or 0


def _column(name: str) -> "models.CharField[str, str]":
    return cast("models.CharField[str, str]", ConsentEvent._meta.get_field(name))


def _require_text(name: str, value: str, most: int) -> None:
    if len(value) > most:
        raise ConsentRefused(f"Longer than the {most:,} characters there is room for.", field=name)
    if not _storable(value):
        raise ConsentRefused("Has a character that is no text.", field=name)


def _storable(value: str) -> bool:
    return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)


def _require_list(name: str, values: tuple[str, ...], *, most: int, length: int) -> None:
    if len(values) > most:
        raise ConsentRefused(f"More than {most}.", field=name)
    for value in values:
        if not value:
            raise ConsentRefused("Holds an empty text.", field=name)
        _require_text(name, value, length)


def _require_detail(detail: Mapping[str, Any]) -> None:
    text = json.dumps(_without_fractions(detail), ensure_ascii=False)
    _require_text("detail", text, MOST_TEXT)
    if "\\u0000" in text:
        raise ConsentRefused("Has a character that is no text.", field="detail")


def _without_fractions(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _without_fractions(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_fractions(item) for item in value]
    return str(value) if isinstance(value, float) else value


def _require_offset(name: str, value: datetime | None) -> None:
    if value is not None and value.tzinfo is None:
        raise ConsentRefused("Say the time with its offset, as 2026-05-01T12:00:00+02:00.", field=name)


def _require_pause(entry: ConsentEntry) -> None:
    if (entry.action == ConsentEvent.Action.PAUSE) != (entry.until is not None):
        raise ConsentRefused("A pause says until when, and nothing else does.", field="until")

"""What a text about a contact asks us to keep: "#gift for her sister", "!call back by friday 15:00".

A need is found by the company's own catalogue, by the beginning of its name, in any script. A promise gets the moment
its words name; where they name none, the end of the next business day, and says that it was taken so. Asks nothing of
the database or the clock, and answers any text whatever.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.keys import name_key
from interactions.clocks import Calendar
from interactions.moments import Clock, find_moment, next_business_close

MOST: Final = 20
"""Marks that are read in one text."""
LONGEST: Final = 300
"""Characters after a mark that belong to it at most."""
MOST_WORDS: Final = 12

_MARK = re.compile(r"(?<![^\W_])[#＃](?=[^\W\d_])|(?<![\w!！#＃])[!！](?=\w)")
# A mark within a word is none (C#), but scripts without spaces have it between their letters.
_MARK_BETWEEN_LETTERS = re.compile(r"(?<=[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff])[#＃](?=[^\W\d_])")
_ENDS = re.compile(r"\n|[.;!?…](?=\s|$)|[。！？；]|(?<=\s)[#＃!！](?=\w)|(?<=\W)[#＃](?=[^\W\d_])")
_NO_END = re.compile(
    r"(?:\b[ap]\.m|\b(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|mr|mrs|ms|dr|no|st))$", re.IGNORECASE
)
_TRIM: Final = " \t\r\n,.:;-–—!?…"
_LOOSE: Final = " \t\r\n,:-–—"
_JOINING = re.compile(r"\s+(?:by|on|at|until|till|before|from)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Kind:
    """One line of the catalogue, in its order. `key`: the name as crm.keys.name_key makes it."""

    id: UUID
    name: str
    key: str
    lasts_days: int


@dataclass(frozen=True)
class Marked:
    """text[start:end], in characters (code points)."""

    start: int
    end: int


@dataclass(frozen=True)
class FoundNeed(Marked):
    """A need of this kind; `words` is what else was said of it."""

    kind: Kind
    words: str


@dataclass(frozen=True)
class FoundPromise(Marked):
    """A promise of `words` until `due_at` (UTC). `is_assumed`: no moment ahead was named."""

    words: str
    due_at: datetime
    is_assumed: bool


@dataclass(frozen=True)
class Unknown(Marked):
    """Marked as a need, and the catalogue has none that begins so."""

    word: str


@dataclass(frozen=True)
class Found:
    """In the order of the text."""

    needs: tuple[FoundNeed, ...] = ()
    promises: tuple[FoundPromise, ...] = ()
    unknown: tuple[Unknown, ...] = ()


def read_text(
    text: str, *, now: datetime, zone: ZoneInfo, catalogue: Sequence[Kind], hours: Calendar | None = None
) -> Found:
    """Needs and promises that a text marks. `hours`: when we are open; else until half past five, Monday to Friday."""
    clock = Clock(now, zone, hours)
    needs: list[FoundNeed] = []
    promises: list[FoundPromise] = []
    unknown: list[Unknown] = []
    for start in _marks(text):
        end = _end_of(text, start + 1)
        if text[start] in "!！":
            promises.append(_promise(text, start, end, clock))
            continue
        need = _need(text, start, end, catalogue)
        if isinstance(need, FoundNeed):
            needs.append(need)
        else:
            unknown.append(need)
    return Found(tuple(needs), tuple(promises), tuple(unknown))


def _marks(text: str) -> Iterator[int]:
    places = {match.start() for pattern in (_MARK, _MARK_BETWEEN_LETTERS) for match in pattern.finditer(text)}
    yield from sorted(places)[:MOST]


def _end_of(text: str, start: int) -> int:
    """Where what belongs to a mark ends: with its sentence, its line, or the next mark."""
    body = text[start : start + LONGEST]
    for match in _ENDS.finditer(body):
        if match.group() != "." or not _NO_END.search(body[: match.start()]):
            return start + len(body[: match.start()].rstrip(_LOOSE))
    return start + len(body.rstrip(_LOOSE))


def _need(text: str, start: int, end: int, catalogue: Sequence[Kind]) -> FoundNeed | Unknown:
    body = text[start + 1 : end]
    words = list(re.finditer(r"\S+", body))[:MOST_WORDS]
    for count in range(len(words), 0, -1):
        named = body[: words[count - 1].end()].rstrip(_TRIM)
        kind = _kind_of(name_key(named), catalogue)
        if kind:
            return FoundNeed(start, end, kind, body[len(named) :].strip(_TRIM))
    return _without_spaces(text, start, end, catalogue) or _unknown(
        text, start, words[0].group() if words else ""
    )


def _kind_of(key: str, catalogue: Sequence[Kind]) -> Kind | None:
    """The kind of that name, else the first whose name begins so."""
    if not key:
        return None
    exact = (kind for kind in catalogue if kind.key == key)
    return next(exact, None) or next((kind for kind in catalogue if kind.key.startswith(key)), None)


def _without_spaces(text: str, start: int, end: int, catalogue: Sequence[Kind]) -> FoundNeed | None:
    """In a script without spaces the name ends where the catalogue says so."""
    body = text[start + 1 : end]
    if not _MARK_BETWEEN_LETTERS.match(f"{body[0]}#a", 1):
        return None
    longest = sorted(catalogue, key=lambda kind: -len(kind.key))
    kind = next((kind for kind in longest if kind.key and name_key(body).startswith(kind.key)), None)
    return FoundNeed(start, end, kind, body[len(kind.name) :].strip(_TRIM)) if kind else None


def _unknown(text: str, start: int, word: str) -> Unknown:
    word = word.rstrip(_TRIM)
    return Unknown(start, start + 1 + len(word), word)


def _promise(text: str, start: int, end: int, clock: Clock) -> FoundPromise:
    body = text[start + 1 : end]
    moment = find_moment(body, clock)
    words = _without(body, moment.start, moment.end) if moment else body.strip(_TRIM)
    return FoundPromise(
        start, end, words or _before(text, start) or "Come back to them",
        moment.at if moment else next_business_close(clock), moment is None,
    )  # fmt: skip


def _without(body: str, start: int, end: int) -> str:
    before = _JOINING.sub("", body[:start].rstrip() + " ").strip(_TRIM)
    return " ".join(part for part in (before, body[end:].strip(_TRIM)) if part)


def _before(text: str, start: int) -> str:
    """What stands before a mark that says a moment and nothing else: "Will call !tuesday"."""
    head = text[max(0, start - LONGEST) : start]
    return re.split(r"\n|[.;!?…]\s|[。！？；#＃]", head)[-1].strip(_TRIM)

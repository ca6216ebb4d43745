"""A filter of customers as addresses and jobs carry it: the JSON of a condition, under `where`.

A filter of which a part cannot be read (an old link, a fact that is gone or not for these eyes) may still be shown,
with what is wrong. What is done to "all that match" needs the whole of it: `rows_for` refuses.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID

from django.db.models import QuerySet

from crm.models import CustomerSummary
from crm.selectors.lists import matching
from crm.selectors.scope import visible_summaries
from rules.language.parse import parse, read
from rules.language.problems import Problem, RuleInvalid
from rules.language.tree import EVERYBODY, Group, Mode, Node
from rules.moment import setting_of
from tenancy.access import Access

PARAMETER: Final = "where"
LONGEST: Final = 6_000
"""Letters of a filter in an address; servers take some 8,000 for the whole."""
Raw = dict[str, Any]
_WHOLE: Final = frozenset({"too_large", "too_expensive"})


class FilterUnreadable(ValueError):
    """The filter means nothing (any more); the message says what to do."""

    def __init__(self, problems: list[Problem]) -> None:
        why = problems[0].message if problems else "It was written by an older version."
        super().__init__(
            f"The filter cannot be read, so “all” would mean others: {why} Look at the list again."
        )


@dataclass(frozen=True)
class Line:
    """One line of the filter as the list shows it: what it says, or why it says nothing."""

    raw: Any
    node: Node | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Where:
    """One reading of a filter. `tree` is what holds of it; `raw` what was asked."""

    raw: Raw
    tree: Group = EVERYBODY
    lines: tuple[Line, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def is_sound(self) -> bool:
        return not self.problems

    @property
    def is_list(self) -> bool:
        """Whether every line must hold, so that each can be dropped by itself."""
        return not self.raw or Mode.ALL in self.raw

    def without(self, number: int) -> Raw:
        """The filter without one of its lines; {} where none is left."""
        kept = [line.raw for n, line in enumerate(self.lines) if n != number]
        return {Mode.ALL.value: kept} if self.is_list and kept else {}

    def sound_part(self) -> Raw:
        """The filter without the lines that cannot be read."""
        kept = [line.raw for line in self.lines if not line.problems and line.node is not None]
        return {Mode.ALL.value: kept} if self.is_list and kept else {}


def read_where(raw: Raw, access: Access) -> Where:
    """Read a filter as far as it can be read. Lines of the outermost "all" are read one by one."""
    if raw == {}:
        return Where({})
    if not any(mode in raw for mode in Mode):
        raw = all_of(raw)
    tree, problems = read(raw, currency=access.profile.currency, access=access)
    is_list = isinstance(raw.get(Mode.ALL), list)
    children = raw[Mode.ALL] if is_list else [raw]
    if not problems:
        return Where(raw, tree, tuple(map(Line, children, tree.of if is_list else [tree])))
    found = tuple(problems)
    if any(problem.code in _WHOLE for problem in problems):
        return Where(raw, EVERYBODY, tuple(Line(child, None, found) for child in children), found)
    lines = tuple(_line(child, access) for child in children)
    kept = tuple(line.node for line in lines if line.node is not None)
    return Where(raw, Group(Mode.ALL, kept), lines, found)


def _line(raw: Any, access: Access) -> Line:
    """One line by itself. A group of which a part is missing would keep others, so it keeps nobody back."""
    tree, problems = read({Mode.ALL.value: [raw]}, currency=access.profile.currency, access=access)
    return Line(raw, None if problems or not tree.of else tree.of[0], tuple(problems))


def from_address(text: str, access: Access) -> Where:
    """Read the parameter `where`."""
    if not text:
        return Where({})
    raw = json_in(text) if len(text) <= 2 * LONGEST else None
    if raw is None:
        problem = Problem("", "shape", "This is no filter; the address may have been cut.")
        return Where({}, problems=(problem,))
    return read_where(raw, access)


def json_in(text: str) -> Raw | None:
    """The JSON object that an address carries; None where it is none, or could not be shown in an address again."""
    try:
        raw = json.loads(text)
        json.dumps(raw, ensure_ascii=False).encode()  # half a surrogate pair cannot be
    except (ValueError, RecursionError):
        return None
    return raw if isinstance(raw, dict) else None


def in_address(raw: Raw, **more: str) -> str:
    """The query of a list with this filter: 'where=%7B%22all%22:[...]%7D&sort=-value.alive'."""
    asked = {PARAMETER: json.dumps(raw, separators=(",", ":"), ensure_ascii=False)} if raw else {}
    return urlencode(asked | more, safe=":,[]", quote_via=quote)


def all_of(*lines: Raw) -> Raw:
    return {Mode.ALL.value: list(lines)}


def line(fact: str, operator: str, value: Any = None) -> Raw:
    """One line: line("portfolios.manager", "one_of", [id])."""
    return {"fact": fact, "is": operator} | ({} if value is None else {"value": value})


def rows_for(access: Access, chosen: Mapping[str, Any]) -> QuerySet[CustomerSummary]:
    """Customers in the scope of `access` that a job's arguments mean: {"ids": [...]} or {"where": {...}}.

    Raises FilterUnreadable: what cannot be read whole means nobody, not everybody.
    """
    rows = visible_summaries(access)
    if "ids" in chosen:
        return rows.filter(customer_id__in=[UUID(text) for text in chosen["ids"]])
    if PARAMETER not in chosen:
        raise FilterUnreadable([])
    if chosen[PARAMETER] == {}:
        return rows
    try:
        tree = parse(chosen[PARAMETER], currency=access.profile.currency, access=access)
    except RuleInvalid as invalid:
        raise FilterUnreadable(invalid.problems) from None
    return matching(rows, tree, setting_of(access.profile))

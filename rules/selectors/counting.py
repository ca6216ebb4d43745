"""For how many customers a condition holds: exactly where that is quick, else about, then patiently part by part.

Everything is counted within the scope of who asks.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final
from uuid import UUID

from django.db import OperationalError
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from rules.catalogue import Line, customers
from rules.language.sql import condition
from rules.language.tree import EVERYBODY, Group, Node, facts_of
from rules.moment import Setting
from rules.selectors.records import Record, read_records
from tenancy.access import Access
from tenancy.db.patience import time_limit

QUICK_MS: Final = 250
"""How long a count may take before it is only about."""
LINES_MS: Final = 600
"""How long the counts of all lines of a tree may take."""
MANY: Final = 50_000
WALK_MS: Final = 60
"""How long examples are looked for in the order of customers before they are collected and sorted."""
STEP: Final = 20_000
STEPS_MS: Final = 400
"""How long one request counts before it shows how far it is."""
EXAMPLES: Final = 5


@dataclass(frozen=True)
class Count:
    """`exact` False: `customers` is the planner's guess."""

    customers: int
    exact: bool
    milliseconds: int = 0


@dataclass(frozen=True)
class Counted:
    """A condition beside everybody in the scope."""

    held: Count
    base: Count

    @property
    def share(self) -> float | None:
        return min(self.held.customers / self.base.customers, 1.0) if self.base.customers else None

    @property
    def seconds(self) -> str:
        return f"{self.held.milliseconds / 1000:.1f}"

    @property
    def everybody(self) -> bool:
        return self.held.exact and self.base.exact and 0 < self.base.customers == self.held.customers

    @property
    def nobody(self) -> bool:
        return self.held.exact and self.held.customers == 0


@dataclass(frozen=True)
class Progress:
    """How far a patient count is: `found` of the `seen` customers up to and including `last`."""

    found: int = 0
    seen: int = 0
    last: UUID | None = None
    milliseconds: int = 0
    done: bool = False


def count_condition(node: Node, setting: Setting, *, access: Access) -> Counted:
    """For how many it holds, exactly within QUICK_MS or as the planner guesses."""
    held = _count(_held(node, setting, access), QUICK_MS)
    base = held if node == EVERYBODY else _everybody(access)
    if not held.exact:
        held = Count(min(held.customers, base.customers), False, held.milliseconds)
    return Counted(held, base)


def _everybody(access: Access) -> Count:
    """How many there are to compare with: of very many the planner's guess is near enough, and at once."""
    rows = customers().rows(access)
    planned = _planned(rows)
    return _count(rows, QUICK_MS) if planned < MANY else Count(planned, False)


def count_lines(nodes: Sequence[Node], setting: Setting, *, access: Access) -> list[Count]:
    """Each condition's count, exact as long as all of them together are quick."""
    ends = perf_counter() + LINES_MS / 1000
    found = []
    for node in nodes:
        left = round((ends - perf_counter()) * 1000)
        found.append(_count(_held(node, setting, access), min(left, QUICK_MS)))
    return found


def count_on(node: Node, setting: Setting, progress: Progress, *, access: Access) -> Progress:
    """Count on from where the last request stopped, for about STEPS_MS."""
    begun = perf_counter()
    key = customers().key
    while not progress.done:
        rows = customers().rows(access).order_by(key)
        if progress.last is not None:
            rows = rows.filter(**{f"{key}__gt": progress.last})
        part = list(rows.values_list(key, flat=True)[:STEP])
        if not part:
            progress = _added(progress, 0, 0, progress.last, done=True)
            break
        # Related rows of the range are read once, not customer by customer.
        holds = condition(node, setting, within=(part[0], part[-1]))
        found = rows.filter(**{f"{key}__lte": part[-1]}).filter(holds).order_by().count()
        progress = _added(progress, found, len(part), part[-1], done=len(part) < STEP)
        if perf_counter() - begun > STEPS_MS / 1000:
            break
    spent = progress.milliseconds + _since(begun)
    return Progress(progress.found, progress.seen, progress.last, spent, progress.done)


def _added(progress: Progress, found: int, seen: int, last: UUID | None, *, done: bool) -> Progress:
    return Progress(progress.found + found, progress.seen + seen, last, progress.milliseconds, done)


@dataclass(frozen=True)
class Example:
    """A customer for whom the condition holds, with what it read of them."""

    line: Line
    record: Record


def examples(
    node: Node, setting: Setting, *, access: Access, after: UUID | None = None
) -> tuple[list[Example], UUID | None]:
    """Some customers for whom it holds, and after whom to ask for others. Nobody where looking takes too long.

    Past the last customer the others begin again from the first.
    """
    ids = _ids(node, setting, access, after)
    if after is not None and len(ids) < EXAMPLES:
        ids = list(dict.fromkeys([*ids, *_ids(node, setting, access, None)]))[:EXAMPLES]
    return examples_of(node, ids, setting, access=access), ids[-1] if ids else None


def examples_of(node: Node, ids: Sequence[UUID], setting: Setting, *, access: Access) -> list[Example]:
    """These customers, as far as they are in scope, with what the condition reads of them."""
    records = read_records([node], ids, setting, access=access) if ids else {}
    lines = customers().lines(access, ids) if ids else []
    return [Example(line, records[line.id]) for line in lines if line.id in records]


def _ids(node: Node, setting: Setting, access: Access, after: UUID | None) -> list[UUID]:
    key = customers().key
    rows = _held(node, setting, access).order_by(key)
    if after is not None:
        rows = rows.filter(**{f"{key}__gt": after})
    ids = rows.values_list(key, flat=True)
    # Where few hold, walking along the customers' ids until five are found takes longer than collecting them all;
    # COALESCE(x, x) is x, but no index has it.
    for found, limit in ((ids, WALK_MS), (ids.order_by(Coalesce(F(key), F(key))), QUICK_MS)):
        try:
            with time_limit(limit):
                return list(found[:EXAMPLES])
        except OperationalError:
            continue
    return []


def _held(node: Node, setting: Setting, access: Access) -> QuerySet[Any]:
    rows = customers().rows(access)
    return rows if node == EVERYBODY else rows.filter(condition(node, setting))


def _count(rows: QuerySet[Any], milliseconds: int) -> Count:
    begun = perf_counter()
    try:
        if milliseconds > 0:
            with time_limit(milliseconds):
                return Count(rows.order_by().count(), True, _since(begun))
    except OperationalError:
        pass
    return Count(_planned(rows), False, _since(begun))


def _planned(rows: QuerySet[Any]) -> int:
    plan = json.loads(rows.order_by().values(customers().key).explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])


def rounded(customers: int) -> int:
    """A guess with two figures: more of them would be a lie."""
    return round(customers, -max(len(str(customers)) - 2, 0))


def _since(begun: float) -> int:
    return round((perf_counter() - begun) * 1000)


def reads_anything(node: Group) -> bool:
    """Whether a condition says anything at all: an empty one holds for everybody."""
    return bool(node.of) or bool(facts_of(node))

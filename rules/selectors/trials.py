"""A dry run as the builder shows it: who enters, stays, leaves and moves, whose work it becomes, and examples why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from rules.catalogue import Line, customers
from rules.content import Content, read_content
from rules.kinds import find_kind
from rules.language.explain import Explained, because, explain
from rules.language.tree import Node
from rules.language.words import Vocabulary
from rules.models import DryRun
from rules.moment import Setting, setting_now
from rules.registries import rule_scope
from rules.selectors.dry_runs import ShownRun, shown_run
from rules.selectors.records import Record, read_records
from tenancy.access import Access

MOST_EXAMPLES: Final = 12
MOST_PORTFOLIOS: Final = 12
BAR: Final = 140
"""Pixels of the longest bar."""
WAYS: Final = {
    "enters": ("Enter", "enters", "accent"),
    "moves": ("Move", "moves", ""),
    "stays": ("Stay", "stays", ""),
    "leaves": ("Leave", "leaves", "bad"),
}


@dataclass(frozen=True)
class Way:
    """One figure at the head of the panel. `value` None: not to be seen, or not known."""

    key: str
    label: str
    customers: int
    value: int | None


@dataclass(frozen=True)
class Change:
    """An example: one customer who gets something else."""

    line: Line
    way: str
    tone: str
    words: str
    why: str


@dataclass(frozen=True)
class Work:
    """A portfolio before and after; shares beside the largest one."""

    name: str
    before: int
    after: int
    before_share: float
    more_share: float

    @property
    def change(self) -> int:
        return self.after - self.before

    @property
    def before_width(self) -> int:
        """Of the dark part: what stays with them."""
        return round(self.before_share * BAR)

    @property
    def after_width(self) -> int:
        """With the pale part: what is added."""
        return round((self.before_share + self.more_share) * BAR)


@dataclass(frozen=True)
class Trial:
    """A finished dry run."""

    shown: ShownRun
    ways: list[Way]
    changes: list[Change]
    works: list[Work]
    outcomes: list[dict[str, Any]]

    @property
    def changes_nothing(self) -> bool:
        return not any(way.customers for way in self.ways if way.key != "stays")


def trial_of(access: Access, run: DryRun) -> Trial | None:
    """What `access` may see of it; None before it has ended."""
    shown = shown_run(access, run)
    if shown.result is None:
        return None
    result = shown.result
    ways = [
        Way(key, words[0], result["ways"][key]["customers"], result["ways"][key]["value"])
        for key, words in WAYS.items()
    ]
    return Trial(shown, ways, _changes(access, run, result["changes"]), _works(result), result["outcomes"])


def _works(result: dict[str, Any]) -> list[Work]:
    """How many customers of each portfolio get an outcome at all, before and after."""
    scope = rule_scope()
    rows = [row for row in result["portfolios"] if row["portfolio"]]
    names = scope.names([UUID(row["portfolio"]) for row in rows]) if scope else {}
    counted = [(row, _before(row), _after(row)) for row in rows]
    counted = [entry for entry in counted if entry[1] or entry[2]][:MOST_PORTFOLIOS]
    most = max((max(before, after) for _, before, after in counted), default=1) or 1
    return [
        Work(names.get(UUID(row["portfolio"]), "a portfolio that is gone"), before, after,
             min(before, after) / most, max(after - before, 0) / most)
        for row, before, after in counted
    ]  # fmt: skip


def _before(row: dict[str, Any]) -> int:
    return sum(row[way]["customers"] for way in ("stays", "leaves", "moves"))


def _after(row: dict[str, Any]) -> int:
    return sum(row[way]["customers"] for way in ("stays", "enters", "moves"))


def _changes(access: Access, run: DryRun, changes: Sequence[dict[str, Any]]) -> list[Change]:
    """Examples of every change in turn, so that a small one is seen beside a large one."""
    picked = _in_turn(changes)[:MOST_EXAMPLES]
    ids = [UUID(example["customer"]) for _, example in picked]
    lines = {line.id: line for line in customers().lines(access, ids)}
    reasons = _Reasons(access, run, list(lines))
    found = []
    for change, example in picked:
        line = lines.get(UUID(example["customer"]))
        if line is not None:
            way, tone = WAYS[change["way"]][1:]
            found.append(
                Change(line, way, tone, _words(change), reasons.why(line.id, change["way"], example))
            )
    return found


def _in_turn(changes: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    longest = max((len(change["examples"]) for change in changes), default=0)
    return [
        (change, change["examples"][n])
        for n in range(longest)
        for change in changes
        if n < len(change["examples"])
    ]


def _words(change: dict[str, Any]) -> str:
    match change["way"]:
        case "enters":
            return str(change["to_words"])
        case "leaves":
            return f"was {change['from_words']}"
    return f"{change['from_words']} \N{RIGHTWARDS ARROW} {change['to_words']}"


class _Reasons:
    """Because of which line an example changes: what fails now, what failed before, else what decides."""

    def __init__(self, access: Access, run: DryRun, ids: Sequence[UUID]) -> None:
        self.setting: Setting = setting_now(run.at)
        self.words = Vocabulary(self.setting)
        self.number = run.against.number if run.against else 0
        self.nodes = [
            _nodes(access, run, run.content),
            _nodes(access, run, run.against.content if run.against else None),
        ]
        nodes = [node for side in self.nodes for node in side.values()]
        self.records: dict[UUID, Record] = (
            read_records(nodes, ids, self.setting, access=access) if ids else {}
        )

    def why(self, customer: UUID, way: str, example: dict[str, Any]) -> str:
        after, before = (side["rule"] if side else "" for side in (example["after"], example["before"]))
        if way != "enters" and before:
            failed = self.said(0, before, customer, holds=False)
            if failed:
                return f"no longer: {failed}"
        failed = self.said(1, after, customer, holds=False)
        if failed:
            return f"version {self.number} asked: {failed}"
        name = example["after"]["name"] if example["after"] else "no rule holds now"
        held = self.said(0, after, customer, holds=True)
        return f"{name}: {held}" if held else str(name)

    def said(self, side: int, rule: str, customer: UUID, *, holds: bool) -> str:
        """The first line that decides about a rule of the draft (0) or of the version before (1)."""
        node, record = self.nodes[side].get(rule), self.records.get(customer)
        if node is None or record is None:
            return ""
        explained = explain(node, record, self.setting, words=self.words)
        if explained.holds is not holds:
            return ""
        lines: list[Explained] = [line for line in because(explained) if line.condition]
        if not lines:
            return ""
        value = f" ({lines[0].value})" if lines[0].value else ""
        return f"{lines[0].condition}{value}"


def _nodes(access: Access, run: DryRun, raw: Any) -> dict[str, Node]:
    """Conditions by rule; without those that read what `access` may not see, for the reasons name values."""
    if raw is None:
        return {}
    content: Content = read_content(
        find_kind(run.rule_set.kind), raw, currency=setting_now().currency, level=run.rule_set.level,
        access=access,
    )  # fmt: skip
    return {rule.id: rule.node for rule in content.rules if rule.node is not None}

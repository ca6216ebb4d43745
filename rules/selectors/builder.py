"""A rule set as its builder shows it: the rules in order, one of them open, and where the set stands."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from rules.content import Content, content_hash
from rules.forms.component import as_group
from rules.forms.ruleset import OTHERWISE
from rules.kinds import Outcome, RuleKind
from rules.language.comparing import Words
from rules.language.problems import Problem
from rules.language.reading import reading
from rules.language.tree import Group
from rules.language.words import Vocabulary
from rules.models import Activation, Level, RuleSet, RuleVersion
from rules.moment import Setting
from rules.selectors.findings import findings_of
from rules.selectors.rulesets import Standing, versions_of

NEW_RULE: Final[dict[str, Any]] = {"when": {"all": [{}]}, "then": {}}
FOUND: Final = "found"
"""Code of what the analysis of readable rules found."""
NOTHING: Final = "nothing is decided"


@dataclass(frozen=True)
class RuleRow:
    """One rule in the list. `reading` is empty where its condition cannot be read as a whole."""

    id: str
    number: int
    name: str
    reading: list[Words]
    outcome: str
    binding: bool
    raw: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)
    findings: list[Problem] = field(default_factory=list)
    """What makes it useless though it can be read."""
    is_open: bool = False

    @property
    def warnings(self) -> list[str]:
        """What is to be said of the rule as a whole, and not of one of its lines."""
        return [found.message for found in self.findings if not found.at.startswith("when.")]

    @property
    def is_wrong(self) -> bool:
        return bool(self.problems)


def rule_rows(
    rule_set: RuleSet, content: Content, kind: RuleKind | None, words: Vocabulary, opened: str
) -> list[RuleRow]:
    """The draft's rules in order, each with what is wrong with it (places inside the rule)."""
    raws = raw_rules(rule_set.draft.content)
    found = findings_of(content, words.setting)
    findings = [Problem(one.at, FOUND, one.message) for one in found]
    rows = []
    for number, (raw, rule) in enumerate(zip(raws, content.rules, strict=False)):
        rows.append(
            RuleRow(
                id=rule.id, number=number + 1, name=rule.name, binding=rule.binding, raw=raw,
                reading=reading(rule.node, words.setting, words=words) if rule.node else [],
                outcome=outcome_words(kind, rule.outcome), is_open=rule.id == opened,
                problems=problems_inside(content.problems, f"rules.{number}"),
                findings=problems_inside(findings, f"rules.{number}"),
            )
        )  # fmt: skip
    return rows


def raw_rules(content: Any) -> list[dict[str, Any]]:
    """The rules of a draft, whatever state it is in."""
    rules = content.get("rules") if isinstance(content, dict) else None
    return [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []


def problems_inside(problems: Sequence[Problem], place: str) -> list[Problem]:
    """Those of one place, with places inside it."""
    inside = (problem for problem in problems if f"{problem.at}.".startswith(f"{place}."))
    return [Problem(problem.at[len(place) + 1 :], problem.code, problem.message) for problem in inside]


def outcome_words(kind: RuleKind | None, outcome: Outcome | None) -> str:
    return kind.words(outcome) if kind and outcome else ""


def open_rule(rule_set: RuleSet, asked: str) -> str:
    """Which rule is open: the one asked for, else the first, else what holds for everybody else."""
    ids = [str(rule.get("id", "")) for rule in raw_rules(rule_set.draft.content)]
    if asked in ids or (asked == OTHERWISE and rule_set.level == Level.COMPANY):
        return asked
    return ids[0] if ids else ""


def is_untouched(rule_set: RuleSet, rule_id: str) -> bool:
    """Whether the open rule was just begun: then its first line waits for the writer."""
    rule = raw_rule(rule_set.draft.content, rule_id)
    return isinstance(rule, dict) and rule.get("when") == NEW_RULE["when"]


def rule_hash(rule_set: RuleSet, rule_id: str) -> str:
    """Of the open rule as it is kept: whether somebody else changed this very rule."""
    return content_hash(raw_rule(rule_set.draft.content, rule_id))


def raw_rule(content: Any, rule_id: str) -> Any:
    if rule_id == OTHERWISE:
        return content.get("otherwise") if isinstance(content, dict) else None
    return next((rule for rule in raw_rules(content) if rule.get("id") == rule_id), None)


def reading_of(node: Group | None, raw: Any, setting: Setting, words: Vocabulary) -> list[Words]:
    """How the open rule reads; the finished part of it where it is not complete."""
    if node is None or (not node.of and any(as_group(raw).values())):
        return []
    return reading(node, setting, words=words)


@dataclass(frozen=True)
class Where:
    """Where a rule set stands, in words. `tone` is that of its chip."""

    words: str
    tone: str
    next_number: int
    is_changed: bool
    """The draft is not what is in force, or nothing is."""
    in_force: Activation | None = None
    planned: list[Activation] = field(default_factory=list)
    waiting: Activation | None = None
    seen: int = 0


def where_it_stands(rule_set: RuleSet, standing: Standing) -> Where:
    newest = versions_of(rule_set).first()
    changed = standing.in_force is None or standing.in_force.version.content != rule_set.draft.content
    number = _next_number(rule_set, newest)
    words, tone = _chip(rule_set, standing, changed, number)
    return Where(
        words, tone, number, changed, standing.in_force, standing.planned, standing.waiting, standing.seen
    )


def _next_number(rule_set: RuleSet, newest: RuleVersion | None) -> int:
    if newest is None:
        return 1
    return newest.number if newest.content == rule_set.draft.content else newest.number + 1


def _chip(rule_set: RuleSet, standing: Standing, changed: bool, number: int) -> tuple[str, str]:
    if rule_set.archived_at:
        return "In the archive", ""
    if standing.waiting:
        return f"Version {standing.waiting.version.number} waits", "warn"
    if standing.in_force and not changed:
        return f"In force, version {standing.in_force.version.number}", "accent"
    if standing.planned and standing.planned[0].version.content == rule_set.draft.content:
        return f"Version {standing.planned[0].version.number}, planned", "accent"
    return (f"Draft, version {number}" if number > 1 else "Draft"), "warn"


def starts_at(activation: Activation) -> datetime:
    return activation.begins

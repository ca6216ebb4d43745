"""The assignment rules as they stand, read for deciding, and what they say about one customer.

Order: a company's binding rule that holds decides. Else, of a customer in the house, the first portfolio whose own
rules take them. Else the company's other rules, without the portfolios whose own rules do not take the customer; else
what the company says for everybody else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from portfolios.models import AssignmentDecision, Portfolio, PortfolioRules
from portfolios.rule_kinds import ASSIGNMENT, KIND, LEAVE, TAKE
from portfolios.services.balance import Measure
from rules.content import Rule, content_hash, read_content
from rules.kinds import Outcome
from rules.language.tree import Group
from rules.models import Level, RuleSet, RuleVersion
from rules.selectors.rulesets import versions_in_force
from tenancy.models import TenantProfile

How = AssignmentDecision.How
FOLLOWS = -1
"""In place of a line: the customer goes where their organisation goes."""


@dataclass(frozen=True)
class Line:
    """One rule that decides. `node` None: for everybody who is left."""

    set_id: UUID
    set_name: str
    version_id: UUID | None
    number: int | None
    rule: str
    name: str
    how: str
    node: Group | None
    targets: tuple[UUID, ...]
    """Open portfolios it names; for a portfolio's own rule the portfolio."""
    measure: Measure = Measure.CUSTOMERS
    keep: bool = True
    limit: int | None = None
    takes: bool = True

    @property
    def words(self) -> str:
        """ "“Big spenders” of Distribution, version 3"."""
        version = f"version {self.number}" if self.number else "draft"
        return f"“{self.name}” of {self.set_name}, {version}"


@dataclass(frozen=True)
class RuleTrouble:
    """Something in the rules that cannot be done as it is written."""

    set_id: UUID
    set_name: str
    rule: str
    message: str


@dataclass(frozen=True)
class Ruling:
    """Every line, in the order in which they are asked, and what is wrong with the rest."""

    lines: tuple[Line, ...]
    troubles: tuple[RuleTrouble, ...]
    fingerprint: str
    sets: list[dict[str, Any]]
    """The rules as JSON: `ruling_of(sets)` gives this ruling again."""

    def places(self, how: str) -> tuple[int, ...]:
        return tuple(at for at, line in enumerate(self.lines) if line.how == how)

    @property
    def own_sets(self) -> list[tuple[int, ...]]:
        """Places of the portfolios' own rules, by rule set: in each the first that holds answers."""
        found: dict[UUID, list[int]] = {}
        for at in self.places(How.OWN):
            found.setdefault(self.lines[at].set_id, []).append(at)
        return [tuple(places) for places in found.values()]


@dataclass(frozen=True)
class Verdict:
    """Which line decides, where the customer may go by it, and which lines a boundary stopped."""

    line: int
    choices: tuple[UUID, ...]
    stopped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Hits:
    """The first line that holds, of the boundaries, of each portfolio's own rules, and of the others."""

    boundary: int | None
    own: tuple[int, ...]
    other: int | None


def resolve(ruling: Ruling, hits: Hits, *, in_house: bool) -> Verdict | None:
    """What the rules say; None: nothing."""
    lines = ruling.lines
    takes = [at for at in hits.own if lines[at].takes and in_house]
    leaves = [at for at in hits.own if not lines[at].takes]
    if hits.boundary is not None:
        targets = lines[hits.boundary].targets
        stopped = [at for at in takes if not set(lines[at].targets) & set(targets)]
        stopped += [at for at in leaves if set(lines[at].targets) & set(targets)]
        return Verdict(hits.boundary, targets, tuple(stopped))
    if takes:
        return Verdict(takes[0], lines[takes[0]].targets)
    if hits.other is None:
        return None
    refused = {portfolio for at in leaves for portfolio in lines[at].targets}
    return Verdict(hits.other, tuple(key for key in lines[hits.other].targets if key not in refused))


def ruling_in_force(*, at: datetime, draft: RuleSet | None = None) -> Ruling:
    """The rules in force at a moment; with `draft` that rule set's draft in place of its version."""
    return ruling_of(sets_in_force(at=at, draft=draft))


def sets_in_force(*, at: datetime, draft: RuleSet | None = None) -> list[dict[str, Any]]:
    """The same as JSON, the oldest rule set first."""
    versions = {version.rule_set_id: version for version in versions_in_force(KIND, at=at)}
    held: dict[UUID, tuple[RuleSet, RuleVersion | None, Any]] = {
        key: (version.rule_set, version, version.content) for key, version in versions.items()
    }
    if draft is not None:
        held[draft.id] = (draft, None, draft.draft.content)
    about = portfolios_of_rules(list(held))
    return [
        {
            "rule_set": str(key), "name": rule_set.name, "level": rule_set.level, "content": content,
            "version": str(version.id) if version else None, "number": version.number if version else None,
            "portfolios": sorted(str(portfolio) for portfolio in about.get(key, ())),
        }
        for key, (rule_set, version, content) in sorted(held.items())
    ]  # fmt: skip


def ruling_of(sets: Sequence[dict[str, Any]]) -> Ruling:
    """Read rules that were kept as JSON."""
    reader = _Reader(_open_portfolios(), TenantProfile.objects.get().currency)
    for raw in sets:
        reader.read(raw)
    order = (How.BOUNDARY, How.OWN, How.RULE, How.OTHERWISE)
    lines = tuple(sorted(reader.lines, key=lambda line: order.index(How(line.how))))
    return Ruling(lines, tuple(reader.troubles), fingerprint(sets), list(sets))


def fingerprint(sets: Sequence[dict[str, Any]]) -> str:
    """The same for rules that decide the same: a draft, and the version that was made of it."""
    return content_hash([[raw["rule_set"], raw["portfolios"], raw["content"]] for raw in sets])


def portfolios_of_rules(rule_set_ids: Sequence[UUID]) -> Mapping[UUID, frozenset[UUID]]:
    """Rule sets -> the portfolios whose own rules they are."""
    found: dict[UUID, frozenset[UUID]] = {}
    rows = PortfolioRules.objects.filter(rule_set_id__in=list(rule_set_ids))
    for key, portfolio in rows.values_list("rule_set_id", "portfolio_id"):
        found[key] = found.get(key, frozenset()) | {portfolio}
    return found


def _open_portfolios() -> dict[UUID, str]:
    return dict(Portfolio.objects.filter(closed_at=None, closing_to=None).values_list("id", "name"))


@dataclass
class _Reader:
    open: dict[UUID, str]
    currency: str
    lines: list[Line] = field(default_factory=list)
    troubles: list[RuleTrouble] = field(default_factory=list)

    def read(self, raw: dict[str, Any]) -> None:
        content = read_content(ASSIGNMENT, raw["content"], currency=self.currency, level=raw["level"])
        for problem in content.problems:
            self._note(raw, _rule_at(raw["content"], problem.at), problem.message)
        for rule in content.rules:
            if rule.node is not None and rule.outcome is not None:
                self._add(raw, rule, rule.outcome)
        if content.otherwise is not None:
            everybody = Rule("", "everybody else", None, content.otherwise)
            self._add(raw, everybody, content.otherwise, How.OTHERWISE)

    def _add(self, raw: dict[str, Any], rule: Rule, outcome: Outcome, how: str = How.RULE) -> None:
        is_own = raw["level"] == Level.PORTFOLIO
        if is_own != (outcome.get("answer") in {TAKE, LEAVE}):
            self._note(
                raw, rule.name, "A company’s rule names portfolios, a portfolio’s own rule gives its answer."
            )
            return
        named = [UUID(key) for key in (raw["portfolios"] if is_own else outcome.get("portfolios", ()))]
        targets = tuple(key for key in named if key in self.open)
        if len(targets) < len(named):
            self._note(raw, rule.name, "It names a portfolio that is closed or closing; nobody goes there.")
        if is_own and not targets:
            return
        self.lines.append(Line(
            set_id=UUID(raw["rule_set"]), set_name=raw["name"], number=raw["number"],
            version_id=UUID(raw["version"]) if raw["version"] else None, rule=rule.id, name=rule.name,
            how=How.OWN if is_own else How.BOUNDARY if rule.binding else how, node=rule.node, targets=targets,
            measure=Measure(outcome.get("balance") or Measure.CUSTOMERS), keep=not outcome.get("move", False),
            limit=outcome.get("limit"), takes=outcome.get("answer") != LEAVE,
        ))  # fmt: skip

    def _note(self, raw: dict[str, Any], rule: str, message: str) -> None:
        self.troubles.append(RuleTrouble(UUID(raw["rule_set"]), raw["name"], rule, message))


def _rule_at(content: Any, place: str) -> str:
    """The name of the rule in which a problem stands."""
    parts = place.split(".")
    try:
        return str(content["rules"][int(parts[1])]["name"]) if parts[0] == "rules" else ""
    except (IndexError, KeyError, TypeError, ValueError):
        return ""

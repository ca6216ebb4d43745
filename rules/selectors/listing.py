"""All rule sets in reach, by kind, with where each stands."""

from dataclasses import dataclass, field

from rules.content import read_content
from rules.kinds import RuleKind, find_kind, rule_kinds
from rules.models import Level, RuleSet
from rules.registries import rule_scope
from rules.selectors.builder import Where, where_it_stands
from rules.selectors.rulesets import portfolios_of, standings, visible_rule_sets
from tenancy.access import Access


@dataclass(frozen=True)
class Listed:
    rule_set: RuleSet
    where: Where
    rules: int
    portfolios: str
    """Of a portfolio's rules, whose they are."""
    problems: int


@dataclass
class KindShelf:
    """The rule sets of one kind; `label` and `explanation` are the kind's."""

    label: str
    explanation: str
    rows: list[Listed] = field(default_factory=list)


def rule_shelves(access: Access, *, archived: bool = False, kind: str = "") -> list[KindShelf]:
    """Every kind that has rule sets, or only one; those of a kind that is gone last."""
    rows = visible_rule_sets(access, archived=archived).order_by("name")
    found = list(rows.filter(kind=kind) if kind else rows)
    standing = standings(found)
    shelves = {kind.key: KindShelf(kind.label, kind.explanation) for kind in rule_kinds}
    for rule_set in found:
        gone = KindShelf(f"{rule_set.kind}, which does not exist any more", "These rules decide nothing.")
        shelf = shelves.setdefault(rule_set.kind, gone)
        shelf.rows.append(_listed(access, rule_set, where_it_stands(rule_set, standing[rule_set.id])))
    return [shelf for shelf in shelves.values() if shelf.rows]


def _listed(access: Access, rule_set: RuleSet, where: Where) -> Listed:
    kind: RuleKind | None = find_kind(rule_set.kind)
    content = read_content(
        kind, rule_set.draft.content, currency=access.profile.currency, level=rule_set.level
    )
    places = {".".join(problem.at.split(".")[:2]) for problem in content.problems}
    return Listed(rule_set, where, len(content.rules), _portfolios(rule_set), len(places))


def _portfolios(rule_set: RuleSet) -> str:
    scope = rule_scope()
    if rule_set.level != Level.PORTFOLIO or scope is None:
        return ""
    ids = portfolios_of(rule_set)
    names = sorted(scope.names(ids).values())
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(names[:2]) + more

"""What the rules in force say: about a few customers by closures, about everybody by one CASE.

Both ask the same lines in the same order: the company's binding rules (boundaries), the rules of the customer's
portfolio, the company's other rules, what the company says of everybody else. The first line that holds decides.
Several rule sets of one level are asked from the oldest to the newest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Case, QuerySet

from rules.catalogue import find_fact
from rules.content import Content, Rule, read_content
from rules.kinds import Outcome, RuleKind, find_kind
from rules.language.closures import Predicate, predicate
from rules.language.explain import facts_to_json
from rules.language.problems import Problem
from rules.language.sql import Range, first_match
from rules.language.tree import EVERYBODY, Group, Mode, Node, Op, Test
from rules.language.words import Vocabulary
from rules.models import Level, RuleSet, RuleVersion
from rules.moment import Setting, setting_now
from rules.registries import rule_scope
from rules.selectors.records import Record, read_records
from rules.selectors.rulesets import versions_in_force
from tenancy.access import Access

OTHERWISE = "otherwise"
"""Stands in place of a rule's id where no rule held."""


@dataclass(frozen=True)
class Said:
    """One rule of one version, and what it says. `version_id` None: a draft, in a dry run."""

    rule_set_id: UUID
    rule_set: str
    level: str
    version_id: UUID | None
    version: int | None
    rule_id: str
    rule_name: str
    outcome: Outcome
    binding: bool = False


@dataclass(frozen=True)
class Broken:
    """A rule in force that cannot be read any more: it holds for nobody."""

    rule_set_id: UUID
    rule_set: str
    version: int | None
    rule_id: str
    rule_name: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Line:
    """A rule where it is asked. `portfolios` None: whatever the customer's portfolio."""

    said: Said
    when: Node
    portfolios: frozenset[UUID] | None = None

    @property
    def node(self) -> Node:
        """The condition with whom it is about."""
        if self.portfolios is None:
            return self.when
        scope = rule_scope()
        fact = find_fact(scope.fact) if scope else None
        assert fact is not None, "portfolios registered no scope"
        return Group(Mode.ALL, (Test(fact, Op.ONE_OF, tuple(sorted(self.portfolios))), self.when))


@dataclass(frozen=True)
class Decision:
    """What the rules say of one customer, and why. Facts are personal: a room that keeps them must erase them too."""

    said: Said
    stopped: Said | None
    """What a portfolio's rule would have said, where a boundary said something else."""
    facts: dict[str, Any]
    """What the rule that decided looked at, as `rules.language.explain.facts_to_json` writes it."""

    @property
    def outcome(self) -> Outcome:
        return self.said.outcome


class Book:
    """The rules of one kind, read once, in the order in which they are asked."""

    def __init__(
        self, kind: RuleKind, lines: Sequence[Line], broken: Sequence[Broken], setting: Setting
    ) -> None:
        self.kind, self.lines, self.broken, self.setting = kind, tuple(lines), tuple(broken), setting

    @cached_property
    def nodes(self) -> list[Node]:
        return [line.node for line in self.lines]

    @cached_property
    def _predicates(self) -> list[Predicate]:
        return [predicate(node, self.setting) for node in self.nodes]

    @cached_property
    def _words(self) -> Vocabulary:
        """What choices are called, looked up once for all decisions."""
        return Vocabulary(self.setting)

    @property
    def own(self) -> list[int]:
        """Numbers of the lines that are portfolios' own rules."""
        return [n for n, line in enumerate(self.lines) if line.said.level == Level.PORTFOLIO]

    def number_for(self, record: Record) -> int | None:
        """The number of the line that decides about a record."""
        return next((n for n, holds in enumerate(self._predicates) if holds(record)), None)

    def stopped_number_for(self, record: Record, decided: int) -> int | None:
        """The number of the portfolio's rule that a boundary stopped."""
        if not self.lines[decided].said.binding:
            return None
        held = (n for n in self.own if self._predicates[n](record))
        number = next(held, None)
        return None if number is None or self._agree(number, decided) else number

    def _agree(self, one: int, other: int) -> bool:
        return self.lines[one].said.outcome == self.lines[other].said.outcome

    def decision_for(self, record: Record) -> Decision | None:
        number = self.number_for(record)
        if number is None:
            return None
        stopped = self.stopped_number_for(record, number)
        said = self.lines[number].said
        facts = facts_to_json(record, [self.lines[number].when], self.setting, words=self._words)
        return Decision(said, None if stopped is None else self.lines[stopped].said, facts)

    def first(self, *, within: Range | None = None) -> Case:
        """An expression over the population: the number of the line that decides; NULL where none does."""
        return first_match(self.nodes, self.setting, within=within)

    def first_own(self, *, within: Range | None = None) -> Case:
        """The same among the portfolios' own rules only, numbered within `own`."""
        return first_match([self.nodes[n] for n in self.own], self.setting, within=within)


def decide(
    kind: str, customer_ids: Sequence[UUID], *, setting: Setting | None = None, access: Access | None = None
) -> dict[UUID, Decision]:
    """Customer's id -> what the rules in force say of them; whom no rule is about is left out. For a few customers."""
    book = book_in_force(kind, setting=setting)
    records = read_records(book.nodes, customer_ids, book.setting, access=access)
    found = ((customer_id, book.decision_for(record)) for customer_id, record in records.items())
    return {customer_id: decision for customer_id, decision in found if decision is not None}


def decided_rows(rows: QuerySet[Any], book: Book, *, within: Range | None = None) -> QuerySet[Any]:
    """Rows of the population with `line`: the number of the line of `book` that decides (NULL: none). For everybody.

    `within`: the rows are those of a range of customers, first and last.
    """
    decided: QuerySet[Any] = rows.annotate(line=book.first(within=within))
    return decided


def book_in_force(kind: str, *, setting: Setting | None = None) -> Book:
    """The rules of a kind that are in force at the setting's moment."""
    setting = setting or setting_now()
    return book_of(kind, [(v.rule_set, v) for v in versions_in_force(kind, at=setting.now)], setting)


def book_with_draft(rule_set: RuleSet, content: Any, *, setting: Setting) -> Book:
    """The same with `content` in place of the version of `rule_set`: what would be if it were in force too."""
    others = [(v.rule_set, v) for v in versions_in_force(rule_set.kind, at=setting.now)]
    sets: list[tuple[RuleSet, RuleVersion | None]] = [pair for pair in others if pair[0].id != rule_set.id]
    sets.append((rule_set, None))
    sets.sort(key=lambda pair: pair[0].id)
    return book_of(rule_set.kind, sets, setting, draft=content)


def book_of(
    kind: str, sets: Sequence[tuple[RuleSet, RuleVersion | None]], setting: Setting, *, draft: Any = None
) -> Book:
    """Read versions (None: `draft`) of rule sets, the oldest rule set first, into the order of asking."""
    found = find_kind(kind)
    assert found is not None, f"{kind} is not registered"
    about = _portfolios([rule_set.id for rule_set, _ in sets if rule_set.level == Level.PORTFOLIO])
    reader = _Reader(found, setting, about)
    for rule_set, version in sets:
        reader.read(rule_set, version, version.content if version else draft)
    return Book(
        found, [*reader.boundaries, *reader.own, *reader.others, *reader.otherwise], reader.broken, setting
    )


def _portfolios(rule_set_ids: Sequence[UUID]) -> Mapping[UUID, frozenset[UUID]]:
    scope = rule_scope()
    return scope.portfolios_of(rule_set_ids) if scope and rule_set_ids else {}


class _Reader:
    """Sorts the rules of several rule sets into the layers in which they are asked."""

    def __init__(self, kind: RuleKind, setting: Setting, about: Mapping[UUID, frozenset[UUID]]) -> None:
        self.kind, self.setting, self.about = kind, setting, about
        self.boundaries: list[Line] = []
        self.own: list[Line] = []
        self.others: list[Line] = []
        self.otherwise: list[Line] = []
        self.broken: list[Broken] = []

    def read(self, rule_set: RuleSet, version: RuleVersion | None, raw: Any) -> None:
        content = read_content(self.kind, raw, currency=self.setting.currency, level=rule_set.level)
        number = version.number if version else None
        said = _sayer(rule_set, version)
        portfolios = self.about.get(rule_set.id, frozenset()) if rule_set.level == Level.PORTFOLIO else None
        for place, rule in enumerate(content.rules):
            if rule.node is None or rule.outcome is None:
                why = _problems_at(content, f"rules.{place}.")
                self.broken.append(Broken(rule_set.id, rule_set.name, number, rule.id, rule.name, why))
            elif portfolios is None or portfolios:
                self._layer(rule, portfolios).append(Line(said(rule, rule.outcome), rule.node, portfolios))
        if content.otherwise is not None:
            rest = Rule(OTHERWISE, "everybody else", EVERYBODY, content.otherwise)
            self.otherwise.append(Line(said(rest, content.otherwise), EVERYBODY))
        elif why := _problems_at(content, OTHERWISE):
            self.broken.append(Broken(rule_set.id, rule_set.name, number, OTHERWISE, "everybody else", why))

    def _layer(self, rule: Rule, portfolios: frozenset[UUID] | None) -> list[Line]:
        if portfolios is not None:
            return self.own
        return self.boundaries if rule.binding else self.others


def _sayer(rule_set: RuleSet, version: RuleVersion | None) -> Callable[[Rule, Outcome], Said]:
    def said(rule: Rule, outcome: Outcome) -> Said:
        return Said(
            rule_set.id, rule_set.name, rule_set.level, version.id if version else None,
            version.number if version else None, rule.id, rule.name, outcome, rule.binding,
        )  # fmt: skip

    return said


def _problems_at(content: Content, place: str) -> tuple[Problem, ...]:
    return tuple(problem for problem in content.problems if problem.at.startswith(place))

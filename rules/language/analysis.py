"""What is wrong with rules that can be read: they hold for nobody, for everybody, never get their turn, or disagree.

A tree is turned into boxes (`rules.language.regions`): it holds where one box at least does. What has no box left
holds for nobody. Boxes allow more than there can be (that days since the last order follow from the last order is not
known here), so that only what is certain is claimed; a conflict is claimed with an example for which both rules hold.

The work is bounded: what would take more boxes than `MOST_BOXES`, or more steps than `MOST_STEPS`, is not judged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from rules.language.examples import example
from rules.language.reading import line, phrase
from rules.language.regions import Box, Reader
from rules.language.tree import Group, Measure, Mode, Node, Test, facts_of, measures_of
from rules.language.words import Vocabulary, inside, listed
from rules.moment import Setting

MOST_BOXES: Final = 200
MOST_STEPS: Final = 30_000
"""Of putting two boxes together, in one analysis; some microseconds each."""
STEPS_A_QUESTION: Final = 3_000
LONGEST: Final = 120
"""Characters of a line that a message repeats."""


class Severity(StrEnum):
    REFUSE = "refuse"
    """Such a rule cannot be put in force."""
    WARN = "warn"


@dataclass(frozen=True)
class Finding:
    """One thing. `at`: its place in the JSON, of a list of rules with "rules.<n>.when" before it."""

    at: str
    code: str
    severity: Severity
    message: str


@dataclass(frozen=True)
class Checked:
    """A rule of a list in which the first that holds decides. `outcome`: whatever can be compared.

    A rule without `node` cannot be read: nothing is said of it, and it stands in nobody's way. `about`: what it is
    asked for beside the customer; None is everything. Rules that are asked for different things do not compete.
    """

    name: str
    node: Node | None
    outcome: Any
    about: frozenset[str] | None = None

    def takes_in(self, other: "Checked") -> bool:
        """Whether it is asked for all that the other is asked for."""
        return self.about is None or (other.about is not None and other.about <= self.about)

    def meets(self, other: "Checked") -> bool:
        """Whether both are asked for something."""
        return self.about is None or other.about is None or bool(self.about & other.about)


class _TooMuch(Exception):
    """This would take too long to find out."""


class _Logic:
    """Questions about trees, as long as there are steps left. It remembers the boxes of every tree it saw."""

    def __init__(self, nodes: Sequence[Node], setting: Setting, steps: int = MOST_STEPS) -> None:
        self.reader = Reader(nodes, setting)
        self.nodes = nodes
        self.steps = steps
        self.left = 0
        self._known: dict[tuple[int, bool], list[Box] | None] = {}

    def never(self, *holds: Node, without: Sequence[Node] = ()) -> bool:
        """Whether it is certain that nobody is in all of `holds` and in none of `without`."""
        found = self.common([(node, True) for node in holds] + [(node, False) for node in without])
        return found == []

    def common(self, sides: list[tuple[Node, bool]]) -> list[Box] | None:
        """Where all trees hold, or do not hold; None where that would take too long."""
        self.left = allowed = min(STEPS_A_QUESTION, self.steps)
        try:
            return self.both(sides)
        except _TooMuch:
            return None
        finally:
            self.steps -= allowed - max(self.left, 0)

    def boxes(self, node: Node, holds: bool) -> list[Box]:
        key = (id(node), holds)
        if key not in self._known:
            self._known[key] = None
            self._known[key] = self._boxes(node, holds)
        found = self._known[key]
        if found is None:
            raise _TooMuch
        return found

    def _boxes(self, node: Node, holds: bool) -> list[Box]:
        if isinstance(node, Test):
            return self.reader.test(node)[not holds]
        if isinstance(node, Measure):
            no_rows = node.where is not None and self.never_related(node.where)
            return self.reader.measure(node, no_rows=no_rows)[not holds]
        sides = [(child, holds is not (node.mode is Mode.NONE)) for child in node.of]
        return self.either(sides) if (node.mode is Mode.ANY) is holds else self.both(sides)

    def never_related(self, where: Group) -> bool:
        """Whether no related row can be like that."""
        inner = _Logic([where], self.reader.setting, self.left)
        found = inner.never(where)
        self.left = inner.steps
        return found

    def either(self, sides: list[tuple[Node, bool]]) -> list[Box]:
        return _few([box for node, holds in sides for box in self.boxes(node, holds)])

    def both(self, sides: list[tuple[Node, bool]]) -> list[Box]:
        found: list[Box] = [{}]
        for boxes in sorted((self.boxes(node, holds) for node, holds in sides), key=len):
            met = (self.meet(one, two) for one in found for two in boxes)
            found = _few([box for box in met if box is not None])
        return found

    def meet(self, one: Box, two: Box) -> Box | None:
        """Who is in both; None for nobody."""
        self.left -= 1
        if self.left < 0:
            raise _TooMuch
        found = dict(one)
        for variable, region in two.items():
            inside = found[variable] & region if variable in found else region
            if inside.is_empty:
                return None
            found[variable] = inside
        return found


def _few(boxes: list[Box]) -> list[Box]:
    if len(boxes) > MOST_BOXES:
        raise _TooMuch
    return boxes


def problems_of_rules(rules: Sequence[Checked], setting: Setting) -> list[Finding]:
    """What is wrong with rules of which the first that holds decides, each by itself and all together."""
    words = Vocabulary(setting)
    found: list[Finding] = []
    share = MOST_STEPS // max(1, len(rules))
    readable = {n: rule.node for n, rule in enumerate(rules) if rule.node is not None}
    for number, node in readable.items():
        judge = _Judge(_Logic([node], setting, share), words)
        found += judge.condition(node, f"rules.{number}.when")
    return found + _Order(rules, readable, _Logic(list(readable.values()), setting), words).findings()


@dataclass
class _Judge:
    """One condition: which of its lines say nothing, or too much."""

    logic: _Logic
    words: Vocabulary

    def condition(self, node: Node, at: str) -> list[Finding]:
        if isinstance(node, Group) and not node.of:
            return [_nobody(at)] if node.mode is Mode.ANY else [_everybody(at, "has no conditions")]
        if self.logic.never(node):
            return [self.blame(node, at, "the rule holds for nobody", Severity.REFUSE)]
        if self.logic.never(without=[node]):
            return [_everybody(at, "holds for everybody, also where nothing is known")]
        return self.group(node, at) if isinstance(node, Group) else []

    def group(self, group: Group, at: str) -> list[Finding]:
        """Of a group that can hold."""
        found: list[Finding] = []
        places = [_inside(at, f"{group.mode}.{n}") for n in range(len(group.of))]
        useful = []
        for child, place in zip(group.of, places, strict=True):
            if self.logic.never(child):
                found.append(self.blame(child, place, "this part holds for nobody", Severity.WARN))
                continue
            useful.append((child, place))
            if isinstance(child, Group):
                found += self.group(child, place)
            elif isinstance(child, Measure) and child.where is not None:
                found += self.where(child, child.where, place)
        return found + self.idle(group.mode, useful)

    def where(self, measure: Measure, where: Group, at: str) -> list[Finding]:
        """A condition on related rows, judged by itself."""
        inner = _Judge(_Logic([where], self.logic.reader.setting, self.logic.steps), self.words)
        place = f"{at}.where"
        if inner.logic.never(where):
            then = f"there are no such {measure.relation.label}"
            return [inner.blame(where, place, then, Severity.WARN)]
        return inner.group(where, place)

    def idle(self, mode: Mode, lines: list[tuple[Node, str]]) -> list[Finding]:
        """Lines that change nothing beside the others of their group, the last of several alike."""
        found: list[Finding] = []
        kept = list(lines)
        for line_, place in reversed(lines):
            others = [node for node, other in kept if other != place]
            if others and self.says_nothing(mode, line_, others):
                one = next((node for node in others if self.says_nothing(mode, line_, [node])), None)
                found.append(self.idle_finding(line_, one, place))
                kept = [(node, other) for node, other in kept if other != place]
        return found[::-1]

    def says_nothing(self, mode: Mode, node: Node, others: list[Node]) -> bool:
        if mode is Mode.ALL:
            return self.logic.never(*others, without=[node])
        return self.logic.never(node, without=others)

    def idle_finding(self, node: Node, other: Node | None, at: str) -> Finding:
        because = f"{self.said(other)} says it already" if other else "the others say it already"
        if self.logic.never(without=[node]):
            because = "it holds for everybody"
        message = f"{self.said(node)} changes nothing: {because}. Take it away, or change it."
        return Finding(at, "idle", Severity.WARN, message)

    def blame(self, node: Node, at: str, then: str, severity: Severity) -> Finding:
        """Of something that never holds: the smallest part that is to blame."""
        if isinstance(node, Group) and node.mode is Mode.ALL:
            for n, child in enumerate(node.of):
                if self.logic.never(child):
                    return self.blame(child, _inside(at, f"all.{n}"), then, severity)
            return self.pair(node, at, then, severity)
        if (
            isinstance(node, Measure)
            and node.where is not None
            and _Logic([node.where], self.logic.reader.setting).never(node.where)
        ):
            inner = _Judge(_Logic([node.where], self.logic.reader.setting), self.words)
            return inner.blame(node.where, f"{at}.where", then, severity)
        if isinstance(node, Group) and node.mode is Mode.ANY and len(node.of) == 1:
            return self.blame(node.of[0], f"{at}.any.0", then, severity)
        message = f"{self.said(node)} is never so: {then}. Change it, or take it away."
        return Finding(at, "never", severity, message)

    def pair(self, group: Group, at: str, then: str, severity: Severity) -> Finding:
        """Two lines that exclude each other, or all of them together."""
        for n, child in enumerate(group.of):
            for other in group.of[:n]:
                if self.logic.never(other, child):
                    message = (
                        f"{self.said(other)} and {self.said(child)} exclude each other: {then}. "
                        "Change one of them, or put both under “any of”."
                    )
                    return Finding(_inside(at, f"all.{n}"), "never", severity, message)
        message = f"These lines exclude each other: {then}. Change one of them."
        return Finding(at, "never", severity, message)

    def said(self, node: Node) -> str:
        return _said(node, self.words)


@dataclass
class _Order:
    """Rules one after another."""

    rules: Sequence[Checked]
    nodes: Mapping[int, Node]
    logic: _Logic
    words: Vocabulary

    def findings(self) -> list[Finding]:
        """Unreachable rules first: a rule that never gets its turn disagrees with nobody."""
        possible = [n for n, node in self.nodes.items() if not self.logic.never(node)]
        found = {n: finding for n in possible if (finding := self.unreachable(n, possible))}
        reached = [n for n in possible if n not in found]
        clashes = [
            clash for n in reached for other in reached if other < n and (clash := self.clash(other, n))
        ]
        return [*found.values(), *clashes]

    def unreachable(self, n: int, possible: list[int]) -> Finding | None:
        node = self.nodes[n]
        earlier = [other for other in possible if other < n and self.rules[other].takes_in(self.rules[n])]
        by = next((other for other in earlier if self.covers([other], node)), None)
        if by is None and not (len(earlier) > 1 and self.covers(earlier, node)):
            return None
        who = f"“{self.rules[by].name}”" if by is not None else "one of the rules"
        agree = by is not None and self.rules[by].outcome == self.rules[n].outcome
        message = (
            f"“{self.rules[n].name}” never gets its turn: {who} before it holds for everybody for whom it holds. "
            + ("Both decide the same; take one away." if agree else "Move it up, or take it away.")
        )
        severity = Severity.WARN if agree else Severity.REFUSE
        return Finding(f"rules.{n}", "unreachable", severity, message)

    def covers(self, earlier: list[int], node: Node) -> bool:
        return self.logic.never(node, without=[self.nodes[other] for other in earlier])

    def clash(self, one: int, two: int) -> Finding | None:
        """Two rules about the same facts that overlap, neither being the exception to the other."""
        first, second = self.rules[one], self.rules[two]
        nodes = [self.nodes[one], self.nodes[two]]
        if first.outcome == second.outcome or not first.meets(second) or _keys(nodes[0]) != _keys(nodes[1]):
            return None
        if self.covers([two], nodes[0]):
            return None
        boxes = self.logic.common([(node, True) for node in nodes])
        record = example(boxes or [], nodes, self.logic.reader.setting)
        if record is None:
            return None
        such = self.such_as(record, nodes[1])
        message = (
            f"“{first.name}” and “{second.name}” say different things for the same customers{such}. "
            f"“{first.name}” decides, as it stands first. Set their limits apart, or move up the one that shall win."
        )
        return Finding(f"rules.{two}", "conflict", Severity.WARN, message)

    def such_as(self, record: dict[str, Any], node: Node) -> str:
        known = [
            (fact, record[fact.key]) for fact in facts_of(node) if record[fact.key] not in (None, frozenset())
        ]
        named = [f"{inside(fact.label)} {self.words.value(fact, value)}" for fact, value in known[:3]]
        return f" (as with {listed(named, 'and')})" if named else ""


def _keys(node: Node) -> set[str]:
    return {fact.key for fact in facts_of(node)} | {
        measure.relation.rows_key for measure in measures_of(node)
    }


def _said(node: Node, words: Vocabulary) -> str:
    if isinstance(node, Group):
        text = phrase(node, words.setting, words=words)
    else:
        text = "".join(part.text for part in line(node, words.setting, words=words))
    return f"“{text[:LONGEST]}…”" if len(text) > LONGEST else f"“{text}”"


def _inside(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _nobody(at: str) -> Finding:
    return Finding(
        at, "never", Severity.REFUSE, "The rule has an empty “any of” and holds for nobody. Add a condition."
    )


def _everybody(at: str, why: str) -> Finding:
    message = f"The rule {why}, so it is the same for all customers. Add a condition that some do not meet."
    return Finding(at, "always", Severity.WARN, message)

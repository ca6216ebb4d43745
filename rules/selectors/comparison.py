"""Two states of a rule set side by side, rule by rule and line by line."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Final

from rules.content import Content, Rule, read_content
from rules.kinds import RuleKind, find_kind
from rules.language.reading import line
from rules.language.tree import Group, Mode, Node
from rules.language.words import Vocabulary
from rules.models import RuleSet
from rules.selectors.builder import NOTHING, outcome_words

HEADS: Final = {Mode.ALL: "All of", Mode.ANY: "Any of", Mode.NONE: "None of"}


@dataclass(frozen=True)
class Shown:
    """A line of one side; `changed` where the other side does not have it. Empty: the other side has one more."""

    text: str = ""
    depth: int = 0
    changed: bool = False


@dataclass
class Compared:
    """One rule, or what holds for everybody else, on both sides."""

    name: str
    note: str = ""
    pairs: list[tuple[Shown, Shown]] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return bool(self.note) or any(left.changed or right.changed for left, right in self.pairs)


def compare(rule_set: RuleSet, before: Any, after: Any, words: Vocabulary) -> list[Compared]:
    """`before` and `after` are contents; the order is that of `after`, what it does not have comes last."""
    kind = find_kind(rule_set.kind)
    sides = [_read(rule_set, kind, raw, words) for raw in (before, after)]
    old, new = ({rule.id: (n, rule) for n, rule in enumerate(side.rules)} for side in sides)
    found = []
    for number, rule in enumerate(sides[1].rules):
        was = old.get(rule.id)
        note = "" if was is None or was[0] == number else f"was rule {was[0] + 1}"
        found.append(_rule(kind, was[1] if was else None, rule, words, note if was else "new"))
    gone = [rule for rule in sides[0].rules if rule.id not in new]
    found += [_rule(kind, rule, None, words, "taken away") for rule in gone]
    ends = [[(0, outcome_words(kind, side.otherwise) or NOTHING)] for side in sides]
    return [*found, Compared("Everybody else", pairs=_pairs(*ends))]


def _read(rule_set: RuleSet, kind: RuleKind | None, raw: Any, words: Vocabulary) -> Content:
    return read_content(kind, raw, currency=words.setting.currency, level=rule_set.level)


def _rule(
    kind: RuleKind | None, old: Rule | None, new: Rule | None, words: Vocabulary, note: str
) -> Compared:
    shown = new or old
    assert shown is not None
    sides = [_lines(kind, rule, words) if rule else [] for rule in (old, new)]
    if old and new and old.name != new.name:
        note = f"was called {old.name}" if not note else f"{note}, called {old.name}"
    return Compared(shown.name or "A rule without a name", note, _pairs(*sides))


def _lines(kind: RuleKind | None, rule: Rule, words: Vocabulary) -> list[tuple[int, str]]:
    when = list(_of(rule.node, 0, words)) if rule.node else [(0, "A condition that cannot be read")]
    binding = [(0, "A boundary: portfolios’ own rules cannot decide otherwise")] if rule.binding else []
    then = outcome_words(kind, rule.outcome) or "an outcome that cannot be read"
    return [*when, (0, f"Then: {then}"), *binding]


def _of(node: Node, depth: int, words: Vocabulary) -> Iterator[tuple[int, str]]:
    if not isinstance(node, Group):
        yield depth, "".join(part.text for part in line(node, words.setting, words=words))
        return
    yield depth, HEADS[node.mode] if node.of else "Everybody"
    for child in node.of:
        yield from _of(child, depth + 1, words)


def _pairs(old: list[tuple[int, str]], new: list[tuple[int, str]]) -> list[tuple[Shown, Shown]]:
    found: list[tuple[Shown, Shown]] = []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        same = what == "equal"
        left = [Shown(text, depth, not same) for depth, text in old[a:b]]
        right = [Shown(text, depth, not same) for depth, text in new[c:d]]
        longest = max(len(left), len(right))
        empty = Shown()
        found += zip(
            left + [empty] * (longest - len(left)), right + [empty] * (longest - len(right)), strict=True
        )
    return found

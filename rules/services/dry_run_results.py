"""What a dry run found, made of the counts of its parts: plain JSON with counts, sums and ids of a few examples."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rules.deciding import Book
from rules.kinds import Outcome, RuleKind
from rules.models import RuleSet

NOBODY: Final = None
Key = str | None
"""An outcome so that two of them can be compared; None: nothing is decided."""


def outcome_key(kind: RuleKind, outcome: Outcome) -> str:
    """The same for outcomes that mean the same; where the kind knows what is today, the same as that."""
    return kind.compare(outcome) if kind.compare else json.dumps(outcome, sort_keys=True)


@dataclass(frozen=True)
class Group:
    """Customers who are treated alike: numbers of lines, the outcome of today, their portfolio, how many, how much."""

    before: int | None
    after: int | None
    own: int | None
    today: str | None
    place: str | None
    customers: int
    worth: int | None
    examples: list[str]


@dataclass
class Tally:
    """Customers and what they are worth together; None where nobody's worth is known."""

    customers: int = 0
    worth: int | None = None
    examples: list[tuple[str, int | None, int | None]] = field(default_factory=list)

    def add(self, group: Group) -> None:
        self.customers += group.customers
        self.worth = _sum(self.worth, group.worth)
        self.examples += [(key, group.before, group.after) for key in group.examples]

    def as_json(self) -> dict[str, Any]:
        return {"customers": self.customers, "value": self.worth}


def _sum(one: int | None, other: int | None) -> int | None:
    return one if other is None else other if one is None else one + other


def _tallies(groups: Iterable[Group], key: Callable[[Group], Any]) -> dict[Any, Tally]:
    found: dict[Any, Tally] = {}
    for group in groups:
        found.setdefault(key(group), Tally()).add(group)
    return found


def _way(before: Key, after: Key) -> str:
    """What happens to a customer between two outcomes."""
    if before == after:
        return "nothing" if before is None else "stays"
    if before is None:
        return "enters"
    return "leaves" if after is None else "moves"


class _Result:
    def __init__(
        self, before: Book, after: Book, rule_set: RuleSet, groups: list[Group], examples: int
    ) -> None:
        self.books, self.rule_set, self.groups, self.most = (before, after), rule_set, groups, examples
        self.kind = after.kind
        self.keys = [
            [outcome_key(self.kind, line.said.outcome) for line in book.lines] for book in self.books
        ]
        self.outcomes = {
            key: line.said.outcome
            for book, keys in zip(self.books, self.keys, strict=True)
            for key, line in zip(keys, book.lines, strict=True)
        }

    def before(self, group: Group) -> Key:
        return None if group.before is None else self.keys[0][group.before]

    def after(self, group: Group) -> Key:
        return None if group.after is None else self.keys[1][group.after]

    def words(self, key: Key) -> str:
        if key is None:
            return "nothing decided"
        if key in self.outcomes:
            return self.kind.words(self.outcomes[key])
        return self.kind.current_words(key) if self.kind.current_words else key

    def as_json(self) -> dict[str, Any]:
        everybody = Tally()
        for group in self.groups:
            everybody.add(group)
        return {
            **everybody.as_json(),
            "ways": self.ways(self.groups),
            "outcomes": self.per_outcome(),
            "changes": self.changes(self.before),
            "rules": self.per_rule(),
            "portfolios": self.per_portfolio(),
            "stopped": self.stopped(),
            "today": self.beside_today(),
            "cost": self.cost(),
            "broken": [
                {"rule_set": entry.rule_set, "rule": entry.rule_id, "name": entry.rule_name,
                 "why": " ".join(problem.message for problem in entry.problems)}
                for entry in self.books[1].broken
            ],
        }  # fmt: skip

    def ways(self, groups: Iterable[Group]) -> dict[str, Any]:
        found = _tallies(groups, lambda group: _way(self.before(group), self.after(group)))
        ways = ("enters", "leaves", "moves", "stays", "nothing")
        return {way: found.get(way, Tally()).as_json() for way in ways}

    def per_outcome(self) -> list[dict[str, Any]]:
        """Each outcome: who has it before and after, who comes, who goes."""
        before, after = _tallies(self.groups, self.before), _tallies(self.groups, self.after)
        stays = _tallies((g for g in self.groups if self.before(g) == self.after(g)), self.after)
        keys = sorted({*before, *after}, key=lambda key: (key is None, self.words(key)))
        return [
            {
                "outcome": key, "words": self.words(key), "before": before.get(key, Tally()).as_json(),
                "after": after.get(key, Tally()).as_json(), "stays": stays.get(key, Tally()).customers,
                "enters": after.get(key, Tally()).customers - stays.get(key, Tally()).customers,
                "leaves": before.get(key, Tally()).customers - stays.get(key, Tally()).customers,
                "cost_before": self.cost_of(key, before), "cost_after": self.cost_of(key, after),
            }
            for key in keys
        ]  # fmt: skip

    def changes(self, of: Callable[[Group], Key]) -> list[dict[str, Any]]:
        """From each outcome to each other one: how many, how much, and a few of them with the lines that say so."""
        moved = (group for group in self.groups if of(group) != self.after(group))
        found = _tallies(moved, lambda group: (of(group), self.after(group)))
        ordered = sorted(found.items(), key=lambda pair: (-pair[1].customers, str(pair[0])))
        return [
            {"from": here, "from_words": self.words(here), "to": there, "to_words": self.words(there),
             "way": _way(here, there), **tally.as_json(), "examples": self.examples(tally)}
            for (here, there), tally in ordered
        ]  # fmt: skip

    def examples(self, tally: Tally) -> list[dict[str, Any]]:
        return [
            {"customer": key, "before": self.line(0, before), "after": self.line(1, after)}
            for key, before, after in sorted(tally.examples, key=lambda example: example[0])[: self.most]
        ]

    def line(self, book: int, number: int | None) -> dict[str, Any] | None:
        """Which rule says so; version None is the draft."""
        if number is None:
            return None
        said = self.books[book].lines[number].said
        return {"rule_set": str(said.rule_set_id), "set_name": said.rule_set, "version": said.version,
                "version_id": str(said.version_id) if said.version_id else None, "rule": said.rule_id,
                "name": said.rule_name}  # fmt: skip

    def per_rule(self) -> list[dict[str, Any]]:
        """The draft's rules: about how many each decides."""
        found = _tallies(self.groups, lambda group: group.after)
        return [
            {"rule": line.said.rule_id, "name": line.said.rule_name, **found.get(n, Tally()).as_json()}
            for n, line in enumerate(self.books[1].lines)
            if line.said.rule_set_id == self.rule_set.id
        ]

    def per_portfolio(self) -> list[dict[str, Any]]:
        places: dict[str | None, list[Group]] = {}
        for group in self.groups:
            places.setdefault(group.place, []).append(group)
        rows = [
            {"portfolio": place, "customers": sum(group.customers for group in groups), **self.ways(groups)}
            for place, groups in places.items()
        ]
        return sorted(rows, key=lambda row: (-row["customers"], str(row["portfolio"])))

    def stopped(self) -> list[dict[str, Any]]:
        """Portfolios' rules that a boundary stops, where they would have said something else."""
        book, own = self.books[1], self.books[1].own
        held = [
            group for group in self.groups
            if group.own is not None and group.after is not None and book.lines[group.after].said.binding
            and self.keys[1][own[group.own]] != self.keys[1][group.after]
        ]  # fmt: skip
        found = _tallies(held, lambda group: (group.own, group.after))
        return [
            {"stopped": self.line(1, own[mine]), "by": self.line(1, boundary), **tally.as_json()}
            for (mine, boundary), tally in found.items()
        ]

    def beside_today(self) -> dict[str, Any] | None:
        """Beside what is, whatever made it so; None where the kind cannot say."""
        if self.kind.current is None:
            return None
        same = sum(group.customers for group in self.groups if group.today == self.after(group))
        return {"same": same, "changes": self.changes(lambda group: group.today)}

    def cost(self) -> dict[str, int] | None:
        """Minor units altogether, before and after."""
        if self.kind.cost is None:
            return None
        sides = (_tallies(self.groups, self.before), _tallies(self.groups, self.after))
        before, after = (sum(self.cost_of(key, side) or 0 for key in side) for side in sides)
        return {"before": before, "after": after}

    def cost_of(self, key: Key, side: dict[Key, Tally]) -> int | None:
        if self.kind.cost is None or key is None or key not in side:
            return None
        return self.kind.cost(self.outcomes[key]) * side[key].customers


def result_of(
    before: Book, after: Book, rule_set: RuleSet, found: Sequence[Sequence[Any]], *, examples: int
) -> dict[str, Any]:
    """The result as JSON (shape: docs/decisions/rule-sets.md) of the counts that the parts found."""
    groups = [Group(*row) for row in found]
    return _Result(before, after, rule_set, groups, examples).as_json()

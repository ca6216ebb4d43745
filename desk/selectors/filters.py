"""The filter of the customers list in words: a chip for each line, and what cannot be read."""

from dataclasses import dataclass
from typing import Any

from crm.selectors.lists import matching, totals
from crm.selectors.scope import visible_summaries
from crm.selectors.where import Line, Where, read_where
from desk.selectors.list_state import ListState
from rules.catalogue import usable_facts
from rules.language.comparing import amount, names_its_unit, verb
from rules.language.reading import line, phrase
from rules.language.tree import Group, Measure, Node, Test
from rules.language.words import Vocabulary
from tenancy.access import Access

MOST_TRIED: int = 8
"""Chips that are tried when nobody matches, to say which one to drop."""


@dataclass(frozen=True)
class Chip:
    """Fact, operator, value; a count or a group is one stretch of words, in `value`. `why`: it cannot be read."""

    label: str
    operator: str
    value: str
    remove_url: str
    why: str = ""

    @property
    def words(self) -> str:
        return " ".join(part for part in (self.label, self.operator, self.value) if part)


def chips_of(access: Access, state: ListState) -> list[Chip]:
    """One chip a line of the outermost "all"; any other filter is one chip."""
    words = Vocabulary(state.setting)
    return [
        _chip(row, state.url(where=state.where.without(n)), state, words, access)
        for n, row in enumerate(state.where.lines)
    ]


def _chip(row: Line, remove_url: str, state: ListState, words: Vocabulary, access: Access) -> Chip:
    if row.node is None:
        return Chip(
            "", "", _named(row.raw, access), remove_url, " ".join(problem.message for problem in row.problems)
        )
    return Chip(*_cells(row.node, state, words), remove_url)


def _named(raw: Any, access: Access) -> str:
    """What stands in a line that cannot be read, as far as it names something."""
    key = raw.get("fact") if isinstance(raw, dict) else None
    if not isinstance(key, str):
        return "a condition"
    return next((fact.label for fact in usable_facts(access) if fact.key == key), key[:60])


def _cells(node: Node, state: ListState, words: Vocabulary) -> tuple[str, str, str]:
    if isinstance(node, Group):
        return "", "", phrase(node, state.setting, words=words)
    if isinstance(node, Measure):
        return "", "", "".join(part.text for part in line(node, state.setting, words=words))
    return _test_cells(node, words)


def _test_cells(test: Test, words: Vocabulary) -> tuple[str, str, str]:
    """The same words as the rule's reading; what stands before the value belongs to the operator."""
    fact = test.fact
    said = list(amount(fact, test.operator, test.operand, words, unit=not names_its_unit(fact)))
    before = []
    while len(said) > 1 and not said[0].strong:
        before.append(said.pop(0).text.strip())
    return fact.label, " ".join((verb(fact, test.operator), *before)), "".join(part.text for part in said)


def unreadable(state: ListState) -> dict[str, Any] | None:
    """Context of desk/customers/_unreadable.html: what is wrong, and the list without it."""
    where = state.where
    if where.is_sound:
        return None
    sound = [row for row in where.lines if row.node is not None]
    return {
        "messages": list(dict.fromkeys(problem.message for problem in where.problems)),
        "remains": len(sound),
        "without_url": state.url(where=where.sound_part()),
    }


def drop_hint(access: Access, state: ListState) -> dict[str, Any] | None:
    """The chip without which most would be found, with the count that would give."""
    if len(state.where.lines) < 2:
        return None
    visible, found = visible_summaries(access), []
    for n, chip in enumerate(chips_of(access, state)[:MOST_TRIED]):
        rest: Where = read_where(state.where.without(n), access)
        summed = totals(matching(visible, rest.tree, state.setting), [])
        if rest.is_sound and summed.count:
            found.append((summed.count, n, chip, summed.exact))
    if not found:
        return None
    count, _, chip, exact = max(found, key=lambda entry: (entry[0], -entry[1]))
    return {"label": chip.words, "url": chip.remove_url, "count": count, "exact": exact}

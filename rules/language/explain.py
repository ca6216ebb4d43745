"""Why a condition holds for one customer, or does not: line by line, with the customer's own values in words.

What a decision was made on is kept as JSON:
{"facts": {fact: value}, "figures": {measure: value}, "labels": {fact: words}}.
Of related rows the figure is kept, not the rows; of a choice what it was called on that day.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from rules.catalogue import Fact, Type
from rules.language.closures import comparison, measured, predicate
from rules.language.comparing import Words
from rules.language.reading import line
from rules.language.tree import Measure, Mode, Multiple, Node, Test, facts_of, measures_of
from rules.language.values import counted
from rules.language.words import GONE, UNKNOWN, Vocabulary, distance_words, number_words
from rules.language.write import canonical
from rules.moment import Setting

Record = Mapping[str, Any]
FIGURES: Final = "figures()"
LABELS: Final = "labels()"
_HEADS: Final = {Mode.ALL: "All of these", Mode.ANY: "Any of these", Mode.NONE: "None of these"}
_DIGITS: Final[dict[Type, tuple[int | None, ...]]] = {Type.NUMBER: (2, 4, None), Type.SHARE: (1, 3, None)}
"""Places of a measured number, more of them where fewer would put it on the wrong side of the rule's value."""


@dataclass(frozen=True)
class Explained:
    """A line or a group, and how it is with one customer."""

    holds: bool
    words: tuple[Words, ...]
    """The condition: "Country is Germany"; of a group "All of these"."""
    value: str = ""
    """Of a line: the customer's value, "61 days"."""
    against: str = ""
    """What a multiple of another fact comes to: "2.5 times 24 days is 60 days"."""
    is_unknown: bool = False
    """It does not hold (or, for "is not known", holds) because the value is not known."""
    mode: Mode | None = None
    of: tuple["Explained", ...] = ()

    @property
    def condition(self) -> str:
        return "".join(part.text for part in self.words)

    def lines(self, depth: int = 0) -> Iterator[tuple[int, "Explained"]]:
        """This and everything in it from top to bottom, each with its depth."""
        yield depth, self
        for child in self.of:
            yield from child.lines(depth + 1)


def explain(node: Node, record: Record, setting: Setting, *, words: Vocabulary | None = None) -> Explained:
    """How it is with the customer of a record. What the record does not say is not known."""
    return _explain(node, record, words or Vocabulary(setting))


def because(explained: Explained) -> list[Explained]:
    """The lines that decide: of "all" those that fail or, where none does, every line; of "any" the other way round."""
    if explained.mode is None:
        return [explained]
    wanted = explained.holds if explained.mode is not Mode.NONE else not explained.holds
    return [leaf for child in explained.of if child.holds is wanted for leaf in because(child)]


def _explain(node: Node, record: Record, words: Vocabulary) -> Explained:
    if isinstance(node, Test):
        return _test(node, record, words)
    if isinstance(node, Measure):
        return _measure(node, record, words)
    children = tuple(_explain(child, record, words) for child in node.of)
    held = [child.holds for child in children]
    holds = {Mode.ALL: all(held), Mode.ANY: any(held), Mode.NONE: not any(held)}[node.mode]
    return Explained(holds, (Words(_HEADS[node.mode]),), mode=node.mode, of=children)


def _test(test: Test, record: Record, words: Vocabulary) -> Explained:
    known = {fact.key: _value(fact, record) for fact in facts_of(test)}
    holds = predicate(test, words.setting)
    said = tuple(line(test, words.setting, words=words))
    other = test.operand.fact if isinstance(test.operand, Multiple) else None
    value = known[test.fact.key]
    return Explained(
        holds=holds(known),
        words=said,
        value=_said(test.fact, value, record, words, lambda near: holds(known | {test.fact.key: near})),
        against=_against(test.operand, known[other.key], words) if other else "",
        is_unknown=any(found is None for found in known.values()),
    )


def _value(fact: Fact, record: Record) -> Any:
    return record.get(fact.key, frozenset() if fact.type is Type.SET else None)


def _said(fact: Fact, value: Any, record: Record, words: Vocabulary, holds: Any) -> str:
    """A value in words; a measured number in as many places as it takes to be on its side of the rule's value."""
    if value is None:
        return UNKNOWN
    if fact.type in (Type.CHOICE, Type.SET):
        return _chosen(fact, value, record, words)
    if fact.type in _DIGITS:
        return _near(fact, value, words, holds)
    said = words.value(fact, value)
    if fact.type in (Type.DATE, Type.MOMENT):
        return f"{said}, {distance_words(_day(value, words.setting), words.setting.today)}"
    return said


def _near(fact: Fact, value: float, words: Vocabulary, holds: Any) -> str:
    more = 2 if fact.type is Type.SHARE else 0
    for digits in _DIGITS[fact.type]:
        if digits is None or holds(round(value, digits + more)) is holds(value):
            return words.value(fact, value, digits=digits)
    raise AssertionError("the last number of digits is None")


def _chosen(fact: Fact, value: Any, record: Record, words: Vocabulary) -> str:
    """What it is called today; where it is gone, what it was called when it was kept."""
    today = words.value(fact, value)
    return record.get(LABELS, {}).get(fact.key, today) if GONE in today else today


def _day(value: date | datetime, setting: Setting) -> date:
    return value.astimezone(setting.zone).date() if isinstance(value, datetime) else value


def _against(multiple: Multiple, base: Any, words: Vocabulary) -> str:
    if base is None:
        return f"{multiple.fact.label} is {UNKNOWN}"
    whole = multiple.fact.type in (Type.COUNT, Type.MONEY)
    found: Any = float(base) * multiple.times
    product = words.value(
        multiple.fact, round(found) if multiple.fact.type is Type.MONEY else found, digits=2
    )
    one = words.value(multiple.fact, base, digits=None if whole else 2)
    return one if multiple.times == 1 else f"{number_words(multiple.times)} times {one} is {product}"


def _measure(measure: Measure, record: Record, words: Vocabulary) -> Explained:
    setting = words.setting
    figure = _figure(measure, record, setting)
    fact = measure.of or counted(measure.relation)
    of_value = comparison(fact, measure.operator, measure.operand, setting)
    value = _said(fact, figure, record, words, of_value)
    return Explained(
        holds=figure is not None and of_value(figure),
        words=tuple(line(measure, setting, words=words)),
        value="none" if measure.of is None and figure == 0 else value,
        is_unknown=figure is None,
    )


def _figure(measure: Measure, record: Record, setting: Setting) -> Any:
    kept = record.get(FIGURES)
    if kept is not None:
        return kept.get(canonical(measure, currency=setting.currency))
    return measured(measure, {measure.relation.rows_key: (), **record}, setting)


def facts_to_json(
    record: Record, nodes: Iterable[Node], setting: Setting, *, words: Vocabulary | None = None
) -> dict[str, Any]:
    """What `nodes` were decided on, to be kept with the decision. `words`: share one between many records."""
    nodes, words = list(nodes), words or Vocabulary(setting)
    facts = {fact.key: fact for node in nodes for fact in facts_of(node)}
    known = {key: _value(fact, record) for key, fact in facts.items()}
    chosen = [fact for fact in facts.values() if fact.type in (Type.CHOICE, Type.SET) and known[fact.key]]
    return {
        "facts": {key: _to_json(value) for key, value in known.items()},
        "figures": {
            canonical(measure, currency=setting.currency): _to_json(_figure(measure, record, setting))
            for node in nodes
            for measure in measures_of(node)
        },
        "labels": {fact.key: words.value(fact, known[fact.key]) for fact in chosen},
    }


def facts_from_json(raw: Mapping[str, Any], nodes: Iterable[Node], *, currency: str) -> Record:
    """The record again, for `explain`. What does not fit a fact's type any more is not known."""
    nodes = list(nodes)
    facts = {fact.key: fact for node in nodes for fact in facts_of(node)}
    measures = [measure for node in nodes for measure in measures_of(node)]
    figures = raw.get("figures", {})
    found = {key: _from_json(fact, raw.get("facts", {}).get(key)) for key, fact in facts.items()}
    keyed = {canonical(measure, currency=currency): measure for measure in measures}
    kept = {
        key: _from_json(measure.of or counted(measure.relation), figures.get(key))
        for key, measure in keyed.items()
    }
    return {**found, FIGURES: kept, LABELS: raw.get("labels", {})}


def _to_json(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(str(one) for one in value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return repr(value) if isinstance(value, float) else value


def _from_json(fact: Fact, value: Any) -> Any:
    unknown: Any = frozenset() if fact.type is Type.SET else None
    try:
        return unknown if value is None else _READERS[fact.type](fact, value)
    except (TypeError, ValueError):
        return unknown


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("no flag")
    return value


_READERS: Final[dict[Type, Any]] = {
    Type.COUNT: lambda fact, value: int(value),
    Type.MONEY: lambda fact, value: int(value),
    Type.NUMBER: lambda fact, value: float(value),
    Type.SHARE: lambda fact, value: float(value),
    Type.DATE: lambda fact, value: date.fromisoformat(value),
    Type.MOMENT: lambda fact, value: datetime.fromisoformat(value),
    Type.TEXT: lambda fact, value: str(value),
    Type.CHOICE: lambda fact, value: fact.python(value),
    Type.FLAG: lambda fact, value: _flag(value),
    Type.SET: lambda fact, value: frozenset(fact.python(one) for one in value),
}

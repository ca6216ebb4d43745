"""docs/facts.md, written from the catalogue: `manage.py facts_doc`."""

from collections.abc import Sequence
from typing import Final

from rules.catalogue import Fact, Relation, Type
from rules.language.tree import MEASURE_OPERATORS, OPERATORS
from rules.selectors.catalogue import CLASSES, COSTS, TYPES, Shelf, shelves

_HEAD: Final = """\
# Facts

What rules, segments and filters can test about a customer. This page is written by `manage.py facts_doc` from what
the rooms register in their `facts.py`; a test says when it is out of date.

The keys are public: they stand in saved rules and go through the API, so a key is never renamed and never comes to
mean something else. A fact that somebody may not see is to them as if it were not there.

What is **unknown** (never stated, never computed) passes no test but “unknown”; `none` of a test holds for it.
Days are those of the company's time zone, and so is the day of a moment. Amounts of money stand in a rule with their
currency, which must be the company's: `{"amount": "12.50", "currency": "GBP"}`.
“Quick” facts have an index that leads with them; a test of days since a date is made on that date, and is as quick.
"""


def facts_markdown() -> str:
    """The whole page."""
    parts = [_HEAD, _operators(), *(_shelf(shelf) for shelf in shelves())]
    return "\n".join(parts)


def _operators() -> str:
    rows = [(TYPES[type], ", ".join(f"`{operator}`" for operator in OPERATORS[type])) for type in Type]
    measured = ", ".join(f"`{operator}`" for operator in MEASURE_OPERATORS)
    return (
        "## Tests by type\n\n"
        + _table(("type", "`is`"), rows)
        + f"\nCounts and sums of related rows: {measured}.\n"
    )


def _shelf(shelf: Shelf) -> str:
    parts = [f"## {shelf.label} (`{shelf.room}`)\n"]
    if shelf.facts:
        parts.append(_facts(shelf.facts))
    parts += [_relation(relation) for relation in shelf.relations]
    return "\n".join(parts)


def _relation(relation: Relation) -> str:
    needs = f" Needs `{relation.permission}`." if relation.permission else ""
    title = f"{relation.label[:1].upper()}{relation.label[1:]}"
    return f"### {title} (`{relation.key}`)\n\n{relation.explanation}{needs}\n\n{_facts(relation.facts)}"


def _facts(facts: tuple[Fact, ...] | list[Fact]) -> str:
    return _table(("key", "what", "type", "personal data", "cost", "needs"), [_row(fact) for fact in facts])


def _row(fact: Fact) -> tuple[str, ...]:
    unit = f" ({fact.unit})" if fact.unit else ""
    needs = f"`{fact.permission}`" if fact.permission else ""
    return (
        f"`{fact.key}`", f"**{fact.label}.** {fact.explanation}", TYPES[fact.type] + unit, CLASSES[fact.personal],
        COSTS[fact.cost], needs,
    )  # fmt: skip


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)

"""The catalogue as people choose from it: by room, by words, and the many options of some facts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from rules.catalogue import Fact, Option, Relation, find_relation, usable_facts, usable_relations
from rules.forms.fields import fact_at
from tenancy.access import Access

ROOMS: Final = {
    "crm": "Customers and orders", "value": "Value", "portfolios": "Portfolios",
}  # fmt: skip
MOST_OPTIONS: Final = 40


@dataclass(frozen=True)
class Entry:
    """Something to compare: a fact, or related rows to be counted. `verb` is the press that chooses it."""

    verb: str
    key: str
    label: str
    explanation: str
    unit: str = ""


@dataclass
class Room:
    label: str
    facts: list[Entry] = field(default_factory=list)


def rooms_of_facts(access: Access, words: str = "", relation: str = "") -> list[Room]:
    """What may be compared, by room; with `relation` only the facts of its rows. `words` must all be found."""
    wanted = words.casefold().split()
    found = find_relation(relation) if relation else None
    if found is not None:
        inner = [_fact(fact) for fact in found.facts]
        return _kept([Room(found.label.capitalize(), inner)], wanted)
    rooms = {key: Room(label) for key, label in ROOMS.items()}
    entries = [*map(_fact, usable_facts(access)), *map(_rows, usable_relations(access))]
    for entry in entries:
        key = entry.key.split(".")[0]
        rooms.setdefault(key, Room(ROOMS.get(key, key.capitalize()))).facts.append(entry)
    return _kept(rooms.values(), wanted)


def _kept(rooms: Iterable[Room], wanted: list[str]) -> list[Room]:
    """The rooms with what matches; a match in the label comes before one in the explanation."""
    kept = []
    for room in rooms:
        named = [entry for entry in room.facts if _has(f"{entry.label} {room.label}", wanted)]
        told = [entry for entry in room.facts if entry not in named and _has(_all_of(entry, room), wanted)]
        if named or told:
            kept.append(Room(room.label, named + told))
    return kept


def _all_of(entry: Entry, room: Room) -> str:
    return f"{entry.label} {room.label} {entry.explanation} {entry.unit}"


def _has(text: str, wanted: list[str]) -> bool:
    return all(word in text.casefold() for word in wanted)


def _fact(fact: Fact) -> Entry:
    return Entry("fact", fact.key, fact.label, fact.explanation, fact.unit)


def _rows(relation: Relation) -> Entry:
    label = f"{relation.label.capitalize()}: how many, how much"
    return Entry("rows", relation.key, label, relation.explanation)


def count_facts(access: Access) -> int:
    """How many there are to choose from."""
    return len(usable_facts(access)) + len(usable_relations(access))


def options_of(access: Access, key: str, relation: str, words: str) -> list[Option]:
    """The first options of a fact whose label holds every word; nothing of a fact that may not be seen."""
    fact = fact_at(key, relation or None)
    if fact is None or fact.options is None or (fact.permission and not access.may(fact.permission)):
        return []
    wanted = words.casefold().split()
    return [option for option in fact.options() if _has(option[1], wanted)][:MOST_OPTIONS]

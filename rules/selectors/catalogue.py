"""The catalogue as pages, the API and the documentation list it: room by room, and only what somebody may use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps

from rules.catalogue import (
    Cost,
    Fact,
    PersonalDataClass,
    Relation,
    Type,
    facts,
    relations,
    usable_facts,
    usable_relations,
)
from rules.language.tree import MEASURE_OPERATORS, OPERATORS, What
from tenancy.access import Access

TYPES: Final[dict[Type, str]] = {
    Type.COUNT: "whole number",
    Type.NUMBER: "number",
    Type.SHARE: "share, 0 to 1",
    Type.MONEY: "amount of money",
    Type.DATE: "day",
    Type.MOMENT: "moment",
    Type.TEXT: "words",
    Type.CHOICE: "one of a list",
    Type.FLAG: "yes or no",
    Type.SET: "any of a list",
}
CLASSES: Final[dict[PersonalDataClass, str]] = {
    PersonalDataClass.NONE: "not personal",
    PersonalDataClass.IDENTITY: "who they are",
    PersonalDataClass.BEHAVIOUR: "what they did",
    PersonalDataClass.PROFILE: "what was worked out about them",
}
COSTS: Final[dict[Cost, str]] = {
    Cost.INDEXED: "quick",
    Cost.SCANNED: "reads every customer",
    Cost.RELATED: "reads another table",
}


@dataclass(frozen=True)
class Shelf:
    """One room's part of the catalogue."""

    room: str
    label: str
    facts: list[Fact]
    relations: list[Relation]


def shelves(access: Access | None = None) -> list[Shelf]:
    """The catalogue by room, from left to right; `access` None: all of it. A room without anything is left out."""
    tested = list(facts) if access is None else usable_facts(access)
    counted = list(relations) if access is None else usable_relations(access)
    found = [
        Shelf(
            config.label, str(config.verbose_name), _of_room(config.label, tested),
            _of_room(config.label, counted),
        )
        for config in reversed(list(apps.get_app_configs()))
    ]  # fmt: skip
    return [shelf for shelf in found if shelf.facts or shelf.relations]


def _of_room(room: str, entries: Sequence[Any]) -> list[Any]:
    return [entry for entry in entries if entry.key.startswith(f"{room}.")]


def described(fact: Fact) -> dict[str, Any]:
    """A fact as the API lists it; what there is to choose from is asked for by itself."""
    return {
        "key": fact.key,
        "label": fact.label,
        "type": str(fact.type),
        "unit": fact.unit,
        "explanation": fact.explanation,
        "personal_data": str(fact.personal),
        "cost": str(fact.cost),
        "permission": fact.permission,
        "operators": [str(operator) for operator in OPERATORS[fact.type]],
        "has_options": fact.options is not None,
    }


def described_relation(relation: Relation) -> dict[str, Any]:
    """A relation as the API lists it, with its facts and what can be measured."""
    return {
        "key": relation.key,
        "label": relation.label,
        "explanation": relation.explanation,
        "permission": relation.permission,
        "facts": [described(fact) for fact in relation.facts],
        "measures": {
            str(What.SUM): [fact.key for fact in relation.summable()],
            str(What.LARGEST): [fact.key for fact in relation.measurable()],
            str(What.SMALLEST): [fact.key for fact in relation.measurable()],
        },
        "operators": [str(operator) for operator in MEASURE_OPERATORS],
    }

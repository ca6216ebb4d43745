"""One rule of a set as fields of a form: its name, its condition, what it decides, whether it binds."""

from dataclasses import dataclass, field
from typing import Any, Final

from django.http import QueryDict

from rules.forms.fields import Raw, number
from rules.forms.inputs import Choice
from rules.forms.moves import Edit, edited
from rules.kinds import FieldType, OutcomeField, RuleKind
from rules.language.problems import Problem

WHEN: Final = "when"
THEN: Final = "then"
OTHERWISE: Final = "otherwise"
"""Stands for a rule's id where the outcome for everybody else is edited."""


@dataclass(frozen=True)
class OutcomeInput:
    """One field of an outcome as it is drawn. `kind` is the field's type."""

    name: str
    label: str
    kind: str
    help: str
    required: bool
    value: str = ""
    choices: list[Choice] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def chosen(self) -> list[Choice]:
        return [choice for choice in self.choices if choice.chosen]


def outcome_inputs(kind: RuleKind, level: str, raw: Any, problems: list[Problem]) -> list[OutcomeInput]:
    """What a rule of this level may decide. `problems` with places inside the outcome: "portfolios"."""
    outcome = raw if isinstance(raw, dict) else {}
    return [_input(one, outcome.get(one.name), problems) for one in kind.fields if level in one.levels]


def _input(one: OutcomeField, value: Any, problems: list[Problem]) -> OutcomeInput:
    mine = [problem for problem in problems if problem.at.split(".")[0] == one.name]
    asked = value if isinstance(value, list) else [value]
    chosen = [key for key in asked if not isinstance(key, dict | list)]
    options = list(one.options()) if one.options else []
    choices = [Choice(key, label, key in chosen) for key, label in options]
    known = {key for key, _ in options}
    gone = [str(key) for key in chosen if one.options and key not in known and key not in (None, "")]
    return OutcomeInput(
        name=f"{THEN}_{one.name}", label=one.label, kind=one.type.value, help=one.help, required=one.required,
        value="" if value is None or isinstance(value, list | dict) else "1" if value is True else str(value),
        choices=[*(Choice(key, "gone; choose another", True) for key in gone), *choices], problems=mine,
    )  # fmt: skip


def rule_from_form(data: QueryDict, rule: Raw, kind: RuleKind) -> tuple[Raw, Edit]:
    """`rule` with what the form says; the edit says what was pressed in its condition."""
    edit = edited(data, WHEN)
    found = rule | {"name": str(data.get("name", rule.get("name") or "")).strip()[:200], "when": edit.raw}
    found |= {"then": outcome_from_form(data, rule.get("then"), kind)}
    if data.get("binding"):
        return found | {"binding": True}, edit
    found.pop("binding", None)
    return found, edit


def outcome_from_form(data: QueryDict, before: Any, kind: RuleKind) -> Raw:
    """What the form says of each field; what is left empty is left out."""
    if f"{THEN}_sent" not in data:
        return before if isinstance(before, dict) else {}
    values = {one.name: _value(one, data, f"{THEN}_{one.name}") for one in kind.fields}
    return {name: value for name, value in values.items() if value not in (None, "", [], False)}


def _value(one: OutcomeField, data: QueryDict, name: str) -> Any:
    if one.type is FieldType.CHOICES:
        return data.getlist(name)
    if one.type is FieldType.FLAG:
        return bool(data.get(name))
    typed = data.get(name, "").strip()
    return number(typed) if one.type is FieldType.NUMBER else typed

"""Kinds of rule: what rules may decide. Each room registers its own in `AppConfig.ready()`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from django.db.models.expressions import Combinable

from rules.catalogue import Option
from rules.language.problems import Problem, RuleInvalid
from rules.moment import Setting
from tenancy.registries import Registry

LONGEST_TEXT: Final = 200
Outcome = dict[str, Any]
"""What a rule says, as plain JSON: name of an outcome field -> value."""


class FieldType(StrEnum):
    """How the builder asks for a part of an outcome."""

    CHOICE = "choice"
    """One of the options (str)."""
    CHOICES = "choices"
    """Some of the options (list of str), one at least where required."""
    NUMBER = "number"
    """A whole number (int) or a decimal (str); read to str of a Decimal where it is not whole."""
    TEXT = "text"
    FLAG = "flag"


@dataclass(frozen=True)
class OutcomeField:
    """One thing to fill in after "then"."""

    name: str
    label: str
    type: FieldType
    options: Callable[[], Sequence[Option]] | None = None
    """For CHOICE and CHOICES: (value, label) in the active tenant."""
    help: str = ""
    required: bool = True
    levels: tuple[str, ...] = ("company", "portfolio")
    """Whose rules are asked for it; at the other level it stays empty."""


@dataclass(frozen=True)
class RuleKind:
    """What rules of one kind decide, and how it is written, read and compared."""

    key: str
    """`<room>.<name>`"""
    label: str
    explanation: str
    fields: tuple[OutcomeField, ...]
    words: Callable[[Outcome], str]
    """An outcome as people say it: "to the portfolio North". Never raises, also for what does not exist any more."""
    levels: tuple[str, ...] = ("company",)
    """Who may have such rules: ("company",) or ("company", "portfolio")."""
    check: Callable[[Outcome], None] = lambda outcome: None
    """What the fields alone cannot say. Raises RuleInvalid with places inside the outcome."""
    makes_fact: str = ""
    """Key of the fact that these rules make, or ""."""
    needs_otherwise: bool = False
    """Everybody must get an outcome."""
    compare: Callable[[Outcome], str] | None = None
    """The same text for outcomes that mean the same; with `current` (needed there), what that yields for a customer
    with this outcome."""
    current: Callable[[Setting], Combinable] | None = None
    """An expression (text) over the population: today's outcome of each customer, for dry runs."""
    current_words: Callable[[str], str] | None = None
    """What `current` yielded in words, where no rule says it."""
    about: Callable[[Outcome], frozenset[str]] | None = None
    """What a rule is asked for beside the customer, as the role of whoever asks: rules for different things do not
    compete. None: all are asked for the same."""
    cost: Callable[[Outcome], int] | None = None
    """Minor units a customer."""
    tried_at: str = ""
    """Name of the page on which the room itself tries a draft (`?draft=<rule set>`), where an outcome alone does not
    say what would become of a customer; "": the dry run of the rules."""

    def read_outcome(self, raw: Any) -> Outcome:
        """The outcome that `raw` means. Raises RuleInvalid with every problem, placed inside the outcome."""
        outcome, problems = _read(self.fields, raw)
        if problems:
            raise RuleInvalid(problems)
        self.check(outcome)
        return outcome


rule_kinds: Registry[RuleKind] = Registry("kinds of rule")


def register_rule_kinds(*kinds: RuleKind) -> None:
    for kind in kinds:
        assert kind.key not in rule_kinds, f"{kind.key} is registered twice"
        assert (kind.current is None) or (kind.compare is not None), f"{kind.key}: current needs compare"
        rule_kinds.register(kind.key, kind)


def find_kind(key: str) -> RuleKind | None:
    return rule_kinds.get(key)


def _read(fields: Sequence[OutcomeField], raw: Any) -> tuple[Outcome, list[Problem]]:
    if not isinstance(raw, dict):
        return {}, [Problem("", "shape", "Say what the rule decides.")]
    outcome: Outcome = {}
    problems = [
        Problem(str(name), "unknown_key", f"{str(name)[:40]!r} means nothing here.")
        for name in sorted(set(map(str, raw)) - {field.name for field in fields})
    ]
    for field in fields:
        value = raw.get(field.name)
        if value is None or value in ("", []):
            if field.required and field.type is not FieldType.FLAG:
                problems.append(Problem(field.name, "missing_value", f"{field.label}: say which."))
            continue
        try:
            outcome[field.name] = _READERS[field.type](field, value)
        except ValueError as error:
            problems.append(Problem(field.name, "outcome", f"{field.label}: {error}"))
    return outcome, problems


def _choice(field: OutcomeField, value: Any) -> str:
    known = {key for key, _ in field.options()} if field.options else set()
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{str(value)[:40]!r} is not found here; choose again.")
    return value


def _choices(field: OutcomeField, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError("choose from the list.")
    known = {key for key, _ in field.options()} if field.options else set()
    missing = [str(item)[:40] for item in value if not isinstance(item, str) or item not in known]
    if missing:
        raise ValueError(f"{', '.join(missing[:3])}: not found here; choose again.")
    return list(dict.fromkeys(value))


def _number(field: OutcomeField, value: Any) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("a number, as in 4 or 2.5.")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError(f"{str(value)[:20]!r} is not a number; write it as 4 or 2.5.") from None
    if not number.is_finite() or abs(number) >= 10**15:
        raise ValueError("that number is too large.")
    return int(number) if number == number.to_integral_value() else str(number)


def _words(field: OutcomeField, value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
        raise ValueError(f"{LONGEST_TEXT} characters at most, and no control characters.")
    return value.strip()


def _flag(field: OutcomeField, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("yes or no.")
    return value


_READERS: Final[dict[FieldType, Callable[[OutcomeField, Any], Any]]] = {
    FieldType.CHOICE: _choice, FieldType.CHOICES: _choices, FieldType.NUMBER: _number, FieldType.TEXT: _words,
    FieldType.FLAG: _flag,
}  # fmt: skip

"""Which inputs a line has: by the type of its fact and by its operator."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from rules.catalogue import Fact, Type, find_relation, usable_facts
from rules.forms.fields import MOST_DIGITS
from rules.language.tree import WITH_LIST, WITH_SPAN, WITHOUT_VALUE, Op
from rules.language.values import UNITS, comparable
from tenancy.access import Access
from tenancy.money import SYMBOLS

MOST_SHOWN: Final = 60
"""Longer lists of options are searched on the server."""
_ORDERED: Final = {
    Op.AT_LEAST: "is at least", Op.AT_MOST: "is at most", Op.MORE_THAN: "is more than",
    Op.LESS_THAN: "is less than", Op.BETWEEN: "is between", Op.EQUALS: "is exactly", Op.DIFFERS: "is not",
    Op.KNOWN: "is known", Op.UNKNOWN: "is not known",
}  # fmt: skip
_DAYS: Final = {
    Op.WITHIN_LAST: "within the last", Op.LONGER_AGO: "longer ago than", Op.WITHIN_NEXT: "within the next",
    Op.ON: "is on", Op.BEFORE: "is before", Op.AFTER: "is after", Op.ON_OR_BEFORE: "is on or before",
    Op.ON_OR_AFTER: "is on or after", Op.BETWEEN: "is between", Op.KNOWN: "is known", Op.UNKNOWN: "is not known",
}  # fmt: skip
_WORDS: Final = {
    Op.EQUALS: "is", Op.DIFFERS: "is not", Op.STARTS_WITH: "begins with", Op.CONTAINS: "contains",
    Op.ONE_OF: "is one of", Op.NOT_ONE_OF: "is none of", Op.KNOWN: "is known", Op.UNKNOWN: "is not known",
}  # fmt: skip
_CHOICE: Final = {Op.ONE_OF: "is", Op.NOT_ONE_OF: "is not", Op.KNOWN: "is known", Op.UNKNOWN: "is not known"}
_OTHER: Final = {
    Op.YES: "is yes", Op.NO: "is no", Op.KNOWN: "is known", Op.UNKNOWN: "is not known",
    Op.HAS_ANY: "include", Op.HAS_NONE: "do not include",
}  # fmt: skip
_BY_TYPE: Final[dict[Type, dict[Op, str]]] = {
    Type.DATE: _DAYS, Type.MOMENT: _DAYS, Type.TEXT: _WORDS, Type.CHOICE: _CHOICE, Type.FLAG: _OTHER,
    Type.SET: _OTHER,
}  # fmt: skip
_WIDTHS: Final = {
    Type.COUNT: 4, Type.NUMBER: 4, Type.SHARE: 3, Type.MONEY: 5, Type.TEXT: 20,
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """An option of a select: value, label, and whether it is chosen."""

    key: str
    label: str
    chosen: bool = False


@dataclass
class Input:
    """One thing to fill in. `kind`: box (words or a number), day, select, choices, list, or words between two."""

    kind: str
    name: str = ""
    label: str = ""
    """For screen readers."""
    value: str = ""
    before: str = ""
    after: str = ""
    width: int = 4
    is_number: bool = False
    redraws: bool = False
    """Whether another choice changes what stands beside it."""
    choices: list[Choice] = field(default_factory=list)
    more: bool = False
    """Whether there are more options than are shown."""
    fact: str = ""
    relation: str = ""

    @property
    def chosen(self) -> list[Choice]:
        return [choice for choice in self.choices if choice.chosen]


def operator_choices(fact: Fact, allowed: Sequence[Op], operator: Op) -> list[Choice]:
    words = _BY_TYPE.get(fact.type, _ORDERED)
    return [Choice(op.value, words[op], op is operator) for op in allowed]


def inputs_of(
    fact: Fact, op: Op, value: Any, path: str, access: Access, currency: str, *, relation: str | None
) -> list[Input]:
    """`relation`: inside which related rows a fact is compared ("" for the customer's own); None: it is a measure."""
    if op in WITHOUT_VALUE:
        return []
    if op in WITH_LIST:
        return [_choices(fact, value, path, relation or "")] if fact.options else [_list(fact, value, path)]
    if op in WITH_SPAN:
        return _span(fact, value, path)
    if op is Op.BETWEEN:
        low, high = value if isinstance(value, list) and len(value) == 2 else (value, None)
        first = _one(fact, low, path, "", currency, unit=False)
        return [*first, Input("words", value="and"), *_one(fact, high, path, "2", currency)]
    if isinstance(value, dict) and "fact" in value:
        box = Input("box", f"{path}_value", f"{fact.label}: how many times", _text(value.get("times")))
        return [_number(box), *_times(fact, str(value["fact"]), path, access, relation)]
    others = _times(fact, "", path, access, relation)
    return [*_one(fact, value, path, "", currency, unit=not others), *others]


def _one(fact: Fact, value: Any, path: str, n: str, currency: str, *, unit: bool = True) -> list[Input]:
    """The input of one value; `n` is "2" for the upper end of a range."""
    if fact.type in (Type.DATE, Type.MOMENT):
        return _day(fact, value, path, n)
    box = Input("box", f"{path}_value{n}", _label(fact, n), _text(value), width=_WIDTHS.get(fact.type, 4))
    if fact.type is Type.TEXT:
        return [box]
    if fact.type is Type.MONEY:
        return _money(box, value, path, n, currency)
    if fact.type is Type.SHARE:
        box.value, box.after = _percent(value), "%"
    shown = [Input("words", value=fact.unit)] if unit and fact.unit else []
    return [_number(box), *shown]


def _label(fact: Fact, n: str) -> str:
    return f"{fact.label}, to" if n else fact.label


def _number(box: Input) -> Input:
    box.is_number = True
    return box


def _money(box: Input, value: Any, path: str, n: str, currency: str) -> list[Input]:
    amount = value if isinstance(value, dict) else {}
    box.value = _text(amount.get("amount")) if amount else _text(value)
    here = _text(amount.get("currency")) or currency
    box.before = SYMBOLS.get(here, here)
    if n:
        return [_number(box)]
    if here == currency:
        return [Input("hidden", f"{path}_currency", value=currency), _number(box)]
    # An amount of another currency: whoever takes ours must look at the figure.
    pick = Input("select", f"{path}_currency", "Currency", redraws=True)
    pick.choices = [Choice(here, here, True), Choice(currency, currency)]
    return [_number(box), pick]


def _day(fact: Fact, value: Any, path: str, n: str) -> list[Input]:
    unit, typed = "date", value if isinstance(value, str) else ""
    if isinstance(value, dict) and len(value) == 1:
        direction, span = next(iter(value.items()))
        if isinstance(span, dict) and len(span) == 1:
            ((span_unit, amount),) = span.items()
            unit, typed = f"{span_unit}_{direction}", _text(amount)
    how = Input("select", f"{path}_unit{n}", f"{fact.label}: a date, or how long ago", redraws=True)
    how.choices = [Choice("date", "a date", unit == "date")] + [
        Choice(f"{one}_{way}", f"{one} {words}", unit == f"{one}_{way}")
        for way, words in (("ago", "ago"), ("ahead", "from now"))
        for one in UNITS
    ]
    if unit == "date":
        return [Input("day", f"{path}_value{n}", _label(fact, n), typed), how]
    return [_number(Input("box", f"{path}_value{n}", _label(fact, n), typed)), how]


def _span(fact: Fact, value: Any, path: str) -> list[Input]:
    unit, amount = next(iter(value.items())) if isinstance(value, dict) and len(value) == 1 else ("days", "")
    units = Input("select", f"{path}_unit", f"{fact.label}: unit of time")
    units.choices = [Choice(one, one, one == unit) for one in UNITS]
    return [_number(Input("box", f"{path}_value", f"{fact.label}: how long", _text(amount))), units]


def _times(fact: Fact, chosen: str, path: str, access: Access, relation: str | None) -> list[Input]:
    """In place of the unit: a multiple of another fact of the same customer."""
    if relation is None:
        return []
    found = find_relation(relation) if relation else None
    among = list(found.facts) if found else usable_facts(access)
    others = [other for other in among if other.key != fact.key and comparable(fact, other)]
    if not others and not chosen:
        return []
    plain = {Type.MONEY: "as an amount", Type.SHARE: "as a share"}.get(fact.type, fact.unit or "as a number")
    pick = Input("select", f"{path}_times", f"{fact.label}: compared with", redraws=True)
    pick.choices = [
        Choice("", plain, not chosen),
        *(Choice(other.key, f"× {_inside(other.label)}", other.key == chosen) for other in others),
    ]
    if chosen and not pick.chosen:
        pick.choices.append(Choice(chosen, f"× {chosen}", True))
    return [pick]


def _inside(label: str) -> str:
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _list(fact: Fact, value: Any, path: str) -> Input:
    values = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    chips = [Choice(_text(one), _text(one), True) for one in values]
    return Input("list", path, f"{fact.label}: add one", choices=chips)


def _choices(fact: Fact, value: Any, path: str, relation: str) -> Input:
    assert fact.options is not None
    chosen = [_text(one) for one in value] if isinstance(value, list) else []
    options = list(fact.options())
    labels = dict(options)
    box = Input("choices", path, fact.label, fact=fact.key, relation=relation)
    box.choices = [Choice(one, labels.get(one, f"{one[:40]}, which is gone"), True) for one in chosen]
    box.more = len(options) > MOST_SHOWN
    rest = [Choice(key, label) for key, label in options if key not in chosen]
    box.choices += rest[: max(MOST_SHOWN - len(chosen), 0)]
    if not box.more:
        order = {key: n for n, (key, _) in enumerate(options)}
        box.choices.sort(key=lambda choice: order.get(choice.key, len(order)))
    return box


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _percent(value: Any) -> str:
    try:
        found = Decimal(_text(value))
        return f"{found.scaleb(2).normalize():f}" if abs(found.adjusted()) <= MOST_DIGITS else str(found)
    except ArithmeticError:
        return _text(value)

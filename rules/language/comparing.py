"""How a comparison is said: the verb, and what comes after it with the value marked.

"is" + "more than **90 days** ago", "is" + "**$100 or more**", "contains" + "**“berlin”**".
"""

import re
from dataclasses import dataclass
from typing import Final

from rules.catalogue import Fact, Type
from rules.language.tree import Multiple, Op, Operand, RelativeDay, Span
from rules.language.words import NO_BREAK, Vocabulary, inside, is_time, listed, span_words, times_words


@dataclass(frozen=True)
class Words:
    """A stretch of a reading; `strong` where it is a value that somebody chose."""

    text: str
    strong: bool = False


_PREFIX: Final[dict[Op, str]] = {
    Op.AT_LEAST: "at least ",
    Op.AT_MOST: "at most ",
    Op.MORE_THAN: "more than ",
    Op.LESS_THAN: "less than ",
    Op.EQUALS: "exactly ",
    Op.DIFFERS: "anything but ",
}
_VERBS: Final[dict[Op, str]] = {
    Op.STARTS_WITH: "begins with",
    Op.CONTAINS: "contains",
    Op.NOT_ONE_OF: "is not",
    Op.HAS_ANY: "include",
    Op.HAS_NONE: "do not include",
}

_PREPOSITION: Final = re.compile(r",| (?:of|since|in|per|with|to|from|at|until|on|by|between|for) ")


def verb(fact: Fact, operator: Op) -> str:
    """What stands between a fact's label and the value."""
    if operator in _VERBS:
        return _VERBS[operator]
    if fact.type is Type.TEXT and operator is Op.DIFFERS:
        return "is not"
    return "are" if fact.type in (Type.COUNT, Type.NUMBER) and _is_plural(fact.label) else "is"


def _is_plural(label: str) -> bool:
    """ "Orders ever", "Days since last order" and "Order lines" are; "Number of orders" is not."""
    head = _PREPOSITION.split(label, maxsplit=1)[0].split(" ")
    return any(word.endswith("s") and not word.endswith(("ss", "us")) for word in (head[0], head[-1]))


def amount(
    fact: Fact, operator: Op, operand: Operand, words: Vocabulary, *, unit: bool = True, before: bool = False
) -> tuple[Words, ...]:
    """What follows the verb. `before`: "at least 3" in place of "3 or more", for a noun to follow."""
    if operator in (Op.KNOWN, Op.UNKNOWN):
        return (Words("known" if operator is Op.KNOWN else "not known"),)
    if operator in (Op.YES, Op.NO):
        return (Words(operator, strong=True),)
    if operator in (Op.ONE_OF, Op.NOT_ONE_OF, Op.HAS_ANY, Op.HAS_NONE):
        return (Words(words.choices(fact, operand), strong=True),)
    if fact.type in (Type.DATE, Type.MOMENT):
        return _days(operator, operand, words)
    if isinstance(operand, Multiple):
        return (Words(_PREFIX[operator]), Words(times_words(operand), strong=True))
    if fact.type is Type.TEXT:
        return (Words(words.value(fact, operand), strong=True),)
    return _ordered(fact, operator, operand, words, unit=unit, before=before)


def _ordered(
    fact: Fact, operator: Op, operand: Operand, words: Vocabulary, *, unit: bool, before: bool
) -> tuple[Words, ...]:
    if operator is Op.BETWEEN:
        return _range(fact, operand, words, unit=unit)
    value, counted = words.value(fact, operand, unit=unit), _is_counted(fact)
    if not before and operator is Op.AT_LEAST:
        return (Words(f"{value} or more", strong=True),)
    if not before and operator is Op.AT_MOST:
        return (Words(f"{value} or {'fewer' if counted else 'less'}", strong=True),)
    prefix = "fewer than " if counted and operator is Op.LESS_THAN else _PREFIX[operator]
    return (Words(prefix), Words(value, strong=True))


def _is_counted(fact: Fact) -> bool:
    return fact.type is Type.COUNT and not is_time(fact.unit)


def _range(fact: Fact, operand: Operand, words: Vocabulary, *, unit: bool) -> tuple[Words, ...]:
    low, high = operand
    second = words.value(fact, high, unit=unit)
    if low == high:
        return (Words("exactly "), Words(second, strong=True))
    first = words.value(fact, low, unit=False).removesuffix(f"{NO_BREAK}%")
    return (Words(f"{first} to {second}", strong=True),)


def _days(operator: Op, operand: Operand, words: Vocabulary) -> tuple[Words, ...]:
    match operator:
        case Op.WITHIN_LAST:
            return (Words("in the last "), Words(_one_alone(operand), strong=True))
        case Op.LONGER_AGO:  # the day 90 days ago is not in the last 90 days
            return (Words("at least "), Words(span_words(operand), strong=True), Words(" ago"))
        case Op.WITHIN_NEXT:
            return (Words("in the next "), Words(_one_alone(operand), strong=True))
        case Op.BETWEEN:
            first, last = (_day(one, words) for one in operand)
            return (Words("from "), Words(first, strong=True), Words(" to "), Words(last, strong=True))
    before = f"{operator.replace('_', ' ')} "
    return (Words(before), Words(_day(operand, words), strong=True))


def _one_alone(span: Span) -> str:
    """ "in the last month", not "in the last 1 month"."""
    return span_words(span).removeprefix("1 ")


def _day(operand: Operand, words: Vocabulary) -> str:
    said = words.day(operand)
    return f"the day {said}" if isinstance(operand, RelativeDay) else said


def label_words(fact: Fact) -> str:
    """A fact's label as the subject inside a sentence, its comma closed."""
    label = inside(fact.label)
    return f"{label}," if "," in label else label


def names_its_unit(fact: Fact) -> bool:
    """Whether the label says already what the number counts: "Days since last order" in days."""
    return bool(fact.unit) and fact.unit.split(" ")[0] in fact.label.lower().replace(",", "").split(" ")


def joined(parts: list[tuple[Words, ...]], last: str) -> tuple[Words, ...]:
    """Several stretches as a list: "a, b and c"."""
    marks = listed(["\0"] * len(parts), last).split("\0")
    found: list[Words] = []
    for mark, part in zip(marks, parts, strict=False):
        found += [Words(mark)] * bool(mark) + list(part)
    return tuple(found)

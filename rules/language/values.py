"""The values of a rule, read to the type in which the database holds the fact they are compared with."""

import math
import re
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, Final

from rules.catalogue import Fact, Relation, Type
from rules.language.problems import shown
from rules.language.tree import (
    WITH_LIST,
    WITH_SPAN,
    WITHOUT_VALUE,
    Multiple,
    Op,
    Operand,
    RelativeDay,
    Span,
)
from tenancy.money import minor_digits, to_minor

UNITS: Final = ("days", "weeks", "months", "years")
LONGEST: Final = {"days": 36_500, "weeks": 5_200, "months": 1_200, "years": 100}
MOST_VALUES: Final = 500
LONGEST_TEXT: Final = 200
LARGEST: Final = 2**63 - 1
MOST_TIMES: Final = 1_000
FEWEST_TIMES: Final = 0.001
FIRST_DAY: Final = date(1800, 1, 1)
LAST_DAY: Final = date(2299, 12, 31)
NUMBERS: Final = frozenset({Type.COUNT, Type.NUMBER, Type.SHARE, Type.MONEY})
_NUMBER: Final = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?", re.ASCII)


class Refused(ValueError):
    """A value of the wrong type, unit or size; the message says what would be right. `at`: where inside the value."""

    def __init__(self, code: str, message: str, at: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.at = at

    def inside(self, at: str) -> "Refused":
        """The same, of a value that stands at `at` in a larger one."""
        return Refused(self.code, str(self), f"{at}.{self.at}" if self.at else at)


class Options:
    """What there is to choose from, asked once a fact; for one reading of one rule."""

    def __init__(self) -> None:
        self._known: dict[str, frozenset[Any]] = {}

    def of(self, fact: Fact) -> Collection[Any]:
        if fact.key not in self._known:
            options = fact.options() if fact.options else ()
            self._known[fact.key] = frozenset(fact.python(value) for value, _ in options)
        return self._known[fact.key]


def read_operand(
    fact: Fact,
    operator: Op,
    raw: Any,
    *,
    currency: str,
    other: Fact | None = None,
    options: Options | None = None,
) -> Operand:
    """The operand of `raw`, a line of the JSON. `other` is the fact its value names, where it names one.

    Raises Refused.
    """
    value = raw.get("value")
    if operator in WITHOUT_VALUE:
        if value is not None:
            raise Refused("value", f"“{operator}” takes no value.")
        return None
    if value is None:
        raise Refused("missing_value", f"Say what {fact.label} is compared with.")
    if operator in WITH_LIST:
        return _several(fact, value, currency, options or Options())
    if operator in WITH_SPAN:
        return _span(value)
    if operator is Op.BETWEEN:
        return _two(fact, value, currency)
    if isinstance(value, dict) and ("fact" in value or "times" in value):
        return _multiple(fact, value, other)
    return constant(fact, value, currency)


def _several(fact: Fact, value: Any, currency: str, options: Options) -> tuple[Any, ...]:
    if not isinstance(value, list) or not value:
        raise Refused("value", "Choose at least one.")
    if len(value) > MOST_VALUES:
        raise Refused("too_many_values", f"{MOST_VALUES} at most; save them as a segment.")
    found = tuple(dict.fromkeys(_constants(fact, value, currency)))
    if fact.options is not None:
        _require_options(fact, found, options)
    return found


def _constants(fact: Fact, values: list[Any], currency: str) -> list[Any]:
    found = []
    for n, value in enumerate(values):
        try:
            found.append(constant(fact, value, currency))
        except Refused as refused:
            raise refused.inside(str(n)) from None
    return found


def _require_options(fact: Fact, values: tuple[Any, ...], options: Options) -> None:
    known = options.of(fact)
    missing = [shown(str(value)) for value in values if value not in known]
    if missing:
        raise Refused(
            "unknown_option", f"{fact.label}: not found here: {', '.join(missing[:3])}. Choose again."
        )


def _two(fact: Fact, value: Any, currency: str) -> tuple[Any, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise Refused("value", "“between” takes two values.")
    low, high = _constants(fact, value, currency)
    if type(low) is type(high) and not isinstance(low, RelativeDay) and low > high:
        raise Refused("order", "The first value must not be above the second.")
    return low, high


def _multiple(fact: Fact, value: dict[str, Any], other: Fact | None) -> Multiple:
    if set(value) - {"fact", "times"}:
        raise Refused("value", "Compare with {“times”: …, “fact”: …}.")
    if other is None:
        message = "The fact to compare with does not exist any more; choose another."
        raise Refused("unknown_fact", message, at="fact")
    if fact.type not in NUMBERS or not comparable(fact, other):
        message = f"{fact.label} cannot be compared with {other.label}: another kind or unit."
        raise Refused("unit", message, at="fact")
    return Multiple(_times(value.get("times", 1)), other)


def _times(value: Any) -> float:
    try:
        found = _float(value)
    except Refused as refused:
        raise refused.inside("times") from None
    if not FEWEST_TIMES <= found <= MOST_TIMES:
        message = f"How many times: a number between {FEWEST_TIMES} and {MOST_TIMES:,}, as in 2.5."
        raise Refused("number", message, at="times")
    return found


def counted(relation: Relation) -> Fact:
    """How many rows there are, as a fact to compare."""
    return Fact(relation.key, relation.label, Type.COUNT, "", relation.facts[0].personal, "pk")


def comparable(fact: Fact, other: Fact) -> bool:
    """Whether two facts are of one kind and unit, so that one may be a multiple of the other."""
    plain = {Type.COUNT, Type.NUMBER}
    same = fact.type == other.type or {fact.type, other.type} <= plain
    return same and fact.type in NUMBERS and fact.unit == other.unit


def constant(fact: Fact, value: Any, currency: str) -> Any:
    """One constant, as the database holds the fact. Raises Refused."""
    match fact.type:
        case Type.COUNT:
            return _whole(value)
        case Type.NUMBER:
            return _float(value)
        case Type.SHARE:
            return _share(value)
        case Type.MONEY:
            return _money(value, currency)
        case Type.DATE | Type.MOMENT:
            return _day(value)
        case Type.TEXT:
            return _normal(fact, _text(value))
        case Type.CHOICE | Type.SET:
            return _option(fact, value)
    raise Refused("value", f"{fact.label} takes no value.")


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Refused("number", "A number, as in 4 or 2.5.")
    if isinstance(value, int) and abs(value) > LARGEST:
        raise Refused("number", "That number is too large.")
    if isinstance(value, float) and not math.isfinite(value):
        raise Refused("number", "That is not a number; write it as 4 or 2.5.")
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        raise Refused("number", f"{shown(text)} is not a number; write it as 4 or 2.5.")
    found = Decimal(text)
    if abs(found) > LARGEST:
        raise Refused("number", "That number is too large.")
    return found


def _whole(value: Any) -> int:
    found = _decimal(value)
    if found != found.to_integral_value():
        raise Refused("whole_number", "A whole number, as in 4.")
    return int(found)


def _float(value: Any) -> float:
    return float(_decimal(value)) or 0.0  # no minus 0


def _share(value: Any) -> float:
    found = _float(value)
    if not 0 <= found <= 1:
        raise Refused("share", "A share between 0 and 1: 25 % is 0.25.")
    return found


def _money(value: Any, currency: str) -> int:
    if not isinstance(value, dict) or set(value) != {"amount", "currency"}:
        raise Refused("money", "An amount with its currency: {“amount”: “12.50”, “currency”: “GBP”}.")
    if value["currency"] != currency:
        message = f"The amount is in {shown(value['currency'])}; here it must be in {currency}."
        raise Refused("currency", message, at="currency")
    try:
        return _minor(_decimal(value["amount"]), currency)
    except Refused as refused:
        raise refused.inside("amount") from None


def _minor(amount: Decimal, currency: str) -> int:
    digits = minor_digits(currency)
    if abs(amount).scaleb(digits) > LARGEST:
        raise Refused("number", "That amount is too large.")
    if amount != round(amount, digits):
        places = f"{digits} decimal places" if digits else "no decimal places"
        raise Refused("money", f"{currency} has {places}.")
    return to_minor(amount, currency)


def _day(value: Any) -> date | RelativeDay:
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in ("ago", "ahead"):
        direction, span = next(iter(value.items()))
        try:
            return RelativeDay(_span(span), ahead=direction == "ahead")
        except Refused as refused:
            raise refused.inside(direction) from None
    try:
        found = date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Refused("date", "A day, as in 2026-03-01, or so long ago: {“ago”: {“days”: 30}}.") from None
    if not FIRST_DAY <= found <= LAST_DAY:
        raise Refused("date", f"A day between {FIRST_DAY} and {LAST_DAY}.")
    return found


def _span(value: Any) -> Span:
    if not isinstance(value, dict) or len(value) != 1 or next(iter(value)) not in UNITS:
        raise Refused("span", "A length of time, as in {“days”: 30}; also weeks, months, years.")
    unit, n = next(iter(value.items()))
    try:
        n = _whole(n)
    except Refused as refused:
        raise refused.inside(unit) from None
    if not 0 < n <= LONGEST[unit]:
        raise Refused("span", f"Between 1 and {LONGEST[unit]:,} {unit}.", at=unit)
    return Span(n, unit)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Refused("text", "Words to compare with.")
    if len(value) > LONGEST_TEXT or not is_storable(value):
        raise Refused("text", f"{LONGEST_TEXT} characters at most, and no control characters.")
    return value


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can hold it: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _normal(fact: Fact, text: str) -> str:
    found = fact.normalise(text)
    if not found.strip():
        raise Refused("text", f"Nothing of {shown(text)} is left to compare with; write letters or digits.")
    return found


def _option(fact: Fact, value: Any) -> Any:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or not is_storable(value):
        raise Refused("unknown_option", f"{fact.label}: choose from the list.")
    try:
        return fact.python(value)
    except ValueError:
        raise Refused(
            "unknown_option", f"{fact.label}: not found here: {shown(value)}. Choose again."
        ) from None

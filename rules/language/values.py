"""The values of a rule, read to the type in which the database holds the fact they are compared with."""

import math
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from rules.catalogue import Fact, Type
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
NUMBERS: Final = frozenset({Type.COUNT, Type.NUMBER, Type.SHARE, Type.MONEY})


class Refused(ValueError):
    """A value of the wrong type, unit or size; the message says what would be right."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_operand(fact: Fact, operator: Op, raw: Any, *, currency: str, other: Fact | None = None) -> Operand:
    """The operand of `raw`, a line of the JSON. `other` is the fact its value names, where it names one.

    Raises Refused.
    """
    if operator in WITHOUT_VALUE:
        if raw.get("value") is not None:
            raise Refused("value", f"“{operator}” takes no value.")
        return None
    if raw.get("value") is None:
        raise Refused("missing_value", f"Say what {fact.label} is compared with.")
    value = raw["value"]
    if operator in WITH_LIST:
        return _several(fact, value, currency)
    if operator in WITH_SPAN:
        return _span(value)
    if operator is Op.BETWEEN:
        return _two(fact, value, currency)
    if isinstance(value, dict) and "fact" in value:
        return _multiple(fact, value, other)
    return constant(fact, value, currency)


def _several(fact: Fact, value: Any, currency: str) -> tuple[Any, ...]:
    if not isinstance(value, list) or not value:
        raise Refused("value", "Choose at least one.")
    if len(value) > MOST_VALUES:
        raise Refused("too_many_values", f"{MOST_VALUES} at most; save them as a segment.")
    found = tuple(dict.fromkeys(constant(fact, item, currency) for item in value))
    if fact.options is not None:
        _require_options(fact, found)
    return found


def _require_options(fact: Fact, values: tuple[Any, ...]) -> None:
    assert fact.options is not None
    known = {fact.python(value) for value, _ in fact.options()}
    missing = [str(value) for value in values if value not in known]
    if missing:
        raise Refused(
            "unknown_option", f"{fact.label}: not found here: {', '.join(missing[:3])}. Choose again."
        )


def _two(fact: Fact, value: Any, currency: str) -> tuple[Any, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise Refused("value", "“between” takes two values.")
    low, high = (constant(fact, item, currency) for item in value)
    if type(low) is type(high) and not isinstance(low, RelativeDay) and low > high:
        raise Refused("order", "The first value must not be above the second.")
    return low, high


def _multiple(fact: Fact, value: dict[str, Any], other: Fact | None) -> Multiple:
    if set(value) - {"fact", "times"}:
        raise Refused("value", "Compare with {“times”: …, “fact”: …}.")
    if other is None:
        raise Refused("unknown_fact", "The fact to compare with does not exist any more; choose another.")
    if fact.type not in NUMBERS or not comparable(fact, other):
        raise Refused("unit", f"{fact.label} cannot be compared with {other.label}: another kind or unit.")
    return Multiple(_float(value.get("times", 1)), other)


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
            return fact.normalise(_text(value))
        case Type.CHOICE | Type.SET:
            return _option(fact, value)
    raise Refused("value", f"{fact.label} takes no value.")


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Refused("number", "A number, as in 4 or 2.5.")
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise Refused("number", f"{str(value)[:20]!r} is not a number; write it as 4 or 2.5.") from None
    if not found.is_finite() or abs(found) > LARGEST:
        raise Refused("number", "That number is too large.")
    return found


def _whole(value: Any) -> int:
    found = _decimal(value)
    if found != found.to_integral_value():
        raise Refused("whole_number", "A whole number, as in 4.")
    return int(found)


def _float(value: Any) -> float:
    found = float(_decimal(value))
    if not math.isfinite(found):
        raise Refused("number", "That number is too large.")
    return found


def _share(value: Any) -> float:
    found = _float(value)
    if not 0 <= found <= 1:
        raise Refused("share", "A share between 0 and 1: 25 % is 0.25.")
    return found


def _money(value: Any, currency: str) -> int:
    if not isinstance(value, dict) or set(value) != {"amount", "currency"}:
        raise Refused("money", "An amount with its currency: {“amount”: “12.50”, “currency”: “GBP”}.")
    if value["currency"] != currency:
        raise Refused("currency", f"The amount is in {value['currency']}; here it must be in {currency}.")
    amount = _decimal(value["amount"])
    if amount != round(amount, minor_digits(currency)):
        raise Refused("money", f"{currency} has {minor_digits(currency)} decimal places.")
    minor = to_minor(amount, currency)
    if abs(minor) > LARGEST:
        raise Refused("number", "That amount is too large.")
    return minor


def _day(value: Any) -> date | RelativeDay:
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in ("ago", "ahead"):
        direction, span = next(iter(value.items()))
        return RelativeDay(_span(span), ahead=direction == "ahead")
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Refused("date", "A day, as in 2026-03-01, or so long ago: {“ago”: {“days”: 30}}.") from None


def _span(value: Any) -> Span:
    if not isinstance(value, dict) or len(value) != 1 or next(iter(value)) not in UNITS:
        raise Refused("span", "A length of time, as in {“days”: 30}; also weeks, months, years.")
    unit, n = next(iter(value.items()))
    n = _whole(n)
    if not 0 < n <= LONGEST[unit]:
        raise Refused("span", f"Between 1 and {LONGEST[unit]} {unit}.")
    return Span(n, unit)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Refused("text", "Words to compare with.")
    if len(value) > LONGEST_TEXT or "\x00" in value:
        raise Refused("text", f"{LONGEST_TEXT} characters at most, and no control characters.")
    return value


def _option(fact: Fact, value: Any) -> Any:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
        raise Refused("unknown_option", f"{fact.label}: choose from the list.")
    try:
        return fact.python(value)
    except ValueError:
        raise Refused("unknown_option", f"{fact.label}: not found here: {value[:40]}.") from None

"""Values of facts in words, as people read them: "$100", "55 %", "30 days", "Germany, France or Spain".

Plain text; whoever draws it escapes it. Amounts and shares are exact to what was written in the rule.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from rules.catalogue import Fact, Type
from rules.language.tree import Multiple, RelativeDay, Span
from rules.moment import Setting
from tenancy.money import minor_digits, money_text

MINUS: Final = "\N{MINUS SIGN}"
NO_BREAK: Final = "\N{NO-BREAK SPACE}"
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
UNKNOWN: Final = "not known"
GONE: Final = "something that is no longer there"
MOST_NAMED: Final = 6
"""Of a longer list the rest is counted."""
LARGE: Final = 10**15
"""Of a measured number of this size no places are left to round."""
_TIME: Final = frozenset({"seconds", "minutes", "hours", "days", "weeks", "months", "years"})


class Vocabulary:
    """Words for the values of one tenant. Labels of choices are looked up once a fact: keep it for one page."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._labels: dict[str, dict[Any, str]] = {}

    def label(self, fact: Fact, value: Any) -> str:
        """What a choice is called today."""
        if fact.options is None:
            return str(value)
        if fact.key not in self._labels:
            self._labels[fact.key] = {fact.python(option): label for option, label in fact.options()}
        return self._labels[fact.key].get(value, GONE)

    def value(self, fact: Fact, value: Any, *, unit: bool = True, digits: int | None = None) -> str:
        """One value of a fact, None being unknown.

        `unit`: with the fact's unit ("4 orders"). `digits`: measured numbers rounded to so many places.
        """
        if value is None:
            return UNKNOWN
        match fact.type:
            case Type.COUNT | Type.NUMBER:
                return with_unit(value, fact.unit if unit else "", digits)
            case Type.SHARE:
                return share_words(value, digits)
            case Type.MONEY:
                return amount_words(value, self.setting.currency)
            case Type.DATE | Type.MOMENT:
                return self.day(value)
            case Type.CHOICE:
                return self.label(fact, value)
            case Type.FLAG:
                return "yes" if value else "no"
            case Type.SET:
                return listed(sorted(self.label(fact, one) for one in value), "and") or "none"
        return f"“{value}”"

    def day(self, value: date | datetime | RelativeDay) -> str:
        """ "1 March 2026", "30 days ago", "in 2 weeks"."""
        if isinstance(value, RelativeDay):
            span = span_words(value.span)
            return f"{span} from now" if value.ahead else f"{span} ago"
        if isinstance(value, datetime):
            value = value.astimezone(self.setting.zone).date()
        return day_words(value)

    def choices(self, fact: Fact, values: Sequence[Any], last: str = "or") -> str:
        """Several values of a fact: "Germany, France or Spain"."""
        say = self.label if fact.type is Type.SET else self.value
        named = [say(fact, value) for value in values[:MOST_NAMED]]
        more = len(values) - len(named)
        return listed([*named, f"{more} {'other' if more == 1 else 'others'}"] if more else named, last)


def listed(names: Sequence[str], last: str) -> str:
    """ "a", "a or b", "a, b or c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def number_words(value: float | Decimal, digits: int | None = None) -> str:
    """A number with commas and a true minus, no more places than it has: 1240 -> "1,240"; -2.50 -> "−2.5"."""
    exact = Decimal(str(value))
    if digits is not None and abs(exact) < LARGE:
        exact = round(exact, digits)
    written = f"{abs(exact):,f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return MINUS + written if exact < 0 and written.strip("0.,") else written


def with_unit(value: float, unit: str, digits: int | None = None) -> str:
    """ "4 orders", "1 order", "2.5 orders a year"."""
    written = number_words(value, digits)
    return f"{written} {singular(unit) if written == '1' else unit}" if unit else written


def singular(words: str) -> str:
    """The first of some words for one of it: "orders a year" -> "order a year"."""
    first, space, rest = words.partition(" ")
    if first.endswith("ies"):
        first = first[:-3] + "y"
    elif first.endswith(("sses", "shes", "ches", "xes")):
        first = first[:-2]
    elif first.endswith("s") and not first.endswith(("ss", "us")):
        first = first[:-1]
    return first + space + rest


def is_time(unit: str) -> bool:
    """Whether a number of it is less, not fewer."""
    return unit in _TIME


def share_words(value: float, digits: int | None = None) -> str:
    """0.55 -> "55 %", with a space that does not break; `digits` of the percentage."""
    return f"{number_words(Decimal(str(value)) * 100, digits)}{NO_BREAK}%"


def amount_words(minor: int, currency: str) -> str:
    """Minor units with the currency's sign; a whole amount without its zeros: "$100", "$12.50"."""
    written = money_text(minor, currency)
    digits = minor_digits(currency)
    return written[: -digits - 1] if digits and minor % 10**digits == 0 else written


def span_words(span: Span) -> str:
    """ "30 days", "1 month"."""
    return with_unit(span.n, span.unit)


def day_words(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def distance_words(day: date, today: date) -> str:
    """How far a day is from today: "today", "3 days ago", "in 1 day"."""
    days = (today - day).days
    if days == 0:
        return "today"
    return f"{with_unit(days, 'days')} ago" if days > 0 else f"in {with_unit(-days, 'days')}"


def times_words(multiple: Multiple) -> str:
    """ "2.5 times their usual gap"."""
    times = number_words(multiple.times)
    their = f"their {inside(multiple.fact.label)}"
    return their if times == "1" else f"{times} times {their}"


def inside(label: str) -> str:
    """A label as it stands inside a sentence: "Usual gap" -> "usual gap", "VIP score" as it is."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]

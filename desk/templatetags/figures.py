"""Template filters that write numbers and dates as the look asks: true minus, few decimals, short days.

Amounts come in as integers of minor units, shares as fractions from 0 to 1; every function is pure and
returns text. Unknown (None) is written as a word by the template, so these return an empty string for it.
"""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django import template
from django.utils import timezone

from tenancy.money import SYMBOLS, minor_digits

register = template.Library()

MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Number = int | float | Decimal


def _grouped(value: Decimal, digits: int) -> str:
    """Write a non-negative amount with commas and a fixed number of decimals."""
    return f"{value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):,f}"


def _signed(text: str, *, negative: bool, plus: bool) -> str:
    # Rounding may leave nothing of a small loss: then it is 0, not minus 0.
    if not any(digit in text for digit in "123456789"):
        return text
    return (MINUS if negative else "+" if plus else "") + text


def major(minor: int, currency: str) -> Decimal:
    """Return an amount of minor units in the currency's major unit."""
    return Decimal(minor).scaleb(-minor_digits(currency))


def _amount(minor: int | None, currency: str, *, symbol: bool, exact: bool, plus: bool = False) -> str:
    if minor is None:
        return ""
    written = _grouped(abs(major(minor, currency)), minor_digits(currency) if exact else 0)
    sign = SYMBOLS.get(currency, f"{currency}{NO_BREAK}") if symbol else ""
    return _signed(f"{sign}{written}", negative=minor < 0, plus=plus)


@register.filter
def money(minor: int | None, currency: str) -> str:
    """Whole units with the currency's sign: 61200, "USD" -> "$612"."""
    return _amount(minor, currency, symbol=True, exact=False)


@register.filter
def money_exact(minor: int | None, currency: str) -> str:
    """To the minor unit with the currency's sign: 3420, "USD" -> "$34.20"."""
    return _amount(minor, currency, symbol=True, exact=True)


@register.filter
def money_change(minor: int | None, currency: str) -> str:
    """Whole units with the currency and always a sign: 26400, "USD" -> "+$264"."""
    return _amount(minor, currency, symbol=True, exact=False, plus=True)


@register.filter
def figure(minor: int | None, currency: str) -> str:
    """Whole units without a sign of currency, for columns that name it once: 61200, "USD" -> "612"."""
    return _amount(minor, currency, symbol=False, exact=False)


@register.filter
def figure_exact(minor: int | None, currency: str) -> str:
    """To the minor unit without a sign of currency: 3420, "USD" -> "34.20"."""
    return _amount(minor, currency, symbol=False, exact=True)


@register.filter
def number(value: Number | None, digits: int = 0) -> str:
    """A plain number with commas: 1240 -> "1,240"; 0.976, 2 -> "0.98"."""
    if value is None:
        return ""
    exact = Decimal(str(value))
    return _signed(_grouped(abs(exact), digits), negative=exact < 0, plus=False)


@register.filter
def price(value: Decimal | None) -> str:
    """A price in major units as it was stated, with two decimals at least: 15.8000 -> "15.80", 0.0375 -> "0.0375"."""
    if value is None:
        return ""
    _, _, decimals = f"{value:f}".rstrip("0").partition(".")
    return _signed(_grouped(abs(value), max(2, len(decimals))), negative=value < 0, plus=False)


@register.filter
def change(value: Number | None, digits: int = 0) -> str:
    """A number that always carries its sign: 3 -> "+3"."""
    if value is None:
        return ""
    exact = Decimal(str(value))
    return _signed(_grouped(abs(exact), digits), negative=exact < 0, plus=True)


@register.filter
def compact(value: Number | None) -> str:
    """A large number in four characters: 35900 -> "35.9k", 312000 -> "312k", 4100000 -> "4.1M"."""
    if value is None:
        return ""
    size = abs(Decimal(str(value)))
    for limit, letter in ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k")):
        if size >= limit:
            scaled = size / limit
            return _signed(
                _grouped(scaled, 0 if scaled >= 100 else 1) + letter, negative=value < 0, plus=False
            )
    return number(value)


@register.filter
def percent(fraction: Number | None, digits: int = 0) -> str:
    """A share from 0 to 1: .46 -> "46 %" with a space that does not break."""
    if fraction is None:
        return ""
    share = Decimal(str(fraction)) * 100
    return _signed(_grouped(abs(share), digits), negative=share < 0, plus=False) + f"{NO_BREAK}%"


CELL = 14
"""Letters of a range that a table's cell holds."""


def value_range(low: int | None, high: int | None, currency: str, *, symbol: bool = False) -> str:
    """An interval in words: 48000, 76000, "USD" -> "480 to 760"; with symbol "$480 to $760"."""
    if low is None or high is None:
        return ""
    ends = (_amount(end, currency, symbol=symbol, exact=False) for end in (low, high))
    return " to ".join(ends)


@register.simple_tag(name="range")
def range_tag(low: int | None, high: int | None, currency: str, symbol: bool = False) -> str:
    """`{% range low high currency %}` -> "480 to 760"."""
    return value_range(low, high, currency, symbol=symbol)


@register.simple_tag(name="range_compact")
def range_compact(low: int | None, high: int | None, currency: str) -> str:
    """The same for narrow cells: sums that would be cut are shortened, "139k to 236k"."""
    if low is None or high is None:
        return ""
    whole = value_range(low, high, currency)
    if len(whole) <= CELL:
        return whole
    return f"{compact(major(low, currency))} to {compact(major(high, currency))}"


@register.filter
def symbol(currency: str) -> str:
    """The sign of a currency, or its code: "USD" -> "$"."""
    return SYMBOLS.get(currency, currency)


def _day(moment: date) -> date:
    if isinstance(moment, datetime):
        return (timezone.localtime(moment) if timezone.is_aware(moment) else moment).date()
    return moment


def write_date(moment: date, *, today: date) -> str:
    """A day without its year if it is this year's: "7 Nov", else "19 Sep 2025"."""
    day = _day(moment)
    written = f"{day.day} {MONTHS[day.month - 1]}"
    return written if day.year == today.year else f"{written} {day.year}"


@register.filter
def short_date(moment: date | None) -> str:
    """A day, seen from today in the active time zone: "7 Nov", "19 Sep 2025"."""
    return write_date(moment, today=timezone.localdate()) if moment else ""


@register.filter
def month_year(moment: date | None) -> str:
    """A month and its year: "Nov 2025"."""
    return f"{MONTHS[_day(moment).month - 1]} {_day(moment).year}" if moment else ""


@register.filter
def clock(moment: datetime | None) -> str:
    """The time of day in the active time zone: "02:14"."""
    if moment is None:
        return ""
    local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    return f"{local:%H:%M}"


@register.filter
def when(moment: datetime | None) -> str:
    """A day and a time: "7 Nov, 16:20"."""
    return f"{short_date(moment)}, {clock(moment)}" if moment else ""


def duration(seconds: Number | None) -> str:
    """A span in its two largest units: 8 -> "8 s", 75 -> "1 min 15 s", 11400 -> "3 h 10 min"."""
    if seconds is None:
        return ""
    whole = max(0, round(float(seconds)))
    if whole < 60:
        return f"{whole}{NO_BREAK}s"
    unit, names = (60, ("min", "s")) if whole < 3600 else (3600, ("h", "min"))
    large, small = whole // unit, whole % unit // (unit // 60)
    rest = f" {small}{NO_BREAK}{names[1]}" if small else ""
    return f"{large}{NO_BREAK}{names[0]}{rest}"


register.filter("duration", duration)


@register.filter
def initials(name: str) -> str:
    """Two letters for an avatar: "Rosalind Achterberg" -> "RA", "Achterberg, Rosalind" -> "RA"."""
    last, comma, first = name.partition(",")
    words = (f"{first} {last}" if comma else name).split()
    letters = [word[0] for word in words if word[0].isalnum()]
    return "".join(letters[:1] + letters[1:][-1:]).upper() or "?"

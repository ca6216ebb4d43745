"""What a cell says: text, number, date, country, address. Each distinct cell is read once."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from crm.imports.countries import UNSTATED, country_code
from crm.keys import AddressRefused, email_key, phone_key
from tenancy.db.copy import copy_field

NOTHING: Final = r"\N"
EARLIEST_YEAR: Final = 1900


class CellRefused(ValueError):
    """The cell cannot be read; the message says why and is shown beside the row."""


class Memo(dict[str, str]):
    """Cell as it stands -> text for COPY, worked out once for each distinct cell.

    `bad` says why a cell was refused, `odd` what was noticed about one that was taken.
    """

    def __init__(self, read: Callable[[str], str]) -> None:
        super().__init__()
        self._read = read
        self.bad: dict[str, str] = {}
        self.odd: dict[str, str] = {}

    def __missing__(self, cell: str) -> str:
        try:
            text = self._read(cell.strip())
        except CellRefused as refusal:
            self.bad[cell] = str(refusal)
            text = NOTHING
        except CellOdd as oddity:
            self.odd[cell] = str(oddity)
            text = oddity.text
        self[cell] = text
        return text


class CellOdd(Exception):
    """The cell was taken as `text`, but somebody should know."""

    def __init__(self, message: str, text: str) -> None:
        super().__init__(message)
        self.text = text


def refuse_unreadable(cell: str) -> None:
    """Raise CellRefused for what no text column can hold."""
    if "\0" in cell:
        raise CellRefused("has a zero byte in a cell")
    if "\ufffd" in cell:
        raise CellRefused("has characters that are broken in this encoding")


def text(what: str, most: int, *, needed: bool = False, whole: bool = False) -> Callable[[str], str]:
    """A number or name of at most `most` characters. `whole`: 17850.0 is the number 17850."""

    def read(cell: str) -> str:
        refuse_unreadable(cell)
        if needed and not cell:
            raise CellRefused(f"has no {what}")
        if len(cell) > most:
            raise CellRefused(f"has a {what} longer than {most} characters")
        if whole and cell.endswith(".0"):
            cell = cell[:-2]
        return copy_field(cell) if cell else NOTHING

    return read


def cut_text(what: str, most: int) -> Callable[[str], str]:
    """A text that may be cut; empty is empty, not NULL."""

    def read(cell: str) -> str:
        refuse_unreadable(cell)
        if len(cell) > most:
            raise CellOdd(f"{what} cut to {most} characters", copy_field(cell[:most]))
        return copy_field(cell)

    return read


_GROUPED = {
    "point": re.compile(r"-?(\d+|\d{1,3}(,\d{3})+|\d{1,3}( \d{3})+|\d{1,3}('\d{3})+)?(\.\d+)?"),
    "comma": re.compile(r"-?(\d+|\d{1,3}(\.\d{3})+|\d{1,3}( \d{3})+|\d{1,3}('\d{3})+)?(,\d+)?"),
}
_SIGNS = re.compile(r"[$€£¥₹₩₪₫₱₴₦]|^[A-Z]{3}\s|\s[A-Z]{3}$")


def plain_number(cell: str, decimal: str) -> Decimal:
    """A number as people write it: (12.50), 12,50-, € 1.234,50. `decimal` is "point" or "comma".

    Raises CellRefused.
    """
    number = cell.replace("\N{MINUS SIGN}", "-").replace("\N{NO-BREAK SPACE}", " ").replace("\u202f", " ")
    number = _SIGNS.sub("", number).strip()
    if number.startswith("(") and number.endswith(")"):
        number = f"-{number[1:-1].strip()}"
    if number.endswith("-"):
        number = f"-{number[:-1].strip()}"
    number = number.removeprefix("+").replace("- ", "-").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if len(number) > 40 or not re.search(r"\d", number) or not _GROUPED[decimal].fullmatch(number):
        raise CellRefused(f"{cell[:40]!r} is no number with a decimal {decimal}")
    thousands = ", '" if decimal == "point" else ". '"
    return Decimal(re.sub(f"[{thousands}]", "", number).replace(",", "."))


def number(
    what: str, *, decimal: str, digits: int, most: int, empty: str | None = None
) -> Callable[[str], str]:
    """A number with at most `digits` decimals (more are rounded), within plus and minus `most`."""
    unit = Decimal(1).scaleb(-digits)

    def read(cell: str) -> str:
        if not cell:
            if empty is None:
                raise CellRefused(f"has no {what}")
            return empty
        value = plain_number(cell, decimal)
        if abs(value) >= most:
            raise CellRefused(f"has a {what} beyond anything: {cell[:40]}")
        return str(value.quantize(unit, "ROUND_HALF_UP"))

    return read


def money(what: str, *, decimal: str, digits: int, empty: str = NOTHING) -> Callable[[str], str]:
    """An amount in major units, as minor units with `digits` decimals."""

    def read(cell: str) -> str:
        if not cell:
            return empty
        minor = plain_number(cell, decimal).scaleb(digits).quantize(Decimal(1), "ROUND_HALF_UP")
        if abs(minor) > 10**12:
            raise CellRefused(f"has a {what} beyond anything: {cell[:40]}")
        return str(minor)

    return read


_TIME = (
    r"(?:[T ,]\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)
_ISO = re.compile(r"(?P<year>\d{4})(?P<s>[-/.])(?P<month>\d{1,2})(?P=s)(?P<day>\d{1,2})" + _TIME)
_COMPACT = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})" + _TIME)
_TWO_FIRST = re.compile(r"(?P<one>\d{1,2})[-/. ](?P<two>\d{1,2})[-/. ](?P<year>\d{4}|\d{2})" + _TIME)
_DAY_NAME = re.compile(r"(?P<day>\d{1,2})[-. ]+(?P<name>[A-Za-z]{3,9})[-., ]+(?P<year>\d{4}|\d{2})" + _TIME)
_NAME_DAY = re.compile(r"(?P<name>[A-Za-z]{3,9})[. ]+(?P<day>\d{1,2}),? +(?P<year>\d{4})" + _TIME)
_SHAPES = (_ISO, _TWO_FIRST, _COMPACT, _DAY_NAME, _NAME_DAY)
_MONTHS = {m: n for n, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)}


def plain_date(cell: str, order: str) -> datetime:
    """A date, maybe with a time and an offset; without one it is naive. `order`: "day" or "month" first.

    ISO dates and named months are read in any order. Raises CellRefused.
    """
    match = next((m for m in (shape.fullmatch(cell) for shape in _SHAPES) if m), None)
    if match is None:
        raise CellRefused(f"{cell[:40]!r} is no date we know" if cell else "has no date")
    found = match.groupdict()
    if "one" in found:
        day, month = (found["one"], found["two"]) if order == "day" else (found["two"], found["one"])
    else:
        day, month = found["day"], found.get("month") or _MONTHS.get(found["name"][:3].lower(), 0)
    try:
        return datetime(_year(found["year"]), int(month), int(day), *_clock(found), tzinfo=_offset(found))
    except ValueError:
        hint = f" with the {order} first" if "one" in found else ""
        raise CellRefused(f"{cell[:40]!r} is no day{hint}") from None


def _year(written: str) -> int:
    # Two digits as POSIX reads them: 69 to 99 are of the last century.
    return int(written) if len(written) == 4 else int(written) + (1900 if int(written) > 68 else 2000)


def _clock(found: dict[str, str | None]) -> tuple[int, int, int]:
    hour = int(found["hour"] or 0)
    half = (found["half"] or "").lower()[:1]
    if half and not 1 <= hour <= 12:
        raise ValueError("no such hour")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, int(found["minute"] or 0), int(found["second"] or 0)


def _offset(found: dict[str, str | None]) -> tzinfo | None:
    zone = found["zone"]
    if not zone:
        return None
    return datetime.fromisoformat(f"2000-01-01T00:00:00{'+00:00' if zone == 'Z' else zone}").tzinfo


def moment(*, order: str, zone: str) -> Callable[[str], str]:
    """A date as two columns: the instant, and the day in `zone`; without an offset it is meant there."""
    here = ZoneInfo(zone)
    latest = timezone.now() + timedelta(days=1)

    def read(cell: str) -> str:
        found = plain_date(cell, order)
        at = found if found.tzinfo else found.replace(tzinfo=here)
        if at.year < EARLIEST_YEAR:
            raise CellRefused(f"{cell[:40]!r} is before {EARLIEST_YEAR}")
        if at > latest:
            raise CellRefused(f"{cell[:40]!r} is in the future")
        return f"{at.isoformat()}\t{at.astimezone(here).date()}"

    return read


def country(cell: str) -> str:
    """An ISO code; a name we do not know is noticed and left empty."""
    refuse_unreadable(cell)
    if cell.casefold() in UNSTATED:
        return ""
    code = country_code(cell)
    if code is None:
        raise CellOdd(f"country {cell[:40]!r} is not known and is left empty", "")
    return code


def currency(wanted: str) -> Callable[[str], str]:
    """Nothing is kept: the only currency taken is the tenant's."""

    def read(cell: str) -> str:
        if cell and cell.upper() != wanted:
            raise CellRefused(f"is in {cell[:20]!r}; only {wanted} is taken for now")
        return ""

    return read


# Plain addresses of which the validator would say nothing but yes; the odd ones go to it.
_PLAIN_EMAIL = re.compile(
    r"[a-z0-9_+-]{1,30}(?:\.[a-z0-9_+-]{1,30})?@(?:[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?\.){1,3}(?:com|org|net|de|fr|uk|nl|it|es|at|ch|be|se|dk|no|fi|pl|ie|us|ca|au|jp|br|in|eu)",
    re.IGNORECASE,
)


def email(cell: str) -> str:
    """The address and its key, in two columns."""
    if not cell:
        return f"{NOTHING}\t{NOTHING}"
    refuse_unreadable(cell)
    if _PLAIN_EMAIL.fullmatch(cell) and "--" not in cell:
        return f"{cell}\t{cell.lower()}"
    try:
        return f"{copy_field(cell)}\t{copy_field(email_key(cell))}"
    except AddressRefused as refusal:
        raise CellRefused(str(refusal)[:200]) from None


def phone(home: str) -> Callable[[str], str]:
    """The number and its key, in two columns; without a prefix it is read as dialled in `home`."""

    def read(cell: str) -> str:
        if not cell:
            return f"{NOTHING}\t{NOTHING}"
        refuse_unreadable(cell)
        try:
            return f"{copy_field(cell)}\t{phone_key(cell, country=home)}"
        except AddressRefused as refusal:
            raise CellRefused(str(refusal)[:200]) from None

    return read

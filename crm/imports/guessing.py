"""Which column is what, and how dates and numbers are written: guessed from names and values, to be corrected."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from crm.imports.cells import CellRefused, plain_date, plain_number
from crm.imports.fields import Field, fields_of, missing_field
from crm.keys import name_key
from crm.models import Import

_SIGNS = re.compile(r"[^a-z0-9]")


class MappingRefused(ValueError):
    """The mapping will not do. `field` says which column is missing or wrong."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Mapping:
    """Our field -> the file's column, and how the file writes what it holds."""

    columns: dict[str, str] = field(default_factory=dict)
    date_order: str = "day"
    """"day" or "month": which comes first where a date is not ISO."""
    date_certain: bool = True
    """Whether some value proves the order."""
    decimal: str = "point"
    c_is_return: bool = False
    """Order numbers that begin with C are returns."""
    c_names_order: bool = False
    """What follows the C is the number of the order it returns."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Mapping":
        """A mapping from JSON. Raises MappingRefused for a key or value we do not know."""
        known = {f.name: f for f in fields(cls)}
        for name, value in values.items():
            if name not in known:
                raise MappingRefused(f"A mapping has no {name!r}; it has {', '.join(known)}.", field=name)
            if name in _CHOICES and value not in _CHOICES[name]:
                raise MappingRefused(f"{name} is one of {', '.join(map(str, _CHOICES[name]))}.", field=name)
        return cls(**values)


_CHOICES: dict[str, tuple[Any, ...]] = {
    "date_order": ("day", "month"),
    "decimal": ("point", "comma"),
    "date_certain": (True, False),
    "c_is_return": (True, False),
    "c_names_order": (True, False),
}


def require_sound(mapping: Mapping, *, kind: str, header: Sequence[str]) -> None:
    """Raise MappingRefused for a column that is not there, one used twice, or a field that is missing."""
    names = {known.name for known in fields_of(kind)}
    used: dict[str, str] = {}
    for name, column in mapping.columns.items():
        if name not in names:
            raise MappingRefused(f"There is no field {name!r} in a file of {kind}.", field=name)
        if column not in header:
            raise MappingRefused(f"The file has no column {column!r}.", field=name)
        # An e-mail may serve as the number of its customer.
        if column in used and {name, used[column]} != {"external_id", "email"}:
            raise MappingRefused(f"The column {column!r} is used twice.", field=name)
        used[column] = name
    missing = missing_field(kind, mapping.columns)
    if missing:
        raise MappingRefused(missing[1], field=missing[0])


def guess(kind: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Mapping:
    """A first mapping from the column names and some rows."""
    values = {name: [row[i].strip() for row in rows if i < len(row)] for i, name in enumerate(header)}
    order, certain = _date_order(values)
    decimal = _decimal(values)
    columns = _columns(kind, header, values, order, decimal)
    numbers = values.get(columns.get("order", ""), [])
    letters = {number[:1] for number in numbers if number}
    return Mapping(
        columns=columns, date_order=order, date_certain=certain, decimal=decimal,
        c_is_return="C" in letters and any(letter.isdigit() for letter in letters),
    )  # fmt: skip


def _columns(
    kind: str, header: Sequence[str], values: dict[str, list[str]], order: str, decimal: str
) -> dict[str, str]:
    """Names first: our fields are asked in their order, and a column serves one of them."""
    found: dict[str, str] = {}
    free = [name for name in header if any(values[name])] or list(header)
    for exact in (True, False):
        for wanted in fields_of(kind):
            if wanted.name in found:
                continue
            column = next(
                (
                    c
                    for c in free
                    if _named(wanted, c, exact=exact) and _fits(wanted, values[c], order, decimal)
                ),
                None,
            )
            if column:
                found[wanted.name] = column
                free.remove(column)
    if "ordered_at" not in found and kind == Import.Kind.ORDERS:
        column = next((c for c in free if _all_read(values[c], lambda v: plain_date(v, order), 0.8)), None)
        found |= {"ordered_at": column} if column else {}
    if "price" in found and "amount" in found and "quantity" not in found:
        del found["price"]
    return found


_NUMBERING = {"nr", "no", "id", "nummer", "number", "code", "date", "datum"}


def _named(wanted: Field, column: str, *, exact: bool) -> bool:
    """Whether a column bears one of the field's names, or nearly: "Net price" is a price, "Firm no" no firm."""
    plain = _SIGNS.sub("", name_key(column))
    names = wanted.names.split()
    if exact:
        return plain in names
    rests = (plain.removeprefix(name).removesuffix(name) for name in names if len(name) > 4)
    return any(rest != plain and rest not in _NUMBERING for rest in rests)


def _fits(wanted: Field, values: list[str], order: str, decimal: str) -> bool:
    """Whether values look like what the field holds; no value contradicts nothing."""
    if wanted.values == "date":
        return _all_read(values, lambda v: plain_date(v, order))
    if wanted.values == "number":
        return _all_read(values, lambda v: plain_number(v, decimal))
    if wanted.values == "email":
        return all("@" in v for v in values if v) or not any(values)
    return True


def _all_read(values: list[str], read: Any, share: float = 0.5) -> bool:
    given = [value for value in values if value][:200]
    return not values if not given else sum(_reads(value, read) for value in given) >= share * len(given)


def _reads(value: str, read: Any) -> bool:
    try:
        read(value)
    except CellRefused:
        return False
    return True


_TWO = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})\b.*")


def _date_order(values: dict[str, list[str]]) -> tuple[str, bool]:
    """Which comes first, and whether a value proves it: a number above 12 is no month."""
    pairs = [m for column in values.values() for v in column if (m := _TWO.fullmatch(v))]
    first = any(int(m[1]) > 12 for m in pairs)
    second = any(int(m[2]) > 12 for m in pairs)
    if first != second:
        return ("day" if first else "month"), True
    return "day", not pairs


_COMMA = re.compile(r"-?(\d+|\d{1,3}([. ]\d{3})+),\d{1,2}|-?\d{1,3}(\.\d{3})+,\d+")
_POINT = re.compile(r"-?(\d+|\d{1,3}([, ]\d{3})+)\.\d{1,2}|-?\d{1,3}(,\d{3})+\.\d+")


def _decimal(values: dict[str, list[str]]) -> str:
    cells = [re.sub(r"[^\d.,\- ]", "", v).strip() for column in values.values() for v in column]
    commas = sum(bool(_COMMA.fullmatch(cell)) for cell in cells)
    return "comma" if commas > sum(bool(_POINT.fullmatch(cell)) for cell in cells) else "point"

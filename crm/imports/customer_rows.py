"""Rows of a customer file, checked column by column and made into lines for COPY."""

from collections import defaultdict

from uuid_utils import uuid7

from crm.imports import cells
from crm.imports.cells import NOTHING, CellOdd, CellRefused, Memo
from crm.imports.guessing import Mapping
from crm.imports.reading import Block, Dialect
from crm.imports.staged import Columns, Settings, Staged, broken_rows, bucket_of
from crm.keys import name_key
from tenancy.db.copy import copy_field

CUSTOMER_COLUMNS = (
    "number", "external_id", "name", "name_key", "kind", "country", "language", "email", "email_key", "phone",
    "phone_key", "address", "address_key", "acts_for", "id",
)  # fmt: skip
"""Of a staged line, in this order. An empty text says nothing: what is stored stays."""

_ORGANISATION = frozenset(
    "organisation organization org company business b2b corporate firm firma unternehmen geschaeft geschäft entreprise"
    " societe société empresa azienda bedrijf juridical legal o c".split()
)
_PERSON = frozenset(
    "person individual private consumer b2c privat privatperson particulier persona natural p i".split()
)


def stage_customers(
    block: Block, dialect: Dialect, mapping: Mapping, settings: Settings, *, buckets: int
) -> Staged:
    """Check the rows of a block: lines by the bucket of their customer, rejected rows, and what was noticed."""
    columns = Columns(block, dialect, mapping.columns)
    read = _read(columns, settings)
    staged = Staged(read=len(block.rows) + len(block.broken))
    staged.noticed = columns.settle()
    names = _names(columns)
    for place, name in enumerate(names):
        if not name:
            columns.reasons.setdefault(place, "has no name")
        elif len(name) > 200:
            columns.reasons.setdefault(place, "has a name longer than 200 characters")
    staged.rejected = sorted(broken_rows(block, dialect) + columns.rejected())
    _put_into_buckets(staged, columns, read, names, buckets)
    return staged


def _read(columns: Columns, settings: Settings) -> dict[str, list[str]]:
    memos = {
        "external_id": (Memo(cells.text("customer number", 80, needed=True, whole=True)), NOTHING),
        "kind": (Memo(_kind), ""),
        "country": (Memo(cells.country), ""),
        "language": (Memo(_language), ""),
        "email": (Memo(cells.email), f"{NOTHING}\t{NOTHING}"),
        "phone": (Memo(cells.phone(settings.country)), f"{NOTHING}\t{NOTHING}"),
        "acts_for": (Memo(cells.text("number of the organisation", 80, whole=True)), NOTHING),
        "name": (Memo(_readable), ""),
        "given_name": (Memo(_readable), ""),
        "family_name": (Memo(_readable), ""),
        "street": (Memo(_readable), ""),
        "postal_code": (Memo(_readable), ""),
        "city": (Memo(_readable), ""),
    }
    return {name: columns.read(name, memo, absent=absent) for name, (memo, absent) in memos.items()}


def _readable(cell: str) -> str:
    """The text itself, in one line; joined and escaped later."""
    cells.refuse_unreadable(cell)
    if len(cell) > 400:
        raise CellRefused("has a text longer than 400 characters")
    return " ".join(cell.split())


def _kind(cell: str) -> str:
    wanted = cell.casefold()
    if wanted in _ORGANISATION:
        return "organisation"
    if wanted in _PERSON or not wanted:
        return "person" if wanted else ""
    raise CellOdd(f"kind {cell[:40]!r} is not known and is left out", "")


def _language(cell: str) -> str:
    plain = cell.replace("_", "-")
    if not plain or (
        len(plain) <= 12
        and plain.replace("-", "").isalnum()
        and plain.isascii()
        and len(plain.split("-")[0]) <= 3
    ):
        return plain
    raise CellOdd(f"language {cell[:40]!r} is not known and is left out", "")


def _names(columns: Columns) -> list[str]:
    """The name, or given and family name together."""
    blank = [""] * len(columns.block.rows)
    whole, given, family = (
        columns.raw(name) if name in columns else blank for name in ("name", "given_name", "family_name")
    )
    return [
        " ".join(n.split()) or " ".join(f"{g} {f}".split())
        for n, g, f in zip(whole, given, family, strict=True)
    ]


def _addresses(read: dict[str, list[str]]) -> list[str]:
    """Street, code and town in one line and its key, in two columns."""
    parts = zip(read["street"], read["postal_code"], read["city"], strict=True)
    lines = [", ".join(filter(None, (street, f"{code} {city}".strip()))) for street, code, city in parts]
    return [
        f"{copy_field(line[:400])}\t{copy_field(name_key(line))}" if line else f"{NOTHING}\t{NOTHING}"
        for line in lines
    ]


def _put_into_buckets(
    staged: Staged, columns: Columns, read: dict[str, list[str]], names: list[str], buckets: int
) -> None:
    written = [f"{copy_field(name)}\t{copy_field(name_key(name))}" for name in names]
    order = ("kind", "country", "language", "email", "phone")
    ids = (str(uuid7()) for _ in names)
    lines = zip(
        map(str, columns.block.numbers), read["external_id"], written, *(read[name] for name in order),
        _addresses(read), read["acts_for"], ids, strict=True,
    )  # fmt: skip
    groups: dict[str, defaultdict[int, list[str]]] = {
        "customers": defaultdict(list),
        "people": defaultdict(list),
    }
    for place, line in enumerate(lines):
        if place not in columns.reasons:
            kind = "customers" if read["acts_for"][place] == NOTHING else "people"
            groups[kind][bucket_of(read["external_id"][place], buckets)].append("\t".join(line))
    staged.lines.update(groups)

"""What comes out of a piece of a file: checked lines by bucket, and the rows that cannot be taken."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from crm.imports.cells import Memo
from crm.imports.reading import Block, Dialect, decoded

Rejected = tuple[int, str, str]
"""(line in the file, reason, the row as it stood)"""


@dataclass
class Staged:
    """`lines[kind][bucket]` are lines in COPY's text format."""

    lines: dict[str, dict[int, list[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    rejected: list[Rejected] = field(default_factory=list)
    read: int = 0
    anonymous: int = 0
    noticed: Counter[str] = field(default_factory=Counter)
    """What was taken but is odd -> in how many rows."""


@dataclass(frozen=True)
class Settings:
    """What reading cells needs to know of the tenant."""

    currency: str
    digits: int
    time_zone: str
    country: str


def bucket_of(key: str, buckets: int) -> int:
    """The bucket of an order, product or customer by its number: the same in every process."""
    return crc32(key.encode()) % buckets


class Columns:
    """The columns of a block, each read through a memo; rows with a bad cell drop out at the end."""

    def __init__(self, block: Block, dialect: Dialect, mapping: dict[str, str]) -> None:
        self.block, self._dialect, self._mapping = block, dialect, mapping
        self._columns = list(zip(*block.rows, strict=True)) or [()] * len(dialect.header)
        self._memos: list[tuple[Sequence[str], Memo]] = []
        self.reasons: dict[int, str] = {}
        """Row (its place in the block) -> why it is rejected."""

    def __contains__(self, name: str) -> bool:
        return name in self._mapping

    def raw(self, name: str) -> Sequence[str]:
        """The cells of a field as text."""
        column = self._columns[self._dialect.header.index(self._mapping[name])]
        if "".join(column).isascii():
            return column
        texts = _Decoded(self._dialect.encoding)
        return list(map(texts.__getitem__, column))

    def read(self, name: str, memo: Memo, *, absent: str) -> list[str]:
        """The cells of a field for COPY; `absent` everywhere when the file has no such column."""
        if name not in self._mapping:
            return [absent] * len(self.block.rows)
        column = self.raw(name)
        self._memos.append((column, memo))
        return list(map(memo.__getitem__, column))

    def settle(self) -> Counter[str]:
        """Collect the reasons of bad cells; returns what was noticed, with the number of rows."""
        noticed: Counter[str] = Counter()
        for column, memo in self._memos:
            if memo.bad:
                for place, cell in enumerate(column):
                    if cell in memo.bad:
                        self.reasons.setdefault(place, memo.bad[cell])
            if memo.odd:
                noticed.update(memo.odd[cell] for cell in column if cell in memo.odd)
        return noticed

    def rejected(self) -> list[Rejected]:
        return [
            (self.block.numbers[place], reason, as_written(self.block.rows[place], self._dialect))
            for place, reason in sorted(self.reasons.items())
        ]


class _Decoded(dict[str, str]):
    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    def __missing__(self, cell: str) -> str:
        self[cell] = text = decoded(cell, self._encoding)
        return text


def as_written(row: Iterable[str], dialect: Dialect) -> str:
    """A row as a line of CSV with commas, for the error file; PostgreSQL takes no zero byte."""
    cells = (decoded(cell, dialect.encoding).replace("\0", "\N{SYMBOL FOR NULL}")[:5000] for cell in row)
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)[:20_000]


def broken_rows(block: Block, dialect: Dialect) -> list[Rejected]:
    """Rows the reader could not cut into cells: the whole line stands in the first column of the error file."""
    return [
        (number, f"row {reason}", as_written([line.rstrip("\r\n")], dialect))
        for number, reason, line in block.broken
    ]

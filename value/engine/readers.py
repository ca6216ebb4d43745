"""Order files into `Orders`, refusing bad rows by number. Two formats: plain CSV, and the CDNOW sample as it
is.
"""

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

import numpy as np

from value.engine.arrays import BadInput
from value.engine.history import Orders

LARGEST_AMOUNT = 1e9
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)
MOST_PROBLEMS = 20

Row = tuple[str, str, str]


def read_orders(path: Path, file_format: str = "csv") -> Orders:
    """Read `customer_id,date,amount` (header, ISO dates) or, with "cdnow", the CDNOW file.

    Raises BadInput with one line per bad row (at most 20, then a count), OSError for an unreadable file.
    """
    if file_format not in _FORMATS:
        raise BadInput([f"unknown format '{file_format}': use one of {', '.join(_FORMATS)}"])
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = error.object[: error.start].count(b"\n") + 1
        raise BadInput([f"row {row}: not UTF-8 (byte {error.object[error.start]:#04x})"]) from error
    return _collect(_FORMATS[file_format](text))


def _csv_rows(text: str) -> Iterator[tuple[int, Row | str]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip().lower() for name in next(reader, [])]
    missing = [name for name in ("customer_id", "date", "amount") if name not in header]
    if missing:
        raise BadInput([f"row 1: no column '{name}' in the header {header}" for name in missing])
    places = [header.index(name) for name in ("customer_id", "date", "amount")]
    try:
        for cells in reader:
            if len(cells) == len(header):
                yield reader.line_num, (cells[places[0]], cells[places[1]], cells[places[2]])
            elif cells:
                yield reader.line_num, f"{len(cells)} cells where the header has {len(header)}"
    except csv.Error as error:
        yield reader.line_num, str(error)


def _cdnow_rows(text: str) -> Iterator[tuple[int, Row | str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        cells = line.split()
        if len(cells) == 5 and len(cells[2]) == 8:
            day = cells[2]
            yield number, (cells[0], f"{day[:4]}-{day[4:6]}-{day[6:]}", cells[4])
        elif cells:
            yield number, "not 'master id, id, yyyymmdd, number of CDs, dollars'"


_FORMATS: dict[str, Callable[[str], Iterator[tuple[int, Row | str]]]] = {
    "csv": _csv_rows,
    "cdnow": _cdnow_rows,
}


def _collect(rows: Iterable[tuple[int, Row | str]]) -> Orders:
    days: dict[str, int] = {}
    customers, ordinals, amounts, problems = [], [], [], []
    for number, row in rows:
        problem = row if isinstance(row, str) else _problem(row, days)
        if problem:
            problems.append(f"row {number}: {problem}")
        else:
            customers.append(row[0].strip())
            ordinals.append(days[row[1]])
            amounts.append(float(row[2]))
    _refuse(problems, len(customers))
    return Orders.of(customers, np.array(ordinals, np.int64), np.array(amounts, np.float64))


def _problem(row: Row, days: dict[str, int]) -> str:
    customer, day, amount = row
    if not customer.strip():
        return "no customer_id"
    if day not in days:
        parsed = _parse_day(day)
        if isinstance(parsed, str):
            return parsed
        days[day] = parsed.toordinal()
    return _amount_problem(amount)


def _parse_day(text: str) -> date | str:
    try:
        parsed = date.fromisoformat(text.strip())
    except ValueError:
        return f"'{text}' is not a date (YYYY-MM-DD)"
    if parsed.isoformat() != text.strip():
        return f"'{text}' is not a date (YYYY-MM-DD)"
    return parsed if EARLIEST <= parsed < LATEST else f"the date {parsed} is absurd"


def _amount_problem(text: str) -> str:
    try:
        amount = float(text.replace("_", "?"))
    except ValueError:
        return f"'{text}' is not an amount"
    if not math.isfinite(amount) or amount > LARGEST_AMOUNT:
        return f"the amount {text} is absurd"
    return f"the amount {text} is negative: leave returns out of the orders" if amount < 0 else ""


def _refuse(problems: list[str], accepted: int) -> None:
    if len(problems) > MOST_PROBLEMS:
        raise BadInput([*problems[:MOST_PROBLEMS], f"and {len(problems) - MOST_PROBLEMS} more rows"])
    if problems:
        raise BadInput(problems)
    if not accepted:
        raise BadInput(["the file holds no orders"])

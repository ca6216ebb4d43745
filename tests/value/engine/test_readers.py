"""Order files: what is read, and the message at its row for what is not."""

import csv
from pathlib import Path

import pytest

from value.engine import BadInput, Orders, read_orders

HEADER = "customer_id,date,amount\n"


def problems(path: Path, content: str | bytes, file_format: str = "csv") -> list[str]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadInput) as caught:
        read_orders(path, file_format)
    return caught.value.problems


def test_cdnow(cdnow: Orders) -> None:
    assert len(cdnow.days) == 6919
    assert len(cdnow.labels) == 2357


def test_columns_in_any_order_with_more_columns_and_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes('\ufeffnote,Amount,date,customer_id\r\n"a, b",12.50,2024-01-31,007\r\n\r\n'.encode())
    orders = read_orders(path)
    assert orders.labels == ("007",)
    assert orders.amounts.tolist() == [12.5]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,2024-02-30,1", "row 3: '2024-02-30' is not a date (YYYY-MM-DD)"),
        ("a,31/01/2024,1", "row 3: '31/01/2024' is not a date (YYYY-MM-DD)"),
        ("a,2024-W05-1,1", "row 3: '2024-W05-1' is not a date (YYYY-MM-DD)"),
        ("a,20240101,1", "row 3: '20240101' is not a date (YYYY-MM-DD)"),
        ("a,2024-01-01,1_0", "row 3: '1_0' is not an amount"),
        ("a" * 200_000 + ",2024-01-01,1", f"row 3: field larger than field limit ({csv.field_size_limit()})"),
        ("a,,1", "row 3: '' is not a date (YYYY-MM-DD)"),
        ("a,0024-01-01,1", "row 3: the date 0024-01-01 is absurd"),
        ("a,2024-01-01,-3", "row 3: the amount -3 is negative: leave returns out of the orders"),
        ("a,2024-01-01,1e12", "row 3: the amount 1e12 is absurd"),
        ("a,2024-01-01,nan", "row 3: the amount nan is absurd"),
        ("a,2024-01-01,=1+1", "row 3: '=1+1' is not an amount"),
        (" ,2024-01-01,1", "row 3: no customer_id"),
        ("a,2024-01-01", "row 3: 2 cells where the header has 3"),
    ],
)
def test_bad_rows(row: str, message: str, tmp_path: Path) -> None:
    assert problems(tmp_path / "orders.csv", f"{HEADER}a,2024-01-01,1\n{row}\n") == [message]


def test_bad_files(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    assert problems(path, "") == [
        f"row 1: no column '{name}' in the header []" for name in HEADER.strip().split(",")
    ]
    assert problems(path, HEADER) == ["the file holds no orders"]
    assert problems(path, HEADER.encode() + b"a,2024-01-01,1\nb\xff,2024-01-01,1\n") == [
        "row 3: not UTF-8 (byte 0xff)"
    ]
    assert problems(path, "customer,date,amount\n")[0].startswith("row 1: no column 'customer_id'")
    assert problems(path, HEADER, "xlsx") == ["unknown format 'xlsx': use one of csv, cdnow"]


def test_a_thousand_bad_rows_are_counted_not_listed(tmp_path: Path) -> None:
    found = problems(tmp_path / "orders.csv", HEADER + "a,never,1\n" * 1000)
    assert len(found) == 21
    assert found[-1] == "and 980 more rows"


def test_bad_cdnow_rows(tmp_path: Path) -> None:
    found = problems(
        tmp_path / "cdnow.txt", " 00004 0001 19970101  2   29.33\n 00004 0001 19971301  2 1\nx\n", "cdnow"
    )
    assert found == [
        "row 2: '1997-13-01' is not a date (YYYY-MM-DD)",
        "row 3: not 'master id, id, yyyymmdd, number of CDs, dollars'",
    ]

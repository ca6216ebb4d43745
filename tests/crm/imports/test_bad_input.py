"""Files as they come: each fault is told at its row, nothing is half written, nothing is lost."""

import pytest

from crm.imports import reading
from crm.models import Customer, Import, ImportRow, Order
from crm.services.imports import ImportRefused, MappingRefused, check_import
from tenancy.jobs import run_job
from tenancy.models import Job
from tests.cast import Company
from tests.crm.imports.helpers import bring_in, check, outcome, reasons, upload

HEAD = "order,date,customer,product,description,quantity,price\n"
GOOD = "1,2026-01-01,c1,P,Tea,1,2.00\n"
LAST = "9,2026-01-01,c1,P,Tea,1,2.00\n"


def only(row: str) -> str:
    """The reason for one row between two good ones, which both go in."""
    run = bring_in(HEAD + GOOD + row + LAST)
    assert outcome(run)[:2] in {(2, 0), (3, 0)}
    assert set(Order.objects.values_list("external_id", flat=True)) >= {"1", "9"}
    return reasons(run).get(3, "")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2,2026-02-30,c,P,x,1,1\n", "is no day"),
        ("2,soon,c,P,x,1,1\n", "'soon' is no date we know"),
        ("2,,c,P,x,1,1\n", "has no date"),
        ("2,1889-01-01,c,P,x,1,1\n", "is before 1900"),
        ("2,2999-01-01,c,P,x,1,1\n", "is in the future"),
        ("2,2026-01-01,c,P,x,many,1\n", "'many' is no number with a decimal point"),
        ("2,2026-01-01,c,P,x,1,1e5\n", "is no number"),
        ("2,2026-01-01,c,P,x,1,NaN\n", "is no number"),
        ('2,2026-01-01,c,P,x,1,"1,23"\n', "is no number"),
        ("2,2026-01-01,c,P,x,1,99999999999999999999\n", "price beyond anything"),
        ("2,2026-01-01,c,P,x,99999999999,99999999999\n", "amount beyond anything"),
        (",2026-01-01,c,P,x,1,1\n", "has no order number"),
        (f"{'9' * 81},2026-01-01,c,P,x,1,1\n", "longer than 80 characters"),
        ("2,2026-01-01,c,P,x,1\n", "row has 6 columns, the first line names 7"),
        ("2,2026-01-01,c,P,x,1,1,extra\n", "row has 8 columns"),
        (f"2,2026-01-01,c,P,{'x' * 70_000},1,1\n", "a cell larger than 64 KiB"),
        ('2,2026-01-01,c,P,"open,1,1\n', "opens a quote that is not closed"),
        ("2,2026-01-01,c,P,a\0b,1,1\n", "has a zero byte"),
        ("2,2026-01-01,c\rx,P,a,1,1\n", "a line break in the middle of a cell"),
    ],
)
def test_a_bad_row_is_told_and_its_neighbours_go_in(in_a: Company, row: str, words: str) -> None:
    assert words in only(row)


@pytest.mark.parametrize(
    "row",
    [
        '2,2026-01-01,c,P,"two\nlines, ""quoted""",1,1\n',
        '2,2026-01-01,c,P,5" pipe,1,1\n',
        "2,2026-01-01,c,P,x,1,1,,\n",
        "\n,,,,,,\n2,2026-01-01,c,P,=1+1,1,1\n",
        "2,2026-01-01T10:00:00+05:30,c,P,x,1,(3.50)\n",
        "2,2026-01-01,c,P,x,1,-5.00\n",
    ],
)
def test_odd_rows_that_can_be_read_are_read(in_a: Company, row: str) -> None:
    assert only(row) == ""
    assert Order.objects.filter(external_id="2").exists()


def test_an_unclosed_quote_costs_its_own_row_only(in_a: Company) -> None:
    rows = "".join(f"o{n},2026-01-01,c,P,x,1,1\n" for n in range(500))
    run = bring_in(HEAD + '0,2026-01-01,c,P,"open,1,1\n' + rows)
    assert outcome(run) == (500, 0, 0)
    assert list(reasons(run)) == [2]


def test_a_broken_sequence_spoils_its_row(in_a: Company) -> None:
    data = (HEAD + GOOD + "2,2026-01-01,c,P,Zoë ünd Åsa,1,1\n" * 1).encode()
    data += (
        b"3,2026-01-01,c,P,bro\xffken,1,1\n"
        + LAST.encode()
        + "8,2026-01-01,c,P,日本語のテキスト,1,1\n".encode() * 5
    )
    run = bring_in(data)
    assert run.encoding == "utf-8"
    assert reasons(run)[4] == "has characters that are broken in this encoding"
    assert Order.objects.get(external_id="2").lines.get().description == "Zoë ünd Åsa"
    assert not Order.objects.filter(external_id="3").exists()


@pytest.mark.parametrize(
    ("encoding", "found", "delimiter", "end"),
    [
        ("utf-8", "utf-8", ",", "\n"),
        ("utf-8", "utf-8", ";", "\r"),
        ("utf-8-sig", "utf-8", "\t", "\r\n"),
        ("utf-16", "utf-8", ";", "\r\n"),
        ("utf-16-le", "utf-8", ",", "\n"),
        ("utf-16-be", "utf-8", "\t", "\r"),
        ("utf-32", "utf-8", "|", "\n"),
        ("cp1252", "cp1252", ";", "\r\n"),
        ("latin-1", "cp1252", "|", "\r"),
        ("cp1252", "cp1252", "^", "\n"),
    ],
)
def test_any_delimiter_and_encoding(
    in_a: Company, encoding: str, found: str, delimiter: str, end: str
) -> None:
    text = (HEAD + GOOD.replace("Tea", "Thé glacé") * 3).replace(",", delimiter).replace("\n", end)
    run = upload(text.encode(encoding))
    assert (run.encoding, run.delimiter, len(run.header)) == (found, delimiter, 7)
    checked = check(run)
    assert (checked.counts["created"], checked.counts["rejected"]) == (1, 0)


@pytest.mark.parametrize(
    ("rows", "order", "certain", "decimal"),
    [
        ("1,31/01/2026,5.50\n2,01/02/2026,6.00\n", "day", True, "point"),
        ("1,01/31/2026,5.50\n2,01/02/2026,6.00\n", "month", True, "point"),
        ("1,01/02/2026,5.50\n", "day", False, "point"),
        ("1,2026-01-31,5.50\n", "day", True, "point"),
        ('1,31.01.2026,"5,50"\n2,01.02.2026,"1.234,00"\n', "day", True, "comma"),
    ],
)
def test_dates_and_decimals_are_guessed(
    in_a: Company, rows: str, order: str, certain: bool, decimal: str
) -> None:
    mapping = upload("order,date,amount\n" + rows).mapping
    assert (mapping["date_order"], mapping["date_certain"], mapping["decimal"]) == (order, certain, decimal)


def test_columns_that_repeat_or_have_no_name(in_a: Company) -> None:
    run = upload("order,date,,amount,amount\n1,2026-01-01,x,5,6\n")
    assert run.header == ["order", "date", "Column 3", "amount", "amount (2)"]
    assert run.mapping["columns"]["amount"] == "amount"


def test_an_unknown_currency_is_told(in_a: Company) -> None:
    run = bring_in("order,date,amount,currency\n1,2026-01-01,5,GBP\n2,2026-01-01,5,XYZ\n3,2026-01-01,5,\n")
    assert reasons(run) == {3: "is in 'XYZ'; only GBP is taken for now"}
    assert outcome(run) == (2, 0, 0)


def test_a_mapping_must_make_sense(in_a: Company) -> None:
    run = upload(HEAD + GOOD)
    for wrong, field in (
        ({"columns": {"order": "nope", "ordered_at": "date", "price": "price"}}, "order"),
        ({"columns": {"order": "order", "ordered_at": "date"}}, "price"),
        ({"columns": {"ordered_at": "date", "price": "price"}}, "order"),
        ({"columns": {"wings": "order"}}, "wings"),
        ({"date_order": "year"}, "date_order"),
        ({"surprise": 1}, "surprise"),
    ):
        with pytest.raises(MappingRefused) as caught:
            check_import(run=run, mapping={**run.mapping, **wrong})
        assert caught.value.field == field


def test_a_file_that_is_mapped_wrongly_stops_early(in_a: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.imports.checking.MOST_REJECTED", 10)
    run = upload(HEAD + "".join(f"{n},2026-01-01,c,P,x,1,oops\n" for n in range(50)))
    job = check_import(
        run=run, mapping={**run.mapping, "columns": {**run.mapping["columns"], "price": "price"}}
    )
    run_job(job.tenant_id, job.id)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "More than 10 rows cannot be read" in job.error
    assert not ImportRow.objects.filter(import_run=run).exists()


def test_too_many_columns_and_endless_lines(in_a: Company) -> None:
    with pytest.raises(ImportRefused, match="600 columns"):
        upload(",".join(f"c{n}" for n in range(600)) + "\n1\n")
    run = upload(HEAD + GOOD * 3 + "x" * (reading.MOST_LINE + 10))
    job = check_import(run=run, mapping=run.mapping)
    run_job(job.tenant_id, job.id)
    job.refresh_from_db()
    assert (job.state, "longer than a mebibyte" in job.error) == (Job.State.FAILED, True)


def test_nothing_of_a_refused_upload_stays(in_a: Company) -> None:
    with pytest.raises(ImportRefused):
        upload(b"")
    assert not Import.objects.exists()
    assert Customer.objects.count() == 3

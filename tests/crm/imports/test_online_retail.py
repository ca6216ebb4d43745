"""A real file: every invoice line of a wholesaler for a year."""

import lzma
from itertools import islice

import pytest

from crm.models import Customer, CustomerSummary, Import, Order, OrderLine
from tests.cast import Company
from tests.crm.imports.helpers import check, load, outcome, upload
from tests.online_retail import FILE, needs_online_retail

pytestmark = needs_online_retail


def text(rows: int | None = None) -> bytes:
    with lzma.open(FILE) as lines:
        return b"".join(lines if rows is None else islice(lines, rows + 1))


def bring_in(data: bytes) -> Import:
    return load(check(upload(data, name="online_retail.csv")))


def customers_of_file() -> tuple[int, int]:
    """(who ever bought, who only returned), without the cast."""
    found = CustomerSummary.objects.filter(customer__source="import")
    return found.filter(orders__gt=0).count(), found.filter(orders=0, returns__gt=0).count()


def test_the_head_of_the_file(in_a: Company) -> None:
    data = text(20_000)
    run = bring_in(data)
    assert (run.counts["read"], run.counts["rejected"]) == (20_000, 0)
    assert OrderLine.objects.count() == 20_000
    again = bring_in(data)
    assert outcome(again) == (0, 0, run.counts["created"])


@pytest.mark.slow
def test_the_whole_file(in_a: Company) -> None:
    data = text()
    checked = check(upload(data, name="online_retail.csv"))
    expected = {"read": 541_909, "anonymous": 135_080, "customers": 4_372, "created": 25_900, "rejected": 0}
    assert {name: checked.counts[name] for name in expected} == expected
    run = load(checked)
    assert {name: run.counts[name] for name in expected} == expected
    assert (Order.objects.count(), OrderLine.objects.count()) == (25_900, 541_909)
    assert Customer.objects.filter(source="import").count() == 4_372
    assert customers_of_file() == (4_339, 33)
    again = bring_in(data)
    assert outcome(again) == (0, 0, 25_900)
    assert (again.counts["customers_created"], again.counts["summaries"]) == (0, 0)

"""The list: every column, both directions, with ties and without values; filters; totals; places in the address."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from crm.models import Customer, CustomerSummary
from crm.selectors import lists
from crm.selectors.lists import COLUMNS, BadCursor, Cursor, Filters, Ordering, matching, page, totals
from crm.selectors.scope import visible_summaries
from crm.services.customers import open_customers
from tests.cast import Company

ROWS = 300
TODAY = date(2026, 7, 1)
SORTABLE = [column.key for column in COLUMNS.values() if column.field]


def drawn(rng: random.Random, number: int) -> dict[str, Any]:
    """Few different values, so that there are ties; a third without an order, so that there are NULLs."""
    orders = rng.choice([0, 0, 1, 2, 3, 8])
    bought = orders > 0
    scored = orders > 1
    return {
        "orders": orders,
        "returns": rng.choice([0, 0, 1]),
        "revenue": orders * 1000,
        "margin": orders * rng.choice([100, 300]),
        "margin_year": rng.choice([-500, 0, 700]),
        "cost_year": rng.choice([0, 0, 250]),
        "first_order_on": TODAY - timedelta(days=400) if bought else None,
        "last_order_on": TODAY - timedelta(days=rng.choice([3, 40, 300])) if bought else None,
        "score": "scored" if scored else "one_order" if bought else "none",
        "status": rng.choice(["prospect", "active", "lost"]),
        "value": rng.choice([-100, 0, 5000, 90_000]) if bought else None,
        "alive": rng.choice([0.1, 0.5, 0.9]) if scored else None,
        "no_order_90": rng.choice([0.2, 0.8]) if scored else None,
        "orders_year": float(orders) if scored else None,
        "margin_3y": orders * 700 if scored else None,
    }


@pytest.fixture
def crowd(in_a: Company) -> Company:
    """300 customers of Alice's beside Ada, drawn with a fixed seed."""
    rng = random.Random(7)
    names = ["Zoë Åker", "ada", "Ada", "O'Neil", "Nguyễn", "Bo"]
    customers = [
        Customer(
            name=f"{rng.choice(names)} {rng.randint(1, 90)}",
            source="member",
            country=rng.choice(["GB", "DE"]),
        )
        for _ in range(ROWS)
    ]
    open_customers(customers, portfolio_id=in_a.portfolio["alice"].id)
    summaries = list(CustomerSummary.objects.filter(customer__in=customers))
    for number, summary in enumerate(summaries):
        for key, value in drawn(rng, number).items():
            setattr(summary, key, value)
    CustomerSummary.objects.bulk_update(summaries, list(drawn(rng, 0)))
    return in_a


def walk(rows: Any, ordering: Ordering, size: int) -> list[CustomerSummary]:
    found, after = [], None
    while True:
        got = page(rows, ordering, after=after, size=size)
        found += got.rows
        if got.later is None:
            return found
        after = Cursor.decode(got.later.encode(), ordering)


def walk_back(rows: Any, ordering: Ordering, size: int, last: CustomerSummary) -> list[CustomerSummary]:
    """From behind the last row to the beginning, newest page first."""
    found: list[CustomerSummary] = [last]
    before: Cursor | None = Cursor(getattr(last, ordering.field), last.customer_id)
    while before is not None:
        got = page(rows, ordering, before=before, size=size)
        known = {row.customer_id for row in found}
        found = [row for row in got.rows if row.customer_id not in known] + found
        before = got.earlier
    return found


@pytest.mark.parametrize("falling", [False, True])
def test_a_walk_by_any_column_meets_everybody_once_in_order(crowd: Company, falling: bool) -> None:
    rows = visible_summaries(crowd.access("alice"))
    for key in SORTABLE:
        walk_both_ways(rows, Ordering(COLUMNS[key], falling), falling)


def walk_both_ways(rows: Any, ordering: Ordering, falling: bool) -> None:
    met = walk(rows, ordering, 37)
    assert len(met) == len({row.customer_id for row in met}) == ROWS + 1
    values = [getattr(row, ordering.field) for row in met]
    known = [value for value in values if value is not None]
    assert values == known + [None] * (len(values) - len(known))
    if ordering.field != "name_key":  # PostgreSQL's order of letters need not be Python's
        assert known == sorted(known, reverse=falling)
    back = walk_back(rows, ordering, 37, met[-1])
    assert [row.customer_id for row in back] == [row.customer_id for row in met]


def test_a_page_before_the_second_is_the_first(crowd: Company) -> None:
    rows, ordering = visible_summaries(crowd.access("alice")), Ordering.parse("-value")
    first = page(rows, ordering, size=20)
    second = page(rows, ordering, after=first.later, size=20)
    again = page(rows, ordering, before=second.earlier, size=20)
    assert [row.customer_id for row in again.rows] == [row.customer_id for row in first.rows]
    assert first.earlier is None
    assert second.earlier is not None


@pytest.mark.parametrize(
    "text", ["x", "", "W10", "bnVsbA", "WyJ4IiwieSJd", "é", "W251bGwsIngiXQ" * 50, "WzFlNDAsIjEiXQ"]
)
def test_a_place_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        Cursor.decode(text, Ordering.parse("-value"))


@pytest.mark.parametrize("text", ["", "nonsense", "-nonsense", "range", "-months", "value;drop", "--value"])
def test_an_unknown_order_is_by_name(text: str) -> None:
    assert str(Ordering.parse(text)) == "name"


def test_filters_keep_whom_they_name(crowd: Company) -> None:
    rows = visible_summaries(crowd.access("alice"))

    def kept(**values: Any) -> list[CustomerSummary]:
        return list(matching(rows, Filters(**values)))

    assert {row.status for row in kept(status="lost")} == {"lost"}
    assert min(row.value or 0 for row in kept(value_from=5000)) == 5000
    assert all(row.alive is not None and row.alive < 0.4 for row in kept(alive_below=0.4))
    assert all(row.orders >= 3 for row in kept(orders_from=3))
    assert all(row.last_order_on for row in kept(ordered_since=TODAY - timedelta(days=50)))
    assert {row.score for row in kept(score="one_order")} == {"one_order"}
    assert all(row.name_key.startswith("zoe ak") for row in kept(starts_with="Zoë ÅK"))
    assert {row.customer.country for row in kept(country="DE")} == {"DE"}
    assert kept(portfolios=()) == []
    assert kept(starts_with="%") == []


def test_filters_survive_a_jobs_arguments(in_a: Company) -> None:
    filters = Filters(
        status="lost",
        portfolios=(in_a.portfolio["alice"].id,),
        ordered_since=TODAY,
        value_from=0,
        alive_below=0.5,
    )
    assert Filters.from_json(filters.to_json()) == filters


def test_the_scope_holds_whatever_the_filter_asks(crowd: Company) -> None:
    asked = Filters(portfolios=(crowd.portfolio["alice"].id,))
    assert list(matching(visible_summaries(crowd.access("bob")), asked)) == []


def test_totals_are_exact_while_that_is_cheap_and_say_so_otherwise(
    crowd: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = visible_summaries(crowd.access("alice"))
    exact = totals(rows, [COLUMNS["orders"], COLUMNS["alive"]])
    assert exact.exact
    assert exact.count == ROWS + 1
    assert exact.sums["orders"] == sum(row.orders for row in rows)
    monkeypatch.setattr(lists, "EXACT_COST", 0.0)
    assert not totals(rows, []).exact
    assert lists.patient_totals(rows, []).count == ROWS + 1


def test_a_filter_that_starves_the_walk_is_sorted_instead(
    crowd: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, ordering = visible_summaries(crowd.access("alice")), Ordering.parse("-value")
    expected = [row.customer_id for row in walk(rows, ordering, 37)]
    monkeypatch.setattr(lists, "time_limit", Refuses)
    assert [row.customer_id for row in walk(rows, ordering, 37)] == expected


class Refuses:
    """A time limit that is always over."""

    def __init__(self, milliseconds: int) -> None: ...

    def __enter__(self) -> None:
        raise OperationalError("canceling statement due to statement timeout")

    def __exit__(self, *_: object) -> None: ...


def test_a_time_limit_ends_the_statement_and_not_the_transaction(in_a: Company) -> None:
    with pytest.raises(OperationalError), lists.time_limit(20), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
    assert Customer.objects.count() == 3


def test_a_page_asks_the_same_few_questions_at_any_size(
    crowd: Company, django_assert_max_num_queries: Any
) -> None:
    rows = visible_summaries(crowd.access("alice"))
    with django_assert_max_num_queries(12):  # two index ranges, each with its time limit
        page(rows, Ordering.parse("-alive"), size=200)

"""The list: every column, both directions, with ties and without values; filters; totals; places in the address."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from crm.models import Customer, CustomerSummary
from crm.selectors import lists
from crm.selectors.columns import columns_for, sortable_columns
from crm.selectors.lists import Chosen, Ordering, chosen, page, totals
from crm.selectors.scope import visible_summaries
from crm.selectors.where import all_of, line, read_where
from crm.services.customers import open_customers
from rules.language.tree import EVERYBODY
from rules.moment import setting_now
from tenancy.context import tenant_context
from tenancy.db.patience import time_limit
from tenancy.selectors.keyset import BadPosition, Position
from tests.cast import Company, make_company_a
from tests.stock import stocked

ROWS = 300
TODAY = date(2026, 7, 1)


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
def crowd(db: None) -> Iterator[Company]:
    """300 customers of Alice's beside Ada, drawn with a fixed seed."""
    company = stocked("crowd of lists", _crowded)
    with tenant_context(company.tenant.id):
        yield company


def _crowded() -> Company:
    company = make_company_a()
    with tenant_context(company.tenant.id):
        _draw(company)
    return company


def _draw(company: Company) -> None:
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
    open_customers(customers, portfolio_id=company.portfolio["alice"].id)
    summaries = list(CustomerSummary.objects.filter(customer__in=customers))
    for number, summary in enumerate(summaries):
        for key, value in drawn(rng, number).items():
            setattr(summary, key, value)
    CustomerSummary.objects.bulk_update(summaries, list(drawn(rng, 0)))


def everybody(company: Company, key: str = "alice") -> Chosen:
    return chosen(company.access(key), EVERYBODY, setting_now())


def by(company: Company, text: str) -> Ordering:
    return Ordering.parse(text, company.access("alice"))


def walk(who: Chosen, ordering: Ordering, size: int) -> list[CustomerSummary]:
    found, after = [], None
    while True:
        got = page(who, ordering, after=after, size=size)
        found += got.rows
        if got.later is None:
            return found
        after = ordering.place(got.later.encode())


def walk_back(who: Chosen, ordering: Ordering, size: int, last: CustomerSummary) -> list[CustomerSummary]:
    """From behind the last row to the beginning, newest page first."""
    found: list[CustomerSummary] = [last]
    before: Position | None = Position(getattr(last, ordering.field), last.customer_id)
    while before is not None:
        got = page(who, ordering, before=before, size=size)
        known = {row.customer_id for row in found}
        found = [row for row in got.rows if row.customer_id not in known] + found
        before = got.earlier
    return found


@pytest.mark.parametrize("falling", [False, True])
def test_a_walk_by_any_column_meets_everybody_once_in_order(crowd: Company, falling: bool) -> None:
    who, columns = everybody(crowd), sortable_columns(crowd.access("alice"))
    assert {column.field for column in columns} >= {"name_key", "value", "alive", "orders", "last_order_on"}
    for column in columns:
        walk_both_ways(who, Ordering(column, falling), falling)


def walk_both_ways(who: Chosen, ordering: Ordering, falling: bool) -> None:
    met = walk(who, ordering, 37)
    assert len(met) == len({row.customer_id for row in met}) == ROWS + 1
    values = [getattr(row, ordering.field) for row in met]
    known = [value for value in values if value is not None]
    assert values == known + [None] * (len(values) - len(known))
    if ordering.field != "name_key":  # PostgreSQL's order of letters need not be Python's
        assert known == sorted(known, reverse=falling)
    back = walk_back(who, ordering, 37, met[-1])
    assert [row.customer_id for row in back] == [row.customer_id for row in met]


def test_a_page_before_the_second_is_the_first(crowd: Company) -> None:
    who, ordering = everybody(crowd), by(crowd, "-value.lifetime_value")
    first = page(who, ordering, size=20)
    second = page(who, ordering, after=first.later, size=20)
    again = page(who, ordering, before=second.earlier, size=20)
    assert [row.customer_id for row in again.rows] == [row.customer_id for row in first.rows]
    assert first.earlier is None
    assert second.earlier is not None


@pytest.mark.parametrize(
    "text", ["x", "W10", "bnVsbA", "WyJ4IiwieSJd", "é", "W251bGwsIngiXQ" * 50, "WzFlNDAsIjEiXQ", "W251bGwsbnVsbF0"]
)  # fmt: skip
def test_a_place_that_makes_no_sense_is_refused(in_a: Company, text: str) -> None:
    with pytest.raises(BadPosition):
        by(in_a, "-value.lifetime_value").place(text)


@pytest.mark.parametrize(
    "text", ["", "nonsense", "-nonsense", "range", "-months", "value;drop", "--crm.orders", "crm.country", "value"]
)  # fmt: skip
def test_an_unknown_order_is_by_name(in_a: Company, text: str) -> None:
    assert str(by(in_a, text)) == "crm.name"


def test_a_filter_keeps_whom_it_names(crowd: Company) -> None:
    access, setting = crowd.access("alice"), setting_now()

    def kept(*lines: Any) -> list[CustomerSummary]:
        where = read_where(all_of(*lines), access)
        assert where.is_sound, where.problems
        return list(chosen(access, where.tree, setting).rows)

    money = {"amount": "50", "currency": "GBP"}
    assert {row.status for row in kept(line("crm.status", "one_of", ["lost"]))} == {"lost"}
    assert min(row.value or 0 for row in kept(line("value.lifetime_value", "at_least", money))) == 5000
    unlikely = kept(line("value.alive", "less_than", "0.4"))
    assert all(row.alive is not None and row.alive < 0.4 for row in unlikely)
    assert all(row.name_key.startswith("zoe ak") for row in kept(line("crm.name", "starts_with", "Zoë ÅK")))
    assert {row.customer.country for row in kept(line("crm.country", "one_of", ["DE"]))} == {"DE"}
    assert kept(line("crm.name", "starts_with", "%")) == []


def test_both_forms_of_a_condition_keep_the_same_customers(crowd: Company) -> None:
    access, setting = crowd.access("alice"), setting_now()
    ordered = {"count": "crm.orders", "is": "at_most", "value": 0}
    for raw in (
        all_of(ordered),
        {"none": [ordered, line("crm.status", "one_of", ["lost"])]},
        {"any": [ordered]},
    ):
        where = read_where(raw, access)
        assert where.is_sound
        who = chosen(access, where.tree, setting)
        assert set(who.rows.values_list("pk")) == set(who.few.values_list("pk"))


def test_the_scope_holds_whatever_the_filter_asks(crowd: Company) -> None:
    access = crowd.access("bob")
    asked = read_where(
        all_of(line("portfolios.portfolio", "one_of", [str(crowd.portfolio["alice"].id)])), access
    )
    assert list(chosen(access, asked.tree, setting_now()).rows) == []


def test_totals_are_exact_while_that_is_cheap_and_say_so_otherwise(
    crowd: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, columns = visible_summaries(crowd.access("alice")), columns_for(crowd.access("alice"))
    exact = totals(rows, [columns["crm.orders"], columns["value.alive"]], "value")
    assert exact.exact
    assert exact.count == ROWS + 1
    assert exact.sums["crm.orders"] == sum(row.orders for row in rows)
    assert exact.sums["_value"] == sum(row.value or 0 for row in rows)
    assert "_value" in exact.sums
    assert totals(rows, [columns["crm.orders"]]).sums["_value"] is None
    monkeypatch.setattr(lists, "EXACT_COST", 0.0)
    assert not totals(rows, []).exact
    assert lists.patient_totals(rows, []).count == ROWS + 1


def test_a_filter_that_starves_the_walk_is_sorted_instead(
    crowd: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, ordering = everybody(crowd), by(crowd, "-value.lifetime_value")
    expected = [row.customer_id for row in walk(who, ordering, 37)]
    monkeypatch.setattr(lists, "time_limit", Refuses)
    assert [row.customer_id for row in walk(who, ordering, 37)] == expected
    monkeypatch.setattr(lists, "PATIENCE_MS", lists.WALK_MS)
    with pytest.raises(lists.TooSlow):
        page(who, ordering)


class Refuses:
    """A time limit that is over for the walk."""

    def __init__(self, milliseconds: int) -> None:
        self.milliseconds = milliseconds

    def __enter__(self) -> None:
        if self.milliseconds == lists.WALK_MS:
            raise OperationalError("canceling statement due to statement timeout")

    def __exit__(self, *_: object) -> None: ...


def test_a_time_limit_ends_the_statement_and_not_the_transaction(in_a: Company) -> None:
    with pytest.raises(OperationalError), time_limit(20), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
    assert Customer.objects.count() == 3


def test_a_page_asks_the_same_few_questions_at_any_size(
    crowd: Company, django_assert_max_num_queries: Any
) -> None:
    who, ordering = everybody(crowd), by(crowd, "-value.alive")
    with django_assert_max_num_queries(12):  # two index ranges, each with its time limit
        page(who, ordering, size=200)

"""Cursor pages: every row once, in both directions, in every order, with rows that have no value."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from crm.api.customers import CustomerViewSet
from crm.models import Customer, CustomerSummary
from crm.services.customers import open_customers
from tenancy.context import tenant_context
from tests.api.conftest import V1, token_client
from tests.cast import Company, make_company
from tests.stock import stocked

CUSTOMERS = f"{V1}customers/"
ROWS = 130


@pytest.fixture
def crowd(db: None) -> APIClient:
    """Some customers with many equal and many missing values."""
    return token_client(stocked("api crowd", _crowd))


def _crowd() -> Company:
    company = make_company("crowd")
    chance = random.Random(7)
    with tenant_context(company.tenant.id):
        open_customers([Customer(name=f"C {n % 40:02}", source="demo") for n in range(ROWS)])
        rows = list(CustomerSummary.objects.all())
        for row in rows:
            row.orders = chance.randrange(4)
            row.value = chance.choice([None, None, 100, 200, chance.randrange(10_000)])
            row.alive = chance.choice([None, 0.5, chance.random()])
            row.last_order_on = chance.choice([None, date(2026, 1, 1) + timedelta(chance.randrange(30))])
        CustomerSummary.objects.bulk_update(rows, ["orders", "value", "alive", "last_order_on"])
    return company


def walk(client: APIClient, address: str, link: str) -> tuple[list[list[Any]], str]:
    """Pages of rows from `address` on, following `link`; and the address of the last page."""
    pages = []
    while True:
        body = client.get(address).json()
        pages.append(body["results"])
        if body[link] is None:
            return pages, address
        address = body[link]


def test_a_walk_there_and_back_shows_every_row_once(crowd: APIClient) -> None:
    for ordering in CustomerViewSet().orderings.names:
        forth, last = walk(crowd, f"{CUSTOMERS}?ordering={ordering}&page_size=44", "next")
        ids = [row["id"] for page in forth for row in page]
        assert len(ids) == len(set(ids)) == ROWS, ordering
        back, _ = walk(crowd, last, "previous")
        assert [row["id"] for page in reversed(back) for row in page] == ids, ordering


def test_rows_without_a_value_come_last_in_both_directions(crowd: APIClient) -> None:
    for sign in ("", "-"):
        pages, _ = walk(crowd, f"{CUSTOMERS}?ordering={sign}value&page_size=50", "next")
        values = [row["worth"]["value"] for page in pages for row in page]
        known = [float(v) for v in values if v is not None]
        assert known == sorted(known, reverse=bool(sign))
        assert all(v is None for v in values[len(known) :])
        assert len(known) < ROWS


def test_a_cursor_belongs_to_one_order_one_list_and_one_company(crowd: APIClient, company_b: Company) -> None:
    address = crowd.get(CUSTOMERS, {"ordering": "value", "page_size": 5}).json()["next"]
    assert crowd.get(address).status_code == 200
    for other in (
        address.replace("ordering=value", "ordering=-value"),
        address.replace("cursor=", "cursor=x"),
        address.replace("/customers/", "/orders/").replace("ordering=value", "ordering=-ordered_at"),
    ):
        refused = crowd.get(other)
        assert (refused.status_code, list(refused.json()["errors"])) == (400, ["cursor"])
    assert token_client(company_b).get(address).status_code == 400


def test_page_sizes(shop: APIClient) -> None:
    for size in ["0", "201", "-1", "x", "1e3", "٣", "99999999999999999999"]:
        assert shop.get(CUSTOMERS, {"page_size": size}).status_code == 400


def test_a_row_that_is_added_meanwhile_does_not_shift_pages(company_a: Company, shop: APIClient) -> None:
    first = shop.get(CUSTOMERS, {"page_size": 2}).json()
    shop.post(CUSTOMERS, {"name": "Aaron"})
    assert [row["name"] for row in shop.get(first["next"]).json()["results"]] == ["Hal House"]

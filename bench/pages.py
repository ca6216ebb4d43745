"""Pages of a tenant with N customers: `python -m bench.pages --customers 1000000 [--rounds 40] [--fresh]`.

The list first, in the middle and last, by several columns; search while typing; the customer page; the summary
card of the API. One JSON line each with p50 and p95 in milliseconds of the whole request (session, tenant,
permissions, template), beside its yardstick: the bare SQL of the same page, as the application, under
row-level security. The database is kept under its name, so that the second run begins at once.
"""

import argparse
import json
import time
from collections.abc import Callable
from itertools import cycle
from typing import Any
from uuid import UUID

from bench._database import open_database

SORTS = (
    "crm.name", "-value.lifetime_value", "-crm.last_order_on", "value.alive", "-crm.margin_year", "crm.status",
)  # fmt: skip
LOST = {"fact": "crm.status", "is": "one_of", "value": ["lost"]}
RECENT = {"fact": "crm.orders.ordered_on", "is": "within_last", "value": {"days": 90}}
FILTERS: dict[str, dict[str, Any]] = {
    "lost in Germany": {"all": [LOST, {"fact": "crm.country", "is": "one_of", "value": ["DE"]}]},
    "without the lost": {"none": [LOST]},
    "3 orders in 90 days": {
        "all": [{"count": "crm.orders", "where": {"all": [RECENT]}, "is": "at_least", "value": 3}]
    },
}
TYPED = (
    "hug",
    "hugo",
    "hugo a",
    "ros",
    "berg",
    "zimwick",
    "C5000",
    "0207000",
    "anna.",
    "qqqq",
    "noah ul",
    "an",
)


def percentiles(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """p50 and p95 of some rounds, in milliseconds; the first round warms and does not count."""
    work()
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    return times[len(times) // 2], times[min(int(len(times) * 0.95), len(times) - 1)]


def line(
    what: str, size: int, measured: tuple[float, float], yardstick: str, yard: tuple[float, float]
) -> None:
    facts = {"what": what, "size": size, "p50_ms": round(measured[0], 1), "p95_ms": round(measured[1], 1)}
    facts |= {
        "yardstick": yardstick,
        "yardstick_p50_ms": round(yard[0], 2),
        "yardstick_p95_ms": round(yard[1], 2),
    }
    print(json.dumps(facts | {"ratio": round(measured[0] / yard[0], 1)}), flush=True)


class Shop:
    """The tenant of the benchmark, somebody signed in, and bare SQL beside them."""

    def __init__(self) -> None:
        from django.conf import settings  # noqa: PLC0415
        from django.test import Client  # noqa: PLC0415

        from tenancy.context import tenant_context  # noqa: PLC0415
        from tenancy.models import Member, Role, Tenant  # noqa: PLC0415
        from tenancy.services.tokens import create_token  # noqa: PLC0415

        settings.ALLOWED_HOSTS = ["testserver"]
        self.tenant = Tenant.objects.get(slug="bench")
        self.client, self.api = Client(), Client()
        with tenant_context(self.tenant.id):
            admin = Member.objects.select_related("user").get(user__email="admin@bench.example")
            role = Role.objects.get(key="administrator")
            _, self.secret = create_token(name=f"bench {time.time()}", role=role, created_by=None)
        self.client.force_login(admin.user, "allauth.account.auth_backends.AuthenticationBackend")

    def get(self, path: str, **headers: str) -> Any:
        response = self.client.get(f"/t/bench/{path}", headers=headers)
        assert response.status_code == 200, f"{path}: {response.status_code}"
        return response

    def ask(self, path: str) -> None:
        response = self.api.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {self.secret}"})
        assert response.status_code == 200, f"{path}: {response.status_code}"

    def sql(self, statement: str, *parameters: Any) -> list[Any]:
        from django.db import connection  # noqa: PLC0415

        from tenancy.context import tenant_context  # noqa: PLC0415

        with tenant_context(self.tenant.id), connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())


def measure_list(shop: Shop, size: int, sort: str, rounds: int) -> None:
    from crm.selectors.columns import sortable_columns  # noqa: PLC0415
    from crm.selectors.lists import Ordering  # noqa: PLC0415
    from tenancy.selectors.keyset import Position  # noqa: PLC0415

    columns_by_key = {column.key: column for column in sortable_columns(None)}
    ordering = Ordering(columns_by_key[sort.removeprefix("-")], sort.startswith("-"))
    direction, other = ("DESC", "ASC") if ordering.descending else ("ASC", "DESC")
    known = (
        f"SELECT {ordering.field}, customer_id FROM crm_customersummary WHERE {ordering.field} IS NOT NULL"
    )
    columns = f"{ordering.field} {direction}, customer_id {direction}"
    (middle,) = shop.sql(f"{known} ORDER BY {columns} OFFSET %s LIMIT 1", size // 3)
    (last,) = shop.sql(f"SELECT {ordering.field}, customer_id FROM crm_customersummary ORDER BY {ordering.field}"
                       f" {other} NULLS FIRST, customer_id DESC LIMIT 1")  # fmt: skip
    places = {
        "first": "",
        "middle": f"&after={Position(*middle).encode()}",
        "last": f"&before={Position(*last).encode()}",
    }
    page = f"{known} AND NOT trashed AND ({ordering.field}, customer_id) {'<' if ordering.descending else '>'} (%s, %s)"
    yard = percentiles(lambda: shop.sql(f"{page} ORDER BY {columns} LIMIT 51", *middle), rounds)
    for place, query in places.items():
        measured = percentiles(lambda query=query: shop.get(f"customers/?sort={sort}{query}"), rounds)  # type: ignore[misc]
        line(f"pages.list {sort} {place}", size, measured, "the bare SQL of a page in the middle", yard)


def measure_filters(shop: Shop, size: int, rounds: int) -> None:
    """The first page of a filtered list by value, beside the same page unfiltered."""
    from crm.selectors.where import in_address  # noqa: PLC0415

    sort = "-value.lifetime_value"
    yard = percentiles(lambda: shop.get(f"customers/?sort={sort}"), rounds)
    for name, where in FILTERS.items():
        path = f"customers/?{in_address(where, sort=sort)}"
        measured = percentiles(lambda path=path: shop.get(path), rounds)  # type: ignore[misc]
        line(f"pages.list filtered: {name}", size, measured, "the page without a filter", yard)


def measure_search(shop: Shop, size: int, rounds: int) -> None:
    words, bare = cycle(TYPED), cycle(TYPED)
    statement = "SELECT * FROM crm_find_customers(%s, %s, '{}', NULL, 8)"
    yard = percentiles(lambda: shop.sql(statement, *[next(bare)] * 2), rounds)
    measured = percentiles(
        lambda: shop.get(f"search/?q={next(words)}", **{"HX-Request": "true"}), rounds - rounds % len(TYPED)
    )
    line("pages.search while typing", size, measured, "the bare search function", yard)


def measure_customer(shop: Shop, size: int, rounds: int) -> None:
    some = cycle([UUID(f"01900000-0000-7000-8000-{n:012x}") for n in range(1, size, max(size // 97, 1))])
    row = "SELECT * FROM crm_customer AS c JOIN crm_customersummary AS s ON s.customer_id = c.id WHERE c.id = %s"
    yard = percentiles(lambda: shop.sql(row, next(some)), rounds)
    card = percentiles(lambda: shop.ask(f"customers/{next(some)}/summary/"), rounds)
    line("pages.summary card", size, card, "the bare row and its summary", yard)
    card = percentiles(lambda: shop.get(f"customers/{next(some)}/card/"), rounds)
    line("pages.service card", size, card, "the bare row and its summary", yard)
    page = percentiles(lambda: shop.get(f"customers/{next(some)}/"), rounds)
    line("pages.customer", size, page, "the bare row and its summary", yard)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--fresh", action="store_true", help="make the database anew")
    options = parser.parse_args()
    name = f"bench_pages_{options.customers}"
    if open_database(name, fresh=options.fresh):
        from bench._shop import fill  # noqa: PLC0415

        fill(name, options.customers)
    shop = Shop()
    for sort in SORTS:
        measure_list(shop, options.customers, sort, options.rounds)
    measure_filters(shop, options.customers, options.rounds)
    measure_search(shop, options.customers, max(options.rounds, len(TYPED) * 3))
    measure_customer(shop, options.customers, options.rounds)


if __name__ == "__main__":
    main()

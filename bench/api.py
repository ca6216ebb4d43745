"""The API under one client: `python bench/api.py --customers 1000000 [--requests 300] [--fresh]`.

Each line is one kind of request through the whole application (WSGI, all middleware, token, commit): 50th and 95th
percentile by the clock and processor time, in milliseconds. Yardsticks in the same run: a bare Django view without
middleware that returns the same bytes; one that also asks the database the same; and for an order one that inserts the
same rows and nothing else (no summary, timeline, event, audit, idempotency). The database `bench_pages_<customers>` is
kept for the next run.
"""

import argparse
import io
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench._database import open_database  # noqa: E402  (the path is known now)

Application = Callable[..., Any]
V1 = "/api/v1/"
ORDERINGS = ("name", "-value", "value", "-last_order_on", "orders", "-no_order_90")


def call(application: Application, path: str, headers: dict[str, str], body: bytes | None = None) -> bytes:
    """One request over WSGI. Raises RuntimeError for a refusal."""
    address, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": "GET" if body is None else "POST", "PATH_INFO": address, "QUERY_STRING": query,
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr,
        "wsgi.input": io.BytesIO(body or b""), "CONTENT_LENGTH": str(len(body or b"")),
        "CONTENT_TYPE": "application/json", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost", **headers,
    }  # fmt: skip
    said: list[str] = []
    response = application(environ, lambda status, _: said.append(status))
    content = b"".join(response)
    response.close()
    if not said[0].startswith("2"):
        raise RuntimeError(f"{path}: {said[0]} {content[:300]!r}")
    return content


@dataclass(frozen=True)
class Timing:
    """Milliseconds: 50th and 95th percentile by the clock, and the processor time of this process for each."""

    p50: float
    p95: float
    cpu: float


def timed(requests: int, once: Callable[[int], object]) -> Timing:
    """After ten unmeasured ones. The processor's time stays true on a busy machine; the clock's does not."""
    for number in range(-10, 0):
        once(number)
    seconds, cpu = [], time.process_time()
    for number in range(requests):
        started = time.perf_counter()
        once(number)
        seconds.append(time.perf_counter() - started)
    cpu = (time.process_time() - cpu) / requests
    ordered = sorted(seconds)
    return Timing(ordered[requests // 2] * 1000, ordered[int(requests * 0.95)] * 1000, cpu * 1000)


class Shop:
    """The tenant, a token, and what requests are made of."""

    def __init__(self, customers: int) -> None:
        from django.core.wsgi import get_wsgi_application  # noqa: PLC0415
        from django.test import override_settings  # noqa: PLC0415

        self.application = get_wsgi_application()
        with override_settings(MIDDLEWARE=["bench._bare.only_here"]):
            self.bare = get_wsgi_application()
        self.customers = customers
        self.tenant, self.headers = self._token()
        self.random = random.Random(7)

    def _token(self) -> tuple[UUID, dict[str, str]]:
        from tenancy.context import tenant_context  # noqa: PLC0415
        from tenancy.models import Role, Tenant  # noqa: PLC0415
        from tenancy.services.tokens import create_token  # noqa: PLC0415

        tenant = Tenant.objects.get(slug="bench")
        with tenant_context(tenant.id):
            role = Role.objects.get(key="api-client")
            _, secret = create_token(name="bench", role=role, created_by=None)
        return tenant.id, {"HTTP_AUTHORIZATION": f"Bearer {secret}"}

    def get(self, path: str) -> bytes:
        return call(self.application, V1 + path, self.headers)

    def getter(self, paths: list[str]) -> Callable[[int], bytes]:
        """Reads one path after the other."""
        return lambda number: self.get(paths[number % len(paths)])

    def post(self, path: str, body: dict[str, Any], key: str) -> bytes:
        headers = {**self.headers, "HTTP_IDEMPOTENCY_KEY": key}
        return call(self.application, V1 + path, headers, json.dumps(body).encode())

    def customer(self) -> str:
        return f"01900000-0000-7000-8000-{self.random.randint(1, self.customers):012x}"

    def somewhere(self, ordering: str, rows: int) -> list[str]:
        """Addresses of pages that begin at random customers, in this order."""
        from django.core import signing  # noqa: PLC0415

        from crm.api.customers import CustomerViewSet  # noqa: PLC0415
        from crm.models import CustomerSummary  # noqa: PLC0415
        from tenancy.context import tenant_context  # noqa: PLC0415

        column = CustomerViewSet.orderings.order(ordering, CustomerSummary).column
        with tenant_context(self.tenant):
            found = CustomerSummary.objects.filter(customer_id__in=[self.customer() for _ in range(rows)])
            places = list(found.values_list(column, "customer_id"))
        salt = f"cursor:{self.tenant}:{V1}customers/:{ordering}"
        return [
            f"customers/?ordering={ordering}&cursor="
            + signing.dumps(["f", _plain(value), str(key)], salt=salt, compress=True)
            for value, key in places
        ]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else str(value)


def reads(shop: Shop) -> Iterator[tuple[str, Callable[[int], bytes]]]:
    yield "api.list first page", shop.getter(["customers/"])
    for ordering in ORDERINGS:
        pages = shop.somewhere(ordering, 400)
        yield f"api.list anywhere by {ordering}", shop.getter(pages)
    words = ("ada", "berg", "zoe+fairmann", "C4711", "%2B44207", "hugo")
    yield "api.search", shop.getter([f"customers/?q={word}" for word in words])
    customers = [shop.customer() for _ in range(400)]
    yield "api.card", shop.getter([f"customers/{customer}/summary/" for customer in customers])
    yield "api.customer", shop.getter([f"customers/{customer}/" for customer in customers])


def line(what: str, shop: Shop, mine: Timing, **yards: Timing) -> None:
    facts: dict[str, Any] = {"what": what, "customers": shop.customers}
    facts |= {"p50_ms": round(mine.p50, 2), "p95_ms": round(mine.p95, 2), "cpu_ms": round(mine.cpu, 2)}
    for name, yard in yards.items():
        facts |= {f"{name}_p50_ms": round(yard.p50, 2), f"times_{name}": round(mine.p50 / yard.p50, 1)}
    print(json.dumps(facts), flush=True)


def statements_of(once: Callable[[int], bytes]) -> tuple[list[tuple[str, Any]], bytes]:
    """What one request asks of the database (transactions and savepoints left out), and its answer."""
    from django.db import connection  # noqa: PLC0415

    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "SAVEPOINT" not in sql and not sql.startswith(("INSERT", "UPDATE")):
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        content = once(0)
    return asked, content


def measure_reads(shop: Shop, requests: int) -> None:
    from bench import _bare  # noqa: PLC0415

    for what, once in reads(shop):
        _bare.STATEMENTS[:], _bare.BYTES["now"] = statements_of(once)
        mine = timed(requests, once)
        same_bytes = timed(requests, lambda n: call(shop.bare, "/bytes/", {}))
        same_sql = timed(requests, lambda n: call(shop.bare, "/sql/", {}))
        line(what, shop, mine, bare_view=same_bytes, bare_view_with_sql=same_sql)


def measure_orders(shop: Shop, requests: int) -> None:
    from bench import _bare  # noqa: PLC0415
    from tenancy.db.ids import new_id  # noqa: PLC0415

    run = str(new_id())

    def record(number: int) -> bytes:
        lines = [{"description": "Loaf", "quantity": "1", "unit_price": "4.50"}] * 2
        body = {"external_id": f"{run}{number}", "customer": shop.customer(),
                "ordered_at": "2026-01-01T12:00:00Z", "lines": lines}  # fmt: skip
        return shop.post("orders/", body, key=f"{run}{number}")

    def by_hand(number: int) -> bytes:
        _bare.VALUES.update(
            tenant=str(shop.tenant), id=str(new_id()), number=f"h{run}{number}", customer=shop.customer()
        )
        return call(shop.bare, "/order/", {}, b"{}")

    mine, _bare.BYTES["now"] = timed(requests, record), record(-99)
    same_bytes = timed(requests, lambda n: call(shop.bare, "/bytes/", {}))
    line("api.order", shop, mine, bare_view=same_bytes, bare_view_with_inserts=timed(requests, by_hand))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args()
    os.environ["API_REQUESTS_PER_MINUTE"] = "10000000"
    name = f"bench_pages_{options.customers}"
    if open_database(name, fresh=options.fresh):
        from bench._shop import fill  # noqa: PLC0415

        fill(name, options.customers)
    shop = Shop(options.customers)
    measure_reads(shop, options.requests)
    measure_orders(shop, options.requests)


if __name__ == "__main__":
    main()

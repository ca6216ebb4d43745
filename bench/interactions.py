"""Contacts through the API: `python -m bench.interactions --customers 1000000 --contacts 10 [--seconds 20] [--fresh]`.

One JSON line each, with its yardstick in the same run:

- logging: contacts logged a second by 8 connections at two web processes (gunicorn as in production, token, commit,
  timeline, event), beside 8 bare connections that insert the same three rows as SQL under row-level security
- the first page of the timeline of a customer with 10,000 entries, and the summary card of any customer, through the
  whole application in this process: 50th and 95th percentile, beside a bare view of the same bytes

The goals: 400 logged a second, 30 ms at the 95th percentile. The client shares the machine's processors with the
server. The database `bench_interactions_<customers>` is kept for the next run.
"""

import argparse
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg2

from bench._database import ROOT, open_database, superuser

CONNECTIONS, WORKERS = 8, 2
LONG = "01900000-0000-7000-8000-000000000001"
"""The customer with 10,000 entries."""
V1 = "/api/v1/"
_CONTACTS = """
INSERT INTO interactions_interaction (tenant_id, id, customer_id, touchpoint, channel, direction, initiative,
    occurred_at, recorded_at, outcome, sentiment, subject, text, author, author_name, key, version)
SELECT %(tenant)s, gen_random_uuid(), ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'human',
    (ARRAY['phone', 'shop', 'email'])[1 + (n + k) %% 3], 'inbound', 'reactive', at, at, '', '', 'Contact ' || k,
    'They asked about an order, and were told when it comes.', 'system', 'Nadia', n || ':' || k, 1
FROM generate_series(1, %(customers)s) AS n, generate_series(1, %(contacts)s) AS k,
    LATERAL (SELECT now() - (k * 40 + n %% 40) * interval '1 day' AS at) AS moment
"""
_ENTRIES = """
INSERT INTO crm_timelineentry (tenant_id, id, customer_id, at, kind, key, title, text, who)
SELECT %(tenant)s, gen_random_uuid(), %(customer)s, now() - k * interval '1 hour', 'contact', 'interaction:' || k,
    'Called us', 'They asked about an order, and were told when it comes.', 'Nadia'
FROM generate_series(1, 10000) AS k
"""
_BY_HAND = (
    """INSERT INTO interactions_interaction (tenant_id, id, customer_id, touchpoint, channel, direction, initiative,
    occurred_at, recorded_at, outcome, sentiment, subject, text, author, author_name, key, version)
    VALUES (%(tenant)s, gen_random_uuid(), %(customer)s, 'human', 'phone', 'inbound', 'reactive', now(), now(), '', '',
    'the oven', 'It does not get hot.', 'system', '', %(key)s, 1)""",
    """INSERT INTO crm_timelineentry (tenant_id, id, customer_id, at, kind, key, title, text, who)
    VALUES (%(tenant)s, gen_random_uuid(), %(customer)s, now(), 'contact', %(key)s, 'Called us', '', '')""",
    """INSERT INTO tenancy_outboxevent (tenant_id, id, name, payload, occurred_at)
    VALUES (%(tenant)s, gen_random_uuid(), 'bench.nothing', '{}', now())""",
)


def fill(name: str, customers: int, contacts: int) -> None:
    """Customers as in bench/_shop.py, each with contacts; one with a timeline of 10,000 entries."""
    from bench import _shop  # noqa: PLC0415

    _shop.fill(name, customers)
    with closing(superuser(name)) as server, server.cursor() as cursor:
        cursor.execute("SELECT id FROM tenancy_tenant WHERE slug = 'bench'")
        ((tenant,),) = cursor.fetchall()
        values = {
            "tenant": tenant,
            "customers": customers,
            "contacts": contacts,
            "customer": LONG,
        }
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(_CONTACTS, values)
        cursor.execute(_ENTRIES, values)
        cursor.execute("VACUUM ANALYZE")


@contextmanager
def served() -> Iterator[int]:
    """The application under gunicorn as in production; its port."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread",
        "--workers", str(WORKERS), "--threads", "4", "--log-level", "error", "--no-control-socket",
    ]  # fmt: skip
    server = subprocess.Popen(command, cwd=ROOT)
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("The server did not answer within a minute.")


def together(seconds: float, begin: Callable[[int], Callable[[], None]]) -> list[float]:
    """What each of 8 connections does again and again until time is over; how long each took."""

    def run(number: int) -> list[float]:
        once, took = begin(number), []
        for _ in range(5):
            once()
        ends = time.perf_counter() + seconds
        while (started := time.perf_counter()) < ends:
            once()
            took.append(time.perf_counter() - started)
        return took

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return [one for took in pool.map(run, range(CONNECTIONS)) for one in took]


def customer(draw: random.Random, customers: int) -> str:
    return f"01900000-0000-7000-8000-{draw.randint(1, customers):012x}"


def over_http(port: int, token: str, customers: int) -> Callable[[int], Callable[[], None]]:
    headers = {"Authorization": token, "Content-Type": "application/json", "Host": "localhost"}

    def begin(number: int) -> Callable[[], None]:
        draw, connection = random.Random(number), http.client.HTTPConnection("127.0.0.1", port)

        def once() -> None:
            body = {"customer": customer(draw, customers), "channel": "phone", "subject": "the oven",
                    "text": "It does not get hot.", "sentiment": "mixed"}  # fmt: skip
            connection.request("POST", f"{V1}interactions/", json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 201:
                raise RuntimeError(f"{answer.status} {content[:300]!r}")

        return once

    return begin


def by_hand(tenant: UUID, customers: int) -> Callable[[int], Callable[[], None]]:
    """As the application's login, so that row-level security is asked too."""
    address = os.environ["DATABASE_URL"].replace("postgres://", "postgresql://")

    def begin(number: int) -> Callable[[], None]:
        draw, server = random.Random(number), psycopg2.connect(address)

        def once() -> None:
            values = {"tenant": str(tenant), "customer": customer(draw, customers), "key": str(uuid4())}
            with server, server.cursor() as cursor:
                cursor.execute(f"SET LOCAL app.tenant_id = '{tenant}'")
                for statement in _BY_HAND:
                    cursor.execute(statement, values)

        return once

    return begin


def say(what: str, facts: dict[str, Any]) -> None:
    print(json.dumps({"what": what, **facts}), flush=True)


def measure_logging(shop: Any, seconds: float) -> None:
    with served() as port:
        took = sorted(together(seconds, over_http(port, shop.headers["HTTP_AUTHORIZATION"], shop.customers)))
    bare = together(seconds, by_hand(shop.tenant, shop.customers))
    say("interactions.logged", {
        "customers": shop.customers, "connections": CONNECTIONS, "workers": WORKERS,
        "a_second": round(len(took) / seconds, 1), "p50_ms": round(took[len(took) // 2] * 1000, 1),
        "p95_ms": round(took[int(len(took) * 0.95)] * 1000, 1), "bare_inserts_a_second": round(len(bare) / seconds, 1),
        "share_of_bare": round(len(took) / len(bare), 3), "processors": os.cpu_count(),
    })  # fmt: skip


def measure_reads(shop: Any, requests: int, contacts: int) -> None:
    from bench import _bare  # noqa: PLC0415
    from bench.api import call, timed  # noqa: PLC0415

    cards = [f"customers/{shop.customer()}/summary/" for _ in range(400)]
    for what, paths in (
        ("interactions.timeline of 10,000", [f"customers/{LONG}/timeline/"]),
        ("interactions.summary card", cards),
        ("interactions.list of a customer", [f"interactions/?customer={LONG}"]),
    ):
        _bare.BYTES["now"] = shop.get(paths[0])
        mine = timed(requests, shop.getter(paths))
        bare = timed(requests, lambda _: call(shop.bare, "/bytes/", {}))
        say(what, {
            "customers": shop.customers, "contacts": shop.customers * contacts, "p50_ms": round(mine.p50, 2),
            "p95_ms": round(mine.p95, 2), "cpu_ms": round(mine.cpu, 2), "bare_view_p50_ms": round(bare.p50, 2),
            "times_bare_view": round(mine.p50 / bare.p50, 1),
        })  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--contacts", type=int, default=10, help="of each customer")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args()
    os.environ["API_REQUESTS_PER_MINUTE"] = "10000000"
    name = f"bench_interactions_{options.customers}"
    if open_database(name, fresh=options.fresh):
        fill(name, options.customers, options.contacts)
    from bench.api import Shop  # noqa: PLC0415

    shop = Shop(options.customers)
    measure_reads(shop, options.requests, options.contacts)
    measure_logging(shop, options.seconds)


if __name__ == "__main__":
    main()

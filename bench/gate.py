"""The gate on a large ledger: `python -m bench.gate --customers 1000000 --events 10 [--rounds 2000] [--fresh]`.

One tenant; each customer has two addresses, so many consent events, a purchase and two earlier contacts; one in twenty
shares an address with another; a contact policy of two rules is in force. Customers are drawn anew for every question,
so that most of them are read for the first time; the system's file cache is warmed before, so that not the disk is
measured (`--cold` leaves it as it is). One JSON line each, with its yardstick in the same run:

- one check: milliseconds, p50 and p99, with and without its log, beside the bare indexed read that it cannot avoid: the
  customer, their events and contacts, as the application under row-level security, each by its index
- one permit: the same, with its locks and its reservation
- many: decisions a second in batches of 500, with and without the log, beside the bare read of as many customers, and
  what each decision costs in CPU time, of this process and of its backend: that changes little on a busy machine
- many in two processes at once, as two workers have it: decisions a second of both together

The database `bench_gate_<customers>` is kept for the next run: only the first one fills it, or one with `--fresh`.
"""

import argparse
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

from bench._database import open_database, superuser

ID = "('01900000-0000-7000-8000-' || lpad(to_hex({n}), 12, '0'))::uuid"
CUSTOMER = ID.format(n="n")
_CUSTOMERS = f"""
INSERT INTO crm_customer (tenant_id, id, kind, name, name_key, external_id, country, language, time_zone, manual_status,
    source, source_detail, version, created_at, updated_at)
SELECT %(tenant)s, {CUSTOMER}, 'person', 'Customer ' || n, 'customer ' || n, 'C' || n,
    (ARRAY['GB', 'DE', 'FR', 'US', 'CA', 'ES', ''])[1 + n %% 7], '', '', '', 'import', '', 1, now(), now()
FROM generate_series(1, %(customers)s) AS n
"""
_SUMMARIES = """
INSERT INTO crm_customersummary (tenant_id, customer_id, name_key, trashed, status, orders, returns, revenue, margin,
    margin_year, margin_year_before, cost_year, months, portfolio_id, score)
SELECT tenant_id, id, name_key, false, 'active', 1, 0, 900, 300, 300, 0, 0, '{}', %(house)s, 'one_order'
FROM crm_customer WHERE tenant_id = %(tenant)s
"""
_POINTS = f"""
INSERT INTO crm_contactpoint (tenant_id, id, customer_id, kind, value, value_key, is_primary, source, source_detail,
    created_at)
SELECT %(tenant)s, gen_random_uuid(), {CUSTOMER}, kind, value, value, true, 'import', '', now()
FROM generate_series(1, %(customers)s) AS n,
    LATERAL (VALUES ('email', 'customer-' || (n - (n %% 20 = 0)::int) || '@example.org'),
        ('phone', '+44' || 7000000000 + n)) AS p (kind, value)
"""
_CHAINS = """
INSERT INTO privacy_consentchain (tenant_id, customer_id, events, head)
SELECT tenant_id, id, %(events)s, '' FROM crm_customer WHERE tenant_id = %(tenant)s
"""
# Grants, confirmations, stops and pauses over four years, the last said of the address.
_EVENTS = """
INSERT INTO privacy_consentevent (tenant_id, id, customer_id, sequence, action, channel, purposes, brand, regime,
    method, source, actor, occurred_at, recorded_at, wording, wording_digest, notice_version, language, evidence,
    documentation_record, written_agreement, record, address_hash, key, text_digest, previous, digest)
SELECT cp.tenant_id, gen_random_uuid(), cp.customer_id, s, d.action,
    (ARRAY['email', 'sms', 'phone', 'email'])[1 + s %% 4], ARRAY[(ARRAY['newsletter', 'marketing'])[1 + (s + n) %% 2]],
    '', '', 'web_form', 'sign-up form', 'system', d.at, d.at, 'specific', '', '3', 'en', ARRAY['form-' || n], '', false,
    '1', CASE WHEN s %% 3 = 0 THEN ({hashes})[1] ELSE '' END, n || '-' || s, '', repeat('0', 70), repeat('0', 70)
FROM (SELECT cp.*, ('x' || right(cp.customer_id::text, 8))::bit(32)::int AS n FROM crm_contactpoint cp
        WHERE tenant_id = %(tenant)s AND kind = 'email') cp,
    generate_series(1, %(events)s) AS s,
    LATERAL (SELECT (ARRAY['grant', 'grant', 'withdraw', 'grant', 'opt_out', 'grant', 'grant'])[1 + (n + s * s) %% 7],
        now() - interval '4 years' + s * interval '140 days' + n %% 100 * interval '1 day') AS d (action, at)
"""
_ORDERS = f"""
INSERT INTO crm_order (tenant_id, id, external_id, customer_id, kind, ordered_at, ordered_on, channel, currency, gross,
    discount, net, margin, margin_is_estimate, source, source_detail, created_at)
SELECT %(tenant)s, gen_random_uuid(), 'O' || n, {CUSTOMER}, 'sale', now() - n %% 800 * interval '1 day', current_date,
    'web', 'GBP', 900, 0, 900, 300, true, 'import', '', now()
FROM generate_series(1, %(customers)s) AS n
"""
_CONTACTS = f"""
INSERT INTO privacy_contact (tenant_id, id, customer_id, key, at, channel, purpose, is_marketing, subject, state,
    outcome, address_hash)
SELECT %(tenant)s, gen_random_uuid(), {CUSTOMER}, 'K' || n || '-' || k, now() - (n %% 90 + k * 20) * interval '1 day',
    'email', 'newsletter', true, '', 'sent', 'delivered', ''
FROM generate_series(1, %(customers)s) AS n, generate_series(1, 2) AS k
"""
BARE = {
    "customer": "SELECT * FROM crm_customer WHERE id = ANY(%s::uuid[])",
    "events": "SELECT * FROM privacy_consentevent WHERE customer_id = ANY(%s::uuid[])",
    "contacts": "SELECT * FROM privacy_contact WHERE customer_id = ANY(%s::uuid[]) AND NOT state = 'let_go'",
}
BATCH = 500
WORKERS = 2
POLICY = {
    "rules": [
        {
            "id": "fr", "name": "France", "when": {"all": [{"fact": "crm.country", "is": "one_of", "value": ["FR"]}]},
            "then": {"email_most": 2, "email_days": 30},
        }
    ],
    "otherwise": {"all_most": 6, "all_days": 30, "email_most": 4, "email_days": 7},
}  # fmt: skip


def fill(database: str, customers: int, events: int) -> None:
    from portfolios.services.assignments import house_portfolio  # noqa: PLC0415
    from privacy.gate.sql import hashes_sql  # noqa: PLC0415
    from privacy.keys import keys_of  # noqa: PLC0415
    from privacy.rule_kinds import KIND  # noqa: PLC0415
    from rules.services.activations import activate_rules  # noqa: PLC0415
    from rules.services.rule_sets import create_rule_set  # noqa: PLC0415
    from tenancy.access import access_of_member  # noqa: PLC0415
    from tenancy.context import tenant_context  # noqa: PLC0415
    from tenancy.models import Member  # noqa: PLC0415
    from tenancy.services.tenants import create_tenant  # noqa: PLC0415

    made = create_tenant(
        slug="bench", name="Bench", country="GB", currency="GBP", time_zone="Europe/London",
        admin_email="admin@bench.example", admin_password="a benchmark has no secrets",
    )  # fmt: skip
    with tenant_context(made.tenant.id):
        values = {"tenant": str(made.tenant.id), "house": str(house_portfolio().id), "customers": customers,
                  "events": events}  # fmt: skip
        access = access_of_member(made.tenant, Member.objects.select_related("role").order_by("id")[0], [])
        rules = create_rule_set(access=access, kind=KIND, name="Contact policy", content=POLICY)
        activate_rules(access=access, rule_set=rules, seen=0)
    hashes = hashes_sql(keys_of(made.tenant.id, "address")[:1])
    with closing(superuser(database)) as server, server.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement in (_CUSTOMERS, _SUMMARIES, _POINTS, _CHAINS, _EVENTS.replace("{hashes}", hashes), _ORDERS,
                          _CONTACTS):  # fmt: skip
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")


# What the questions read; a gigabyte for 150,000 customers.
_WARM = """
SELECT sum(pg_prewarm(i.relation, 'read')) FROM pg_class t, LATERAL (
    SELECT t.oid::regclass AS relation UNION ALL SELECT indexrelid::regclass FROM pg_index WHERE indrelid = t.oid) AS i
WHERE t.relname IN ('crm_customer', 'crm_customersummary', 'crm_contactpoint', 'crm_order', 'privacy_contact',
    'privacy_consentchain', 'privacy_consentevent')
"""


def warm(database: str) -> None:
    with closing(superuser(database)) as server, server.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        cursor.execute(_WARM)


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """In milliseconds."""
    found = sorted(1000 * one for one in seconds)
    return {"p50_ms": round(found[len(found) // 2], 2), "p99_ms": round(found[int(len(found) * 0.99)], 2)}


@dataclass(frozen=True)
class Spent:
    """On so many decisions, one after another: from when to when (seconds of the machine's clock), and CPU seconds."""

    decisions: int
    begun: float
    ended: float
    python: float
    postgres: float

    def figures(self) -> dict[str, float]:
        a_second = self.decisions / (self.ended - self.begun)
        cpu = {"python": self.python, "postgres": self.postgres}
        each = {f"{name}_us_each": round(1e6 * seconds / self.decisions) for name, seconds in cpu.items()}
        return {"a_second": round(a_second), **each}


def backend_seconds() -> float:
    """CPU time of the server's process behind this connection, which runs on this machine."""
    from django.db import connection  # noqa: PLC0415

    connection.ensure_connection()
    stat = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def in_a_worker(options: argparse.Namespace, seed: int, begin_at: float) -> Spent:
    """One of several processes: made ready, then begun together with the others."""
    open_database(f"bench_gate_{options.customers}", fresh=False)
    bench = Bench(argparse.Namespace(**{**vars(options), "seed": seed}))
    bench.many(bench.logged, 1)
    time.sleep(max(begin_at - time.monotonic(), 0))
    return bench.many(bench.logged, bench.batches)


class Bench:
    """Questions about customers drawn at random, each in a transaction of its own, as a request has it."""

    def __init__(self, options: argparse.Namespace) -> None:
        from tenancy.models import Tenant  # noqa: PLC0415

        self.options, self.chance = options, random.Random(options.seed)
        self.tenant = Tenant.objects.get(slug="bench")
        self.batches = max(options.rounds // 100, 4)

    def customer(self) -> UUID:
        return UUID(f"01900000-0000-7000-8000-{self.chance.randint(1, self.options.customers):012x}")

    def asks(self, count: int) -> list[Any]:
        from privacy.gate import Ask  # noqa: PLC0415
        from privacy.policy.facts import Message  # noqa: PLC0415

        decent = Message(has_sender_identity=True, has_postal_address=True, has_opt_out=True)
        return [
            Ask(customer_id=self.customer(), channel=self.chance.choice(("email", "sms", "phone")), message=decent,
                purpose=self.chance.choice(("newsletter", "marketing")), asked_for="bench")
            for _ in range(count)
        ]  # fmt: skip

    def inside(self, work: Callable[[], object]) -> float:
        """Seconds of the work in a company's transaction, the opening and the commit counted."""
        from tenancy.context import tenant_context  # noqa: PLC0415

        def whole() -> None:
            with tenant_context(self.tenant.id):
                work()

        return timed(whole)

    def bare(self, customers: list[UUID]) -> None:
        from django.db import connection  # noqa: PLC0415

        with connection.cursor() as cursor:
            for statement in BARE.values():
                cursor.execute(statement, [customers])
                cursor.fetchall()

    def run(self) -> None:
        from privacy.gate import check_many, permit  # noqa: PLC0415

        rounds = self.options.rounds
        self.inside(lambda: check_many(self.asks(200)))
        yard = spread([self.inside(lambda: self.bare([self.customer()])) for _ in range(rounds)])
        for name, work in (
            ("one check, logged", lambda: check_many(self.asks(1))),
            ("one check, not logged", lambda: check_many(self.asks(1), logged=False)),
            ("one permit", lambda: permit(self.asks(1)[0], key=str(self.chance.random()))),
        ):
            self.say(name, spread([self.inside(work) for _ in range(rounds)]), yard)
        bare = self.many(lambda asks: self.bare([ask.customer_id for ask in asks]), self.batches).figures()
        for name, each in (("many, logged", self.logged), ("many, not logged", self.not_logged)):
            self.say(name, self.many(each, self.batches).figures(), bare)
        self.say(f"many, logged, in {WORKERS} processes", self.together(), bare)

    def logged(self, asks: list[Any]) -> None:
        from privacy.gate import check_many  # noqa: PLC0415

        check_many(asks)

    def not_logged(self, asks: list[Any]) -> None:
        from privacy.gate import check_many  # noqa: PLC0415

        check_many(asks, logged=False)

    def many(self, work: Callable[[list[Any]], None], batches: int) -> Spent:
        asked = [self.asks(BATCH) for _ in range(batches)]
        python, postgres, begun = time.process_time(), backend_seconds(), time.monotonic()
        for asks in asked:
            self.inside(lambda asks=asks: work(asks))  # type: ignore[misc]
        ended = time.monotonic()
        return Spent(
            batches * BATCH, begun, ended, time.process_time() - python, backend_seconds() - postgres
        )

    def together(self) -> dict[str, float]:
        """Several processes at once, each with customers of its own; ten seconds to get ready."""
        begin_at = time.monotonic() + 10
        with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
            seeds = range(self.options.seed + 1, self.options.seed + 1 + WORKERS)
            begun = [pool.submit(in_a_worker, self.options, seed, begin_at) for seed in seeds]
            spent = [one.result() for one in begun]
        return Spent(
            decisions=sum(one.decisions for one in spent),
            begun=min(one.begun for one in spent),
            ended=max(one.ended for one in spent),
            python=sum(one.python for one in spent),
            postgres=sum(one.postgres for one in spent),
        ).figures()

    def say(self, what: str, measured: dict[str, float], yard: dict[str, float]) -> None:
        facts = {
            "bench": "gate",
            "what": what,
            "customers": self.options.customers,
            "events": self.options.events,
        }
        key = next(iter(measured))
        ratio = measured[key] / yard[key] if key != "a_second" else yard[key] / measured[key]
        print(json.dumps({**facts, **measured, "yardstick": "bare indexed reads",
                          **{f"yardstick_{name}": value for name, value in yard.items()},
                          "ratio": round(ratio, 1)}), flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--events", type=int, default=10, help="of each customer")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--fresh", action="store_true", help="fill the database again")
    parser.add_argument(
        "--cold", action="store_true", help="do not read the tables into the file cache first"
    )
    options = parser.parse_args()
    database = f"bench_gate_{options.customers}"
    if open_database(database, fresh=options.fresh):
        fill(database, options.customers, options.events)
    if not options.cold:
        warm(database)
    Bench(options).run()


if __name__ == "__main__":
    main()

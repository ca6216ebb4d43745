"""An import and a recompute whose worker, broker and database are killed end as if nothing had happened."""

import random
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from crm.models import Import
from crm.services.imports import check_import, load_import, upload_import
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import Job
from tests.cast import Company, make_company
from tests.chaos.house import House, until
from value.services.recompute import running_recompute, start_recompute

pytestmark = pytest.mark.chaos

ORDERS, CUSTOMERS = 30_000, 2_000


def orders_file() -> bytes:
    """The same orders at every call, three lines each, some of them broken."""
    chance = random.Random(5)
    lines = ["order,date,customer,product,quantity,price,country"]
    first = date(2026, 11, 1) - timedelta(days=700)
    for number in range(ORDERS):
        day = first + timedelta(days=chance.randrange(690))
        who = int(CUSTOMERS * chance.random() ** 2)
        for _ in range(3):
            price = "nonsense" if chance.random() < 0.001 else f"{chance.randint(100, 9000) / 100}"
            lines.append(f"O{number},{day},K{who},P{chance.randrange(50)},{chance.randint(1, 5)},{price},GB")
    return "\n".join(lines).encode()


def upload(company: Company) -> Import:
    with tenant_context(company.tenant.id):
        run = upload_import(kind="orders", name="orders.csv", chunks=[orders_file()], created_by=None)
        job = check_import(run=run, mapping=run.mapping)
    run_job(company.tenant.id, job.id)
    with tenant_context(company.tenant.id):
        run.refresh_from_db()
        assert run.state == Import.State.CHECKED, run.job.error
    return run


def is_done(company: Company, job: Job) -> Callable[[], bool]:
    def look() -> bool:
        with tenant_context(company.tenant.id):
            job.refresh_from_db()
        assert job.state not in {Job.State.FAILED, Job.State.CANCELLED}, job.error
        return job.state == Job.State.DONE

    return look


def at_rows(company: Company, job: Job, share: float) -> Callable[[], bool]:
    def look() -> bool:
        return is_done(company, job)() or (job.rows_total or 0) * share <= job.rows_done > 0

    return look


FOOTPRINT = """
SELECT (SELECT count(*) FROM crm_customer), (SELECT count(*) FROM crm_order), (SELECT count(*) FROM crm_orderline),
       (SELECT count(*) FROM crm_product), (SELECT count(*) FROM portfolios_assignment),
       (SELECT count(*) FROM crm_timelineentry), (SELECT count(*) FROM crm_importrow),
       (SELECT sum(net) FROM crm_order), (SELECT sum(margin) FROM crm_order),
       (SELECT sum(orders) FROM crm_customersummary), (SELECT sum(revenue) FROM crm_customersummary),
       (SELECT md5(string_agg(concat(c.external_id, s.orders, s.revenue, s.months, s.last_order_on), ',' ORDER BY
        c.external_id)) FROM crm_customersummary s JOIN crm_customer c ON c.id = s.customer_id)
"""
VALUES = """
SELECT count(*) FILTER (WHERE s.score <> 'not_computed'), md5(string_agg(concat(c.external_id, s.score, s.value,
       s.value_low, s.value_high, s.margin_3y, round(s.alive::numeric, 6)), ',' ORDER BY c.external_id))
  FROM crm_customersummary s JOIN crm_customer c ON c.id = s.customer_id
"""


def ask(company: Company, sql: str) -> tuple[Any, ...]:
    with tenant_context(company.tenant.id), connection.cursor() as cursor:
        cursor.execute(sql)
        return tuple(cursor.fetchone())


def recompute_here(company: Company) -> None:
    with tenant_context(company.tenant.id):
        job = start_recompute()
    run_job(company.tenant.id, job.id)


def test_the_end_is_the_same_with_and_without_faults(home: House) -> None:
    calm, struck = (make_company(f"{name}-{uuid.uuid4().hex[:8]}") for name in ("calm", "struck"))
    run = upload(calm)
    with tenant_context(calm.tenant.id):
        job = load_import(run=run)
    run_job(calm.tenant.id, job.id)
    assert is_done(calm, job)()
    recompute_here(calm)

    run = upload(struck)
    for name in ("worker1", "worker2", "beat1"):
        home.start(name)
    with tenant_context(struck.tenant.id):
        job = load_import(run=run)
    for share, fault in ((0.05, "worker"), (0.3, "valkey"), (0.5, "postgres"), (0.7, "worker")):
        assert until(at_rows(struck, job, share), seconds=120, every=0.05)
        strike(home, fault)
    assert until(is_done(struck, job), seconds=180)
    assert ask(struck, FOOTPRINT) == ask(calm, FOOTPRINT)

    with tenant_context(struck.tenant.id):
        job = running_recompute() or start_recompute()
    strike(home, "worker")
    strike(home, "postgres")
    strike(home, "valkey")
    assert until(is_done(struck, job), seconds=120)
    recompute_here(struck)
    assert ask(struck, VALUES) == ask(calm, VALUES)


def strike(home: House, what: str) -> None:
    if what == "worker":
        for name in ("worker1", "worker2"):
            home.kill(name)
            home.start(name)
    elif what == "valkey":
        home.kill_valkey()
    else:
        home.kill_postgres()
        connection.close()

"""Orders whose segments are kept by workers that are killed, over a broker that forgets: the end is the right one."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection

from crm.models import CustomerSummary, SegmentChange, SegmentMember, SegmentSize
from crm.services.orders import Line, record_order
from crm.services.segments.definitions import Definition, create_segment
from tenancy.context import tenant_context
from tenancy.models import Job, OutboxStep
from tests.cast import Company, make_company
from tests.chaos.house import House, until

pytestmark = pytest.mark.chaos

ORDERS, CUSTOMERS = 300, 40
LEAST = (1, 3, 6, 9)


@pytest.fixture
def shop(home: House) -> Company:
    company = make_company(f"shelf-{uuid.uuid4().hex[:8]}")
    with tenant_context(company.tenant.id):
        for number in range(CUSTOMERS):
            company.add_customer(f"c{number}")
        for least in LEAST:
            condition = {"all": [{"fact": "crm.orders", "is": "at_least", "value": least}]}
            create_segment(
                access=company.access("admin"), definition=Definition(f"{least} or more", condition)
            )
    return company


def sell(shop: Company, count: int) -> None:
    customers = list(shop.customer.values())
    for number in range(count):
        with tenant_context(shop.tenant.id):
            record_order(
                external_id=uuid.uuid4().hex, customer=customers[number * number % CUSTOMERS],
                ordered_at=datetime.now(UTC), lines=[Line(Decimal(1), Decimal(5))], source="api",
            )  # fmt: skip


def waiting(shop: Company) -> int:
    with tenant_context(shop.tenant.id):
        jobs = Job.objects.filter(state__in=["queued", "running"]).count()
        return jobs + OutboxStep.objects.exclude(state="done").count()


def test_membership_is_true_after_faults(home: House, shop: Company) -> None:
    for name in ("worker1", "worker2", "beat1"):
        home.start(name)
    sell(shop, ORDERS // 3)
    home.kill("worker1")
    home.start("worker1")
    home.kill_valkey()
    sell(shop, ORDERS // 3)
    home.kill("worker2")
    home.kill_postgres()
    connection.close()
    sell(shop, ORDERS // 3)
    home.broker().flushall()
    home.kill("worker1")
    home.start("worker1")
    home.start("worker2")
    assert until(lambda: waiting(shop) == 0, seconds=120), f"{waiting(shop)} wait"
    with tenant_context(shop.tenant.id):
        for least in LEAST:
            buyers = set(
                CustomerSummary.objects.filter(orders__gte=least).values_list("customer_id", flat=True)
            )
            rows = SegmentMember.objects.filter(segment__name=f"{least} or more")
            assert set(rows.values_list("customer_id", flat=True)) == buyers
            assert SegmentSize.objects.filter(segment__name=f"{least} or more").latest(
                "day"
            ).customers == len(buyers)
        told = SegmentChange.objects.values_list("segment_id", "customer_id")
        assert len(told) == len(set(told)), "nobody came in twice"

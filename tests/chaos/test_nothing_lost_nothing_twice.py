"""400 events under kill -9 of workers, an emptied broker, a killed PostgreSQL and two schedulers."""

import time
import uuid

import pytest
from django.db import connection

from crm.models import CostEvent
from crm.services.customers import change_customer
from tenancy.context import tenant_context
from tenancy.models import OutboxStep
from tests.cast import Company, make_company
from tests.chaos.house import House, until

pytestmark = pytest.mark.chaos

EVENTS = 400


@pytest.fixture
def shop(home: House) -> Company:
    company = make_company(f"chaos-{uuid.uuid4().hex[:8]}")
    with tenant_context(company.tenant.id):
        for number in range(20):
            company.add_customer(f"c{number}")
    return company


def announce(shop: Company, count: int) -> None:
    """Change customers; each change announces one event whose step posts one cost."""
    for number in range(count):
        with tenant_context(shop.tenant.id):
            customer = list(shop.customer.values())[number % 20]
            changed = change_customer(
                customer=customer, version=customer.version, changes={"language": f"l{uuid.uuid4().hex[:8]}"},
                source="member",
            )  # fmt: skip
            customer.version, customer.language = changed.version, changed.language


def done(shop: Company) -> int:
    with tenant_context(shop.tenant.id):
        return CostEvent.objects.filter(kind="chaos").count()


def test_four_hundred_events_under_faults(home: House, shop: Company) -> None:
    for name in ("worker1", "worker2", "beat1", "beat2"):
        home.start(name)
    announce(shop, EVENTS // 2)
    home.kill("worker1")
    home.start("worker1")
    home.kill_valkey()
    announce(shop, EVENTS // 4)
    home.kill("worker2")
    home.kill_postgres()
    connection.close()
    announce(shop, EVENTS // 4)
    home.start("worker2")
    home.kill("beat1")
    home.broker().flushall()
    home.kill("worker1")
    home.start("worker1")
    assert until(lambda: done(shop) >= EVENTS, seconds=60), f"{done(shop)} of {EVENTS}"
    time.sleep(5)
    assert done(shop) == EVENTS
    with tenant_context(shop.tenant.id):
        assert set(OutboxStep.objects.values_list("state", flat=True)) == {"done"}

"""Workers are killed again and again in an automatic run: everybody ends where the rules want them, and moves once."""

import uuid

import pytest
from django.db import connection

from crm.models import Customer
from crm.services.customers import open_customers
from portfolios.models import AssignmentProposal, AssignmentRun, Transfer
from portfolios.services import runs
from portfolios.services.runs import start_run
from tenancy import jobs
from tenancy.context import tenant_context
from tests.cast import Company, make_company
from tests.chaos.house import House, until
from tests.chaos.test_import_and_recompute import at_rows, is_done
from tests.portfolios.assignment import EVERYBODY, require_one_portfolio_each, rule, rules_in_force, to

pytestmark = pytest.mark.chaos

CUSTOMERS = 3_000


@pytest.fixture
def shop(home: House, monkeypatch: pytest.MonkeyPatch) -> Company:
    # Planned here, so that even a small company has many parts.
    monkeypatch.setattr(runs, "RANGE", 100)
    company = make_company(f"chaos-{uuid.uuid4().hex[:8]}")
    with tenant_context(company.tenant.id):
        for name in ("alice", "bob", "carol"):
            company.add_manager(name)
        _make_customers(company)
        targets = to(*company.portfolio.values(), balance="customers")
        rules_in_force(company, rule("All", EVERYBODY, targets))
    return company


def _make_customers(company: Company) -> None:
    open_customers([Customer(name=f"C {n}", external_id=f"c{n}", source="import") for n in range(CUSTOMERS)])


def test_killed_workers_lose_their_part_and_nothing_else(home: House, shop: Company) -> None:
    with tenant_context(shop.tenant.id):
        run = start_run(access=shop.access("admin"), mode="automatic")
    job = run.job
    assert job is not None
    jobs._one_turn(shop.tenant.id, job.id)  # planned in this process, which cuts small parts
    for name in ("worker1", "worker2", "beat1"):
        home.start(name)
    for share in (0.1, 0.5, 0.9):
        assert until(at_rows(shop, job, share), seconds=120, every=0.05)
        strike(home)
    assert until(some_moved(shop, run), seconds=120, every=0.05)
    strike(home)
    home.kill_postgres()
    connection.close()
    assert until(is_done(shop, job), seconds=180)
    require_one_portfolio_each(shop)
    with tenant_context(shop.tenant.id):
        run.refresh_from_db()
        assert run.state == "done"
        states = AssignmentProposal.objects.filter(run=run).values_list("state", flat=True)
        assert (len(states), set(states)) == (CUSTOMERS, {"moved"})
        assert sorted(Transfer.objects.values_list("customers", flat=True)) == [1_000, 1_000, 1_000]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), max(periods) FROM (SELECT count(*) AS periods FROM portfolios_assignment"
                " GROUP BY customer_id) AS each"
            )
            assert cursor.fetchone() == (CUSTOMERS, 2), "from the house once, and no further"


def some_moved(shop: Company, run: AssignmentRun):  # type: ignore[no-untyped-def]
    def look() -> bool:
        with tenant_context(shop.tenant.id):
            return AssignmentProposal.objects.filter(run=run, state="moved").exists()

    return look


def strike(home: House) -> None:
    for name in ("worker1", "worker2"):
        home.kill(name)
        home.start(name)

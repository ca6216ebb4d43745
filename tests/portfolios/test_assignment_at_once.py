"""Runs, acceptances, transfers and closings at the same moment, in threads with connections of their own."""

from collections.abc import Callable

import pytest
from django.db.models import Q

from portfolios.models import AssignmentProposal, AssignmentRun, Transfer
from portfolios.services.assignments import transfer_customers
from portfolios.services.portfolios import close_portfolio
from portfolios.services.proposals import Decided, ProposalsRefused, accept_proposals, decline_proposals
from portfolios.services.runs import start_run
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tests.at_once import at_once, at_once_in
from tests.cast import Company, make_company
from tests.portfolios.assignment import (
    EVERYBODY,
    require_one_portfolio_each,
    rule,
    rules_in_force,
    to,
)
from tests.stock import stocked

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Company:
    return stocked("shop with one rule", _shop)


def _shop() -> Company:
    company = make_company("alpha")
    with tenant_context(company.tenant.id):
        for name in ("alice", "bob", "carol"):
            company.add_manager(name)
        for number in range(30):
            company.add_customer(f"c{number}", None)
        both = to(company.portfolio["alice"], company.portfolio["bob"])
        rules_in_force(company, rule("All", EVERYBODY, both))
    return company


def proposed(shop: Company) -> AssignmentRun:
    with tenant_context(shop.tenant.id):
        run = run_rules_committed(shop)
    run_job(shop.tenant.id, run.job_id)  # type: ignore[arg-type]
    with tenant_context(shop.tenant.id):
        run.refresh_from_db()
    return run


def run_rules_committed(shop: Company) -> AssignmentRun:
    return start_run(access=shop.access("admin"), mode="propose")


def accepts(shop: Company, run: AssignmentRun, which: Q) -> Callable[[], object]:
    return lambda: accept_proposals(access=shop.access("admin"), run=run, which=which)


def test_four_people_accept_everything_at_once(shop: Company) -> None:
    run = proposed(shop)
    results = at_once_in(shop, *[accepts(shop, run, Q()) for _ in range(4)])
    accepted = [found.accepted for found in results if isinstance(found, Decided)]
    assert accepted == [30]
    assert sum(isinstance(found, ProposalsRefused) for found in results) == 3
    with tenant_context(shop.tenant.id):
        assert sorted(Transfer.objects.values_list("customers", flat=True)) == [15, 15]
    require_one_portfolio_each(shop)


def test_groups_transfers_declines_and_a_closing_at_once(shop: Company) -> None:
    run = proposed(shop)
    ids = [customer.id for customer in shop.customer.values()]
    alice, bob, carol = (shop.portfolio[key] for key in ("alice", "bob", "carol"))
    results = at_once_in(
        shop,
        accepts(shop, run, Q(to=alice)),
        accepts(shop, run, Q(to=bob)),
        lambda: transfer_customers(customer_ids=ids[::-1], to=carol, reason="to Carol"),
        lambda: transfer_customers(customer_ids=ids[:10], to=alice, reason="to Alice"),
        lambda: decline_proposals(access=shop.access("admin"), run=run, which=Q(customer_id__in=ids[5:9])),
        lambda: close_portfolio(portfolio=bob, to=carol, reason="closed"),
    )
    unexpected = [one for one in results if isinstance(one, Exception) and not isinstance(one, ValueError)]
    assert not unexpected
    require_one_portfolio_each(shop)
    with tenant_context(shop.tenant.id):
        moved = AssignmentProposal.objects.filter(run=run, state="moved")
        assert not moved.filter(transfer=None).exists()
        assert not AssignmentProposal.objects.filter(run=run, state="accepted").exists()


def test_two_automatic_runs_at_once_move_everybody_once(shop: Company) -> None:
    with tenant_context(shop.tenant.id):
        jobs = [start_run(access=shop.access("admin"), mode="automatic").job_id for _ in range(2)]

    results = at_once(*[lambda job=job: run_job(shop.tenant.id, job) for job in (*jobs, *jobs)])
    assert not [result for result in results if isinstance(result, Exception)]
    for job in jobs:
        run_job(shop.tenant.id, job)  # type: ignore[arg-type]
    require_one_portfolio_each(shop)
    with tenant_context(shop.tenant.id):
        moved = AssignmentProposal.objects.filter(state="moved").values_list("customer_id", flat=True)
        assert len(set(moved)) == len(moved) == 30

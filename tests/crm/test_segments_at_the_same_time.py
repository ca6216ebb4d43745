"""Segments while several write at once: committed transactions in threads of their own, the real outbox."""

import threading
from collections.abc import Iterator

import pytest

from crm.models import CustomerSummary, Segment, SegmentChange, SegmentMember, SegmentSize
from crm.services.segments import passes
from crm.services.segments.definitions import Definition, SegmentRefused, create_segment
from portfolios.services.assignments import transfer_customers
from tenancy.context import tenant_context
from tenancy.models import OutboxStep
from tenancy.outbox import run_batches, run_step
from tests.at_once import at_once
from tests.cast import Company, make_company
from tests.crm.shelves import AT_LEAST_ONE, define, finish_jobs, line, names_in, order, within

pytestmark = pytest.mark.django_db(transaction=True)

KEEP = "crm.steps.keep_segments"


@pytest.fixture
def shop() -> Iterator[Company]:
    company = make_company("alpha")
    with tenant_context(company.tenant.id):
        for name in ("alice", "bob"):
            company.add_manager(name)
        for number in range(12):
            company.add_customer(f"c{number:02}", "alice")
    return company


def assert_true(company: Company, segment: Segment, least: int) -> None:
    """Members, changes and today's size say the same as the orders."""
    with tenant_context(company.tenant.id):
        buyers = set(CustomerSummary.objects.filter(orders__gte=least).values_list("customer_id", flat=True))
        members = set(SegmentMember.objects.filter(segment=segment).values_list("customer_id", flat=True))
        assert members == buyers
        came = SegmentChange.objects.filter(segment=segment, entered=True).count()
        left = SegmentChange.objects.filter(segment=segment, entered=False).count()
        size = SegmentSize.objects.filter(segment=segment).order_by("-day")[0]
        assert (size.customers, size.entered - size.left) == (len(members), came - left)


def test_orders_workers_and_a_pass_at_once(shop: Company) -> None:
    with tenant_context(shop.tenant.id):
        once = define(shop, "Once", AT_LEAST_ONE)
        thrice = define(shop, "Thrice", {"all": [line("crm.orders", "at_least", 3)]})
        define(shop, "Readers", within(thrice))
    customers = list(shop.customer.values())
    stop = threading.Event()

    def sell(which: int) -> None:
        for number in range(12):
            with tenant_context(shop.tenant.id):
                order(customers[(number * (which + 1)) % 9])

    def work() -> None:
        while not stop.is_set():
            run_batches(shop.tenant.id, KEEP)

    def night() -> None:
        with tenant_context(shop.tenant.id):
            passes.start_nightly("x")
            finish_jobs(shop)

    def sell_all_and_stop() -> list[object]:
        found = at_once(*[lambda which=which: sell(which) for which in range(3)], night)
        stop.set()
        return found

    results = at_once(sell_all_and_stop, work, work)
    assert not [result for result in [*results, *results[0]] if isinstance(result, Exception)]
    run_batches(shop.tenant.id, KEEP)
    assert_true(shop, once, 1)
    assert_true(shop, thrice, 3)
    with tenant_context(shop.tenant.id):
        assert not OutboxStep.objects.filter(handler=KEEP).exclude(state="done").exists()


def test_the_last_place_is_given_once(shop: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.services.segments.definitions.MOST_LIVE", 1)

    def make(name: str) -> object:
        with tenant_context(shop.tenant.id):
            return create_segment(access=shop.access("admin"), definition=Definition(name, {"all": []}))

    results = at_once(lambda: make("A"), lambda: make("B"))
    assert {type(result) for result in results} == {Segment, SegmentRefused}


def test_a_transfer_changes_segments_of_portfolios(shop: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    def move(*keys: str) -> None:
        with tenant_context(shop.tenant.id):
            ids = [shop.customer[key].id for key in keys]
            transfer_customers(customer_ids=ids, to=shop.portfolio["bob"], reason="holiday")
        run_batches(shop.tenant.id, "portfolios.steps.keep_segments")

    with tenant_context(shop.tenant.id):
        bobs = define(
            shop, "Bob's", {"all": [line("portfolios.portfolio", "one_of", [str(shop.portfolio["bob"].id)])]}
        )
        assert names_in(bobs) == []
    move("c01")
    with tenant_context(shop.tenant.id):
        assert names_in(bobs) == ["C01"]
    monkeypatch.setattr("portfolios.steps.FEW", 1)
    move("c02", "c03")
    with tenant_context(shop.tenant.id):
        assert names_in(bobs) == ["C01"]
        finish_jobs(shop)
        assert names_in(bobs) == ["C01", "C02", "C03"]


def test_what_an_event_cannot_name_is_a_pass_over_everybody(shop: Company) -> None:
    from crm.events import MarginsRestated
    from tenancy.outbox import emit

    with tenant_context(shop.tenant.id):
        segment = define(shop, "Everybody", {"all": []})
        SegmentMember.objects.all().delete()
        for _ in range(2):
            event = emit(MarginsRestated(job_id=shop.tenant.id, orders=1))
        steps = OutboxStep.objects.filter(handler="crm.steps.pass_segments")
        ids = list(steps.values_list("id", flat=True))
    for step in ids:
        run_step(shop.tenant.id, step)
    with tenant_context(shop.tenant.id):
        finish_jobs(shop)
        assert len(names_in(segment)) == 12
        assert event.name == "crm.margins_restated"

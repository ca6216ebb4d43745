"""Handlers that take all events that wait for them: once each, in order, one batch at a time, the bad one alone."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from crm.events import CustomerCreated
from tenancy import outbox
from tenancy.context import tenant_context
from tenancy.models import OutboxStep, Unit
from tenancy.outbox import Announced, batched, emit, emit_all, flow, run_batches, run_step
from tenancy.services.units import add_unit
from tests.at_once import at_once
from tests.cast import Company, make_company

PATH = "tests.tenancy.test_batches.count_them"
POISON = "00000000-0000-0000-0000-00000000dead"
BATCHES: list[list[str]] = []
MIDDLE: list[Callable[[], None]] = []


@batched(most=10)
def count_them(events: Sequence[Announced]) -> None:
    ids = [event.payload["customer_id"] for event in events]
    BATCHES.append(ids)
    for event in events:
        add_unit(name=f"of {event.id}", parent=None)
    while MIDDLE:
        MIDDLE.pop()()
    if POISON in ids:
        raise ValueError("poison")


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    BATCHES.clear()
    MIDDLE.clear()
    monkeypatch.setitem(flow(), CustomerCreated.name, (PATH,))
    yield
    MIDDLE.clear()


@pytest.fixture
def shop(transactional_db: None) -> Company:
    company = make_company("alpha")
    with tenant_context(company.tenant.id):  # what opening a company announced is not looked at here
        OutboxStep.objects.update(state="done", done_at=timezone.now())
    return company


def number(n: int) -> Any:
    return f"00000000-0000-0000-0000-{n:012}"


def announce(shop: Company, *ids: Any) -> None:
    with tenant_context(shop.tenant.id):
        emit_all(CustomerCreated(customer_id=value) for value in ids)


def states(shop: Company) -> dict[str, int]:
    with tenant_context(shop.tenant.id):
        found = list(OutboxStep.objects.filter(handler=PATH).values_list("state", flat=True))
    return {state: found.count(state) for state in set(found)}


def marks(shop: Company) -> int:
    with tenant_context(shop.tenant.id):
        return Unit.objects.filter(name__startswith="of ").count()


def test_all_that_wait_are_one_call_in_the_order_in_which_they_came(shop: Company) -> None:
    announce(shop, *(number(n) for n in range(4)))
    announce(shop, number(4))
    assert run_batches(shop.tenant.id, PATH) == 5
    assert [len(batch) for batch in BATCHES] == [5]
    assert BATCHES[0][-1] == number(4)
    assert (states(shop), marks(shop)) == ({"done": 5}, 5)
    assert run_batches(shop.tenant.id, PATH) == 0


def test_more_than_a_batch_holds_are_several(shop: Company) -> None:
    announce(shop, *(number(n) for n in range(23)))
    assert run_batches(shop.tenant.id, PATH) == 23
    assert [len(batch) for batch in BATCHES] == [10, 10, 3]


def test_the_sweep_wakes_one_step_and_all_are_done(shop: Company) -> None:
    announce(shop, *(number(n) for n in range(5)))
    with tenant_context(shop.tenant.id):
        OutboxStep.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    ran = [run_step(tenant, step) for tenant, step in outbox.claim_due_steps()]
    assert ran == [True, False, False, False, False]
    assert (states(shop), len(BATCHES)) == ({"done": 5}, 1)


def test_the_bad_one_alone_is_parked_and_leaves_nothing(shop: Company) -> None:
    announce(shop, number(1), POISON, number(2))
    run_batches(shop.tenant.id, PATH)
    assert (states(shop), marks(shop)) == ({"done": 2, "waiting": 1}, 2)
    announce(shop, number(3))
    run_batches(shop.tenant.id, PATH)
    assert BATCHES[-1] == [number(3)], "what failed before is tried alone"
    with tenant_context(shop.tenant.id):
        bad = OutboxStep.objects.get(state="waiting")
    for _ in range(4):
        run_step(shop.tenant.id, bad.id)
    assert (states(shop), marks(shop)) == ({"done": 3, "parked": 1}, 3)
    with tenant_context(shop.tenant.id):
        bad.refresh_from_db()
        assert (bad.attempts, bad.error) == (5, "ValueError: poison")


def test_another_company_is_another_batch(shop: Company) -> None:
    other = make_company("beta")
    announce(shop, number(1))
    announce(other, number(2))
    assert run_batches(shop.tenant.id, PATH) == 1
    assert len(BATCHES) == 1
    assert (states(shop), states(other)) == ({"done": 1}, {"waiting": 1})


def test_who_comes_while_a_batch_runs_goes_away_and_their_event_is_done(shop: Company) -> None:
    late: list[object] = []

    def meanwhile() -> None:
        def come() -> object:
            announce(shop, number(2))
            return run_batches(shop.tenant.id, PATH)

        late.extend(at_once(come))

    announce(shop, number(1))
    MIDDLE.append(meanwhile)
    assert run_batches(shop.tenant.id, PATH) == 2
    assert late == [0]
    assert BATCHES[0] + BATCHES[1] == [number(1), number(2)]


def test_six_workers_and_two_hundred_events(shop: Company) -> None:
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            run_batches(shop.tenant.id, PATH)

    def write() -> None:
        for n in range(100):
            with tenant_context(shop.tenant.id):
                emit(CustomerCreated(customer_id=number(n)))
                emit(CustomerCreated(customer_id=number(n + 1000)))

    def write_and_stop() -> None:
        write()
        while run_batches(shop.tenant.id, PATH) or states(shop) != {"done": 200}:
            pass
        stop.set()

    results = at_once(write_and_stop, *[work] * 5)
    assert results == [None] * 6
    came = [value for batch in BATCHES for value in batch if value < number(1000)]
    assert came == [number(n) for n in range(100)]
    assert (states(shop), marks(shop)) == ({"done": 200}, 200)


def test_a_batch_whose_connection_is_lost_happens_once(shop: Company) -> None:
    def lose_the_connection() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pid = cursor.fetchone()[0]
        assert at_once(lambda: kill(pid)) == [None]

    def kill(pid: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])

    announce(shop, number(1), number(2))
    MIDDLE.append(lose_the_connection)
    assert run_batches(shop.tenant.id, PATH) == 2
    assert [len(batch) for batch in BATCHES] == [2, 1, 1]
    assert (states(shop), marks(shop)) == ({"done": 2}, 2)


def test_one_bell_until_somebody_looks(shop: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(outbox.current_app, "send_task", lambda name, args: sent.append((name, args)))
    cache.delete(f"bell:{shop.tenant.id}:{PATH}")
    announce(shop, number(1), number(2))
    announce(shop, number(3))
    assert sent == [("tenancy.run_batches", [str(shop.tenant.id), PATH])]
    run_batches(shop.tenant.id, PATH)
    announce(shop, number(4))
    assert len(sent) == 2
    assert run_batches(shop.tenant.id, PATH) == 1

"""The gate under concurrency, with real transactions: who waits for whom, and that nothing slips through."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from crm.services.customers import open_customer
from privacy.gate import Permit, permit
from privacy.models import ConsentEvent, Contact
from tenancy.context import tenant_context
from tests.at_once import Paused, at_once_in
from tests.cast import Company
from tests.privacy.gate.asking import give_address, may, reachable, say
from tests.privacy.gate.limits import limit_contacts

pytestmark = pytest.mark.django_db(transaction=True)


def hand_over(company: Company, customer: Any, key: str) -> bool:
    found = permit(may(customer), key=key)
    if isinstance(found, Permit):
        found.accepted()
    return isinstance(found, Permit)


def test_two_permits_for_one_slot(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        ada = reachable(company_a)
        limit_contacts(company_a, {"all_most": 1})
    got = at_once_in(company_a, *(lambda n=n: hand_over(company_a, ada, f"letter-{n}") for n in range(4)))
    assert sorted(got) == [False, False, False, True]


def test_one_message_by_two_workers(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        ada = reachable(company_a)
    got = at_once_in(company_a, *(lambda: hand_over(company_a, ada, "letter") for _ in range(4)))
    assert sorted(got) == [False, False, False, True]


@pytest.mark.parametrize("who", ["ada", "ben"])
def test_a_permit_waits_for_a_withdrawal_and_reads_it(company_a: Company, who: str) -> None:
    """Also where it was said in another record that has the same address."""
    with tenant_context(company_a.tenant.id):
        ada = reachable(company_a, value="family@example.org")
        reachable(company_a, "ben", value="family@example.org")
    stop = lambda: say(company_a.customer[who], "withdraw", address=("email", "family@example.org"))  # noqa: E731
    withdrawing = Paused(company_a, stop)
    withdrawing.commit_soon()
    with tenant_context(company_a.tenant.id):
        found = permit(may(ada), key="letter")
    withdrawing.ended()
    assert found.answer.code == "CONSENT_WITHDRAWN"  # type: ignore[union-attr]


@pytest.mark.parametrize("who", ["ada", "ben"])
def test_a_withdrawal_waits_for_a_message_that_is_handed_over(company_a: Company, who: str) -> None:
    with tenant_context(company_a.tenant.id):
        ada = reachable(company_a, value="family@example.org")
        reachable(company_a, "ben", value="family@example.org")
    handing = Paused(company_a, lambda: hand_over(company_a, ada, "letter"))
    handing.commit_soon()
    with tenant_context(company_a.tenant.id):
        event = say(company_a.customer[who], "withdraw", address=("email", "family@example.org"))
        contact = Contact.objects.get()
        assert contact.state == "sent"
        assert contact.ended_at is not None
        assert contact.ended_at < event.recorded_at
    handing.ended()


@pytest.mark.parametrize(
    ("messages", "withdrawals"), [(200, 100), pytest.param(1000, 500, marks=pytest.mark.slow)]
)
def test_no_message_leaves_after_its_withdrawal(company_a: Company, messages: int, withdrawals: int) -> None:
    """One message to each customer, half of whom take their consent back meanwhile, in an order of their own.

    The database's own order decides: transactions of one customer follow each other, so a message that was accepted
    must not stand after its withdrawal (`xmin` of its row after that of the withdrawal, or having seen it).
    """
    with tenant_context(company_a.tenant.id):
        customers = [_customer(number) for number in range(messages)]
    chance = random.Random(7)
    order = chance.sample(range(messages), messages)
    stopping = chance.sample(range(messages), withdrawals)
    _run(company_a, [lambda n=n: hand_over(company_a, customers[n], f"letter-{n}") for n in order],  # type: ignore[misc]
         [lambda n=n: say(customers[n], "withdraw") for n in stopping])  # type: ignore[misc]  # fmt: skip
    with tenant_context(company_a.tenant.id):
        stops = dict(ConsentEvent.objects.filter(action="withdraw").values_list("customer_id", "recorded_at"))
        sent = {contact.customer_id: contact for contact in Contact.objects.filter(state="sent")}
        assert len(stops) == withdrawals
        late = [c for c in sent.values() if c.customer_id in stops and c.at >= stops[c.customer_id]]
        assert late == []
        unheard = [c.id for c in customers if c.id not in sent and c.id not in stops]
        assert unheard == []
        assert Contact.objects.exclude(state="sent").count() == 0
        assert 0 < len(set(sent) & set(stops)) < withdrawals, "the race was no race"


def _customer(number: int) -> Any:
    customer = open_customer(name=f"Person {number}", source="member", portfolio_id=None)
    give_address(customer)
    say(customer)
    return customer


def _run(company: Company, *queues: list[Callable[[], Any]]) -> None:
    """Two threads for each queue; every work in a transaction of its own. Raises what any of them raised."""
    ready = threading.Barrier(2 * len(queues))

    def work(works: list[Callable[[], Any]]) -> None:
        try:
            ready.wait(20)
            for one in works:
                with tenant_context(company.tenant.id):
                    one()
        finally:
            connection.close()

    with ThreadPoolExecutor(2 * len(queues)) as pool:
        running = [pool.submit(work, queue[start::2]) for queue in queues for start in (0, 1)]
        for one in running:
            one.result()

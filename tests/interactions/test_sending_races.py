"""Sending while people take their consent back, and while senders are killed: real transactions, a real mail server."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from crm.services.customers import open_customer
from interactions.models import Message
from interactions.services.sending import send_due
from privacy.models import ConsentEvent
from tenancy.context import tenant_context
from tests.cast import Company
from tests.interactions.mailing import MoodyOffice, letter, now_due, send_all, service_letter, until
from tests.privacy.gate.asking import give_address, reachable, say

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("messages", "withdrawals"), [(200, 100), pytest.param(1000, 500, marks=pytest.mark.slow)]
)
def test_no_mail_leaves_after_its_withdrawal(
    company_a: Company, office: MoodyOffice, messages: int, withdrawals: int
) -> None:
    """Two senders against two who record withdrawals; the mail server notes when each letter came."""
    with tenant_context(company_a.tenant.id):
        customers = [_customer(number) for number in range(messages)]
        for customer in customers:
            letter(customer)
    stopping = random.Random(7).sample(customers, withdrawals)
    half = withdrawals // 2
    _at_the_same_time(
        lambda: send_due(company_a.tenant.id), lambda: send_due(company_a.tenant.id),
        lambda: _withdraw(company_a, stopping[:half]), lambda: _withdraw(company_a, stopping[half:]),
    )  # fmt: skip
    while _waiting(company_a):
        send_all(company_a)
    with tenant_context(company_a.tenant.id):
        stops = dict(ConsentEvent.objects.filter(action="withdraw").values_list("customer_id", "recorded_at"))
        states = dict(Message.objects.values_list("customer_id", "state"))
    assert len(stops) == withdrawals
    came = {customer.id: office.arrived.get(f"{customer.id.hex}@example.org") for customer in customers}
    assert len(office.letters) == sum(1 for at in came.values() if at)
    assert [c for c, at in came.items() if at and c in stops and at >= stops[c]] == []
    assert {c for c, at in came.items() if at} == {c for c, state in states.items() if state == "sent"}
    assert {state for c, state in states.items() if not came[c]} <= {"withheld"}
    assert [c for c in came if c not in stops and not came[c]] == []
    assert 0 < sum(1 for c in stops if came[c]) < withdrawals, "the race was no race"


def _customer(number: int) -> Any:
    customer = open_customer(name=f"Person {number}", source="member", portfolio_id=None)
    give_address(customer)
    say(customer)
    return customer


def _withdraw(company: Company, customers: list[Any]) -> None:
    for customer in customers:
        with tenant_context(company.tenant.id):
            say(customer, "withdraw")


def _waiting(company: Company) -> bool:
    with tenant_context(company.tenant.id):
        return Message.objects.filter(state="queued").exists()


def _at_the_same_time(*works: Callable[[], None]) -> None:
    ready = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        try:
            ready.wait(20)
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        for ended in [pool.submit(run, work) for work in works]:
            ended.result()


def test_a_killed_sender_loses_no_notice_and_sends_no_marketing_twice(
    company_a: Company, office: MoodyOffice
) -> None:
    """SIGKILL between the mail server's yes and the commit, and while the letter is handed over."""
    office.seconds = 8
    with tenant_context(company_a.tenant.id):
        notice, offer = service_letter(company_a), letter(reachable(company_a, "ben"))
        lost = letter(reachable(company_a, "hal"))
    office.mood = "hangs"
    for count, one in enumerate((notice, offer), start=1):
        _send_and_kill(company_a, office, one.id, until_letters=count)
    office.mood = "slow"
    _send_and_kill(company_a, office, lost.id, until_letters=2)
    office.mood = "ok"
    assert _states(company_a, notice, offer, lost) == ["claimed"] * 3
    for _ in range(3):
        now_due(company_a)
        send_all(company_a)
    assert _states(company_a, notice, offer, lost) == ["sent", "unsure", "unsure"]
    to = [str(mail["X-Envelope-To"]) for mail in office.letters]
    assert len(to) == 3
    same = [mail["Message-ID"] for mail in office.letters if mail["X-Envelope-To"] == "ada@veld.example"]
    assert len(same) == 2
    assert len(set(same)) == 1


_SENDER = """
import sys, uuid, django
django.setup()
from django.conf import settings
settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", int(sys.argv[3]), 60
from interactions.services.sending import send_message
send_message(uuid.UUID(sys.argv[1]), uuid.UUID(sys.argv[2]))
"""


def _send_and_kill(company: Company, office: MoodyOffice, message_id: UUID, *, until_letters: int) -> None:
    """A process of its own, killed once the mail server has so many letters and talks to it."""
    here = os.environ["DATABASE_URL"].rpartition("/")
    environment = {**os.environ, "DATABASE_URL": f"{here[0]}/{os.environ['TEST_DATABASE_NAME']}"}
    talking = office.talks
    child = subprocess.Popen(
        [sys.executable, "-c", _SENDER, str(company.tenant.id), str(message_id), str(office.port)],
        env=environment,
    )
    until(lambda: office.talks > talking and len(office.letters) >= until_letters)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()


def _states(company: Company, *messages: Message) -> list[str]:
    with tenant_context(company.tenant.id):
        return [Message.objects.get(id=one.id).state for one in messages]

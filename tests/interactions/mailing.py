"""Messages to be sent, and mail servers of several tempers."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import F
from django.utils import timezone

from crm.models import Customer
from crm.services.orders import Line, record_order
from interactions.models import Message
from interactions.services.authors import Author
from interactions.services.messages import queue_message
from interactions.services.sending import send_due
from privacy.models import PrivacyProfile
from tenancy.context import tenant_context
from tests.cast import Company
from tests.post_office import PostOffice
from tests.privacy.gate.asking import give_address

ALICE = Author("member:alice", "Alice")


def letter(customer: Customer, **values: Any) -> Message:
    """The newsletter by e-mail, unless said otherwise."""
    values = {
        "channel": "email", "purpose": "newsletter", "subject": "Ripe pears", "language": "en", "by": ALICE,
        "body": "Dear Ada,\n\nthe pears are ripe. See https://veld.example/pears?a=1&b=2.", **values,
    }  # fmt: skip
    return queue_message(customer=customer, **values)[0]


def service_letter(company: Company) -> Message:
    """About an order of yesterday: it needs no consent."""
    ada = company.customer["ada"]
    give_address(ada, value="ada@veld.example")
    record_order(
        external_id="o-1", customer=ada, ordered_at=timezone.now() - timedelta(days=1), source="api",
        lines=[Line(Decimal(1), Decimal(20))],
    )  # fmt: skip
    return letter(ada, purpose="order_confirmation", subject="Your order is on its way")


def state_address() -> None:
    PrivacyProfile.objects.update(sender_name="Alpha Ltd", postal_address="1 High Street, Ely")


def send_all(company: Company) -> None:
    """What a worker does when it is woken."""
    send_due(company.tenant.id)


def now_due(company: Company) -> None:
    """As if the waits were over."""
    with tenant_context(company.tenant.id):
        Message.objects.filter(state__in=("queued", "claimed")).update(
            due_at=timezone.now(), tries=F("tries")
        )


class MoodyOffice(PostOffice):
    """A mail server that answers as `mood` says: ok, later (451), never (550), half, dies (cuts the line after it
    took the message), drops (cuts the line before), slow (waits `seconds` before it takes it), hangs (afterwards)."""

    mood = "ok"
    is_open = True
    seconds = 0.0

    def close(self) -> None:
        if self.is_open:
            self.controller.stop()
        self.is_open = False

    def __init__(self) -> None:
        super().__init__()
        self.arrived: dict[str, datetime] = {}
        self.talks = 0
        """How often a letter was begun."""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.mood == "never" or (self.mood == "half" and address.startswith("ben")):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.talks += 1
        if self.mood == "later":
            return "451 come back"
        if self.mood == "slow":
            await asyncio.sleep(self.seconds)
        if self.mood == "drops":
            server.transport.abort()
            return "451 gone"
        kept = await super().handle_DATA(server, session, envelope)
        self.arrived[str(self.letters[-1]["X-Envelope-To"])] = timezone.now()
        if self.mood == "hangs":
            await asyncio.sleep(self.seconds)
        if self.mood == "dies":
            server.transport.abort()
        return kept


@contextmanager
def mail_server(settings: Any) -> Iterator[MoodyOffice]:
    """One that the product sends to, over SMTP."""
    cache.delete("down:email")
    office = MoodyOffice()
    office.controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", office.port
    settings.EMAIL_TIMEOUT = 2
    try:
        yield office
    finally:
        office.close()
        cache.delete("down:email")


def until(done: Any, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)

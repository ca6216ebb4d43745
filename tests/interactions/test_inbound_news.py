"""What a provider tells us: signed, each once, about messages that went through it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from standardwebhooks import Webhook

from crm.models import ContactPoint
from interactions.models import InboundMail, Interaction, Message, MessageNews
from interactions.services.connectors import Shown, add_connector, end_connector, news_url, renew_secrets
from interactions.services.message_ends import end_sent
from privacy.gate import Permit, permit
from privacy.models import ConsentEvent, ConsentText, Contact
from privacy.selectors.person_data import fates_of
from tenancy.context import tenant_context
from tests.cast import Company
from tests.interactions.mailing import letter
from tests.privacy.gate.asking import give_address, may

pytestmark = pytest.mark.django_db
NUMBER = "+447700900123"


class Provider:
    """Tells news as a provider does; returns the status."""

    def __init__(self, shown: Shown) -> None:
        self.secret, self.path = shown.secret, news_url(shown.connector).partition("/p/")[2]

    def tell(self, kind: str, key: str = "", **data: Any) -> int:
        return self.send(json.dumps({"type": f"message.{kind}", "data": data}), key=key)

    def send(self, body: str, *, key: str = "", at: datetime | None = None, signature: str = "") -> int:
        at, key = at or datetime.now(UTC), key or str(uuid4())
        headers = {
            "webhook-id": key, "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature or Webhook(self.secret).sign(key, at, body),
        }  # fmt: skip
        client = Client(enforce_csrf_checks=True)
        answer = client.post(f"/p/{self.path}", body, content_type="application/json", headers=headers)
        if answer.status_code == 401:
            assert answer.content == b""
        return answer.status_code


@pytest.fixture
def provider(company_a: Company) -> Provider:
    with tenant_context(company_a.tenant.id):
        return Provider(add_connector(channel="sms", name="Ours", url="https://sms.example/send"))


@pytest.fixture
def message(company_a: Company) -> Message:
    with tenant_context(company_a.tenant.id):
        ada = company_a.customer["ada"]
        give_address(ada, kind="phone", value=NUMBER)
        made = letter(ada, channel="sms", purpose="security_breach_notice", subject="", body="Change it.")
        with transaction.atomic():
            given = permit(may(ada, channel="sms", purpose=made.purpose), key=f"message:{made.id}")
            assert isinstance(given, Permit)
            given.accepted()
            end_sent(made, given, provider_id="sms-7")
        return made


def test_what_became_of_a_message(company_a: Company, provider: Provider, message: Message) -> None:
    assert provider.tell("delivered", "n1", id="sms-7") == 202
    assert provider.tell("delivered", "n1", id="sms-7") == 202
    assert (
        provider.tell("delayed", message_id=str(message.contact_id), detail=f"busy {NUMBER}@x.example") == 202
    )
    assert provider.tell("delivered", id="sms-8") == 409
    assert provider.tell("eaten", id="sms-7") == 400
    with tenant_context(company_a.tenant.id):
        assert list(MessageNews.objects.order_by("at").values_list("kind", "detail")) == [
            ("delivered", ""), ("delayed", "busy …")
        ]  # fmt: skip
        assert Contact.objects.get().outcome == "delivered"
        assert ContactPoint.objects.get().invalid_at is None
    assert provider.tell("bounced", id="sms-7") == 202
    with tenant_context(company_a.tenant.id):
        assert ContactPoint.objects.get().invalid_at is not None
        assert Contact.objects.get().outcome == "bounced"


def test_refusals_that_a_provider_passes_on(company_a: Company, provider: Provider, message: Message) -> None:
    for _ in range(2):
        assert provider.tell("stopped", id="sms-7", text="STOP") == 202
    assert provider.tell("complained", id="sms-7") == 202
    with tenant_context(company_a.tenant.id):
        stop, complaint = ConsentEvent.objects.order_by("sequence")
        assert (stop.action, stop.channel, stop.purposes) == ("withdraw", "sms", ["marketing"])
        assert ConsentText.objects.get(event_id=stop.id).words == "STOP"
        assert (complaint.action, complaint.method) == ("complain", "feedback_loop")


def test_text_messages_that_come_in(company_a: Company, provider: Provider, message: Message) -> None:
    assert provider.tell("received", id="in-1", **{"from": "07700 900123", "text": "Two boxes please"}) == 202
    assert provider.tell("received", id="in-1", **{"from": "07700 900123", "text": "Two boxes please"}) == 202
    assert provider.tell("received", id="in-2", **{"from": NUMBER, "text": "Stop", "answers": "sms-7"}) == 202
    assert provider.tell("received", id="in-3", **{"from": "12345", "text": "Who are you?\0"}) == 202
    with tenant_context(company_a.tenant.id):
        said = Interaction.objects.filter(customer=company_a.customer["ada"]).order_by("recorded_at")
        assert [(one.channel, one.text) for one in said] == [("sms", "Two boxes please"), ("sms", "Stop")]
        assert ConsentEvent.objects.get().action == "withdraw"
        unknown = InboundMail.objects.get(state="unmatched")
        assert (unknown.text, unknown.why) == ("Who are you?", "Nobody here has this address.")
        # Two have the number now: nobody knows whose the words are, and each is a person of whom they may be.
        give_address(company_a.customer["ben"], kind="phone", value=NUMBER)
    assert provider.tell("received", id="in-4", **{"from": NUMBER, "text": "My son is ill"}) == 202
    with tenant_context(company_a.tenant.id):
        assert InboundMail.objects.get(text="My son is ill").customer is None
        fates = {fate.table: fate.rows for fate in fates_of(company_a.customer["ben"].id)}
        assert fates["interactions_inboundmail"] == 3


def test_who_is_not_believed(company_a: Company, provider: Provider, message: Message) -> None:
    body = json.dumps({"type": "message.bounced", "data": {"id": "sms-7"}})
    for signature in ("v1,AAAA", "v1", "v1,", ",", "x y z", "v2,AAAA", "v1,ä"):
        assert provider.send(body, signature=signature) == 401, signature
    assert provider.send(body, at=datetime.now(UTC) - timedelta(hours=1)) == 401
    assert Client().post(f"/p/{provider.path}", body, content_type="application/json").status_code == 401
    assert Client().get(f"/p/{provider.path}").status_code == 405
    for told in (
        "",
        "[]",
        "{}",
        '{"type": 1, "data": {}}',
        '{"type": "message.bounced", "data": []}',
        "[" * 9_000,
    ):
        assert provider.send(told) == 400, told[:20]
    assert provider.send("x" * 70_000) == 413
    with tenant_context(company_a.tenant.id):
        assert MessageNews.objects.count() == 0
        shown = add_connector(channel="push", name="Push", url="https://push.example/")
        other = Provider(shown)
    # The provider of another connector knows nothing of this one's messages.
    assert other.tell("bounced", id="sms-7") == 409
    with tenant_context(company_a.tenant.id):
        renewed = Provider(renew_secrets(connector=shown.connector))
    assert other.send(body) == 401
    assert renewed.tell("delivered", id="none") == 409
    with tenant_context(company_a.tenant.id):
        end_connector(connector=shown.connector)
    assert renewed.tell("delivered", id="none") == 404

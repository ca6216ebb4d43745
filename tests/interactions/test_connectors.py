"""Text and push messages: handed over by a signed request, and to no address that is none of the public's business."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.cache import cache
from standardwebhooks import Webhook

from crm.models import CostEvent
from interactions.models import Connector, Message
from interactions.services.connectors import add_connector
from privacy.web_addresses import is_public
from privacy.wire import Unreachable, post_signed
from tenancy.context import tenant_context
from tests.cast import Company
from tests.interactions.mailing import letter, now_due, send_all, state_address
from tests.privacy.gate.asking import give_address


class Provider(ThreadingHTTPServer):
    """Keeps each request; answers with `status`, or `body`, after `wait` seconds, byte by byte where it `drips`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.body, self.wait, self.drips = 200, b'{"id": "sms-7"}', 0.0, False
        self.taken: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/send?a=1"


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((dict(self.headers), body))
        time.sleep(self.server.wait)
        self.send_response(self.server.status)
        self.send_header("Location", self.server.url)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        for at in range(0, len(self.server.body), 1 if self.server.drips else 65536):
            self.wfile.write(self.server.body[at : at + (1 if self.server.drips else 65536)])
            time.sleep(0.3 if self.server.drips else 0)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    settings.CONNECTOR_ALLOW_PRIVATE = True
    running = Provider()
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


def text_to_ada(company: Company) -> Message:
    """As an urgent notice, so that no hour of the day matters: the law binds us to tell."""
    ada = company.customer["ada"]
    give_address(ada, kind="phone", value="+44 7700 900123")
    return letter(
        ada, channel="sms", purpose="security_breach_notice", subject="", body="Please change your password."
    )


@pytest.mark.django_db(transaction=True)
def test_a_text_message_goes_to_the_provider(company_a: Company, provider: Provider) -> None:
    with tenant_context(company_a.tenant.id):
        state_address()
        message = text_to_ada(company_a)
    send_all(company_a)
    with tenant_context(company_a.tenant.id):
        message.refresh_from_db()
        assert (message.state, message.tries) == ("queued", 1)
        assert "no connector" in message.why
        shown = add_connector(channel="sms", name="Ours", url=provider.url, cost=4)
    _try_again(company_a)
    [(headers, body)] = provider.taken
    said = Webhook(shown.secret).verify(body, headers)
    assert (said["to"], said["text"]) == ("+44 7700 900123", "Alpha Ltd: Please change your password.")
    with tenant_context(company_a.tenant.id):
        message.refresh_from_db()
        assert (message.state, message.provider_id) == ("sent", "sms-7")
        assert headers["Webhook-Id" if "Webhook-Id" in headers else "webhook-id"] == str(message.contact_id)
        assert CostEvent.objects.get().amount == 4


@pytest.mark.django_db(transaction=True)
def test_a_provider_in_a_bad_mood(company_a: Company, provider: Provider) -> None:
    with tenant_context(company_a.tenant.id):
        add_connector(channel="sms", name="Ours", url=provider.url)
        message = text_to_ada(company_a)
    for status, words in ((302, "302"), (503, "503"), (401, "401")):
        provider.status = status
        _try_again(company_a)
        with tenant_context(company_a.tenant.id):
            message.refresh_from_db()
            assert (message.state, words in message.why) == ("queued", True), status
            assert words in Connector.objects.get().trouble
    assert len(provider.taken) == 3, "a redirect is not followed"
    provider.status, provider.body = 200, b"x" * 1_000_000
    _try_again(company_a)
    with tenant_context(company_a.tenant.id):
        message.refresh_from_db()
        assert (message.state, message.provider_id, Connector.objects.get().trouble) == ("sent", "", "")
        second = letter(
            company_a.customer["ada"],
            channel="sms",
            purpose="security_breach_notice",
            subject="",
            body="Again",
        )
    provider.status = 422
    _try_again(company_a)
    with tenant_context(company_a.tenant.id):
        second.refresh_from_db()
        assert (second.state, second.why) == ("failed", "The provider answered with 422.")


def test_the_whole_call_ends_after_five_seconds(provider: Provider) -> None:
    provider.drips, provider.body = True, b"x" * 100
    before = time.monotonic()
    try:
        answer = post_signed(provider.url, b"secret", "id", "{}")
        assert len(answer.body) < 100
    except Exception as error:
        assert not isinstance(error, Unreachable), "it was begun: nobody knows what became of it"
    assert time.monotonic() - before < 7


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.1.1", "172.16.0.1", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fec0::1", "::ffff:10.0.0.1", "::10.0.0.1",
     "64:ff9b::a00:1", "2002:a00:1::", "ff02::1", "2001:0:a00:1::"],
)  # fmt: skip
def test_addresses_that_are_not_called(address: str) -> None:
    assert not is_public(address)
    assert is_public("8.8.8.8")
    assert is_public("2606:4700::1111")


def test_a_private_address_is_refused_by_name_and_by_number(provider: Provider, settings: Any) -> None:
    settings.CONNECTOR_ALLOW_PRIVATE = False
    for url in (
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://2130706433/",
        "http://8.8.8.8/",
    ):
        with pytest.raises(Unreachable):
            post_signed(url, b"secret", "id", "{}")
    assert provider.taken == []


def _try_again(company: Company) -> None:
    cache.delete(f"down:sms:{company.tenant.id}")
    now_due(company)
    send_all(company)


def test_a_provider_cannot_name_itself_into_another_line(provider: Provider) -> None:
    provider.body = json.dumps({"id": "a\0b" + "c" * 300}).encode()
    from privacy.delivery import _provider_id

    assert _provider_id(post_signed(provider.url, b"secret", "id", "{}")) == "ab" + "c" * 198

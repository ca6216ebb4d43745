"""One signed request to a provider that the company named: only privacy.delivery calls it, with a permit in its hand.

The address comes from a member, so it is not trusted: the name is resolved once, an address of our own network is
refused, and what was resolved is what is called. Redirects are not followed, the answer is read up to a limit, and the
whole takes five seconds at most.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import SplitResult

from django.conf import settings
from standardwebhooks import Webhook

from privacy.web_addresses import UrlRefused, is_public, usable_url

SECONDS: Final = 5.0
MOST_ANSWER: Final = 64 * 1024


class Unreachable(Exception):
    """Nothing was sent: the message says why."""


@dataclass(frozen=True)
class Answer:
    """`body`: the first 64 KiB at most."""

    status: int
    body: bytes


def post_signed(url: str, secret: bytes, message_id: str, body: str) -> Answer:
    """POST JSON with the headers of Standard Webhooks. Raises Unreachable, or OSError and HTTPException after the
    request was begun: then nobody knows what became of it."""
    try:
        parts = usable_url(url)
    except UrlRefused as error:
        raise Unreachable(str(error)) from error
    with _connected(parts) as line:
        line.request("POST", _target(parts), body.encode(), _headers(parts, secret, message_id, body))
        answer = line.getresponse()
        return Answer(answer.status, answer.read(MOST_ANSWER))


def _headers(parts: SplitResult, secret: bytes, message_id: str, body: str) -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "Host": parts.netloc,
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Cornershop",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, now, body),
    }


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


@contextmanager
def _connected(parts: SplitResult) -> Iterator[http.client.HTTPConnection]:
    """A line to what the name stood for; cut after SECONDS, whatever the other side does with them."""
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        plain = socket.create_connection((_address_of(host, port), port), timeout=SECONDS)
    except OSError as error:
        raise Unreachable(f"The provider cannot be reached ({type(error).__name__}).") from error
    watch = threading.Timer(SECONDS, _cut, [plain])
    watch.daemon = True
    watch.start()
    line = http.client.HTTPConnection(host, port, timeout=SECONDS)
    try:
        line.sock = _secured(plain, host) if parts.scheme == "https" else plain
        yield line
    finally:
        watch.cancel()
        line.close()
        plain.close()


def _cut(plain: socket.socket) -> None:
    with suppress(OSError):
        plain.shutdown(socket.SHUT_RDWR)


def _secured(plain: socket.socket, host: str) -> ssl.SSLSocket:
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except OSError as error:
        raise Unreachable(f"No safe connection to the provider ({type(error).__name__}).") from error


def _address_of(host: str, port: int) -> str:
    """The one address that is called. Where a name stands for several, one of ours among them spoils it."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("The name of the provider’s server is not known.") from error
    addresses = [str(one[4][0]) for one in found]
    if not settings.CONNECTOR_ALLOW_PRIVATE and not all(is_public(address) for address in addresses):
        raise Unreachable("The address lies in a private network; messages go to public servers only.")
    return addresses[0]

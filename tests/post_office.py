"""A mail server of our own: what was handed over by SMTP is what arrived."""

import email
import email.policy
import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

logging.getLogger("mail.log").setLevel(logging.WARNING)


class PostOffice:
    """Keeps every message. `url` is an EMAIL_URL; who is in `gone` has no mailbox any more."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.letters: list[EmailMessage] = []
        self.controller = Controller(self, hostname="127.0.0.1", port=_free_port())

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.gone:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        letter = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        letter["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        self.letters.append(letter)
        return "250 kept"

    @property
    def port(self) -> int:
        return int(self.controller.port)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[EmailMessage]:
        return [letter for letter in self.letters if address in letter["X-Envelope-To"]]

    def await_letter(self, address: str, count: int = 1, patience: float = 20) -> EmailMessage:
        """The newest letter to somebody, once there are so many."""
        deadline = time.monotonic() + patience
        while len(found := self.to(address)) < count:
            assert time.monotonic() < deadline, f"{len(found)} letters to {address}, not {count}"
            time.sleep(0.1)
        return found[-1]


@contextmanager
def post_office() -> Iterator[PostOffice]:
    office = PostOffice()
    office.controller.start()
    try:
        yield office
    finally:
        office.controller.stop()


def text_of(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(letter: EmailMessage) -> str:
    """The address that the letter asks its reader to open."""
    return re.findall(r"https?://\S+/p/\S+", text_of(letter))[0]


def _free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])

"""What mail servers and mail providers report: undelivered mail (RFC 3464) and complaints (RFC 5965).

A report names the mail it is about by its Message-ID, in the headers that it returns. One that does not is nobody's.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final

from interactions.mails.parsing import (
    Part,
    bytes_of,
    head_of,
    header,
    leaves,
    one_line,
    text_of,
    type_of,
)

MAIL_ID: Final = re.compile(r"<([^<>\s]{3,200})>")
_STATUS: Final = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_REPLY: Final = re.compile(r"\b([45])[0-5]\d[ -]")
_ADDRESS: Final = re.compile(r"<?[^\s<>;:,]{1,320}@[^\s<>;,]+>?|(?:\+|\b00)\d[\d ().-]{5,20}\d|\b\d{9,15}\b")
"""Of mail, and numbers of phones."""
_RETURNED_ID: Final = re.compile(r"^message-id:\s*<([^<>\s]{3,200})>", re.IGNORECASE | re.MULTILINE)
_SERVERS: Final = frozenset({"mailer-daemon", "postmaster"})
_HEADS: Final = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"})
_WHOLE: Final = frozenset({"message/rfc822", "message/global"})
_MOST_WORDS: Final = 60_000


@dataclass(frozen=True)
class Bounce:
    """`action`: failed, delayed, delivered. `status`: as 5.1.1; `detail` without addresses."""

    mail_ids: tuple[str, ...]
    action: str
    status: str
    detail: str

    @property
    def is_hard(self) -> bool:
        return self.action == "failed" and self.status.startswith("5")

    @property
    def is_about_address(self) -> bool:
        """Whether the address will never work (RFC 3463). A full mailbox or a refusal of us says nothing of it."""
        _, subject, detail = self.status.split(".")
        return self.is_hard and (subject in ("0", "1", "4") or (subject, detail) in (("2", "0"), ("2", "1")))


@dataclass(frozen=True)
class Complaint:
    """`kind`: abuse, fraud, virus, opt-out, other. `reporter`: the program that says so."""

    mail_ids: tuple[str, ...]
    kind: str
    reporter: str


def report_in(message: Part, sender: str) -> Bounce | Complaint | None:
    """What a mail reports; None for one that is no report."""
    parts = list(leaves(message))
    if complaint := _complaint(parts):
        return complaint
    return _bounce(message, parts) or _old_bounce(parts, sender)


def _complaint(parts: list[Part]) -> Complaint | None:
    said = next((part for part in parts if type_of(part) == "message/feedback-report"), None)
    if said is None:
        return None
    fields = next(_blocks(said), None)
    kind = header(fields, "feedback-type").lower()[:40] if fields is not None else ""
    if fields is None or kind in ("", "not-spam", "auth-failure", "dmarc"):
        return None
    return Complaint(_returned_ids(parts), kind, header(fields, "user-agent")[:120])


def _bounce(message: Part, parts: list[Part]) -> Bounce | None:
    said = next(
        (
            part
            for part in parts
            if type_of(part) in ("message/delivery-status", "message/global-delivery-status")
        ),
        None,
    )
    if said is None:
        return None
    blocks = list(_blocks(said))
    of_recipient = next((block for block in blocks if header(block, "action")), None)
    if of_recipient is None:
        return None
    action = header(of_recipient, "action").lower()
    diagnosis = header(of_recipient, "diagnostic-code")
    status = _status_of(header(of_recipient, "status")) or _status_of(diagnosis)
    stated = [
        header(block, name) for block in blocks for name in ("original-message-id", "x-original-message-id")
    ]
    answered = [header(message, name) for name in ("in-reply-to", "references")]
    ids = (*_returned_ids(parts), *_ids_in(stated), *_ids_in(answered))
    return Bounce(ids, _action_of(action, status), status or _guess(action), without_addresses(diagnosis))


def _old_bounce(parts: list[Part], sender: str) -> Bounce | None:
    """As servers wrote before there was a format: from the postmaster, a status in the words, the mail below them."""
    if sender.partition("@")[0].lower() not in _SERVERS:
        return None
    words = "\n".join(text_of(part, _MOST_WORDS) for part in parts if type_of(part) == "text/plain")[
        :_MOST_WORDS
    ]
    found = _STATUS.search(words)
    reply = _REPLY.search(words)
    status = found[0] if found else f"{reply[1]}.0.0" if reply else ""
    ids = (*_returned_ids(parts), *_RETURNED_ID.findall(words))
    if not status or status.startswith("2") or not ids:
        return None
    place = (found or reply).start()  # type: ignore[union-attr]
    around = words[max(0, place - 20) : place + 120]
    return Bounce(
        ids, "failed" if status[0] == "5" else "delayed", status, without_addresses(one_line(around))
    )


def _blocks(part: Part) -> Iterator[Part]:
    """The groups of fields of a report, however the parser took them."""
    inner = part.get_payload()
    if isinstance(inner, list):
        yield from (one for one in inner[:50] if isinstance(one, Message))
    else:
        yield from (
            head_of(one) for one in re.split(rb"\r?\n\r?\n", bytes_of(part)[:65_536])[:50] if one.strip()
        )
    # Some senders encode the part, and then the fields stand in its text.
    for one in inner[:2] if isinstance(inner, list) else []:
        if isinstance(one, Message) and not one.keys():
            yield from (head_of(text) for text in re.split(rb"\r?\n\r?\n", bytes_of(one)[:65_536])[:50])


def _returned_ids(parts: Iterable[Part]) -> tuple[str, ...]:
    """Message-IDs of the mail that is returned, in its headers."""
    found: list[str] = []
    for part in parts:
        kind = type_of(part)
        if kind in _WHOLE:
            inner = part.get_payload()
            found += [
                header(one, "message-id")
                for one in (inner if isinstance(inner, list) else [])[:1]
                if isinstance(one, Message)
            ]
        elif kind in _HEADS:
            inner = part.get_payload()
            heads = inner[:1] if isinstance(inner, list) else [head_of(bytes_of(part))]
            found += [header(one, "message-id") for one in heads if isinstance(one, Message)]
    return _ids_in(found)


def _ids_in(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(found for value in values for found in MAIL_ID.findall(value[:4_000]))


def _status_of(text: str) -> str:
    found = _STATUS.search(text)
    return ".".join(str(int(number)) for number in found.groups()) if found else ""


def _action_of(action: str, status: str) -> str:
    if action in ("delivered", "relayed", "expanded"):
        return "delivered"
    return "failed" if action == "failed" and not status.startswith("4") else "delayed"


def _guess(action: str) -> str:
    return {"failed": "5.0.0", "delayed": "4.0.0"}.get(action, "2.0.0")


def without_addresses(text: str) -> str:
    """A diagnosis that can be kept: what looks like an address is taken out."""
    return one_line(_ADDRESS.sub("…", text))[:200]

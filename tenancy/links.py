"""Links for people who have no login: what they may open stands in the address itself, signed.

A link is `<kind, company, ids, end>` and its MAC (HMAC-SHA-256, RFC 2104, cut to 128 bits), in one URL-safe word
that names nobody. Nothing is looked up before the MAC holds, so guessing finds out nothing. The keys stand in
`LINK_KEYS`: the first signs, all of them read, so that a link in an old letter works after the keys have changed.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from uuid import UUID

from django.conf import settings
from django.urls import reverse

_MAC = 16
_ID = 16
_END = 5  # bytes of the end in seconds since 1970; 0 is no end
LONGEST = 200


class Kind(Enum):
    """What a link opens: its mark in the link, and how many ids it carries. A mark is for ever."""

    PREFERENCES = (1, 3)  # customer, contact point, mark of its address
    UNSUBSCRIBE = (2, 4)  # customer, contact point, mark of its address, purpose
    CONFIRM = (3, 2)  # customer, what is to be confirmed
    DATA = (4, 3)  # customer, contact point, mark of its address; its holder has just read mail there
    SUBSCRIBE = (5, 1)  # purpose; anybody's
    CALENDAR = (6, 1)  # calendar feed of a member
    MAIL = (7, 1)  # mailbox, for the mail server that hands over what came in
    NEWS = (8, 1)  # connector, for the provider that says what became of messages
    SURVEY = (9, 2)  # customer, what they are asked

    def __init__(self, mark: int, ids: int) -> None:
        self.mark, self.ids = mark, ids


_KINDS = {kind.mark: kind for kind in Kind}
_PROGRAMS = {Kind.CALENDAR: "feed", Kind.MAIL: "mailbox", Kind.NEWS: "connector"}


@dataclass(frozen=True)
class Link:
    """A link that we made ourselves. Its rows may be gone since, and it may have ended: ask `has_ended`."""

    kind: Kind
    tenant_id: UUID
    ids: tuple[UUID, ...]
    expires_at: datetime | None
    token: str

    @property
    def actor(self) -> str:
        """For the audit: `person:<customer>`, `person` where nobody is known yet, `feed:<feed>` for a calendar."""
        if self.kind in _PROGRAMS:
            return f"{_PROGRAMS[self.kind]}:{self.ids[0]}"
        return "person" if self.kind is Kind.SUBSCRIBE else f"person:{self.ids[0]}"

    @property
    def is_for_programs(self) -> bool:
        """Whether a server calls it for many people, not one person for themselves."""
        return self.kind in (Kind.MAIL, Kind.NEWS)

    @property
    def name(self) -> str:
        """Tells links apart in keys and limits, and opens nothing."""
        return hashlib.sha256(self.token.encode()).hexdigest()[:32]

    def has_ended(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at


def sign(kind: Kind, tenant_id: UUID, *ids: UUID, expires_at: datetime | None = None) -> str:
    """The word that stands in the address. `expires_at` (aware) is kept to the second."""
    if len(ids) != kind.ids:
        raise ValueError(f"A link of kind {kind.name} carries {kind.ids} ids, not {len(ids)}.")
    end = int(expires_at.timestamp()) if expires_at else 0
    body = bytes([kind.mark]) + tenant_id.bytes + b"".join(i.bytes for i in ids) + end.to_bytes(_END, "big")
    return _word(body + _mac(body, _keys()[0]))


def read(token: str) -> Link | None:
    """What a link says; None for anything that we did not write letter for letter."""
    raw = _bytes(token)
    if raw is None or len(raw) <= _MAC + _END:
        return None
    body, mac = raw[:-_MAC], raw[-_MAC:]
    held = [hmac.compare_digest(_mac(body, key), mac) for key in _keys()]
    kind = _KINDS.get(body[0])
    if not any(held) or kind is None or len(body) != 1 + _ID * (1 + kind.ids) + _END:
        return None
    tenant_id, *ids = _ids(body[1:-_END])
    end = int.from_bytes(body[-_END:], "big")
    return Link(kind, tenant_id, tuple(ids), datetime.fromtimestamp(end, UTC) if end else None, token)


def public_url(name: str, token: str) -> str:
    """The full address of a public page, for letters: PUBLIC_URL says under which host we are reached."""
    return f"{settings.PUBLIC_URL}{reverse(name, args=[token])}"


def _keys() -> list[bytes]:
    return [hashlib.sha256(b"cornershop link:" + key.encode()).digest() for key in settings.LINK_KEYS]


def _mac(body: bytes, key: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha256).digest()[:_MAC]


def _ids(raw: bytes) -> Iterator[UUID]:
    return (UUID(bytes=raw[at : at + _ID]) for at in range(0, len(raw), _ID))


def _word(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(token: str) -> bytes | None:
    """The bytes of a word; None where another spelling of the same bytes was sent."""
    if len(token) > LONGEST or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (Error, ValueError):
        return None
    return raw if _word(raw) == token else None

"""Keyed hashes: of addresses, so that a refusal outlives erasure; of the ledger's rows, so that tampering shows.

HMAC-SHA-256 (RFC 2104) under keys that stand in the environment, never in the database. Each company has keys of its
own, derived from them; a hash says which key made it ("k3f2a:9c1d..."), so that keys can follow each other.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.conf import settings

_BLOCK = 64  # bytes of a block of SHA-256


class UnknownKey(ValueError):
    """A hash was made under a key that this installation does not have."""


@dataclass(frozen=True)
class Key:
    """One key of one company. `inner` and `outer` are the two pads of RFC 2104, for SQL that hashes by itself."""

    name: str
    secret: bytes

    @property
    def inner(self) -> bytes:
        return bytes(byte ^ 0x36 for byte in self.secret.ljust(_BLOCK, b"\0"))

    @property
    def outer(self) -> bytes:
        return bytes(byte ^ 0x5C for byte in self.secret.ljust(_BLOCK, b"\0"))

    def hash(self, message: bytes) -> str:
        """`<key>:<64 hexadecimal digits>`."""
        return f"{self.name}:{hmac.new(self.secret, message, hashlib.sha256).hexdigest()}"


def keys_of(tenant_id: UUID, use: str) -> tuple[Key, ...]:
    """The company's keys for one use ("address", "chain"), the one that writes first."""
    return tuple(_derived(secret, tenant_id, use) for secret in settings.PRIVACY_KEYS)


@lru_cache(maxsize=4096)
def _derived(secret: str, tenant_id: UUID, use: str) -> Key:
    name = "k" + hashlib.sha256(b"name:" + secret.encode()).hexdigest()[:4]
    derived = hmac.new(secret.encode(), f"cornershop:{use}:{tenant_id}".encode(), hashlib.sha256).digest()
    return Key(name, derived)


def key_named(tenant_id: UUID, use: str, name: str) -> Key:
    """Raises UnknownKey where the installation lost a key, or got another SECRET_KEY without keeping the old one."""
    for key in keys_of(tenant_id, use):
        if key.name == name:
            return key
    raise UnknownKey(f"No key {name!r} here: add the old key to PRIVACY_KEYS, after the one in use.")


def address_message(kind: str, value_key: str) -> bytes:
    """What is hashed of an address: its kind and normal form (crm.keys.value_key)."""
    return f"{kind}:{value_key}".encode()


def address_hash(tenant_id: UUID, kind: str, value_key: str) -> str:
    """The hash under the key in use; written with what is recorded from now on."""
    return keys_of(tenant_id, "address")[0].hash(address_message(kind, value_key))


def address_hashes(tenant_id: UUID, kind: str, value_key: str) -> Sequence[str]:
    """The hashes under every key: what was recorded under an older one is found too."""
    message = address_message(kind, value_key)
    return [key.hash(message) for key in keys_of(tenant_id, "address")]

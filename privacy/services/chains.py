"""What holds the ledger together: each event carries a keyed digest of itself and of the one before.

HMAC-SHA-256 under the company's chain key, which is not in the database: whoever may change rows there, its owner too,
cannot write a digest that fits.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from privacy.keys import key_named, keys_of
from privacy.models import ConsentEvent
from tenancy.context import current_tenant_id

# Every column but the digest itself. A column that joins later is written only where it says something, so that
# what was digested before still fits.
CHAINED = (
    "id", "tenant_id", "customer_id", "sequence", "action", "channel", "purposes", "brand", "regime", "method",
    "source", "actor", "occurred_at", "recorded_at", "wording", "wording_digest", "notice_id", "notice_version",
    "language", "evidence", "documentation_record", "written_agreement", "record", "until", "address_hash", "key",
    "text_digest", "previous",
)  # fmt: skip


def event_digest(event: ConsentEvent, *, key: str = "") -> str:
    """The digest that belongs into `event.digest`; under the key of that name, or the one in use."""
    said = {name: _plain(getattr(event, name)) for name in CHAINED}
    return _digest({name: value for name, value in said.items() if value}, key)


def text_digest(*, event_id: UUID, address: str, words: str, detail: Mapping[str, Any], key: str = "") -> str:
    """The digest of an event's personal text; empty where it has none."""
    if not (address or words or detail):
        return ""
    said = {"event": str(event_id), "address": address, "words": words, "detail": dict(detail)}
    return _digest(said, key)


def key_of(digest: str) -> str:
    """The name of the key that made a digest."""
    return digest.partition(":")[0]


def _digest(said: dict[str, Any], key: str) -> str:
    tenant_id = current_tenant_id()
    found = key_named(tenant_id, "chain", key) if key else keys_of(tenant_id, "chain")[0]
    return found.hash(json.dumps(said, sort_keys=True, separators=(",", ":")).encode())


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value

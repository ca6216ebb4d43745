"""One key, one effect: the first request claims the key, later ones wait for its answer and repeat it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from tenancy.context import current_actor, current_tenant_id
from tenancy.db.ids import new_id
from tenancy.models import IdempotencyRecord

KEPT_FOR = timedelta(hours=24)


class KeyBusy(Exception):
    """Another request with the same key is still running."""


class KeyReused(Exception):
    """The key was used for another request."""


@dataclass(frozen=True)
class Answer:
    """What was answered the first time."""

    status: int
    headers: dict[str, str]
    body: bytes


# A row older than a day is taken over; a younger one stays, and nothing is returned.
_CLAIM = """
SET LOCAL lock_timeout = '10s';
INSERT INTO tenancy_idempotencyrecord AS r
       (tenant_id, id, actor, key, route, digest, headers, body, created_at)
VALUES (%(tenant)s, %(id)s, %(actor)s, %(key)s, %(route)s, %(digest)s, '{}', '', %(now)s)
ON CONFLICT (tenant_id, actor, key) DO UPDATE
   SET route = excluded.route, digest = excluded.digest, status = NULL, headers = '{}', body = '',
       created_at = excluded.created_at
 WHERE r.created_at < %(oldest)s
RETURNING id
"""


def claim_key(*, key: str, route: str, digest: bytes) -> Answer | None:
    """Claim `key` for the current actor; the earlier answer if there is one, None: go on.

    Waits up to ten seconds for a request that holds the key. Raises KeyBusy, KeyReused.
    """
    if _claimed(key, route, digest, now=timezone.now()):
        return None
    record = IdempotencyRecord.objects.get(actor=current_actor(), key=key)
    if bytes(record.digest) != digest:
        raise KeyReused
    if record.status is None:
        raise KeyBusy
    return Answer(record.status, record.headers, bytes(record.body))


def _claimed(key: str, route: str, digest: bytes, *, now: datetime) -> bool:
    values: dict[str, Any] = {
        "tenant": current_tenant_id(), "id": new_id(), "actor": current_actor(), "key": key,
        "route": route[:500], "digest": digest, "now": now, "oldest": now - KEPT_FOR,
    }  # fmt: skip
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_CLAIM, values)
            found = cursor.fetchone()
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except OperationalError as error:
        if "lock timeout" in str(error):
            raise KeyBusy from None
        raise
    return found is not None


def keep_answer(*, key: str, answer: Answer) -> None:
    """Remember what was answered, for later requests with the same key."""
    IdempotencyRecord.objects.filter(actor=current_actor(), key=key).update(
        status=answer.status, headers=answer.headers, body=answer.body
    )


def release_key(*, key: str) -> None:
    """Nothing happened: the key may be tried again."""
    IdempotencyRecord.objects.filter(actor=current_actor(), key=key).delete()


def forget_old_answers() -> int:
    """Delete answers older than a day. Returns how many."""
    old = IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)
    return old.delete()[0]

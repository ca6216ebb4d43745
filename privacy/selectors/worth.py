"""What consents are worth, by the rules of privacy.policy.ledger: each customer's whole chain decides.

Only what customers said themselves is read here; the gate also knows stops that came for an address they share.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from privacy.models import ConsentEvent, Purpose
from privacy.models.purpose import Channel
from privacy.policy import Standing, standing
from privacy.policy.facts import Event
from privacy.policy.ledger import MARKETING_CLASSES
from privacy.selectors.call_records import need_a_record
from privacy.selectors.consents import policy_event
from tenancy.context import current_tenant_id

Key = tuple[str, str]
"""Purpose and channel; either may be `*`."""

_RANGES: Final = """
SELECT customer_id, lead(before, 1, last) OVER (ORDER BY customer_id),
       lead(place, 1, total + 1) OVER (ORDER BY customer_id) - place
  FROM (SELECT customer_id, lag(customer_id) OVER (ORDER BY customer_id) AS before,
               row_number() OVER (ORDER BY customer_id) AS place, count(*) OVER () AS total,
               first_value(customer_id) OVER (ORDER BY customer_id DESC) AS last
          FROM privacy_consentchain WHERE tenant_id = %(tenant)s) AS numbered
 WHERE (place - 1) %% %(size)s = 0
 ORDER BY customer_id
"""


def chain_ranges(size: int) -> list[tuple[UUID, UUID, int]]:
    """First and last customer of every `size` of those who ever said anything, and how many they are."""
    with connection.cursor() as cursor:
        cursor.execute(_RANGES, {"tenant": current_tenant_id(), "size": size})
        return [(UUID(str(first)), UUID(str(last)), count) for first, last, count in cursor.fetchall()]


@dataclass(frozen=True)
class Worth:
    """How a customer's latest word on a purpose and channel stands."""

    customer_id: UUID
    purpose: str
    channel: str
    standing: Standing


def worths_between(first: UUID, last: UUID, *, as_of: datetime) -> Iterator[Worth]:
    """Of all customers in a range of ids (both ends belong to it), in order of id."""
    rows = ConsentEvent.objects.filter(customer_id__gte=first, customer_id__lte=last, recorded_at__lte=as_of)
    yield from _worths(rows.order_by("customer_id", "sequence").iterator(chunk_size=5_000), as_of)


def worths_of(customer_ids: Collection[UUID], *, as_of: datetime) -> dict[UUID, dict[Key, Standing]]:
    """Of a few customers: by purpose and channel on which they ever agreed."""
    rows = ConsentEvent.objects.filter(customer_id__in=customer_ids, recorded_at__lte=as_of)
    found: dict[UUID, dict[Key, Standing]] = defaultdict(dict)
    for one in _worths(rows.order_by("customer_id", "sequence"), as_of):
        found[one.customer_id][(one.purpose, one.channel)] = one.standing
    return found


def _worths(rows: Iterable[ConsentEvent], as_of: datetime) -> Iterator[Worth]:
    """Customers come one after the other; they are judged a few hundred at a time."""
    marketing = _marketing_by_key()
    batch: dict[UUID, list[Event]] = {}
    for row in rows:
        if row.customer_id not in batch and len(batch) == 500:
            yield from _judged(batch, marketing, as_of)
            batch = {}
        batch.setdefault(row.customer_id, []).append(policy_event(row))
    yield from _judged(batch, marketing, as_of)


def _marketing_by_key() -> dict[str, bool]:
    """Whether a stop of marketing reaches the purpose; unknown ones are taken for marketing."""
    classes = Purpose.objects.values_list("key", "purpose_class")
    return {key: purpose_class in MARKETING_CLASSES for key, purpose_class in classes}


def _judged(batch: dict[UUID, list[Event]], marketing: dict[str, bool], as_of: datetime) -> Iterator[Worth]:
    calls = [
        of for of, events in batch.items() if any(event.channel in (Channel.PHONE, "*") for event in events)
    ]
    recorded = need_a_record(calls)
    for customer_id, events in batch.items():
        for purpose, channel in asked_of(events):
            found = standing(
                events, channel, purpose, now=as_of, marketing=marketing.get(purpose, True),
                needs_record=customer_id in recorded and channel in (Channel.PHONE, "*"),
            )  # fmt: skip
            yield Worth(customer_id, purpose, channel, found)


def asked_of(events: Sequence[Event]) -> list[Key]:
    """Every purpose and channel that a grant in the chain names."""
    return sorted({(key, one.channel) for one in events if one.action == "grant" for key in one.purposes})

"""Whether the ledger is as it was written: a change by whoever has the database is noticed, its owner included.

Every chain is walked from its first event: digests, places, order of recording, the end that the chain remembers, and
the personal texts that are still there. What the timeline says was recorded must be there, so that a tail that was cut
together with its remembered end is missed too. What cannot be seen: a tail cut out of all three places; only a copy
kept elsewhere (the `heads` of an earlier run) shows that.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from crm.models import TimelineEntry
from privacy.keys import UnknownKey
from privacy.models import ConsentChain, ConsentEvent, ConsentText
from privacy.services.chains import event_digest, key_of, text_digest
from tenancy.registries import LedgerVerdict

CHUNK = 500  # chains looked at together
MOST_DIFFERENCES = 100


@dataclass
class _Count:
    chains: int = 0
    events: int = 0
    texts: int = 0
    texts_erased: int = 0
    heads: list[str] = field(default_factory=list)


def verify_chains() -> LedgerVerdict:
    """Walk every consent chain of the active company. At most MOST_DIFFERENCES are told."""
    count = _Count()
    differences: list[str] = []
    for found in _differences(count):
        differences.append(found)
        if len(differences) >= MOST_DIFFERENCES:
            break
    counts = {"chains": count.chains, "events": count.events, "texts": count.texts,
              "texts_erased": count.texts_erased}  # fmt: skip
    return LedgerVerdict(
        "consents", counts, sha256("".join(count.heads).encode()).hexdigest(), tuple(differences)
    )


def verify_chain(customer_id: UUID) -> list[str]:
    """The differences in one customer's chain."""
    return _checked([customer_id], _Count()).get(customer_id, [])


def _differences(count: _Count) -> Iterator[str]:
    for customer_ids in _chunks():
        for customer_id in _checked(customer_ids, count):
            # Somebody may have recorded between our statements: hold the chain and look again.
            list(ConsentChain.objects.select_for_update().filter(customer_id=customer_id))
            yield from _checked([customer_id], _Count()).get(customer_id, [])


def _chunks() -> Iterator[list[UUID]]:
    """Customers who have a chain, or events without one, in order of id."""
    after = UUID(int=0)
    while True:
        chains = ConsentChain.objects.filter(customer_id__gt=after).order_by("customer_id")
        events = ConsentEvent.objects.filter(customer_id__gt=after, sequence=1).order_by("customer_id")
        ids = {
            *chains.values_list("customer_id", flat=True)[:CHUNK],
            *events.values_list("customer_id", flat=True)[:CHUNK],
        }
        chunk = sorted(ids)[:CHUNK]
        if not chunk:
            return
        yield chunk
        after = chunk[-1]


def _checked(customer_ids: Sequence[UUID], count: _Count) -> dict[UUID, list[str]]:
    """Customer -> differences, of those who have any. Four statements."""
    chains = ConsentChain.objects.in_bulk(customer_ids, field_name="customer_id")
    events: dict[UUID, list[ConsentEvent]] = defaultdict(list)
    for event in ConsentEvent.objects.filter(customer_id__in=customer_ids).order_by("sequence"):
        events[event.customer_id].append(event)
    texts = {text.event_id: text for text in ConsentText.objects.filter(event__customer_id__in=customer_ids)}
    told = _told(customer_ids)
    found = {}
    for customer_id in customer_ids:
        one = _Walk(chains.get(customer_id), events[customer_id], texts, told[customer_id])
        if wrong := [f"customer {customer_id}: {words}" for words in one.differences(count)]:
            found[customer_id] = wrong
    return found


def _told(customer_ids: Iterable[UUID]) -> dict[UUID, set[str]]:
    """Ids of the events of which the timeline knows."""
    rows = TimelineEntry.objects.filter(customer_id__in=customer_ids, kind="consent")
    found: dict[UUID, set[str]] = defaultdict(set)
    for customer_id, key in rows.values_list("customer_id", "key"):
        found[customer_id].add(key.removeprefix("consent:"))
    return found


@dataclass(frozen=True)
class _Walk:
    chain: ConsentChain | None
    events: Sequence[ConsentEvent]
    texts: dict[UUID, ConsentText]
    told: set[str]

    def differences(self, count: _Count) -> Iterator[str]:
        count.chains += 1
        count.events += len(self.events)
        before: ConsentEvent | None = None
        for event in self.events:
            yield from self._of_event(event, before)
            yield from self._of_text(event, count)
            before = event
        yield from self._of_end(before)
        if lost := self.told - {str(event.id) for event in self.events}:
            yield f"event {min(lost)} stands on the timeline and is not in the ledger"
        count.heads.append(before.digest if before else "")

    def _of_event(self, event: ConsentEvent, before: ConsentEvent | None) -> Iterator[str]:
        place = f"event {event.sequence} ({event.id})"
        if event.sequence != (before.sequence + 1 if before else 1):
            yield f"what stood before {place} is missing"
        elif event.previous != (before.digest if before else ""):
            yield f"{place} does not follow the one before it"
        if before and event.recorded_at < before.recorded_at:
            yield f"{place} says it was recorded before the one before it"
        try:
            if event.digest != event_digest(event, key=key_of(event.digest)):
                yield f"{place} is not as it was written"
        except UnknownKey as error:
            yield f"{place} cannot be verified: {error}"

    def _of_text(self, event: ConsentEvent, count: _Count) -> Iterator[str]:
        text = self.texts.get(event.id)
        if text is None:
            count.texts_erased += bool(event.text_digest)
            return
        count.texts += 1
        try:
            digest = text_digest(
                event_id=event.id, address=text.address, words=text.words, detail=text.detail,
                key=key_of(event.text_digest),
            )  # fmt: skip
        except UnknownKey:
            return  # told with its event
        if digest != event.text_digest:
            yield f"the text of event {event.sequence} ({event.id}) is not as it was written"

    def _of_end(self, last: ConsentEvent | None) -> Iterator[str]:
        if self.chain is None:
            yield "its events have no chain"
        elif (self.chain.events, self.chain.head) != (
            last.sequence if last else 0,
            last.digest if last else "",
        ):
            yield f"the chain ends at event {self.chain.events}, what is there ends at {last.sequence if last else 0}"

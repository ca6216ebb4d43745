"""The one writer of the consent ledger.

Recording takes the locks that a permit takes (privacy.services.locks): a withdrawal waits for a message that is being
handed over, and no message leaves after its withdrawal. The statements do not grow with the entries.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from crm.keys import AddressRefused, value_key
from crm.models import ContactPoint, Customer
from privacy.keys import address_hash, address_message, key_named
from privacy.models import ConsentChain, ConsentEvent, ConsentText
from privacy.selectors.consents import purpose_names
from privacy.services.chains import event_digest, key_of, text_digest
from privacy.services.consent_effects import apply_effects
from privacy.services.consent_entries import SKEW, ConsentEntry, ConsentRefused, check_entry
from privacy.services.locks import lock_addresses, lock_chains
from tenancy.context import current_actor, current_tenant_id
from tenancy.db.ids import new_id
from tenancy.models import TenantProfile

__all__ = ["ConsentEntry", "ConsentRefused", "Recorded", "record_consent", "record_consents", "record_each"]


@dataclass(frozen=True)
class Recorded:
    """What became of an entry. `is_new` is false where the same key had said the same before."""

    event: ConsentEvent
    is_new: bool


def record_consent(entry: ConsentEntry, *, who: str = "") -> Recorded:
    """Record one entry. Raises ConsentRefused."""
    return record_consents([entry], who=who)[0]


def record_consents(entries: Sequence[ConsentEntry], *, who: str = "") -> list[Recorded]:
    """Record all of them or none, in the order given; `who` is shown on the timeline. Raises ConsentRefused."""
    with transaction.atomic():
        answers = record_each(entries, who=who)
        for answer in answers:
            if isinstance(answer, ConsentRefused):
                raise answer
    return [answer for answer in answers if isinstance(answer, Recorded)]


def record_each(entries: Sequence[ConsentEntry], *, who: str = "") -> list[Recorded | ConsentRefused]:
    """Record those that can be; the answer of each is at its place. One transaction."""
    with transaction.atomic():
        answers: dict[int, Recorded | ConsentRefused] = {}
        said = _prepared(entries, answers)
        chains = lock_chains(one.entry.customer_id for one in said.values())
        lock_addresses(one.address_hash for one in said.values() if one.entry.is_stop)
        batch = _Batch(chains, _known(said.values()), _now(chains))
        for place, one in said.items():
            answers[place] = _answer(batch, one, place)
        batch.write()
        apply_effects(batch.added, who=who)
    return [answers[place] for place in range(len(entries))]


@dataclass(frozen=True)
class _Said:
    """An entry that is in order by itself, with the address it is about in its normal form."""

    entry: ConsentEntry
    kind: str = ""
    value: str = ""
    value_key: str = ""

    @property
    def address_hash(self) -> str:
        return address_hash(current_tenant_id(), self.kind, self.value_key) if self.kind else ""


def _prepared(
    entries: Sequence[ConsentEntry], answers: dict[int, Recorded | ConsentRefused]
) -> dict[int, _Said]:
    """Place -> entry that may be recorded; the refusals go to `answers`."""
    countries = _countries(entries)
    points = _points(entries)
    purposes = purpose_names()
    found = {}
    for place, entry in enumerate(entries):
        try:
            check_entry(entry, purposes)
            found[place] = _said(entry, countries, points)
        except ConsentRefused as refused:
            refused.place = place
            answers[place] = refused
    return found


def _countries(entries: Iterable[ConsentEntry]) -> dict[UUID, str]:
    ids = {entry.customer_id for entry in entries}
    return dict(Customer.objects.filter(id__in=ids).values_list("id", "country"))


def _points(entries: Iterable[ConsentEntry]) -> dict[UUID, ContactPoint]:
    ids = {entry.contact_point_id for entry in entries} - {None}
    return {point.id: point for point in ContactPoint.objects.filter(id__in=ids)} if ids else {}


def _said(entry: ConsentEntry, countries: Mapping[UUID, str], points: Mapping[UUID, ContactPoint]) -> _Said:
    if entry.customer_id not in countries:
        raise ConsentRefused("There is no such customer.", field="customer", code="unknown_customer")
    if entry.contact_point_id:
        point = points.get(entry.contact_point_id)
        if point is None or point.customer_id != entry.customer_id:
            raise ConsentRefused("The customer has no such contact point.", field="contact_point")
        return _Said(entry, point.kind, point.value, point.value_key)
    if entry.address:
        kind, value = entry.address
        return _Said(entry, kind, value.strip(), _address_key(kind, value, countries[entry.customer_id]))
    return _Said(entry)


def _address_key(kind: str, value: str, country: str) -> str:
    if kind not in ContactPoint.Kind.values or not value.strip() or len(value) > 400:
        raise ConsentRefused("Say an address and of which kind it is.", field="contact_point")
    try:
        return value_key(kind, value, country=country or TenantProfile.objects.get().country)
    except AddressRefused as error:
        raise ConsentRefused(str(error), field="contact_point") from None


def _known(said: Iterable[_Said]) -> dict[tuple[UUID, str], ConsentEvent]:
    """What was recorded under the keys that the entries bring, read after the lock."""
    keyed = [one.entry for one in said if one.entry.key]
    if not keyed:
        return {}
    rows = ConsentEvent.objects.filter(
        customer_id__in={entry.customer_id for entry in keyed}, key__in={entry.key for entry in keyed}
    )
    return {(row.customer_id, row.key): row for row in rows}


def _now(chains: Mapping[UUID, ConsentChain]) -> datetime:
    """The database's clock, never before what these chains hold already (its clock may be set back)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT greatest(clock_timestamp(), max(e.recorded_at)) FROM privacy_consentchain AS c "
            "JOIN privacy_consentevent AS e ON e.tenant_id = c.tenant_id AND e.customer_id = c.customer_id "
            "AND e.sequence = c.events WHERE c.tenant_id = %s AND c.customer_id = ANY(%s)",
            [current_tenant_id(), list(chains)],
        )
        now: datetime = cursor.fetchone()[0]
    return now


class _Batch:
    """The events that are added at one moment to chains that are held."""

    def __init__(
        self, chains: dict[UUID, ConsentChain], known: dict[tuple[UUID, str], ConsentEvent], now: datetime
    ) -> None:
        self.chains, self.known, self.now = chains, known, now
        self.tenant_id, self.actor = current_tenant_id(), current_actor()[:60]
        self.added: list[ConsentEvent] = []
        self.texts: list[ConsentText] = []

    def add(self, one: _Said) -> ConsentEvent:
        chain = self.chains[one.entry.customer_id]
        event_id = new_id()
        text = _text(one, event_id)
        event = ConsentEvent(
            id=event_id, tenant_id=self.tenant_id, customer_id=one.entry.customer_id, actor=self.actor,
            sequence=chain.events + 1, previous=chain.head, recorded_at=self.now,
            occurred_at=_occurred(one.entry, self.now), address_hash=one.address_hash,
            key=one.entry.key or str(event_id), text_digest=_digest_of(text), **one.entry.columns(),
        )  # fmt: skip
        event.digest = event_digest(event)
        chain.events, chain.head = event.sequence, event.digest
        self.known[(event.customer_id, event.key)] = event
        self.added.append(event)
        if event.text_digest:
            self.texts.append(text)
        return event

    def write(self) -> None:
        ConsentEvent.objects.bulk_create(self.added)
        ConsentText.objects.bulk_create(self.texts)


def _answer(batch: _Batch, one: _Said, place: int) -> Recorded | ConsentRefused:
    entry = one.entry
    if entry.occurred_at and entry.occurred_at > batch.now + SKEW:
        message = f"That is in the future; it is {batch.now:%Y-%m-%d %H:%M} UTC now."
        return ConsentRefused(message, field="occurred_at", code="future", place=place)
    known = batch.known.get((entry.customer_id, entry.key)) if entry.key else None
    if known is None:
        return Recorded(batch.add(one), is_new=True)
    if _says_the_same(known, one):
        return Recorded(known, is_new=False)
    message = f"The key {entry.key!r} was used for something else; use another."
    return ConsentRefused(message, field="key", code="key_reused", place=place)


def _occurred(entry: ConsentEntry, recorded_at: datetime) -> datetime | None:
    """Never later than its recording: by a clock that is ahead a grant would beat a later stop."""
    if entry.occurred_at is None:
        return recorded_at if entry.is_stop else None
    return min(entry.occurred_at, recorded_at)


def _text(one: _Said, event_id: UUID) -> ConsentText:
    return ConsentText(
        event_id=event_id, address=one.value, words=one.entry.words, detail=one.entry.kept_detail
    )


def _digest_of(text: ConsentText, key: str = "") -> str:
    return text_digest(
        event_id=text.event_id, address=text.address, words=text.words, detail=text.detail, key=key
    )  # fmt: skip


def _says_the_same(known: ConsentEvent, one: _Said) -> bool:
    """Whether an entry has the content of an event; hashes are compared under the keys that made them."""
    columns = {**one.entry.columns(), "occurred_at": _occurred(one.entry, known.recorded_at)}
    if any(getattr(known, name) != value for name, value in columns.items()):
        return False
    if bool(known.address_hash) != bool(one.kind):
        return False
    if one.kind and _hash_under(known.address_hash, one) != known.address_hash:
        return False
    return known.text_digest == _digest_of(_text(one, known.id), key_of(known.text_digest))


def _hash_under(known: str, one: _Said) -> str:
    return key_named(current_tenant_id(), "address", key_of(known)).hash(
        address_message(one.kind, one.value_key)
    )

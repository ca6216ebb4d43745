"""What the ledger says of one customer: the events with their proof, and the state by purpose and channel."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from crm.models import ContactPoint, Customer
from crm.selectors.records import contact_points_of
from crm.selectors.scope import visible_customers, visible_portfolios
from privacy.keys import address_hashes
from privacy.models import ConsentEvent, Notice, Purpose
from privacy.models.consent import EVERY_CHANNEL
from privacy.models.purpose import POINT_OF_CHANNEL, Channel
from privacy.policy.facts import Event
from privacy.policy.ledger import ALL, PROFILING, SALE, SHARING, Standing, standing
from privacy.selectors.call_records import need_a_record
from privacy.selectors.purposes import channels_of, purposes_asked_about
from tenancy.access import Access
from tenancy.context import current_tenant_id

SPECIAL = {ALL: "everything", PROFILING: "profiling", SALE: "sale of data", SHARING: "sharing with others"}
"""Words of the ledger that are not purposes of the company's own."""


def purpose_names() -> dict[str, str]:
    """Key -> name of everything that can stand in the ledger: purposes, archived ones too, and `SPECIAL`."""
    return {**SPECIAL, **dict(Purpose.objects.values_list("key", "name"))}


def title_of(event: ConsentEvent, names: dict[str, str]) -> str:
    """What happened in a line; `names` are those of purposes by key. No address is in it."""
    told = ", ".join(names.get(key, key) for key in event.purposes)
    channel = "" if event.channel == EVERY_CHANNEL else f" by {event.get_channel_display()}"
    return f"{event.get_action_display().capitalize()}: {told}{channel}"


def policy_event(row: ConsentEvent) -> Event:
    """A row of the ledger as the contact policy reads it."""
    return Event(
        action=row.action, channel=row.channel, purposes=tuple(row.purposes), recorded_at=row.recorded_at,
        occurred_at=row.occurred_at, method=row.method or None, source=row.source or None, wording=row.wording,
        notice_version=row.notice_version or None, evidence=tuple(row.evidence),
        documentation_record=row.documentation_record or None, written_agreement=row.written_agreement,
        record=row.record, id=str(row.id), address_hash=row.address_hash or None, until=row.until,
    )  # fmt: skip


def events_of(customer_id: UUID) -> QuerySet[ConsentEvent]:
    """A customer's chain, in order of arrival, with its personal texts and notices."""
    return (
        ConsentEvent.objects.filter(customer_id=customer_id)
        .select_related("personal", "notice")
        .order_by("sequence")
    )


def visible_events(access: Access) -> QuerySet[ConsentEvent]:
    """The events of customers in the caller's scope."""
    portfolios = visible_portfolios(access)
    if portfolios is None:
        return ConsentEvent.objects.all()
    return ConsentEvent.objects.filter(customer__summary__portfolio_id__in=portfolios)


def visible_event(access: Access, event_id: UUID) -> ConsentEvent | None:
    """One event with its personal text and notice."""
    return visible_events(access).select_related("personal", "notice").filter(id=event_id).first()


def known_customers(
    access: Access, ids: Collection[UUID], numbers: Collection[str]
) -> dict[UUID | str, UUID]:
    """Id or number -> id, of those in the scope; also from the trash: whoever lies there may still say stop."""
    return {
        name: customer_id
        for trashed in (False, True)
        for name, customer_id in _named(visible_customers(access, trashed=trashed), ids, numbers).items()
    }


def customers_here(ids: Collection[UUID], numbers: Collection[str]) -> dict[UUID | str, UUID]:
    """The same of everybody in the company: a refusal is taken from whoever says it, whoever answers for them."""
    return _named(Customer.objects.all(), ids, numbers)


def _named(
    rows: QuerySet[Customer], ids: Collection[UUID], numbers: Collection[str]
) -> dict[UUID | str, UUID]:
    named = rows.filter(Q(id__in=ids) | Q(external_id__in=numbers)).values_list("id", "external_id")
    return {name: customer_id for customer_id, number in named for name in (customer_id, number) if name}


def notices_by_id(ids: Collection[UUID]) -> dict[UUID, Notice]:
    return Notice.objects.in_bulk(ids) if ids else {}


def profiling_stopped(customer_ids: Collection[UUID], *, now: datetime) -> dict[UUID, datetime]:
    """Those of the customers who stopped profiling -> since when. One statement."""
    rows = ConsentEvent.objects.filter(customer_id__in=customer_ids, purposes__overlap=[PROFILING, ALL])
    said: dict[UUID, list[Event]] = defaultdict(list)
    for row in rows:
        said[row.customer_id].append(policy_event(row))
    found = {of: standing(events, ALL, PROFILING, now=now, marketing=False) for of, events in said.items()}
    return {of: it.since or now for of, it in found.items() if it.state == "stopped"}


@dataclass(frozen=True)
class State:
    """What a customer said of one purpose on one channel, and by which event that is known."""

    purpose: Purpose
    channel: str
    standing: Standing
    event: ConsentEvent | None


def states_of(customer: Customer) -> list[State]:
    """What the ledger says today of every purpose that is asked about, on every channel it is offered on.

    The ledger alone: whether a message may go is the gate's to say, which knows the law, caps and hours too.
    """
    events = list(events_of(customer.id))
    by_address = _stops_by_kind(customer)
    known = {
        str(event.id): event for event in [*events, *(s for stops in by_address.values() for s in stops)]
    }
    now, recorded = timezone.now(), bool(need_a_record([customer.id]))
    return [
        State(purpose, channel, found, known.get(str(found.event.id)) if found.event else None)
        for purpose, channel in _offered()
        for said in [[*events, *by_address.get(POINT_OF_CHANNEL.get(channel, ""), [])]]
        for found in [_standing(said, purpose, channel, now=now, recorded=recorded)]
    ]


def _offered() -> list[tuple[Purpose, str]]:
    return [(purpose, channel) for purpose in purposes_asked_about() for channel in channels_of(purpose)]


def _standing(
    events: Sequence[ConsentEvent], purpose: Purpose, channel: str, *, now: datetime, recorded: bool
) -> Standing:
    return standing(
        [policy_event(event) for event in events], channel, purpose.key, now=now,
        marketing=purpose.is_marketing,
        needs_record=recorded and channel == Channel.PHONE,
    )  # fmt: skip


def shared_stops(customer: Customer) -> list[ConsentEvent]:
    """Stops that other records said for an address which this customer has too."""
    return [stop for stops in _stops_by_kind(customer).values() for stop in stops]


def _stops_by_kind(customer: Customer) -> dict[str, list[ConsentEvent]]:
    hashes = {said: point.kind for point in contact_points_of(customer.id) for said in _hashes(point)}
    found: dict[str, list[ConsentEvent]] = defaultdict(list)
    for row in stops_for(list(hashes)):
        if row.customer_id != customer.id:
            found[hashes[row.address_hash]].append(row)
    return found


def stops_for(hashes: Sequence[str]) -> QuerySet[ConsentEvent]:
    """What anybody said of an address that may stop others who have it too: no yes and no end of one."""
    yes = (ConsentEvent.Action.GRANT, ConsentEvent.Action.CONFIRM, ConsentEvent.Action.EXPIRE)
    return (
        ConsentEvent.objects.filter(address_hash__in=hashes).exclude(address_hash="").exclude(action__in=yes)
    )


def _hashes(point: ContactPoint) -> Sequence[str]:
    return address_hashes(current_tenant_id(), point.kind, point.value_key)

"""What a person may choose on their own page, and what they have chosen so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from crm.models import ContactPoint, Customer
from privacy.keys import address_hashes
from privacy.models import ConsentEvent, Notice, Purpose, Suppression
from privacy.models.purpose import POINT_OF_CHANNEL
from privacy.policy.facts import Event
from privacy.policy.ledger import Standing, standing
from privacy.selectors.consents import policy_event, stops_for
from privacy.selectors.purposes import current_notices, purposes
from tenancy.context import current_tenant_id

YES, NO, UNSAID = "yes", "no", ""


@dataclass(frozen=True)
class Choice:
    """One line of the page: yes, no, or nothing said so far. `since`: when that was said, where it is known."""

    purpose: Purpose
    channel: str
    answer: str
    since: datetime | None
    standing: Standing
    notice: Notice | None
    point: ContactPoint

    @property
    def key(self) -> str:
        return f"{self.purpose.id}.{self.channel}"

    @property
    def waits_for_confirmation(self) -> bool:
        return self.standing.code == "DOI_PENDING"


@dataclass(frozen=True)
class Choices:
    lines: tuple[Choice, ...]
    paused_until: datetime | None
    is_listed: bool
    """The address stands on the company's own list of those who are not contacted; only the company lifts that."""

    def by_channel(self) -> list[tuple[str, list[Choice]]]:
        groups = [
            (channel, [line for line in self.lines if line.channel == channel])
            for channel in POINT_OF_CHANNEL
        ]
        return [(channel, lines) for channel, lines in groups if lines]


def choices_of(customer: Customer, point: ContactPoint | None, languages: Sequence[str] = ()) -> Choices:
    """Every purpose that is offered, on every channel by which this customer can be reached.

    `point`: the address whose holder is asking, if it is the customer's still.
    """
    now = timezone.now()
    events = _events(customer.id, point)
    listed = point is not None and _is_listed(point)
    points = _points(customer.id, point)
    notices = current_notices(languages)
    lines = [
        _choice(purpose, channel, events, notices.get(purpose.key), points[kind], now)
        for channel, kind in POINT_OF_CHANNEL.items()
        for purpose in purposes()
        if channel in purpose.channels and kind in points
    ]
    return Choices(tuple(lines), _paused_until(events, now), listed)


def _choice(
    purpose: Purpose, channel: str, events: Sequence[Event], notice: Notice | None, point: ContactPoint,
    now: datetime,
) -> Choice:  # fmt: skip
    stands = _standing(purpose, channel, events, now)
    answer = {"granted": YES, "stopped": NO}.get(stands.state, UNSAID)
    return Choice(purpose, channel, answer, stands.since if answer != UNSAID else None, stands, notice, point)


def is_stopped(customer: Customer, point: ContactPoint, purpose: Purpose, channel: str) -> bool:
    """Whether a stop of this purpose is in force there, also of a purpose that is not offered any more."""
    return _standing(purpose, channel, _events(customer.id, point), timezone.now()).state == "stopped"


def _standing(purpose: Purpose, channel: str, events: Sequence[Event], now: datetime) -> Standing:
    # A pause is shown by itself: under it the answers stay what they are.
    said = [event for event in events if event.action != "pause"]
    return standing(said, channel, purpose.key, now=now, marketing=purpose.is_marketing)


def _points(customer_id: UUID, own: ContactPoint | None) -> dict[str, ContactPoint]:
    """By kind: the one that the link was mailed to, else the primary one."""
    rows = ContactPoint.objects.filter(customer_id=customer_id).order_by("is_primary", "id")
    return {**{point.kind: point for point in rows}, **({own.kind: own} if own else {})}


def _events(customer_id: UUID, point: ContactPoint | None) -> list[Event]:
    """The customer's own, and what others who share the address stopped for it."""
    own = ConsentEvent.objects.filter(customer_id=customer_id)
    if point is None:
        return [policy_event(row) for row in own]
    shared = stops_for(_hashes(point)).exclude(action=ConsentEvent.Action.PAUSE)
    rows = {row.id: row for row in [*own, *shared]}
    return [policy_event(row) for row in rows.values()]


def _paused_until(events: Sequence[Event], now: datetime) -> datetime | None:
    found = standing([event for event in events if event.action == "pause"], "email", "marketing", now=now)
    return found.until


def _is_listed(point: ContactPoint) -> bool:
    rows = Suppression.objects.filter(reason=Suppression.Reason.DO_NOT_CONTACT)
    return rows.filter(address_hash__in=_hashes(point)).exists()


def _hashes(point: ContactPoint) -> list[str]:
    return list(address_hashes(current_tenant_id(), point.kind, point.value_key))

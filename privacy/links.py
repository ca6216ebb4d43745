"""The links that people get in letters, and who holds one.

A link is bound to the address it was mailed to (`mark_of`): where a contact point is corrected later, the stranger who
had the wrong address does not hold the right one.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils import timezone

from crm.models import ContactPoint
from privacy.keys import address_hashes
from privacy.models import ConsentEvent, Purpose
from tenancy.context import current_tenant_id
from tenancy.links import Kind, public_url, sign

DATA_LASTS: Final = timedelta(hours=1)
CONFIRM_LASTS: Final = timedelta(days=7)


def marks_of(point: ContactPoint) -> list[UUID]:
    """What stands for the address in a link: the first half of its keyed hash, under each key, the one in use first."""
    hashes = address_hashes(current_tenant_id(), point.kind, point.value_key)
    return [UUID(made.partition(":")[2][:32]) for made in hashes]


def preferences_link(point: ContactPoint) -> str:
    """The person's own page. It never ends."""
    return public_url("public_preferences", _signed(Kind.PREFERENCES, point))


def unsubscribe_link(point: ContactPoint, purpose: Purpose) -> str:
    """The way out of one purpose, at once. It never ends."""
    return public_url("public_unsubscribe", _signed(Kind.UNSUBSCRIBE, point, purpose.id))


def data_link(point: ContactPoint) -> str:
    """What we know of the person, for an hour: whoever opens it has just read mail at this address."""
    return public_url("public_data", _signed(Kind.DATA, point, ends=timezone.now() + DATA_LASTS))


def confirm_link(event: ConsentEvent) -> str:
    """Confirms one consent, within a week of when it was given."""
    begins = event.occurred_at or event.recorded_at
    token = sign(
        Kind.CONFIRM, current_tenant_id(), event.customer_id, event.id, expires_at=begins + CONFIRM_LASTS
    )
    return public_url("public_confirm", token)


def subscribe_link(purpose: Purpose) -> str:
    """The company's form for this purpose: for its site, a poster, a till. It is no secret."""
    return public_url("public_subscribe", sign(Kind.SUBSCRIBE, current_tenant_id(), purpose.id))


def _signed(kind: Kind, point: ContactPoint, *more: UUID, ends: datetime | None = None) -> str:
    ids = (point.customer_id, point.id, marks_of(point)[0], *more)
    return sign(kind, current_tenant_id(), *ids, expires_at=ends)

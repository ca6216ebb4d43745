"""Addresses that must not be used: the company's own do-not-contact list, and what erasure leaves behind.

Only keyed hashes are kept. National lists come as files: `list_uploads.py`.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from crm.keys import AddressRefused, value_key
from privacy.keys import address_hash, address_hashes
from privacy.models import Suppression
from privacy.services.locks import lock_addresses
from tenancy.context import current_actor, current_tenant_id
from tenancy.models import TenantProfile
from tenancy.services.audit import record_batch

Reason = Suppression.Reason
KINDS: Final = ("email", "phone", "post")


class SuppressionRefused(ValueError):
    """An address cannot be put on a list, or taken off it. `field` says what to mend."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def suppress_hashes(
    hashes: Collection[str], *, reason: str, since: datetime | None = None, source: str = ""
) -> int:
    """Put addresses on a list by their hash (`privacy.keys.address_hash`), under the lock that permits wait for.

    What is on it already stays as it is. Returns how many came new.
    """
    now = timezone.now()
    with transaction.atomic():
        lock_addresses(hashes)
        there = Suppression.objects.filter(address_hash__in=list(hashes), reason=reason)
        fresh = sorted(set(hashes) - set(there.values_list("address_hash", flat=True)))
        Suppression.objects.bulk_create(
            [
                Suppression(address_hash=key, reason=reason, since=since or now, source=source[:120],
                            actor=current_actor())
                for key in fresh
            ],
            ignore_conflicts=True, batch_size=1000,
        )  # fmt: skip
    return len(fresh)


def suppress_address(*, kind: str, value: str, source: str, since: datetime | None = None) -> bool:
    """Put one address on the company's own list; False where it is there. Raises SuppressionRefused."""
    if not source.strip():
        raise SuppressionRefused("Say where this comes from: a letter, a call, a list.", field="source")
    if since and since > timezone.now():
        raise SuppressionRefused("That is in the future.", field="since")
    wanted = [address_hash(current_tenant_id(), kind, key_of(kind, value))]
    known = Suppression.objects.filter(
        address_hash__in=hashes_of(kind, value), reason=Reason.DO_NOT_CONTACT
    ).exists()
    return not known and bool(
        suppress_hashes(wanted, reason=Reason.DO_NOT_CONTACT, since=since, source=source.strip())
    )


def lift_suppression(*, suppression_id: UUID, why: str) -> None:
    """Take an address off the company's own list: the person asked for it. Raises SuppressionRefused.

    What a national list says, or an erasure left, is not ours to lift.
    """
    if not why.strip():
        raise SuppressionRefused("Say why, and where the proof lies.", field="why")
    with transaction.atomic():
        row = Suppression.objects.select_for_update().filter(id=suppression_id).first()
        if row is None:
            return
        if row.reason != Reason.DO_NOT_CONTACT:
            raise SuppressionRefused(
                f"This address is here because it was {row.get_reason_display()}; that stays."
            )
        row.delete()
        record_batch(action="lift", table="privacy_suppression", note={"why": why.strip()[:200]})


def hashes_of(kind: str, value: str) -> Collection[str]:
    """Every hash under which this address may stand in a list. Raises SuppressionRefused."""
    return address_hashes(current_tenant_id(), kind, key_of(kind, value))


def key_of(kind: str, value: str) -> str:
    """The normal form of an address as it was typed. Raises SuppressionRefused."""
    if kind not in KINDS:
        raise SuppressionRefused(f"Choose one of: {', '.join(KINDS)}.", field="kind")
    try:
        key = value_key(kind, value, country=TenantProfile.objects.get().country)
    except AddressRefused as error:
        raise SuppressionRefused(str(error), field="value") from None
    if not key:
        raise SuppressionRefused("An address cannot be empty.", field="value")
    return key

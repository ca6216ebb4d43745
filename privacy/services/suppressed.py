"""Whom imports may not bring back: asked by crm through a registry."""

from collections.abc import Sequence

from privacy.keys import address_hashes
from privacy.models import Suppression
from tenancy.context import current_tenant_id

NUMBER = "number"
"""The kind under which a customer number is hashed, beside the kinds of addresses."""


def refused_for_erasure(asked: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of [(kind, normal form)] those that belonged to somebody who was erased."""
    erased = Suppression.objects.filter(reason=Suppression.Reason.ERASED)
    if not erased.exists():
        return set()
    tenant = current_tenant_id()
    hashes = {made: pair for pair in asked for made in address_hashes(tenant, *pair)}
    found = erased.filter(address_hash__in=list(hashes)).values_list("address_hash", flat=True)
    return {hashes[made] for made in found}

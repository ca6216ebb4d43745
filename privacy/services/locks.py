"""Who records and who permits wait for each other: a customer's chain first, then the address it is about.

Always in this order, and each kind in order of its value, so that nobody waits in a circle. The locks end with the
transaction: call these once in it, and hold them over nothing slow but the handing over of one message.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from privacy.models import ConsentChain
from tenancy.context import current_tenant_id

# Two parameters: the tenant's id as text, the address hash as text.
ADDRESS_LOCK = "pg_advisory_xact_lock(hashtextextended('privacy:address:' || %s || %s, 0))"


def lock_chains(customer_ids: Iterable[UUID]) -> dict[UUID, ConsentChain]:
    """Hold the chain of each of these customers of ours, made where there is none yet. Three statements at most."""
    wanted = sorted(set(customer_ids))
    ConsentChain.objects.bulk_create(
        [ConsentChain(customer_id=customer_id) for customer_id in wanted], ignore_conflicts=True
    )
    held = ConsentChain.objects.select_for_update().filter(customer_id__in=wanted).order_by("customer_id")
    return {chain.customer_id: chain for chain in held}


def lock_addresses(hashes: Iterable[str]) -> None:
    """Hold addresses, by their keyed hash under the key in use. After the chains, never before. One statement."""
    wanted = sorted(set(hashes) - {""})
    if not wanted:
        return
    lock = ADDRESS_LOCK.replace("|| %s, 0", "|| address, 0")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {lock} FROM unnest(%s::text[]) AS a (address)", [str(current_tenant_id()), wanted]
        )

"""What people ask on their own data page. They have just read mail at their address, so it is known who asks.

`point` is that address: they are told there what became of it.
"""

from django.db import transaction

from crm.models import ContactPoint, Customer
from privacy.keys import address_hash
from privacy.models import PersonRequest
from privacy.selectors.own_requests import open_request_of
from privacy.services.exports import start_export
from privacy.services.locks import lock_chains
from privacy.services.requests import hand_over, open_request
from tenancy.context import current_tenant_id

Kind = PersonRequest.Kind
MOST_WORDS = 2000


def take_along(*, customer: Customer, point: ContactPoint) -> PersonRequest:
    """Assemble everything for them, now. While one is being assembled or waits to be taken, there is no second."""
    with transaction.atomic():
        request = _once(customer, point, Kind.ACCESS)
        if request.export_job_id is None:
            start_export(request_id=request.id, created_by=None)
            request.refresh_from_db()
    return request


def handed_over(*, request: PersonRequest) -> None:
    """They took the file: their request is done. Harmless when they take it again."""
    with transaction.atomic():
        held = PersonRequest.objects.select_for_update().get(id=request.id)
        if held.closed_at is None:
            hand_over(request_id=held.id, how="taken by the person from their own page")


def ask_for_erasure(*, customer: Customer, point: ContactPoint) -> PersonRequest:
    """Have everything erased; from now on the gate says no. Asked once is enough."""
    with transaction.atomic():
        return _once(customer, point, Kind.ERASURE)


def ask_to_correct(*, customer: Customer, point: ContactPoint, field: str, words: str) -> PersonRequest:
    """Something is wrong, in their words; a member corrects it. `field` is one of `known.CORRECTABLE`."""
    return open_request(
        kind=Kind.RECTIFICATION, came=PersonRequest.Came.LINK, customer_id=customer.id,
        words=f"{field}: {words.strip()}"[:MOST_WORDS], address_hash=_hash_of(point),
    )  # fmt: skip


def _once(customer: Customer, point: ContactPoint, kind: str) -> PersonRequest:
    lock_chains([customer.id])
    found = open_request_of(customer, kind)
    return found or open_request(
        kind=kind, came=PersonRequest.Came.LINK, customer_id=customer.id, address_hash=_hash_of(point)
    )


def _hash_of(point: ContactPoint) -> str:
    """Of the address at which they opened the page: there they are told what became of it."""
    return address_hash(current_tenant_id(), point.kind, point.value_key)

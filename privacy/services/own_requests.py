"""What people ask on their own data page. They have just read mail at their address, so it is known who asks."""

from django.db import transaction

from crm.models import Customer
from privacy.models import PersonRequest
from privacy.selectors.own_requests import open_request_of
from privacy.services.exports import start_export
from privacy.services.locks import lock_chains
from privacy.services.requests import hand_over, open_request

Kind = PersonRequest.Kind
MOST_WORDS = 2000


def take_along(*, customer: Customer) -> PersonRequest:
    """Assemble everything for them, now. While one is being assembled or waits to be taken, there is no second."""
    with transaction.atomic():
        request = _once(customer, Kind.ACCESS)
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


def ask_for_erasure(*, customer: Customer) -> PersonRequest:
    """Have everything erased; from now on the gate says no. Asked once is enough."""
    with transaction.atomic():
        return _once(customer, Kind.ERASURE)


def ask_to_correct(*, customer: Customer, field: str, words: str) -> PersonRequest:
    """Something is wrong, in their words; a member corrects it. `field` is one of `known.CORRECTABLE`."""
    return open_request(
        kind=Kind.RECTIFICATION, came=PersonRequest.Came.LINK, customer_id=customer.id,
        words=f"{field}: {words.strip()}"[:MOST_WORDS],
    )  # fmt: skip


def _once(customer: Customer, kind: str) -> PersonRequest:
    lock_chains([customer.id])
    found = open_request_of(customer, kind)
    return found or open_request(kind=kind, came=PersonRequest.Came.LINK, customer_id=customer.id)

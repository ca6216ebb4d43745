"""What value does when something happened elsewhere; `config/flow.py` says when."""

from collections.abc import Sequence
from uuid import UUID

from tenancy.outbox import Announced, batched
from value.services.recompute import start_recompute
from value.services.revalue import revalue_customers


@batched()
def revalue_customer(events: Sequence[Announced]) -> None:
    """Orders and returns of known customers: value them again, at once, all that wait together."""
    named = (event.payload["customer_id"] for event in events)
    customer_ids = {UUID(customer_id) for customer_id in named if customer_id}
    if customer_ids:
        revalue_customers(sorted(customer_ids))


def recompute_after_import(event: Announced) -> None:
    """An import of orders has finished: learn and value everybody. The same import starts one job."""
    start_recompute(slot=f"import:{event.payload['import_id']}")


def recompute_after_restating(event: Announced) -> None:
    """Margins follow another rate: learn and value everybody, also where a recompute began before. One job a time."""
    start_recompute(slot=f"margins:{event.payload['job_id']}")

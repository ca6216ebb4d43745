"""What value does when something happened elsewhere; `config/flow.py` says when."""

from uuid import UUID

from tenancy.outbox import Announced
from value.services.recompute import start_recompute
from value.services.revalue import revalue_customers


def revalue_customer(event: Announced) -> None:
    """An order or a return of a known customer: value them again, at once."""
    customer_id = event.payload["customer_id"]
    if customer_id:
        revalue_customers([UUID(customer_id)])


def recompute_after_import(event: Announced) -> None:
    """An import of orders has finished: learn and value everybody. The same import starts one job."""
    start_recompute(slot=f"import:{event.payload['import_id']}")


def recompute_after_restating(event: Announced) -> None:
    """Margins follow another rate: learn and value everybody, also where a recompute began before. One job a time."""
    start_recompute(slot=f"margins:{event.payload['job_id']}")

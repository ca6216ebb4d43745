"""What portfolios does when something happened; `config/flow.py` says when."""

from collections.abc import Sequence
from typing import Final

from crm.services.segments.keeping import keep_customers
from crm.services.segments.passes import start_pass
from portfolios.models import Assignment
from tenancy.outbox import Announced, batched

FEW: Final = 5_000
"""Up to so many moved customers are looked at at once; more are a pass over everybody."""


@batched(most=100)
def keep_segments(events: Sequence[Announced]) -> None:
    """Customers have another portfolio, and so another manager: segments may ask for either."""
    transfers = [event.payload["transfer_id"] for event in events]
    if sum(event.payload["count"] for event in events) > FEW:
        start_pass(f"after:{transfers[-1]}")
        return
    moved = Assignment.objects.filter(transfer_id__in=transfers).order_by("customer_id")
    keep_customers(list(moved.values_list("customer_id", flat=True).distinct()))

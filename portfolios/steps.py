"""What portfolios does when something happened; `config/flow.py` says when."""

from collections.abc import Sequence
from typing import Final

from crm.services.segments.keeping import keep_customers
from crm.services.segments.passes import start_pass
from portfolios.selectors.moves import customers_of_transfers
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
    keep_customers(customers_of_transfers(transfers))

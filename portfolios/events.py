"""What portfolios announces."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class CustomersTransferred:
    """One decision, any number of customers; the rows are the assignments of the transfer."""

    name: ClassVar[str] = "portfolios.customers_transferred"
    transfer_id: UUID
    to_portfolio_id: UUID
    count: int

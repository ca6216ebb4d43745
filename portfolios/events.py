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


@dataclass(frozen=True)
class AssignmentRunFinished:
    """The rules were asked about everybody; so many would move, or have."""

    name: ClassVar[str] = "portfolios.assignment_run_finished"
    run_id: UUID
    moving: int


@dataclass(frozen=True)
class ProposalsDecided:
    """Somebody accepted or declined proposals of a run."""

    name: ClassVar[str] = "portfolios.proposals_decided"
    run_id: UUID
    accepted: int
    declined: int

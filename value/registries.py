"""What value asks of the rooms on its right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from tenancy.registries import Registry

if TYPE_CHECKING:
    from tenancy.access import Access


@dataclass(frozen=True)
class PortfolioLabel:
    """How a portfolio is named, and where its page is ("" for somebody who may not open it)."""

    name: str
    url: str


# (who asks, ids of portfolios) -> their labels; portfolios registers one.
portfolio_labels: Registry["Callable[[Access, Sequence[UUID]], dict[UUID, PortfolioLabel]]"] = Registry(
    "portfolio labels"
)

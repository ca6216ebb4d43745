"""What value announces. Ids and counts only."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class CustomerRevalued:
    """One customer was valued again because of an order."""

    name: ClassVar[str] = "value.customer_revalued"
    customer_id: UUID


@dataclass(frozen=True)
class ValuesRecomputed:
    """Everybody was valued again, under `fit_id` ("None": there is too little data for a model)."""

    name: ClassVar[str] = "value.values_recomputed"
    job_id: UUID
    fit_id: UUID | None
    customers: int

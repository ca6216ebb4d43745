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
class KindsChanged:
    """These customers, 500 at most, are of another kind now."""

    name: ClassVar[str] = "value.kinds_changed"
    customer_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class KindsDecided:
    """The rules for kinds of customer were asked about everybody."""

    name: ClassVar[str] = "value.kinds_decided"
    job_id: UUID


@dataclass(frozen=True)
class ValuesRecomputed:
    """Everybody was valued again, under `fit_id` ("None": there is too little data for a model)."""

    name: ClassVar[str] = "value.values_recomputed"
    job_id: UUID
    fit_id: UUID | None
    customers: int

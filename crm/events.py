"""What crm announces. Ids and counts only."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class CustomerCreated:
    name: ClassVar[str] = "crm.customer_created"
    customer_id: UUID


@dataclass(frozen=True)
class CustomersCreated:
    """A batch of an import."""

    name: ClassVar[str] = "crm.customers_created"
    import_id: UUID
    count: int


@dataclass(frozen=True)
class CustomerChanged:
    name: ClassVar[str] = "crm.customer_changed"
    customer_id: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True)
class CustomersTrashed:
    name: ClassVar[str] = "crm.customers_trashed"
    customer_ids: tuple[UUID, ...]
    restored: bool


@dataclass(frozen=True)
class OrderRecorded:
    name: ClassVar[str] = "crm.order_recorded"
    order_id: UUID
    customer_id: UUID | None


@dataclass(frozen=True)
class OrdersImported:
    """An import of orders has finished."""

    name: ClassVar[str] = "crm.orders_imported"
    import_id: UUID
    orders: int


@dataclass(frozen=True)
class MarginsRestated:
    """Estimated margins follow another rate of the company."""

    name: ClassVar[str] = "crm.margins_restated"
    job_id: UUID
    orders: int


@dataclass(frozen=True)
class SegmentsChanged:
    """Customers came into segments or left them; SegmentChange has a row for each under this batch."""

    name: ClassVar[str] = "crm.segments_changed"
    batch: UUID
    segment_ids: tuple[UUID, ...]
    entered: int
    left: int

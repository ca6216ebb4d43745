from crm.models.customer import ContactPoint, Customer, DatumSource
from crm.models.imports import Import, ImportChunk, ImportRow
from crm.models.order import CostEvent, Order, OrderLine, Payment, Product
from crm.models.segment import Segment, SegmentChange, SegmentMember, SegmentSize, SegmentVersion
from crm.models.summary import CustomerSummary
from crm.models.timeline import TimelineEntry

__all__ = [
    "ContactPoint",
    "CostEvent",
    "Customer",
    "CustomerSummary",
    "DatumSource",
    "Import",
    "ImportChunk",
    "ImportRow",
    "Order",
    "OrderLine",
    "Payment",
    "Product",
    "Segment",
    "SegmentChange",
    "SegmentMember",
    "SegmentSize",
    "SegmentVersion",
    "TimelineEntry",
]

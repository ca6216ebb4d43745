"""Segments for tests: defined by an administrator, filled at once, asked who is in them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from crm.models import Customer, Segment, SegmentMember
from crm.services.orders import Line, record_order
from crm.services.segments.definitions import Definition, create_segment
from crm.steps import keep_segments
from tenancy.jobs import run_job
from tenancy.models import Job, OutboxStep
from tenancy.outbox import Announced
from tests.cast import Company


def line(fact: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"fact": fact, "is": operator} | ({} if value is None else {"value": value})


AT_LEAST_ONE = {"all": [line("crm.orders", "at_least", 1)]}


def within(*segments: Segment) -> dict[str, Any]:
    return {"all": [line("crm.segment", "has_any", [str(segment.id) for segment in segments])]}


def define(company: Company, name: str, condition: Any, **more: Any) -> Segment:
    """A segment that is filled."""
    access = company.access("admin")
    made = create_segment(access=access, definition=Definition(name, condition, **more))
    finish_jobs(company)
    made.refresh_from_db()
    return made


def finish_jobs(company: Company) -> None:
    for job in Job.objects.filter(state__in=["queued", "running"]).order_by("created_at", "id"):
        run_job(company.tenant.id, job.id)


def names_in(segment: Segment) -> list[str]:
    rows = SegmentMember.objects.filter(segment=segment).order_by("customer__name")
    return [name.split()[0] for name in rows.values_list("customer__name", flat=True)]


def order(customer: Customer | None, amount: str = "10", at: datetime | None = None) -> None:
    record_order(
        external_id=uuid4().hex, customer=customer, ordered_at=at or datetime.now(UTC),
        lines=[Line(Decimal(1), Decimal(amount))], source="api",
    )  # fmt: skip


def what_waits() -> list[Announced]:
    """Events whose step of segments waits, oldest first; they count as done."""
    steps = OutboxStep.objects.filter(handler="crm.steps.keep_segments", state="waiting").order_by("id")
    found = [
        Announced(step.event.id, step.event.name, step.event.payload)
        for step in steps.select_related("event")
    ]
    steps.update(state="done")
    return found


def follow(events: Sequence[Announced] | None = None) -> None:
    keep_segments.handle(what_waits() if events is None else events)

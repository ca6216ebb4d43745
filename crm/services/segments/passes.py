"""Going through everybody: the first members of a segment, and each night what time and bulk work have changed.

Both are jobs over ranges of customers: each part is one transaction and may be run twice; a killed worker loses its
part.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from crm.models import CustomerSummary, Segment, SegmentChange, SegmentMember
from crm.selectors.segments import FILL, segments
from crm.services.segments.keeping import Cause, fill_segment, hold_turn, keep_customers
from rules.catalogue import customers
from rules.moment import setting_now
from tenancy.context import current_tenant_id
from tenancy.jobs import JobKind, Part, start_job
from tenancy.models import Job, JobPart, Member

KEEP_ALL: Final = "crm.segments_pass"
RANGE: Final = 5_000
CHANGES_KEPT: Final = timedelta(days=90)


def start_fill(segment: Segment, *, cause: str, created_by: Member | None = None) -> Job:
    """Work out who is in a segment under its newest definition, or once more by hand."""
    slot = f"{segment.id}:{segment.version}"
    if cause == Cause.REFRESH:
        slot += f":{int(timezone.now().timestamp() * 1000)}"
    arguments = {"segment": str(segment.id), "version": segment.version, "cause": cause}
    return start_job(
        kind=FILL, title=f"Working out who is in {segment.name}"[:200], arguments=arguments, created_by=created_by,
        slot=slot,
    )  # fmt: skip


def start_pass(slot: str) -> Job | None:
    """Go through everybody for all live segments; the same slot is one pass. None where there is no segment."""
    if not segments().exists():
        return None
    return start_job(kind=KEEP_ALL, title="Bringing segments up to date", arguments={}, slot=slot)


def start_nightly(slot: str) -> Job | None:
    """The schedule's door: conditions on days come true by themselves."""
    return start_pass(f"night:{slot}")


def plan_fill(job: Job) -> Iterator[Part]:
    for low, high in customers().ranges(RANGE):
        yield Part({"low": str(low), "high": str(high)}, rows=RANGE)


def run_fill(job: Job, part: JobPart) -> None:
    segment = _segment_of(job)
    if segment is None:
        return
    silent = segment.version == 1 and job.arguments["cause"] == Cause.DEFINITION
    fill_segment(segment, _ids(part), job.arguments["cause"], silent=silent)


def finish_fill(job: Job) -> None:
    segment = _segment_of(job)
    if segment is None:
        return
    hold_turn()
    count_members(segment.id)
    Segment.objects.filter(id=segment.id, version=segment.version).update(filled_at=timezone.now())


def _segment_of(job: Job) -> Segment | None:
    """The segment, unless it was defined anew meanwhile: that has a job of its own."""
    return segments().filter(id=job.arguments["segment"], version=job.arguments["version"]).first()


def plan_pass(job: Job) -> Iterator[Part]:
    yield from plan_fill(job)
    yield from (Part({"count": str(key)}, phase=1) for key in segments().values_list("id", flat=True))


def run_pass(job: Job, part: JobPart) -> None:
    if "count" in part.arguments:
        hold_turn()
        count_members(UUID(part.arguments["count"]))
    else:
        keep_customers(_ids(part))


def finish_pass(job: Job) -> None:
    """What is kept no longer."""
    SegmentMember.objects.filter(segment__archived_at__isnull=False).delete()
    SegmentChange.objects.filter(at__lt=timezone.now() - CHANGES_KEPT).delete()


def _ids(part: JobPart) -> list[UUID]:
    low, high = part.arguments["low"], part.arguments["high"]
    # Those in the trash too: they leave.
    rows = CustomerSummary.objects.filter(customer_id__gte=low, customer_id__lte=high)
    return list(rows.order_by("customer_id").values_list("customer_id", flat=True))


def count_members(segment_id: UUID) -> None:
    """Today's point of a segment by counting, with what its members are worth."""
    values: dict[str, Any] = {
        "tenant": current_tenant_id(), "segment": segment_id, "today": setting_now().today,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)


_COUNT: Final = """
INSERT INTO crm_segmentsize AS z (tenant_id, id, segment_id, day, customers, entered, "left", value)
SELECT %(tenant)s, gen_random_uuid(), %(segment)s, %(today)s, count(*), 0, 0, COALESCE(sum(s.value), 0)
  FROM crm_segmentmember AS m
  JOIN crm_customersummary AS s ON s.tenant_id = (SELECT %(tenant)s::uuid) AND s.customer_id = m.customer_id
 WHERE m.tenant_id = (SELECT %(tenant)s::uuid) AND m.segment_id = %(segment)s
ON CONFLICT (tenant_id, segment_id, day) DO UPDATE SET customers = EXCLUDED.customers, value = EXCLUDED.value
"""

fill = JobKind(FILL, plan_fill, run_fill, finish_fill)
keep_all = JobKind(KEEP_ALL, plan_pass, run_pass, finish_pass)

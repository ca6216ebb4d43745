"""Numbers of segments for somebody: members, sizes over time, overlap and changes within their scope only.

Who sees everybody reads the daily points. Who sees some customers gets the same numbers worked out for those they have
today: from the members, and backwards from the changes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from crm.models import Segment, SegmentChange, SegmentMember, SegmentSize
from crm.selectors.scope import visible_portfolios, visible_summaries
from rules.moment import setting_of
from tenancy.access import Access

SEES_VALUE: Final = "value.view_value"


@dataclass(frozen=True)
class Size:
    """Members in scope, now. `value`: their lifetime value in minor units; None where it may not be seen."""

    customers: int = 0
    value: int | None = None


@dataclass(frozen=True)
class Point:
    """The end of one day."""

    day: date
    customers: int
    entered: int = 0
    left: int = 0


@dataclass(frozen=True)
class Overlap:
    """Two segments beside each other, in scope: only in the first, in both, only in the second."""

    first: Size
    both: Size
    second: Size


def visible_members(access: Access, segment_id: UUID) -> QuerySet[SegmentMember]:
    """Members in scope; the trash is in no segment."""
    rows = SegmentMember.objects.filter(segment_id=segment_id, customer__summary__trashed=False)
    portfolios = visible_portfolios(access)
    return rows if portfolios is None else rows.filter(customer__summary__portfolio_id__in=portfolios)


def visible_changes(access: Access, segment_ids: Iterable[UUID]) -> QuerySet[SegmentChange]:
    """Who entered and left, of customers who are in scope now."""
    rows = SegmentChange.objects.filter(segment_id__in=list(segment_ids), customer__summary__trashed=False)
    portfolios = visible_portfolios(access)
    return rows if portfolios is None else rows.filter(customer__summary__portfolio_id__in=portfolios)


def counts_now(access: Access, segment_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Members in scope of each segment."""
    if visible_portfolios(access) is None:
        newest = SegmentSize.objects.filter(segment_id__in=list(segment_ids)).order_by("segment_id", "-day")
        return dict(newest.distinct("segment_id").values_list("segment_id", "customers"))
    rows = SegmentMember.objects.filter(
        segment_id__in=list(segment_ids), customer_id__in=visible_summaries(access).values("customer_id")
    )
    counted = rows.order_by().values("segment_id").annotate(customers=Count("*"))
    return {row["segment_id"]: row["customers"] for row in counted}


def size_now(access: Access, segment_id: UUID) -> Size:
    """Members of one segment in scope, with what they are worth."""
    rows = visible_members(access, segment_id)
    found = rows.aggregate(customers=Count("*"), value=Sum("customer__summary__value"))
    return Size(found["customers"], (found["value"] or 0) if access.may(SEES_VALUE) else None)


def histories(access: Access, segments: Sequence[Segment], *, days: int) -> dict[UUID, list[Point]]:
    """The last `days` days of each segment and today, oldest first; it begins with the segment."""
    today = setting_of(access.profile).today
    ids = [segment.id for segment in segments]
    first = today - timedelta(days=days)
    wide = visible_portfolios(access) is None
    points = _from_points(ids, first, today) if wide else _from_changes(access, ids, first, today)
    zone = setting_of(access.profile).zone
    born = {segment.id: segment.created_at.astimezone(zone).date() for segment in segments}
    return {key: [point for point in points[key] if point.day >= born[key]] for key in ids}


def _from_points(ids: Sequence[UUID], first: date, today: date) -> dict[UUID, list[Point]]:
    rows = SegmentSize.objects.filter(segment_id__in=ids, day__lte=today)
    before = rows.filter(day__lt=first).order_by("segment_id", "-day").distinct("segment_id")
    sizes = dict(before.values_list("segment_id", "customers"))
    stated = {(row.segment_id, row.day): row for row in rows.filter(day__gte=first)}
    found: dict[UUID, list[Point]] = {}
    for key in ids:
        size, points = sizes.get(key, 0), []
        for day in _days(first, today):
            row = stated.get((key, day))
            size = row.customers if row else size
            points.append(Point(day, size, row.entered if row else 0, row.left if row else 0))
        found[key] = points
    return found


def _from_changes(access: Access, ids: Sequence[UUID], first: date, today: date) -> dict[UUID, list[Point]]:
    zone = setting_of(access.profile).zone
    rows = visible_changes(access, ids).filter(at__gte=setting_of(access.profile).midnight(first))
    by_day = rows.order_by().annotate(day=TruncDate("at", tzinfo=zone)).values("segment_id", "day")
    counted = by_day.annotate(
        came=Count("id", filter=Q(entered=True)), gone=Count("id", filter=Q(entered=False))
    )
    moved = {(row["segment_id"], row["day"]): (row["came"], row["gone"]) for row in counted}
    sizes = counts_now(access, ids)
    found: dict[UUID, list[Point]] = {}
    for key in ids:
        size, points = sizes.get(key, 0), []
        for day in reversed(_days(first, today)):
            came, gone = moved.get((key, day), (0, 0))
            points.append(Point(day, size, came, gone))
            size += gone - came
        found[key] = points[::-1]
    return found


def _days(first: date, today: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((today - first).days + 1)]


def overlap_of(access: Access, first: Segment, second: Segment) -> Overlap:
    """Counts and value of those in one of two segments or in both."""
    worth = access.may(SEES_VALUE)
    rows = (
        visible_summaries(access)
        .order_by()
        .annotate(a=_in(first), b=_in(second))
        .filter(Q(a=True) | Q(b=True))
    )
    found = {
        (row["a"], row["b"]): Size(row["customers"], (row["worth"] or 0) if worth else None)
        for row in rows.values("a", "b").annotate(customers=Count("*"), worth=Sum("value"))
    }
    nobody = Size(0, 0 if worth else None)
    keys = ((True, False), (True, True), (False, True))
    return Overlap(*(found.get(key, nobody) for key in keys))


def _in(segment: Segment) -> Exists:
    return Exists(SegmentMember.objects.filter(segment=segment, customer_id=OuterRef("customer_id")))


def latest_changes(access: Access, segment_id: UUID, *, most: int = 20) -> list[SegmentChange]:
    """Who entered and left last, newest first, with their customers."""
    rows = visible_changes(access, [segment_id]).select_related("customer")
    return list(rows.order_by("-at", "id")[:most])

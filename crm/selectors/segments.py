"""Segments as they are stored: which there are, what each reads, and who reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from crm.models import Segment, SegmentVersion
from crm.segment_fact import KEY
from crm.selectors.where import all_of, in_address, line
from rules.language.parse import read
from rules.language.problems import Problem
from rules.language.tree import Group
from rules.models import RuleDraft, RuleVersion
from rules.selectors.graph import reads_in
from tenancy.access import Access
from tenancy.models import Job
from tenancy.selectors.jobs import visible_jobs

FILL: Final = "crm.segment_fill"
OPEN: Final = (Job.State.QUEUED, Job.State.RUNNING, Job.State.FAILED, Job.State.CANCELLED)


@dataclass(frozen=True)
class Use:
    """Where a segment is used, in words. `id` of the rule set or segment."""

    words: str
    id: UUID
    is_segment: bool


def segments(*, archived: bool = False) -> QuerySet[Segment]:
    """Segments of the company: everybody with `crm.view_segment` sees that they exist."""
    return Segment.objects.filter(archived_at__isnull=not archived).order_by("name")


def segment_here(segment_id: UUID) -> Segment | None:
    return segments().filter(id=segment_id).first()


def versions_of(segment: Segment) -> QuerySet[SegmentVersion]:
    """Every definition a segment ever had, newest first."""
    return SegmentVersion.objects.filter(segment=segment).order_by("-number")


def fill_of(access: Access, segment: Segment) -> Job | None:
    """The work that finds out who is in a segment, while it is under way or stopped, for who may follow it."""
    jobs = visible_jobs(access).filter(kind=FILL, arguments__segment=str(segment.id))
    newest = jobs.order_by("-created_at", "-id").first()
    return newest if newest and newest.state in OPEN else None


def list_query(segment: Segment) -> str:
    """The query of the customers list that shows the members."""
    return in_address(all_of(line(KEY, "has_any", [str(segment.id)])))


def condition_of(
    segment: Segment, *, currency: str, access: Access | None = None
) -> tuple[Group, list[Problem]]:
    """A segment's condition as a tree, and what cannot be read of it any more."""
    return read(segment.condition, currency=currency, access=access)


def may_read(access: Access, segment: Segment) -> bool:
    """Whether every fact of the condition may be seen; one that is gone hides nothing."""
    currency = access.profile.currency
    seen = condition_of(segment, currency=currency, access=access)[1]
    return len(seen) == len(condition_of(segment, currency=currency)[1])


def segments_read_by(condition: Any) -> set[UUID]:
    """Ids of the segments that a condition as JSON asks for."""
    found = set()
    for key in reads_in(condition):
        if key.startswith(f"{KEY}:"):
            try:
                found.add(UUID(key.partition(":")[2]))
            except ValueError:
                continue
    return found


def in_reading_order(rows: Iterable[Segment]) -> list[list[Segment]]:
    """Segments in levels: each reads only segments of the levels before it. What is in a circle is left out."""
    left = {row.id: row for row in rows}
    reads = {key: segments_read_by(row.condition) & left.keys() for key, row in left.items()}
    levels = []
    while ready := [key for key in left if not reads[key] & left.keys()]:
        levels.append([left.pop(key) for key in ready])
    return levels


def readers_of(segment_ids: set[UUID], rows: Iterable[Segment]) -> set[UUID]:
    """Segments among `rows` that read one of these, or one that does."""
    reads = {row.id: segments_read_by(row.condition) for row in rows}
    found, new = set[UUID](), set(segment_ids)
    while new:
        new = {key for key, read_ in reads.items() if read_ & new} - found
        found |= new
    return found


def circle_through(segment_id: UUID, condition: Any) -> list[Segment]:
    """The segments of a circle that this condition would close, the first being what it reads; [] without one."""
    rows = {row.id: row for row in segments()}
    reads: Mapping[UUID, set[UUID]] = {key: segments_read_by(row.condition) for key, row in rows.items()}
    paths = [[key] for key in segments_read_by(condition)]
    seen: set[UUID] = set()
    while paths:
        path = paths.pop()
        if path[-1] == segment_id:
            return [rows[key] for key in path if key in rows]
        if path[-1] not in seen:
            seen.add(path[-1])
            paths += [[*path, key] for key in reads.get(path[-1], ())]
    return []


def uses_of(segment: Segment) -> list[Use]:
    """Segments and rules that read this one; it stays while there are any."""
    found = [
        Use(f"the segment {row.name}", row.id, is_segment=True)
        for row in segments()
        if segment.id in segments_read_by(row.condition)
    ]
    return found + _rules_that_read(segment.id)


def _rules_that_read(segment_id: UUID) -> list[Use]:
    """Rule sets that ask for it in their draft, or in a version that is, will or may be in force."""
    standing = Q(activations__state="agreed", activations__period__endswith__gt=timezone.now())
    endless = Q(activations__state="agreed", activations__period__upper_inf=True)
    versions = RuleVersion.objects.filter(standing | endless | Q(activations__state="waiting"))
    drafts = RuleDraft.objects.filter(rule_set__archived_at=None)
    sets = {
        row.rule_set_id: row.rule_set.name
        for rows in (versions.filter(reads__contains=[KEY]), drafts)
        for row in rows.select_related("rule_set")
        if segment_id in segments_read_by(row.content)
    }
    return [
        Use(f"the rules {name}", key, is_segment=False)
        for key, name in sorted(sets.items(), key=lambda s: s[1])
    ]

"""The segments a customer is in, as a fact: rules, lists, exports and other segments can ask for them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from crm.models import Segment, SegmentMember
from rules.catalogue import Cost, Fact, Option, PersonalDataClass, Type
from rules.selectors.graph import reads_in

KEY: Final = "crm.segment"


def _options() -> list[Option]:
    rows = Segment.objects.filter(archived_at=None).order_by("name")
    return [(str(key), name) for key, name in rows.values_list("id", "name")]


def _members(segment_ids: Sequence[Any]) -> Q:
    # Looked up row by row for a few customers, joined for everybody: the planner knows both forms of EXISTS.
    rows = SegmentMember.objects.filter(segment_id__in=list(segment_ids), customer_id=OuterRef("customer_id"))
    return Q(Exists(rows))


def _segments_of(customer_ids: Sequence[UUID]) -> Mapping[UUID, frozenset[UUID]]:
    rows = SegmentMember.objects.filter(customer_id__in=list(customer_ids))
    found: dict[UUID, set[UUID]] = {}
    for customer_id, segment_id in rows.values_list("customer_id", "segment_id"):
        found.setdefault(customer_id, set()).add(segment_id)
    return {customer_id: frozenset(segments) for customer_id, segments in found.items()}


def _rules() -> Mapping[str, Sequence[str]]:
    rows = Segment.objects.filter(archived_at=None, mode=Segment.Mode.LIVE)
    return {str(row.id): sorted(reads_in(row.condition)) for row in rows.only("id", "condition")}


SEGMENT: Final = Fact(
    KEY, "Segments", Type.SET, "The saved segments a customer is in.", PersonalDataClass.PROFILE,
    cost=Cost.RELATED, permission="crm.view_segment", options=_options, python=UUID, among=_members,
    members=_segments_of, rules=_rules,
    phrases={"has_any": "in the segment {value}", "has_none": "outside the segment {value}"},
)  # fmt: skip

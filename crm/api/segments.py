"""`segments/`: saved conditions, who is in them, how they grew and overlap. Counts are of what the caller may see."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.customer_bodies import EXAMPLE_ID
from crm.api.fields import CurrencyField, MoneyField
from crm.models import Segment, SegmentMember
from crm.selectors import segment_numbers as numbers
from crm.selectors.segments import may_read, segment_here, segments
from crm.services.segments.definitions import (
    Definition,
    archive_segment,
    change_segment,
    create_segment,
    refresh_segment,
)
from tenancy.api.etags import require_match, version_etag
from tenancy.api.pagination import Orderings
from tenancy.api.problems import Refusal
from tenancy.api.serializers import StrictSerializer
from tenancy.api.viewsets import ApiViewSet, found
from tenancy.requests import whole_number

CONDITION = {"all": [{"fact": "crm.orders", "is": "at_least", "value": 4}]}
SEGMENT = {
    "id": EXAMPLE_ID, "name": "Regulars", "description": "", "mode": "live", "condition": CONDITION, "version": 1,
    "customers": 412, "created_at": "2026-09-30T12:00:00Z", "defined_at": "2026-09-30T12:00:00Z",
    "filled_at": "2026-09-30T12:00:02Z",
}  # fmt: skip
MEMBER = {
    "customer": EXAMPLE_ID,
    "external_id": "C1042",
    "name": "Ada Lovelace",
    "since": "2026-09-30T12:00:00Z",
}
PART = {"customers": 31, "value": "1240.00"}
DAY = {"day": "2026-09-30", "customers": 412, "entered": 9, "left": 4}
LONGEST = 730


@extend_schema_serializer(
    examples=[
        OpenApiExample("a segment", value=SEGMENT, response_only=True, status_codes=["200", "201", "202"])
    ]
)
class SegmentSerializer(serializers.Serializer[Segment]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()
    mode = serializers.ChoiceField(Segment.Mode.choices)
    condition = serializers.JSONField(
        source="shown", allow_null=True,
        help_text="A tree of conditions, as in rules; null where it asks for facts that you may not see.",
    )  # fmt: skip
    version = serializers.IntegerField(help_text="Grows with each condition and mode; the ETag.")
    customers = serializers.IntegerField(help_text="Members that you may see.")
    created_at = serializers.DateTimeField()
    defined_at = serializers.DateTimeField()
    filled_at = serializers.DateTimeField(
        allow_null=True, help_text="null: who is in it is being worked out. Frozen: the day of its members."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample("a new one", value={"name": "Regulars", "condition": CONDITION}, request_only=True)
    ]
)
class SegmentBodySerializer(StrictSerializer):
    name = serializers.CharField(max_length=120)
    condition = serializers.JSONField()
    mode = serializers.ChoiceField(Segment.Mode.choices, default=Segment.Mode.LIVE)
    description = serializers.CharField(max_length=400, allow_blank=True, default="")
    comment = serializers.CharField(max_length=200, allow_blank=True, default="")


@extend_schema_serializer(examples=[OpenApiExample("a member", value=MEMBER, response_only=True)])
class SegmentMemberSerializer(serializers.Serializer[SegmentMember]):
    customer = serializers.UUIDField(source="customer_id")
    external_id = serializers.CharField(source="customer.external_id", allow_null=True)
    name = serializers.CharField(source="customer.name")
    since = serializers.DateTimeField()


class SegmentPartSerializer(serializers.Serializer[numbers.Size]):
    customers = serializers.IntegerField()
    value = MoneyField(allow_null=True, help_text="null where you may not see values.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "two segments", response_only=True,
            value={"only_this": PART, "both": PART, "only_other": PART, "currency": "GBP"},
        )
    ]
)  # fmt: skip
class SegmentOverlapSerializer(serializers.Serializer[numbers.Overlap]):
    only_this = SegmentPartSerializer(source="first")
    both = SegmentPartSerializer()
    only_other = SegmentPartSerializer(source="second")
    currency = CurrencyField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "a day",
            value={"day": "2026-09-30", "customers": 412, "entered": 9, "left": 4},
            response_only=True,
        )
    ]
)
class SegmentPointSerializer(serializers.Serializer[numbers.Point]):
    day = serializers.DateField()
    customers = serializers.IntegerField(help_text="At the end of the day.")
    entered = serializers.IntegerField()
    left = serializers.IntegerField()


@extend_schema_serializer(
    examples=[OpenApiExample("the last day", value={"days": [DAY]}, response_only=True)]
)
class SegmentSizesSerializer(serializers.Serializer[Any]):
    """Oldest first, without gaps."""

    days = SegmentPointSerializer(many=True)


class SegmentViewSet(ApiViewSet):
    """Saved conditions. A live one is kept up to date, a frozen one keeps the members of its day."""

    permissions: ClassVar[dict[str, str]] = {
        "list": "crm.view_segment",
        "retrieve": "crm.view_segment",
        "create": "crm.manage_segments",
        "partial_update": "crm.manage_segments",
        "destroy": "crm.manage_segments",
        "refresh": "crm.manage_segments",
        "overlap": "crm.view_segment",
        "sizes": "crm.view_segment",
    }
    tag = "segments"
    has_etag = True
    serializer_class = SegmentSerializer
    orderings = Orderings({"name": "name", "created_at": "created_at"})
    parameters: ClassVar[dict[str, set[str]]] = {"overlap": {"with"}, "sizes": {"days"}}

    def list(self, request: Request) -> Response:
        """A page of segments."""
        rows = self.counted(self.paginate_queryset(segments()))
        return self.get_paginated_response(self.show(SegmentSerializer, rows, many=True))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One segment."""
        return self.answer_segment(found(segment_here(pk)))

    @extend_schema(request=SegmentBodySerializer, responses={201: SegmentSerializer})
    def create(self, request: Request) -> Response:
        """Keep a condition under a name; who is in it is worked out in the background."""
        given = self.read(SegmentBodySerializer)
        comment = given.pop("comment")
        made = create_segment(access=self.access, definition=Definition(**given), comment=comment)
        return self.answer_segment(made, status=201)

    @extend_schema(request=SegmentBodySerializer, responses=SegmentSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what is sent. Another condition or mode is a new version."""
        segment = found(segment_here(pk))
        require_match(request, version_etag(segment.version))
        given = self.read(SegmentBodySerializer, partial=True)
        names = ("name", "condition", "mode", "description")
        values = {name: given.get(name, getattr(segment, name)) for name in names}
        changed = change_segment(
            access=self.access, segment=segment, seen=segment.version, definition=Definition(**values),
            comment=given.get("comment", ""),
        )  # fmt: skip
        return self.answer_segment(changed)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Take it away; refused while a rule or another segment reads it."""
        segment = found(segment_here(pk))
        require_match(request, version_etag(segment.version))
        archive_segment(segment=segment)
        return Response(status=204)

    @extend_schema(request=None, responses={202: SegmentSerializer})
    def refresh(self, request: Request, pk: UUID) -> Response:
        """Take a frozen segment's members of today."""
        segment = found(segment_here(pk))
        refresh_segment(access=self.access, segment=segment)
        return self.answer_segment(segment, status=202)

    @extend_schema(
        parameters=[OpenApiParameter("with", UUID, required=True, description="The other segment.")],
        responses=SegmentOverlapSerializer,
    )
    def overlap(self, request: Request, pk: UUID) -> Response:
        """How many are in this segment, in another one, and in both."""
        segment = found(segment_here(pk))
        other = found(segment_here(_id(request.query_params.get("with", ""))))
        parts = numbers.overlap_of(self.access, segment, other)
        return self.answer(SegmentOverlapSerializer, parts)

    @extend_schema(
        parameters=[OpenApiParameter("days", int, description=f"1 to {LONGEST}; 90 where it is left out.")],
        responses=SegmentSizesSerializer,
    )
    def sizes(self, request: Request, pk: UUID) -> Response:
        """How many were in it at the end of each day, and how many came and left."""
        segment = found(segment_here(pk))
        days = _days(request.query_params.get("days", "90"))
        history = numbers.histories(self.access, [segment], days=days)[segment.id]
        return self.answer(SegmentSizesSerializer, {"days": history})

    def answer_segment(self, segment: Segment, *, status: int = 200) -> Response:
        self.counted([segment])
        return self.answer(SegmentSerializer, segment, status=status, etag=version_etag(segment.version))

    def counted(self, rows: Any) -> Any:
        """The segments with their members in scope, as `customers`; without conditions that may not be seen."""
        counts = numbers.counts_now(self.access, [row.id for row in rows])
        for row in rows:
            row.customers = counts.get(row.id, 0)
            row.shown = row.condition if may_read(self.access, row) else None
        return rows


class SegmentMembersViewSet(ApiViewSet):
    tag = "segments"
    permission = "crm.view_segment"
    serializer_class = SegmentMemberSerializer
    orderings = Orderings({"customer": "customer_id"})

    @extend_schema(operation_id="segments_members")
    def list(self, request: Request, segment_id: UUID) -> Response:
        """Members that you may see."""
        self.require("crm.view_customer")
        segment = found(segment_here(segment_id))
        rows = numbers.visible_members(self.access, segment.id).select_related("customer")
        return self.answer_page(SegmentMemberSerializer, rows)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refusal("invalid", "with is the id of a segment.", {"with": ["An id."]}) from None


def _days(text: str) -> int:
    days = whole_number(text)
    if days is None or not 1 <= days <= LONGEST:
        raise Refusal("invalid", f"days is 1 to {LONGEST}.", {"days": [f"A number from 1 to {LONGEST}."]})
    return days

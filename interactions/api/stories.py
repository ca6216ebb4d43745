"""`stories/`: what somebody did for a customer, told without a name."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.customer_bodies import EXAMPLE_ID
from interactions.models import Story
from interactions.selectors.stories import stories
from tenancy.api.filters import Filters
from tenancy.api.pagination import Orderings
from tenancy.api.viewsets import ApiViewSet

STORY = {
    "id": EXAMPLE_ID, "title": "A lift to the tram", "text": "The box was too heavy, so I carried it along.",
    "tags": ["delivery"], "need_kind": EXAMPLE_ID, "told_at": "2026-11-22T09:30:00Z", "author_name": "Fran",
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("Carried along", value=STORY, response_only=True)])
class StorySerializer(serializers.Serializer[Story]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    text = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    need_kind = serializers.UUIDField(source="need_kind_id", allow_null=True)
    told_at = serializers.DateTimeField()
    author_name = serializers.CharField()


class StoryFilters(Filters):
    need_kind = serializers.UUIDField(required=False)

    lookups = {"need_kind": "need_kind_id"}


class StoryViewSet(ApiViewSet):
    """Stories that everybody may read; who the customer was is not in them."""

    permissions: ClassVar[dict[str, str]] = {"list": "interactions.tell_story"}
    tag = "stories"
    serializer_class = StorySerializer
    filters = StoryFilters
    orderings = Orderings({"told_at": "told_at"}, default="-told_at")

    def list(self, request: Request) -> Response:
        """A page of stories, the newest first."""
        return self.answer_page(StorySerializer, stories())

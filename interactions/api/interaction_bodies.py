"""Contacts as programs see and send them."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from crm.api.customer_bodies import EXAMPLE_ID
from interactions.models import Correction, Interaction
from interactions.models.interaction import LONGEST_TEXT
from interactions.services.corrections import LONGEST_REASON
from tenancy.api.bulk import BulkSerializer
from tenancy.api.filters import Filters
from tenancy.api.serializers import StrictSerializer

NEW = {
    "customer": EXAMPLE_ID, "channel": "phone", "direction": "inbound", "occurred_at": "2026-09-30T12:00:00Z",
    "minutes": "4.50", "outcome": "follow_up", "sentiment": "mixed", "subject": "the oven",
    "text": "It does not get hot.", "key": "call-88121",
}  # fmt: skip
_SHARED = {
    "id": EXAMPLE_ID, "customer": EXAMPLE_ID, "touchpoint": "human", "channel": "phone", "direction": "inbound",
    "initiative": "reactive", "occurred_at": "2026-09-30T12:00:00Z", "recorded_at": "2026-09-30T12:03:10Z",
    "minutes": "4.50", "outcome": "follow_up", "sentiment": "mixed", "satisfaction": None, "subject": "the oven",
    "member": EXAMPLE_ID, "author": "Alice Adams", "version": 2, "corrected_at": "2026-09-30T15:00:00Z",
}  # fmt: skip
SHOWN = {**_SHARED, "text": "It does not get hot.", "key": "call-88121"}
CORRECTION = {
    "at": "2026-09-30T15:00:00Z", "reason": "misheard", "author": "Alice Adams", "before": {"subject": "the stove"},
}  # fmt: skip


class _Shared(serializers.Serializer[Interaction]):
    id = serializers.UUIDField()
    customer = serializers.UUIDField(source="customer_id")
    touchpoint = serializers.ChoiceField(Interaction.Touchpoint.choices)
    channel = serializers.ChoiceField(Interaction.Channel.choices)
    direction = serializers.ChoiceField(Interaction.Direction.choices)
    initiative = serializers.ChoiceField(Interaction.Initiative.choices)
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    minutes = serializers.DecimalField(
        max_digits=7, decimal_places=2, allow_null=True, help_text="Of our time."
    )
    outcome = serializers.ChoiceField(Interaction.Outcome.choices, allow_blank=True)
    sentiment = serializers.ChoiceField(Interaction.Sentiment.choices, allow_blank=True)
    satisfaction = serializers.IntegerField(allow_null=True, help_text="1 to 5, as the customer said it.")
    subject = serializers.CharField()
    member = serializers.UUIDField(source="member_id", allow_null=True, help_text="Who had it.")
    author = serializers.CharField(source="author_name", help_text="Who wrote it down.")
    version = serializers.IntegerField(help_text="One more with every correction.")
    corrected_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample("a call", value={**_SHARED, "excerpt": "It does not get hot."}, response_only=True)
    ]
)
class ListedInteractionSerializer(_Shared):
    """A contact in a list."""

    excerpt = serializers.CharField(help_text="The first 400 characters of the text.")


@extend_schema_serializer(examples=[OpenApiExample("a call", value=SHOWN, response_only=True)])
class InteractionSerializer(_Shared):
    """A contact with its whole text."""

    text = serializers.CharField()
    key = serializers.CharField()


class CorrectionSerializer(serializers.Serializer[Correction]):
    at = serializers.DateTimeField()
    reason = serializers.CharField()
    author = serializers.CharField(source="author_name")
    before = serializers.DictField(help_text="What stood there: field to value.")


@extend_schema_serializer(
    examples=[OpenApiExample("a call", value={**SHOWN, "corrections": [CORRECTION]}, response_only=True)]
)
class CorrectedInteractionSerializer(InteractionSerializer):
    """A contact with what was corrected in it, the newest correction first."""

    corrections = CorrectionSerializer(many=True, source="read_corrections")


class MomentField(serializers.DateTimeField):
    """A moment with its offset: a time without one happened at a different moment for everybody."""

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            raise serializers.ValidationError("Say the time with its offset, as 2026-05-01T12:00:00+02:00.")
        return super().enforce_timezone(value)


class _Told(StrictSerializer):
    """What can be told of a contact. Each service says in words what cannot be kept."""

    touchpoint = serializers.ChoiceField(Interaction.Touchpoint.choices, required=False)
    direction = serializers.ChoiceField(Interaction.Direction.choices, required=False)
    initiative = serializers.ChoiceField(Interaction.Initiative.choices, required=False)
    minutes = serializers.DecimalField(
        max_digits=7, decimal_places=2, min_value=Decimal(0), required=False, allow_null=True
    )
    outcome = serializers.ChoiceField(Interaction.Outcome.choices, required=False, allow_blank=True)
    sentiment = serializers.ChoiceField(Interaction.Sentiment.choices, required=False, allow_blank=True)
    satisfaction = serializers.IntegerField(min_value=1, max_value=5, required=False, allow_null=True)
    subject = serializers.CharField(max_length=200, required=False, allow_blank=True)
    text = serializers.CharField(
        max_length=LONGEST_TEXT, required=False, allow_blank=True, trim_whitespace=False
    )


@extend_schema_serializer(examples=[OpenApiExample("a call", value=NEW, request_only=True)])
class NewInteractionSerializer(_Told):
    """Logged for a customer in scope, or for anybody whose service card the caller may open."""

    customer = serializers.UUIDField()
    channel = serializers.ChoiceField(Interaction.Channel.choices)
    occurred_at = MomentField(
        required=False, allow_null=True, help_text="With its offset; left out: now. Never in the future."
    )
    key = serializers.CharField(
        max_length=120, required=False, allow_blank=True,
        help_text="Yours: the same key and content is one contact.",
    )  # fmt: skip


@extend_schema_serializer(
    examples=[
        OpenApiExample("misheard", value={"subject": "the stove", "reason": "misheard"}, request_only=True)
    ]
)
class CorrectionOfInteractionSerializer(_Told):
    """What was wrong and why; what is left out stays. What stood there is kept beside it."""

    channel = serializers.ChoiceField(Interaction.Channel.choices, required=False)
    occurred_at = MomentField(required=False)
    reason = serializers.CharField(max_length=LONGEST_REASON)


@extend_schema_serializer(examples=[OpenApiExample("one", value={"items": [NEW]}, request_only=True)])
class InteractionsSerializer(BulkSerializer):
    """Each item as for a new contact."""


class InteractionFilters(Filters):
    customer = serializers.UUIDField(required=False)
    member = serializers.UUIDField(required=False)
    channel = serializers.ChoiceField(Interaction.Channel.choices, required=False)
    occurred_after = serializers.DateTimeField(required=False)
    occurred_before = serializers.DateTimeField(required=False)

    lookups: ClassVar[dict[str, Any]] = {
        "customer": "customer_id", "member": "member_id",
        "occurred_after": "occurred_at__gt", "occurred_before": "occurred_at__lt",
    }  # fmt: skip

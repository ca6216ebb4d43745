"""What a promise looks like over the API, and what may be done with one."""

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from crm.api.customer_bodies import EXAMPLE_ID
from interactions.models import Promise
from tenancy.api.filters import Filters
from tenancy.api.serializers import StrictSerializer

PROMISE = {
    "id": EXAMPLE_ID, "customer": EXAMPLE_ID, "words": "Call back about the kettle", "state": "open",
    "due_at": "2026-11-27T15:00:00Z", "first_due_at": "2026-11-26T15:00:00Z", "renegotiated": 1,
    "remind_at": "2026-11-26T15:00:00Z", "member": None, "portfolio": EXAMPLE_ID, "interaction": None,
    "made_at": "2026-11-22T09:30:00Z", "ended_at": None, "author_name": "Alice", "key": "call 7",
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("A promise", value=PROMISE, response_only=True)])
class PromiseSerializer(serializers.Serializer[Promise]):
    id = serializers.UUIDField()
    customer = serializers.UUIDField(source="customer_id")
    words = serializers.CharField()
    state = serializers.ChoiceField(Promise.State.choices)
    due_at = serializers.DateTimeField(help_text="Open until then; broken from then on.")
    first_due_at = serializers.DateTimeField(help_text="Before anybody renegotiated.")
    renegotiated = serializers.IntegerField(help_text="How often.")
    remind_at = serializers.DateTimeField(allow_null=True)
    member = serializers.UUIDField(
        source="member_id",
        allow_null=True,
        help_text="Who answers for it; empty: whoever manages the portfolio in which the customer is.",
    )
    portfolio = serializers.UUIDField(
        source="portfolio_id", help_text="Where the customer was when it was made; it counts there."
    )
    interaction = serializers.UUIDField(source="interaction_id", allow_null=True)
    made_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    author_name = serializers.CharField()
    key = serializers.CharField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A call back", request_only=True,
            value={"customer": EXAMPLE_ID, "words": "Call back about the kettle", "due_at": "2026-11-27T15:00:00Z"},
        )
    ]
)  # fmt: skip
class PromiseBodySerializer(StrictSerializer):
    customer = serializers.UUIDField()
    words = serializers.CharField(max_length=500)
    due_at = serializers.DateTimeField()
    remind_at = serializers.DateTimeField(
        allow_null=True, default=None, help_text="Empty: a day before, or halfway where that is sooner."
    )
    member = serializers.UUIDField(allow_null=True, default=None)
    interaction = serializers.UUIDField(allow_null=True, default=None)
    key = serializers.CharField(
        max_length=120, allow_blank=True, default="", help_text="The same key again is the same promise."
    )


@extend_schema_serializer(
    examples=[OpenApiExample("Done", request_only=True, value={"words": "called at three"})]
)
class KeepSerializer(StrictSerializer):
    words = serializers.CharField(max_length=300, allow_blank=True, default="")


@extend_schema_serializer(
    examples=[OpenApiExample("Why", request_only=True, value={"reason": "the maker does not deliver"})]
)
class ReasonSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=300)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "As agreed", request_only=True,
            value={"due_at": "2026-11-30T15:00:00Z", "reason": "the part is late, they agreed"},
        )
    ]
)  # fmt: skip
class RenegotiateSerializer(StrictSerializer):
    due_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=300)


class PromiseFilters(Filters):
    customer = serializers.UUIDField(required=False)
    member = serializers.UUIDField(required=False)
    portfolio = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(Promise.State.choices, required=False)

    lookups = {"customer": "customer_id", "member": "member_id", "portfolio": "portfolio_id"}

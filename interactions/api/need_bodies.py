"""What a need looks like over the API, and what may be said of one."""

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from crm.api.customer_bodies import EXAMPLE_ID
from interactions.models import Need, NeedKind, NeedTreatment
from tenancy.api.filters import Filters
from tenancy.api.serializers import StrictSerializer

KIND = {
    "id": EXAMPLE_ID, "name": "Delivery at a certain time", "description": "Only then is somebody at home.",
    "lasts_days": 365, "archived_at": None,
}  # fmt: skip
TREATMENT = {"words": "Deliver on Saturdays only", "at": "2026-11-22T09:40:00Z", "author_name": "Alice"}
NEED = {
    "id": EXAMPLE_ID, "customer": EXAMPLE_ID, "kind": EXAMPLE_ID, "words": "At work all week", "strength": 2,
    "status": "open", "visibility": "shared", "interaction": None, "stated_at": "2026-11-22T09:30:00Z",
    "expires_on": "2027-11-22", "ended_at": None, "ended_because": "", "author_name": "Alice", "key": "call 7",
    "treatments": [TREATMENT],
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("A kind of need", value=KIND, response_only=True)])
class NeedKindSerializer(serializers.Serializer[NeedKind]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()
    lasts_days = serializers.IntegerField(help_text="So long it is relied on, where nobody says other.")
    archived_at = serializers.DateTimeField(allow_null=True, help_text="No longer offered since.")


class TreatmentSerializer(serializers.Serializer[NeedTreatment]):
    words = serializers.CharField()
    at = serializers.DateTimeField()
    author_name = serializers.CharField()


@extend_schema_serializer(examples=[OpenApiExample("A need", value=NEED, response_only=True)])
class NeedSerializer(serializers.Serializer[Need]):
    id = serializers.UUIDField()
    customer = serializers.UUIDField(source="customer_id")
    kind = serializers.UUIDField(source="kind_id")
    words = serializers.CharField()
    strength = serializers.ChoiceField(Need.Strength.choices, help_text="1 mentioned, 2 wanted, 3 decisive.")
    status = serializers.ChoiceField(Need.Status.choices)
    visibility = serializers.ChoiceField(Need.Visibility.choices)
    interaction = serializers.UUIDField(source="interaction_id", allow_null=True, help_text="The evidence.")
    stated_at = serializers.DateTimeField()
    expires_on = serializers.DateField(help_text="The last day on which it is relied on.")
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_because = serializers.CharField()
    author_name = serializers.CharField()
    key = serializers.CharField()
    treatments = TreatmentSerializer(many=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Told at the counter", request_only=True,
            value={"customer": EXAMPLE_ID, "kind": EXAMPLE_ID, "words": "At work all week", "key": "till 4, 88"},
        )
    ]
)  # fmt: skip
class NeedBodySerializer(StrictSerializer):
    customer = serializers.UUIDField()
    kind = serializers.UUIDField()
    words = serializers.CharField(max_length=500, allow_blank=True, default="")
    strength = serializers.ChoiceField(Need.Strength.choices, default=Need.Strength.WANTED)
    visibility = serializers.ChoiceField(Need.Visibility.choices, default=Need.Visibility.SHARED)
    interaction = serializers.UUIDField(allow_null=True, default=None)
    expires_on = serializers.DateField(
        allow_null=True, default=None, help_text="Empty: as long as its kind lasts."
    )
    key = serializers.CharField(
        max_length=120, allow_blank=True, default="", help_text="The same key again is the same need."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Cannot be met", request_only=True, value={"status": "unmet", "because": "we do not deliver on Sundays"}
        )
    ]
)  # fmt: skip
class NeedEndSerializer(StrictSerializer):
    status = serializers.ChoiceField(
        [one for one in Need.Status.choices if one[0] in ("met", "unmet", "dropped")]
    )
    because = serializers.CharField(
        max_length=300, allow_blank=True, default="", help_text="Needed where it cannot be met."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample("Because of it", request_only=True, value={"words": "Deliver on Saturdays only"})
    ]
)
class TreatmentBodySerializer(StrictSerializer):
    words = serializers.CharField(max_length=300)


class NeedFilters(Filters):
    customer = serializers.UUIDField(required=False)
    kind = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(Need.Status.choices, required=False)

    lookups = {"customer": "customer_id", "kind": "kind_id"}

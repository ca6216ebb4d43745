"""What a case looks like over the API, and what may be said of one."""

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from crm.api.customer_bodies import EXAMPLE_ID
from interactions.models import Case
from interactions.selectors.case_page import parts_shown
from tenancy.api.filters import Filters
from tenancy.api.serializers import StrictSerializer

PART = {"key": "kind", "words": "Kind: Delivery", "points": 25}
CASE = {
    "id": EXAMPLE_ID, "number": 12, "customer": EXAMPLE_ID, "kind": EXAMPLE_ID, "subject": "The lid is missing",
    "text": "", "state": "open", "is_proactive": False, "severity": 1, "priority": 3, "score": 42,
    "score_parts": [PART], "member": None, "interaction": None, "opened_at": "2026-08-28T15:00:00Z",
    "answer_due_at": "2026-09-01T10:45:00Z", "answered_at": None, "resolve_due_at": "2026-09-02T15:00:00Z",
    "waiting_since": None, "resolved_at": None, "resolution": "", "reopened": 0,
}  # fmt: skip
SAID = {"text": "Which colour is the lid?"}


class ScorePartSerializer(serializers.Serializer[dict[str, object]]):
    key = serializers.CharField()
    words = serializers.CharField()
    points = serializers.IntegerField()


@extend_schema_serializer(examples=[OpenApiExample("A parcel without a lid", value=CASE, response_only=True)])
class CaseSerializer(serializers.Serializer[Case]):
    id = serializers.UUIDField()
    number = serializers.IntegerField(help_text="Counted within the company, without gaps.")
    customer = serializers.UUIDField(source="customer_id")
    kind = serializers.UUIDField(source="kind_id")
    subject = serializers.CharField()
    text = serializers.CharField()
    state = serializers.ChoiceField(Case.State.choices)
    is_proactive = serializers.BooleanField()
    severity = serializers.IntegerField(help_text="0 to 3.")
    priority = serializers.IntegerField(help_text="1 (urgent) to 4 (can wait).")
    score = serializers.IntegerField(help_text="0 to 100: the sum of its parts.")
    score_parts = serializers.SerializerMethodField()
    member = serializers.UUIDField(
        source="member_id", allow_null=True, help_text="Empty: whoever manages the customer’s portfolio."
    )
    interaction = serializers.UUIDField(source="interaction_id", allow_null=True)
    opened_at = serializers.DateTimeField()
    answer_due_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    resolve_due_at = serializers.DateTimeField(help_text="Moves on by the business hours of each pause.")
    waiting_since = serializers.DateTimeField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)
    resolution = serializers.CharField()
    reopened = serializers.IntegerField()

    @extend_schema_field(ScorePartSerializer(many=True))
    def get_score_parts(self, case: Case) -> list[dict[str, object]]:
        """As this caller may read them: what is said of value is for those who may see value."""
        return [dict(part) for part in parts_shown(self.context["request"].auth, case)]


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A parcel without a lid", request_only=True,
            value={"customer": EXAMPLE_ID, "kind": EXAMPLE_ID, "subject": "The lid is missing", "key": "shop:77"},
        )
    ]
)  # fmt: skip
class CaseBodySerializer(StrictSerializer):
    """The same `key` with the same content is the case that is there."""

    customer = serializers.UUIDField()
    kind = serializers.UUIDField()
    subject = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=100_000, allow_blank=True, default="")
    severity = serializers.IntegerField(min_value=0, max_value=3, default=1)
    is_proactive = serializers.BooleanField(default=False)
    member = serializers.UUIDField(allow_null=True, default=None)
    interaction = serializers.UUIDField(allow_null=True, default=None)
    key = serializers.CharField(max_length=120, allow_blank=True, default="")


@extend_schema_serializer(examples=[OpenApiExample("Asked back", request_only=True, value=SAID)])
class CaseWordsSerializer(StrictSerializer):
    text = serializers.CharField(max_length=100_000, allow_blank=True, default="")


@extend_schema_serializer(
    examples=[OpenApiExample("Sent one", request_only=True, value={"resolution": "Sent a red lid."})]
)
class ResolutionSerializer(StrictSerializer):
    resolution = serializers.CharField(max_length=100_000)


@extend_schema_serializer(
    examples=[OpenApiExample("To somebody", request_only=True, value={"member": EXAMPLE_ID})]
)
class CaseMemberSerializer(StrictSerializer):
    member = serializers.UUIDField(allow_null=True, help_text="Null: whoever manages the portfolio.")


@extend_schema_serializer(
    examples=[OpenApiExample("Worse than it seemed", request_only=True, value={"severity": 3})]
)
class SeveritySerializer(StrictSerializer):
    severity = serializers.IntegerField(min_value=0, max_value=3)
    text = serializers.CharField(max_length=100_000, allow_blank=True, default="")


class CaseFilters(Filters):
    customer = serializers.UUIDField(required=False)
    member = serializers.UUIDField(required=False)
    kind = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(Case.State.choices, required=False)
    priority = serializers.IntegerField(min_value=1, max_value=4, required=False)

    lookups = {"customer": "customer_id", "member": "member_id", "kind": "kind_id"}

"""What a task looks like over the API, and what may be said of one."""

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from crm.api.customer_bodies import EXAMPLE_ID
from interactions.models import Task
from tenancy.api.filters import Filters
from tenancy.api.serializers import StrictSerializer

TASK = {
    "id": EXAMPLE_ID, "subject": "Call back about the sleeve", "text": "", "kind": "call", "state": "open",
    "customer": EXAMPLE_ID, "member": EXAMPLE_ID, "portfolio": None, "due_at": "2026-11-27T15:00:00Z",
    "is_all_day": False, "remind_at": None, "snoozed_until": None, "repeats": "", "repeats_until": None,
    "made_at": "2026-11-22T09:30:00Z", "ended_at": None, "follows": None,
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("A call back", value=TASK, response_only=True)])
class TaskSerializer(serializers.Serializer[Task]):
    id = serializers.UUIDField()
    subject = serializers.CharField()
    text = serializers.CharField()
    kind = serializers.ChoiceField(Task.Kind.choices)
    state = serializers.ChoiceField(Task.State.choices)
    customer = serializers.UUIDField(source="customer_id", allow_null=True)
    member = serializers.UUIDField(source="member_id", allow_null=True)
    portfolio = serializers.UUIDField(
        source="portfolio_id",
        allow_null=True,
        help_text="Where no member is named: whoever manages it does it.",
    )
    due_at = serializers.DateTimeField(allow_null=True)
    is_all_day = serializers.BooleanField(help_text="Due by the end of that day, in the company's zone.")
    remind_at = serializers.DateTimeField(allow_null=True)
    snoozed_until = serializers.DateTimeField(allow_null=True)
    repeats = serializers.ChoiceField(Task.Repeats.choices, allow_blank=True)
    repeats_until = serializers.DateField(allow_null=True)
    made_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    follows = serializers.UUIDField(source="follows_id", allow_null=True, help_text="The one before.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A call back", request_only=True,
            value={"subject": "Call back about the sleeve", "kind": "call", "customer": EXAMPLE_ID,
                   "due_at": "2026-11-27T15:00:00Z"},
        )
    ]
)  # fmt: skip
class TaskBodySerializer(StrictSerializer):
    """Without `member` and `portfolio` it is for whoever manages the customer's portfolio."""

    subject = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=20_000, allow_blank=True, default="")
    kind = serializers.ChoiceField(Task.Kind.choices, default=Task.Kind.DO)
    customer = serializers.UUIDField(allow_null=True, default=None)
    member = serializers.UUIDField(allow_null=True, default=None)
    portfolio = serializers.UUIDField(allow_null=True, default=None)
    due_at = serializers.DateTimeField(allow_null=True, default=None)
    is_all_day = serializers.BooleanField(default=False)
    remind_at = serializers.DateTimeField(allow_null=True, default=None)
    repeats = serializers.ChoiceField(Task.Repeats.choices, allow_blank=True, default="")
    repeats_until = serializers.DateField(allow_null=True, default=None)


@extend_schema_serializer(
    examples=[OpenApiExample("On another day", request_only=True, value={"due_at": "2026-11-30T15:00:00Z"})]
)
class TaskChangeSerializer(StrictSerializer):
    subject = serializers.CharField(max_length=200, required=False)
    text = serializers.CharField(max_length=20_000, allow_blank=True, required=False)
    kind = serializers.ChoiceField(Task.Kind.choices, required=False)
    due_at = serializers.DateTimeField(allow_null=True, required=False)
    is_all_day = serializers.BooleanField(required=False)
    remind_at = serializers.DateTimeField(allow_null=True, required=False)
    repeats = serializers.ChoiceField(Task.Repeats.choices, allow_blank=True, required=False)
    repeats_until = serializers.DateField(allow_null=True, required=False)


class TaskFilters(Filters):
    customer = serializers.UUIDField(required=False)
    member = serializers.UUIDField(required=False)
    portfolio = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(Task.State.choices, required=False)
    kind = serializers.ChoiceField(Task.Kind.choices, required=False)

    lookups = {"customer": "customer_id", "member": "member_id", "portfolio": "portfolio_id"}

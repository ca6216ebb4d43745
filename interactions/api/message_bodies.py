"""What a message looks like over the API, and how one is asked for."""

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from crm.api.customer_bodies import EXAMPLE_ID
from interactions.models import Message
from interactions.services.messages import MOST, WAYS
from privacy.models.purpose import Channel
from tenancy.api.filters import Filters
from tenancy.api.serializers import StrictSerializer

CHANNELS = [(way, str(Channel(way).label)) for way in WAYS]
ASKED = {
    "customer": EXAMPLE_ID, "channel": "email", "purpose": "order_confirmation", "language": "en",
    "subject": "Your bicycle is ready", "body": "It is repaired and waits for you.", "key": "repair-1042",
}  # fmt: skip
MESSAGE = {
    "id": EXAMPLE_ID, "customer": EXAMPLE_ID, "channel": "email", "purpose": "order_confirmation",
    "is_marketing": False, "language": "en", "subject": "Your bicycle is ready",
    "body": "It is repaired and waits for you.", "state": "sent", "code": "", "why": "", "contact_point": None,
    "asked_at": "2026-11-22T09:30:00Z", "due_at": "2026-11-22T09:30:00Z", "sent_at": "2026-11-22T09:30:02Z",
    "tries": 1, "key": "repair-1042",
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("sent", value=MESSAGE, response_only=True)])
class MessageStateSerializer(serializers.Serializer[Message]):
    """A message, and what became of it."""

    id = serializers.UUIDField()
    customer = serializers.UUIDField(source="customer_id")
    channel = serializers.ChoiceField(CHANNELS)
    purpose = serializers.CharField()
    is_marketing = serializers.BooleanField(help_text="By its purpose, or because it promotes something.")
    language = serializers.CharField()
    subject = serializers.CharField()
    body = serializers.CharField()
    state = serializers.ChoiceField(Message.State.choices)
    code = serializers.CharField(help_text="Why it is not sent, or not yet, as the gate says it.")
    why = serializers.CharField()
    contact_point = serializers.UUIDField(source="point_id", allow_null=True)
    asked_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="Not before; a deferral moves it on.")
    sent_at = serializers.DateTimeField(allow_null=True)
    tries = serializers.IntegerField()
    key = serializers.CharField()


@extend_schema_serializer(examples=[OpenApiExample("about a repair", value=ASKED, request_only=True)])
class MessageAskSerializer(StrictSerializer):
    """Queued at once; whether it may go is asked at the moment of sending. The same key is the same message."""

    customer = serializers.UUIDField()
    channel = serializers.ChoiceField(CHANNELS)
    purpose = serializers.CharField(max_length=40, help_text="Key of a purpose.")
    language = serializers.CharField(max_length=5)
    subject = serializers.CharField(max_length=200, allow_blank=True, default="")
    body = serializers.CharField(max_length=MOST["email"])
    contact_point = serializers.UUIDField(
        allow_null=True, default=None, help_text="The primary one where left out."
    )
    not_before = serializers.DateTimeField(allow_null=True, default=None)
    has_promotion = serializers.BooleanField(default=False)
    key = serializers.CharField(max_length=120, allow_blank=True, default="")


class MessageFilters(Filters):
    customer = serializers.UUIDField(required=False)
    channel = serializers.ChoiceField(CHANNELS, required=False)
    purpose = serializers.CharField(max_length=40, required=False)
    state = serializers.ChoiceField(Message.State.choices, required=False)

    lookups = {"customer": "customer_id"}

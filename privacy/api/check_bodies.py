"""Questions to the gate and its answers, as programs see them."""

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from crm.api.customer_bodies import EXAMPLE_ID
from privacy.gate.asks import EARLIEST, LATEST
from privacy.models import GateAnswer
from privacy.models.purpose import Channel
from privacy.policy.facts import NO_CHANNEL
from tenancy.api.bulk import BulkSerializer
from tenancy.api.filters import Filters
from tenancy.api.serializers import ProblemSerializer, StrictSerializer

CHANNELS = [*Channel.choices, (NO_CHANNEL, "without a message: may this person be profiled")]
QUESTION = {"customer": EXAMPLE_ID, "channel": "email", "purpose": "newsletter"}
ANSWER = {
    "id": EXAMPLE_ID, "customer": EXAMPLE_ID, "channel": "email", "purpose": "newsletter", "decision": "allow",
    "until": None, "code": "CONSENT_EXPRESS", "all_codes": ["CONSENT_EXPRESS"], "obligations": [],
    "evidence_ids": [EXAMPLE_ID], "policy_version": "2026-11-24+3f2a9c1d5b1e", "as_of": "2026-09-30T12:00:00Z",
}  # fmt: skip
LOGGED = {
    **ANSWER, "asked_at": "2026-09-30T12:00:00Z", "asked_by": f"token:{EXAMPLE_ID}", "asked_for": "API",
    "is_permit": False,
}  # fmt: skip


class ProductSerializer(StrictSerializer):
    owner = serializers.ChoiceField([("self", "our own"), ("partner", "a partner's")], required=False)
    similar_to_purchase = serializers.BooleanField(
        required=False, help_text="Like what they bought or asked about."
    )


class MessageSerializer(StrictSerializer):
    """What the message is. Left out, an ordinary one of ours is meant: it names you and offers a way out."""

    has_promotion = serializers.BooleanField(required=False)
    has_sender_identity = serializers.BooleanField(required=False)
    has_postal_address = serializers.BooleanField(required=False)
    has_opt_out = serializers.BooleanField(required=False)
    audience = serializers.ChoiceField(
        [("list", "a list"), ("profile", "chosen by a score or segment")], required=False
    )
    automated = serializers.BooleanField(
        required=False, help_text="Sent or dialled by a machine, or a recorded voice."
    )
    subject = serializers.CharField(max_length=80, required=False, help_text="Which offer or campaign.")
    product = ProductSerializer(required=False)
    relates_to_contract = serializers.BooleanField(required=False)
    shares_with_third_party = serializers.BooleanField(required=False)


@extend_schema_serializer(examples=[OpenApiExample("a question", value=QUESTION, request_only=True)])
class QuestionSerializer(StrictSerializer):
    customer = serializers.UUIDField()
    channel = serializers.ChoiceField(CHANNELS)
    purpose = serializers.CharField(max_length=40, help_text="Key of a purpose, such as `marketing`.")
    at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="The moment of sending; now where left out.",
        validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
    )
    contact_point = serializers.UUIDField(
        required=False, allow_null=True, help_text="The primary one where left out."
    )
    message = MessageSerializer(required=False)


@extend_schema_serializer(
    examples=[
        OpenApiExample("two", value={"items": [QUESTION, QUESTION | {"channel": "post"}]}, request_only=True)
    ]
)
class QuestionsSerializer(BulkSerializer):
    """Each item as for one question."""


class _Answer(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="Of the answer; it is kept and can be given again.")
    customer = serializers.UUIDField()
    channel = serializers.ChoiceField(CHANNELS)
    purpose = serializers.CharField()
    decision = serializers.ChoiceField(GateAnswer.Decision.choices)
    until = serializers.DateTimeField(
        allow_null=True, help_text="Only with defer: from then on it is allowed."
    )
    code = serializers.CharField(help_text="The reason that decides.")
    all_codes = serializers.ListField(
        child=serializers.CharField(), help_text="Every reason, the deciding one first."
    )
    obligations = serializers.ListField(
        child=serializers.CharField(), help_text="What a message must keep to."
    )
    evidence_ids = serializers.ListField(child=serializers.CharField(), help_text="Consents that decided.")
    policy_version = serializers.CharField(allow_blank=True)
    as_of = serializers.DateTimeField()


@extend_schema_serializer(examples=[OpenApiExample("a yes", value=ANSWER, response_only=True)])
class AnswerSerializer(_Answer):
    """The answer to one question. Nothing was sent, nothing reserved."""


@extend_schema_serializer(examples=[OpenApiExample("an answer", value=LOGGED, response_only=True)])
class LoggedAnswerSerializer(_Answer):
    """An answer as it was given."""

    customer = serializers.UUIDField(source="customer_id")
    policy_version = serializers.CharField(source="policy.version", default="", allow_blank=True)
    asked_at = serializers.DateTimeField()
    asked_by = serializers.CharField()
    asked_for = serializers.CharField(allow_blank=True)
    is_permit = serializers.BooleanField(help_text="A place was asked for, not only an answer.")


class AnswerItemSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Which question, counted from 0.")
    status = serializers.IntegerField(help_text="What the question alone would have been answered with.")
    answer = AnswerSerializer(allow_null=True)
    problem = ProblemSerializer(allow_null=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "one answered",
            value={
                "allow": 1, "deny": 0, "defer": 0, "refused": 0,
                "results": [{"index": 0, "status": 200, "answer": ANSWER, "problem": None}],
            },
            response_only=True,
        )
    ]
)  # fmt: skip
class AnswersSerializer(serializers.Serializer[Any]):
    """Counts, and an answer for each question in the order sent."""

    allow = serializers.IntegerField()
    deny = serializers.IntegerField()
    defer = serializers.IntegerField()
    refused = serializers.IntegerField(help_text="Questions that could not be asked.")
    results = AnswerItemSerializer(many=True)


class AnswerFilters(Filters):
    customer = serializers.UUIDField(required=False)
    channel = serializers.ChoiceField(CHANNELS, required=False)
    purpose = serializers.CharField(max_length=40, required=False)
    decision = serializers.ChoiceField(GateAnswer.Decision.choices, required=False)
    code = serializers.CharField(max_length=28, required=False)
    lookups: ClassVar[dict[str, str]] = {"customer": "customer_id"}

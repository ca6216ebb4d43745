"""`surveys/`: what is asked after contacts, and what customers in the scope answered."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.customer_bodies import EXAMPLE_ID
from interactions.models import Survey, SurveyAnswer
from interactions.selectors.surveys import surveys, visible_answers
from tenancy.api.filters import Filters
from tenancy.api.pagination import Orderings
from tenancy.api.viewsets import ApiViewSet

SURVEY = {
    "id": EXAMPLE_ID, "name": "After a call", "kind": "csat", "question": "How satisfied are you with our help?",
    "channels": ["phone"], "wait_minutes": 60, "share": 50, "rest_days": 90, "is_active": True,
}  # fmt: skip
ANSWER = {
    "ask": EXAMPLE_ID, "survey": EXAMPLE_ID, "kind": "csat", "customer": EXAMPLE_ID, "interaction": EXAMPLE_ID,
    "score": 4, "text": "Quick and friendly", "asked_at": "2026-11-20T10:30:00Z", "answered_at": "2026-11-22T09:30:00Z",
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("After a call", value=SURVEY, response_only=True)])
class SurveySerializer(serializers.Serializer[Survey]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Survey.Kind.choices)
    question = serializers.CharField()
    channels = serializers.ListField(
        child=serializers.CharField(), help_text="After contacts on these; none: on any."
    )
    wait_minutes = serializers.IntegerField()
    share = serializers.IntegerField(help_text="Of 100 contacts so many are asked about.")
    rest_days = serializers.IntegerField(help_text="Nobody is asked again within so many days.")
    is_active = serializers.BooleanField()


@extend_schema_serializer(examples=[OpenApiExample("Satisfied", value=ANSWER, response_only=True)])
class SurveyAnswerSerializer(serializers.Serializer[SurveyAnswer]):
    ask = serializers.UUIDField(
        source="ask_id", help_text="Stays the same when somebody changes their answer."
    )
    survey = serializers.UUIDField(source="ask.survey_id")
    kind = serializers.ChoiceField(Survey.Kind.choices, source="ask.survey.kind")
    customer = serializers.UUIDField(source="ask.customer_id")
    interaction = serializers.UUIDField(source="ask.interaction_id")
    score = serializers.IntegerField()
    text = serializers.CharField()
    asked_at = serializers.DateTimeField(source="ask.asked_at")
    answered_at = serializers.DateTimeField()


class SurveyAnswerFilters(Filters):
    survey = serializers.UUIDField(required=False)
    customer = serializers.UUIDField(required=False)

    lookups = {"survey": "ask__survey_id", "customer": "ask__customer_id"}


class SurveyViewSet(ApiViewSet):
    """Surveys of the company."""

    permissions: ClassVar[dict[str, str]] = {"list": "interactions.view"}
    tag = "surveys"
    serializer_class = SurveySerializer
    orderings = Orderings({"made_at": "made_at"}, default="-made_at")

    def list(self, request: Request) -> Response:
        """A page of surveys, the newest first."""
        return self.answer_page(SurveySerializer, surveys())


class SurveyAnswerViewSet(ApiViewSet):
    """Answers of customers that the caller sees. Who did not answer is not in it."""

    permissions: ClassVar[dict[str, str]] = {"list": "interactions.view"}
    tag = "surveys"
    serializer_class = SurveyAnswerSerializer
    filters = SurveyAnswerFilters
    orderings = Orderings({"answered_at": "answered_at"}, default="-answered_at", key="ask_id")

    def list(self, request: Request) -> Response:
        """A page of answers, the newest first."""
        return self.answer_page(SurveyAnswerSerializer, visible_answers(self.access))

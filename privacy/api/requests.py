"""`privacy-requests/`: what people asked about their data. Taken down here, handled on the desk."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy.clocks import clock_called
from privacy.models import PersonRequest
from privacy.selectors.requests import all_requests
from privacy.services.requests import open_request
from tenancy.api.filters import Filters
from tenancy.api.pagination import Orderings
from tenancy.api.serializers import StrictSerializer
from tenancy.api.viewsets import ApiViewSet, found


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "One whose identity is known",
            value={
                "id": "01936b1e-7f00-7000-8000-000000000001", "kind": "access", "state": "open", "came": "api",
                "customer": "01936b1e-7f00-7000-8000-000000000002", "regime": "EU",
                "law": "GDPR 12(3)", "received_at": "2026-11-02T09:30:00Z",
                "due_at": "2026-12-02T09:30:00Z", "extended_at": None,
                "identified_at": "2026-11-03T10:00:00Z", "closed_at": None,
            },
            response_only=True,
        )
    ]
)  # fmt: skip
class RequestSerializer(serializers.Serializer[PersonRequest]):
    """`customer` is set once it is said whose data it is about; `identified_at` once it is known that they ask."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=PersonRequest.Kind.choices)
    state = serializers.ChoiceField(choices=PersonRequest.State.choices)
    came = serializers.ChoiceField(choices=PersonRequest.Came.choices)
    customer = serializers.UUIDField(source="customer_id", allow_null=True)
    regime = serializers.CharField()
    law = serializers.SerializerMethodField()
    received_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    extended_at = serializers.DateTimeField(allow_null=True)
    identified_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)

    def get_law(self, request: PersonRequest) -> str:
        return clock_called(request.regime).source


@extend_schema_serializer(
    examples=[OpenApiExample("From a web form", value={"kind": "access", "asker": "ada@engines.example"})]
)
class NewRequestSerializer(StrictSerializer):
    """Who asks is checked later, by a code sent to an address that is known: nothing here proves it."""

    kind = serializers.ChoiceField(choices=PersonRequest.Kind.choices)
    asker = serializers.CharField(max_length=400, required=False, default="", allow_blank=True)
    words = serializers.CharField(max_length=10_000, required=False, default="", allow_blank=True)
    received_at = serializers.DateTimeField(required=False, default=None, allow_null=True)


class RequestFilters(Filters):
    kind = serializers.ChoiceField(PersonRequest.Kind.choices, required=False)
    state = serializers.ChoiceField(PersonRequest.State.choices, required=False)
    customer = serializers.UUIDField(required=False)

    lookups: ClassVar[dict[str, str]] = {"customer": "customer_id"}


class RequestViewSet(ApiViewSet):
    """What people asked about their data, each with the clock of its law."""

    permissions: ClassVar[dict[str, str]] = {
        "list": "privacy.handle_requests",
        "retrieve": "privacy.handle_requests",
        "create": "privacy.handle_requests",
    }
    tag = "privacy-requests"
    serializer_class = RequestSerializer
    filters = RequestFilters
    orderings = Orderings({"received_at": "received_at"}, default="-received_at")

    def list(self, request: Request) -> Response:
        """A page of requests, the newest first."""
        return self.answer_page(RequestSerializer, all_requests())

    def retrieve(self, request: Request, pk: str) -> Response:
        """One request."""
        return self.answer(RequestSerializer, found(all_requests().filter(id=pk).first()))

    @extend_schema(request=NewRequestSerializer, responses={201: RequestSerializer})
    def create(self, request: Request) -> Response:
        """Take one down. The answer is the same whoever asks: it never says whether they are a customer."""
        made = open_request(came=PersonRequest.Came.API, **self.read(NewRequestSerializer))
        return self.answer(RequestSerializer, made, status=201)

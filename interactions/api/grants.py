"""`grants/`: what is given on the spot, within the authority of the caller's role, else asked for."""

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.customer_bodies import EXAMPLE_ID
from crm.api.fields import MoneyField
from crm.selectors.scope import serviceable_customer, visible_customer
from interactions.models import Grant
from interactions.selectors.grants import visible_grant, visible_grants
from interactions.services.grants import GrantRefused, decide_grant, give_grant, withdraw_grant
from tenancy.api.filters import Filters
from tenancy.api.pagination import Orderings
from tenancy.api.serializers import StrictSerializer
from tenancy.api.viewsets import ApiViewSet, found
from tenancy.money import to_minor

GRANT = {
    "id": EXAMPLE_ID, "customer": EXAMPLE_ID, "kind": "credit", "amount": "15.00", "reason": "The sleeve was torn",
    "state": "given", "member": EXAMPLE_ID, "asked_of": None, "asked_at": "2026-11-22T09:30:00Z",
    "decided_at": "2026-11-22T09:30:00Z", "decision_words": "",
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("A credit", value=GRANT, response_only=True)])
class GrantSerializer(serializers.Serializer[Grant]):
    id = serializers.UUIDField()
    customer = serializers.UUIDField(source="customer_id")
    kind = serializers.ChoiceField(Grant.Kind.choices)
    amount = MoneyField()
    reason = serializers.CharField()
    state = serializers.ChoiceField(Grant.State.choices)
    member = serializers.UUIDField(source="member_id", allow_null=True)
    asked_of = serializers.UUIDField(
        source="asked_of_id", allow_null=True, help_text="null: anybody who may approve."
    )
    asked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_words = serializers.CharField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A credit", request_only=True,
            value={"customer": EXAMPLE_ID, "kind": "credit", "amount": "15.00", "reason": "The sleeve was torn"},
        )
    ]
)  # fmt: skip
class GrantBodySerializer(StrictSerializer):
    customer = serializers.UUIDField()
    kind = serializers.ChoiceField(Grant.Kind.choices)
    amount = serializers.DecimalField(max_digits=14, decimal_places=4, min_value=0)
    reason = serializers.CharField(max_length=300)
    key = serializers.CharField(max_length=100, default="", allow_blank=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample("No", request_only=True, value={"yes": False, "words": "They had one last week"})
    ]
)
class GrantDecisionSerializer(StrictSerializer):
    yes = serializers.BooleanField()
    words = serializers.CharField(max_length=300, default="", allow_blank=True)


@extend_schema_serializer(
    examples=[OpenApiExample("A mistake", request_only=True, value={"words": "Wrong customer"})]
)
class GrantBackSerializer(StrictSerializer):
    words = serializers.CharField(max_length=300)


class GrantFilters(Filters):
    customer = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(Grant.State.choices, required=False)
    kind = serializers.ChoiceField(Grant.Kind.choices, required=False)

    lookups: ClassVar[dict[str, str]] = {"customer": "customer_id"}


class GrantViewSet(ApiViewSet):
    """What was given on the spot, and what waits for a yes."""

    permissions: ClassVar[dict[str, str]] = {
        "list": "interactions.grant", "retrieve": "interactions.grant", "create": "interactions.grant",
        "decide": "interactions.approve", "withdraw": "interactions.grant",
    }  # fmt: skip
    tag = "grants"
    serializer_class = GrantSerializer
    filters = GrantFilters
    orderings = Orderings({"asked_at": "asked_at"}, default="-asked_at")

    def list(self, request: Request) -> Response:
        """A page of grants, the newest first."""
        return self.answer_page(GrantSerializer, visible_grants(self.access))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One grant."""
        return self.answer(GrantSerializer, found(visible_grant(self.access, pk)))

    @extend_schema(request=GrantBodySerializer, responses={201: GrantSerializer})
    def create(self, request: Request) -> Response:
        """Give something, or ask for what is above the authority of the caller's role: `state` says which."""
        given = self.read(GrantBodySerializer)
        named = given.pop("customer")
        customer = visible_customer(self.access, named) or serviceable_customer(self.access, named)
        if customer is None:
            raise GrantRefused("There is no such customer.", field="customer")
        amount = to_minor(given.pop("amount"), self.access.profile.currency)
        made, _ = give_grant(access=self.access, customer=customer, amount=amount, **given)
        return self.answer(GrantSerializer, made, status=201)

    @extend_schema(request=GrantDecisionSerializer, responses={200: GrantSerializer})
    def decide(self, request: Request, pk: UUID) -> Response:
        """Say yes or no to what was asked for."""
        grant = found(visible_grant(self.access, pk))
        given = self.read(GrantDecisionSerializer)
        return self.answer(GrantSerializer, decide_grant(access=self.access, grant=grant, **given))

    @extend_schema(request=GrantBackSerializer, responses={200: GrantSerializer})
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Take back what was given or asked for; its cost is posted back."""
        grant = found(visible_grant(self.access, pk))
        words = self.read(GrantBackSerializer)["words"]
        return self.answer(GrantSerializer, withdraw_grant(access=self.access, grant=grant, words=words))

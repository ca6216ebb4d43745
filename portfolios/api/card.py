"""`customers/<id>/summary/`: the card, in the milliseconds of a contact."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.contact_points import POINT, ContactPointSerializer
from crm.api.customer_bodies import EXAMPLE_ID, WORTH, WorthSerializer
from crm.api.fields import CurrencyField, MoneyField
from crm.models import Customer
from portfolios.api.bodies import NamedSerializer
from portfolios.selectors.card import Card, summary_card
from privacy.models import GateAnswer
from privacy.models.purpose import Channel
from privacy.selectors.may_we import MayWe
from tenancy.api.viewsets import ApiViewSet, found
from tenancy.permissions import ANY_MEMBER
from tenancy.services.audit import note_access

CARD = {
    "id": EXAMPLE_ID, "external_id": "K-1042", "kind": "person", "name": "Ada Lovelace", "country": "GB",
    "language": "en", "status": "active", "in_scope": True, "worth": WORTH,
    "portfolio": {"id": EXAMPLE_ID, "name": "North", "manager": {"id": EXAMPLE_ID, "name": "Alice"}},
    "last_order": {"id": EXAMPLE_ID, "external_id": "S-20931", "ordered_at": "2026-09-30T12:00:00Z",
                   "currency": "GBP", "net": "34.20"},
    "contact_points": [POINT],
    "may_we": [{"channel": "email", "decision": "allow", "until": None, "code": "CONSENT_EXPRESS",
                "service": "deny", "reason": "marketing", "answer": EXAMPLE_ID}],
}  # fmt: skip


class CardPortfolioSerializer(NamedSerializer):
    manager = NamedSerializer(allow_null=True)


class LastOrderSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    external_id = serializers.CharField()
    ordered_at = serializers.DateTimeField()
    currency = CurrencyField()
    net = MoneyField()


class MayWeSerializer(serializers.Serializer[MayWe]):
    """What the gate answers now for a channel: marketing, and whether a message about an order may go."""

    channel = serializers.ChoiceField(Channel.choices)
    decision = serializers.ChoiceField(GateAnswer.Decision.choices, source="marketing.decision")
    until = serializers.DateTimeField(source="marketing.until", allow_null=True)
    code = serializers.CharField(source="marketing.code")
    service = serializers.ChoiceField(GateAnswer.Decision.choices, source="service.decision")
    reason = serializers.CharField(help_text="In a few words, for people.")
    answer = serializers.UUIDField(source="answer_id", allow_null=True, help_text="See contact-checks/.")


@extend_schema_serializer(examples=[OpenApiExample("a card", value=CARD, response_only=True)])
class CardSerializer(serializers.Serializer[Card]):
    """Who, what they are worth, who answers for them, the last order, how to reach them."""

    id = serializers.UUIDField(source="customer.id")
    external_id = serializers.CharField(source="customer.external_id", allow_null=True)
    kind = serializers.ChoiceField(Customer.Kind.choices, source="customer.kind")
    name = serializers.CharField(source="customer.name")
    country = serializers.CharField(source="customer.country")
    language = serializers.CharField(source="customer.language")
    status = serializers.ChoiceField(Customer.Status.choices, source="customer.summary.status")
    in_scope = serializers.BooleanField(help_text="False: a service card of somebody else's customer.")
    worth = WorthSerializer(allow_null=True)
    portfolio = CardPortfolioSerializer(allow_null=True)
    last_order = LastOrderSerializer(allow_null=True)
    contact_points = ContactPointSerializer(many=True)
    may_we = MayWeSerializer(many=True, allow_null=True, help_text="Null: your role may not ask.")


class CardViewSet(ApiViewSet):
    """Its own permission is asked by the selector: the record's in scope, else the service card's."""

    permission = ANY_MEMBER
    tag = "customers"
    serializer_class = CardSerializer

    @extend_schema(operation_id="customers_summary")
    def retrieve(self, request: Request, customer_id: UUID) -> Response:
        """The card of a customer in scope; frontline staff may open anybody's, and it is logged."""
        card = found(summary_card(self.access, customer_id))
        note_access(request._request, view="service card (API)", subject_id=customer_id)
        return self.answer(CardSerializer, card)

"""`customers/<id>/value/`: what a customer is worth now, and what they were worth."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.customer_bodies import WORTH, WorthSerializer
from crm.api.fields import MoneyField
from crm.selectors.scope import visible_customer
from tenancy.api.viewsets import ApiViewSet, found
from value.models import ValueSnapshot
from value.selectors.histories import WITHHELD, snapshots_of

POINT = {
    "taken_on": "2026-10-31", "occasion": "month_end", "value": "181.00", "value_low": "112.00",
    "value_high": "255.00", "alive": 0.9,
}  # fmt: skip


class SnapshotSerializer(serializers.Serializer[ValueSnapshot]):
    taken_on = serializers.DateField()
    occasion = serializers.ChoiceField(ValueSnapshot.Occasion.choices)
    value = MoneyField(allow_null=True)
    value_low = MoneyField(allow_null=True)
    value_high = MoneyField(allow_null=True)
    alive = serializers.FloatField(allow_null=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "a customer", value={"now": WORTH, "history": [POINT], "withheld": ""}, response_only=True
        )
    ]
)
class CustomerValueSerializer(serializers.Serializer[Any]):
    now = WorthSerializer()
    history = SnapshotSerializer(many=True, help_text="Month ends and days asked for, newest first.")
    withheld = serializers.ChoiceField(
        list(WITHHELD.items()), allow_blank=True, help_text="Why no history is shown, whatever is kept."
    )


class CustomerValueViewSet(ApiViewSet):
    permission = "value.view_value"
    tag = "customers"
    serializer_class = CustomerValueSerializer

    @extend_schema(operation_id="customers_value")
    def retrieve(self, request: Request, customer_id: UUID) -> Response:
        """Now with its interval and score state, and at each month end so far (at most ten years)."""
        customer = found(visible_customer(self.access, customer_id))
        history, withheld = snapshots_of(customer.id)
        body = {"now": customer.summary, "history": history, "withheld": withheld}
        return self.answer(CustomerValueSerializer, body)

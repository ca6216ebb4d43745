"""Orders, returns and costs as programs see and send them."""

from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from crm.api.customer_bodies import EXAMPLE_ID
from crm.api.fields import AmountField, CurrencyField, MoneyField
from crm.models import CostEvent, Order, OrderLine
from crm.models.customer import Source
from tenancy.api.filters import Filters
from tenancy.api.serializers import StrictSerializer

LINE = {"product": "SKU-7", "description": "Loaf of rye", "quantity": "2", "unit_price": "4.50"}
NEW_ORDER = {
    "external_id": "S-20931", "customer_external_id": "K-1042", "ordered_at": "2026-09-30T12:00:00Z",
    "channel": "web", "lines": [LINE], "discount": "1.00",
}  # fmt: skip
ORDER = {
    "id": EXAMPLE_ID, "external_id": "S-20931", "kind": "sale", "customer": EXAMPLE_ID, "returns": None,
    "ordered_at": "2026-09-30T12:00:00Z", "ordered_on": "2026-09-30", "channel": "web", "currency": "GBP",
    "gross": "9.00", "discount": "1.00", "net": "8.00", "margin": "2.40", "margin_is_estimate": True,
    "source": "api", "source_detail": "web shop", "created_at": "2026-09-30T12:00:01Z",
}  # fmt: skip
SHOWN_LINE = {
    "position": 1, "product": "SKU-7", "description": "Loaf of rye", "quantity": "2.000", "unit_price": "4.5000",
    "amount": "9.00", "discount": "0.00", "cost": None,
}  # fmt: skip


class LineSerializer(serializers.Serializer[OrderLine]):
    position = serializers.IntegerField()
    product = serializers.CharField(source="product.external_id", default=None, allow_null=True)
    description = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=14, decimal_places=3)
    unit_price = serializers.DecimalField(max_digits=16, decimal_places=4)
    amount = MoneyField(help_text="Quantity times price, before discount.")
    discount = MoneyField()
    cost = MoneyField(allow_null=True)


@extend_schema_serializer(examples=[OpenApiExample("an order", value=ORDER, response_only=True)])
class OrderSerializer(serializers.Serializer[Order]):
    """A sale or a return; a return has negative sums."""

    id = serializers.UUIDField()
    external_id = serializers.CharField()
    kind = serializers.ChoiceField(Order.Kind.choices)
    customer = serializers.UUIDField(source="customer_id", allow_null=True)
    returns = serializers.UUIDField(source="returns_id", allow_null=True)
    ordered_at = serializers.DateTimeField()
    ordered_on = serializers.DateField(help_text="In the company's time zone.")
    channel = serializers.CharField()
    currency = CurrencyField()
    gross = MoneyField()
    discount = MoneyField()
    net = MoneyField()
    margin = MoneyField()
    margin_is_estimate = serializers.BooleanField()
    source = serializers.ChoiceField(Source.choices)  # type: ignore[assignment]
    source_detail = serializers.CharField()
    created_at = serializers.DateTimeField()


@extend_schema_serializer(
    examples=[OpenApiExample("an order", value={**ORDER, "lines": [SHOWN_LINE]}, response_only=True)]
)
class OrderWithLinesSerializer(OrderSerializer):
    lines = LineSerializer(source="lines.all", many=True)


class NewLineSerializer(StrictSerializer):
    product = serializers.CharField(max_length=80, required=False, help_text="The product's number.")
    description = serializers.CharField(max_length=200, required=False, allow_blank=True)
    quantity = serializers.DecimalField(max_digits=14, decimal_places=3)
    unit_price = AmountField()
    discount = AmountField(required=False, help_text="Of the whole line.")
    cost = AmountField(required=False, allow_null=True, help_text="Of the whole line.")


class PaymentSerializer(StrictSerializer):
    external_id = serializers.CharField(max_length=80)
    amount = AmountField()
    method = serializers.CharField(max_length=40, required=False, allow_blank=True)
    due_on = serializers.DateField(required=False, allow_null=True)
    paid_at = serializers.DateTimeField(required=False, allow_null=True)


class _Recorded(StrictSerializer):
    """What an order and a return share."""

    external_id = serializers.CharField(max_length=80, help_text="Its number; once a company.")
    currency = serializers.CharField(max_length=3, required=False, help_text="The company's, for now.")
    channel = serializers.CharField(max_length=40, required=False, allow_blank=True)
    lines = NewLineSerializer(many=True, min_length=1, max_length=1000)  # type: ignore[call-arg]
    payments = PaymentSerializer(many=True, required=False, max_length=100)  # type: ignore[call-arg]


@extend_schema_serializer(examples=[OpenApiExample("an order", value=NEW_ORDER, request_only=True)])
class NewOrderSerializer(_Recorded):
    """Neither `customer` nor `customer_external_id`: an anonymous sale, outside value."""

    customer = serializers.UUIDField(required=False, allow_null=True)
    customer_external_id = serializers.CharField(max_length=80, required=False, allow_null=True)
    ordered_at = serializers.DateTimeField()
    discount = AmountField(required=False, default=Decimal(0), help_text="Of the whole order.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("customer") and attrs.get("customer_external_id"):
            raise serializers.ValidationError("Name the customer once: by id or by your number.")
        return attrs


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "a return",
            value={
                "external_id": "R-511",
                "returned_at": "2026-10-02T09:00:00Z",
                "lines": [{**LINE, "quantity": "1"}],
            },
            request_only=True,
        )
    ]
)
class NewReturnSerializer(_Recorded):
    """Quantities are what came back: positive."""

    returned_at = serializers.DateTimeField()


class OrderFilters(Filters):
    customer = serializers.UUIDField(required=False)
    kind = serializers.ChoiceField(Order.Kind.choices, required=False)
    channel = serializers.CharField(max_length=40, required=False)
    external_id = serializers.CharField(max_length=80, required=False)
    ordered_after = serializers.DateTimeField(required=False)
    ordered_before = serializers.DateTimeField(required=False)

    lookups: ClassVar[dict[str, str]] = {
        "customer": "customer_id", "ordered_after": "ordered_at__gt", "ordered_before": "ordered_at__lt",
    }  # fmt: skip


COST = {
    "id": EXAMPLE_ID, "customer": EXAMPLE_ID, "key": "call-88121", "kind": "call", "amount": "3.50",
    "currency": "GBP", "minutes": "7.00", "occurred_at": "2026-09-30T12:00:00Z", "detail": "asked for an invoice",
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("a call", value=COST, response_only=True)])
class CostSerializer(serializers.Serializer[CostEvent]):
    id = serializers.UUIDField()
    customer = serializers.UUIDField(source="customer_id")
    key = serializers.CharField()
    kind = serializers.CharField()
    amount = MoneyField()
    currency = CurrencyField()
    minutes = serializers.DecimalField(max_digits=9, decimal_places=2, allow_null=True)
    occurred_at = serializers.DateTimeField()
    detail = serializers.CharField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "a call", value={k: v for k, v in COST.items() if k not in ("id", "currency")}, request_only=True
        )
    ]
)
class NewCostSerializer(StrictSerializer):
    """What serving a customer cost, posted once a key."""

    customer = serializers.UUIDField()
    key = serializers.CharField(max_length=120, help_text="Yours: the same key and content is one cost.")
    kind = serializers.CharField(max_length=40)
    amount = AmountField(decimal_places=4)
    occurred_at = serializers.DateTimeField()
    minutes = serializers.DecimalField(max_digits=9, decimal_places=2, required=False, allow_null=True)
    detail = serializers.CharField(max_length=200, required=False, allow_blank=True)


class CostFilters(Filters):
    customer = serializers.UUIDField(required=False)
    kind = serializers.CharField(max_length=40, required=False)
    occurred_after = serializers.DateTimeField(required=False)
    occurred_before = serializers.DateTimeField(required=False)

    lookups: ClassVar[dict[str, str]] = {
        "customer": "customer_id", "occurred_after": "occurred_at__gt", "occurred_before": "occurred_at__lt",
    }  # fmt: skip

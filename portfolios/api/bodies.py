"""Portfolios and transfers as programs see and send them."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from crm.api.customer_bodies import EXAMPLE_ID
from crm.api.fields import CurrencyField, MoneyField
from portfolios.models import Portfolio, Transfer
from tenancy.api.filters import Filters
from tenancy.api.serializers import StrictSerializer

PORTFOLIO = {
    "id": EXAMPLE_ID, "name": "North", "manager": {"id": EXAMPLE_ID, "name": "Alice"},
    "unit": {"id": EXAMPLE_ID, "name": "Leeds"}, "is_house": False, "created_at": "2024-03-02T10:00:00Z",
    "closed_at": None,
}  # fmt: skip
VALUE = {
    "as_of": None, "currency": "GBP", "customers": 312, "value": "58212.00", "low": "55100.00",
    "high": "61324.00", "margin_quarter": "6210.40", "margin_3y": "66020.00",
}  # fmt: skip
TRANSFER = {
    "id": EXAMPLE_ID, "to": EXAMPLE_ID, "reason": "moved to Leeds", "author": f"token:{EXAMPLE_ID}",
    "author_name": "web shop", "at": "2026-11-20T10:00:00Z", "customers": 2,
}  # fmt: skip


class NamedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


@extend_schema_serializer(examples=[OpenApiExample("a portfolio", value=PORTFOLIO, response_only=True)])
class PortfolioSerializer(serializers.Serializer[Portfolio]):
    """The group of customers one manager answers for. The house portfolio has no manager."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    manager = NamedSerializer(allow_null=True)
    unit = NamedSerializer(allow_null=True)
    is_house = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample("a portfolio", value={"name": "North", "manager": EXAMPLE_ID}, request_only=True)
    ]
)
class NewPortfolioSerializer(StrictSerializer):
    name = serializers.CharField(max_length=120)
    manager = serializers.UUIDField(help_text="The member who answers for its customers.")
    unit = serializers.UUIDField(required=False, allow_null=True, help_text="Empty: the manager's unit.")


@extend_schema_serializer(
    examples=[OpenApiExample("another manager", value={"manager": EXAMPLE_ID}, request_only=True)]
)
class PortfolioChangeSerializer(StrictSerializer):
    name = serializers.CharField(max_length=120)
    manager = serializers.UUIDField(allow_null=True)
    unit = serializers.UUIDField(allow_null=True)


class PortfolioFilters(Filters):
    manager = serializers.UUIDField(required=False)
    unit = serializers.UUIDField(required=False)
    is_house = serializers.BooleanField(required=False)
    is_open = serializers.BooleanField(required=False)

    lookups: ClassVar[dict[str, str]] = {"manager": "manager_id", "unit": "unit_id"}

    def narrow_is_open(self, rows: Any, value: bool) -> Any:
        return rows.filter(closed_at__isnull=value)


@extend_schema_serializer(examples=[OpenApiExample("now", value=VALUE, response_only=True)])
class PortfolioValueSerializer(serializers.Serializer[Any]):
    as_of = serializers.DateField(
        default=None, allow_null=True, help_text="Null: now; else the last month end up to the day asked for."
    )
    currency = CurrencyField()
    customers = serializers.IntegerField(help_text="In it now; on a past day those with a value.")
    value = MoneyField(allow_null=True, help_text="Discounted expected margin of three years.")
    low = MoneyField(allow_null=True, help_text="With `high`: holds the sum with 80 % chance.")
    high = MoneyField(allow_null=True)
    margin_quarter = MoneyField(
        source="quarter_margin", allow_null=True, help_text="Of this fiscal quarter to date; now only."
    )
    margin_3y = MoneyField(allow_null=True, help_text="Expected, not discounted; now only.")


class AsOfSerializer(StrictSerializer):
    as_of = serializers.DateField(required=False, help_text="A past day; empty: now.")


@extend_schema_serializer(examples=[OpenApiExample("a transfer", value=TRANSFER, response_only=True)])
class TransferSerializer(serializers.Serializer[Transfer]):
    id = serializers.UUIDField()
    to = serializers.UUIDField(source="to_id")
    reason = serializers.CharField()
    author = serializers.CharField(help_text="member:<id>, token:<id> or system.")
    author_name = serializers.CharField()
    at = serializers.DateTimeField()
    customers = serializers.IntegerField(help_text="How many moved; those already there did not.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "two customers",
            value={"customers": [EXAMPLE_ID], "to": EXAMPLE_ID, "reason": "moved to Leeds"},
            request_only=True,
        )
    ]
)
class NewTransferSerializer(StrictSerializer):
    customers = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=10_000)
    to = serializers.UUIDField()
    reason = serializers.CharField(max_length=300, help_text="The next manager and the timeline show it.")


class TransferFilters(Filters):
    to = serializers.UUIDField(required=False)
    author = serializers.CharField(max_length=60, required=False)

    lookups: ClassVar[dict[str, str]] = {"to": "to_id"}

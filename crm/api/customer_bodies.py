"""Customers as programs see and send them."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from crm.api import fields
from crm.api.fields import CurrencyField, MoneyField, access_in
from crm.models import ContactPoint, Customer, CustomerSummary
from crm.models.customer import Source
from crm.selectors.lists import matching
from crm.selectors.scope import visible_customer, visible_portfolios
from crm.selectors.search import find_customers
from crm.selectors.where import LONGEST, from_address
from rules.moment import setting_of
from tenancy.api.filters import Filters
from tenancy.api.problems import Refusal
from tenancy.api.serializers import StrictSerializer

EXAMPLE_ID = "0192f0c1-2b3c-7d4e-8f50-617283940a1b"
NEW = {
    "external_id": "K-1042", "name": "Ada Lovelace", "kind": "person", "country": "GB", "language": "en",
    "contact_points": [{"kind": "email", "value": "ada@example.com"}],
}  # fmt: skip
FACTS = {
    "currency": "GBP", "orders": 7, "returns": 1, "revenue": "412.50", "margin": "123.75",
    "margin_year": "61.20", "cost_year": "4.00", "first_order_on": "2024-03-02", "last_order_on": "2026-09-30",
}  # fmt: skip
WORTH = {
    "score": "scored", "currency": "GBP", "value": "188.20", "value_low": "120.00", "value_high": "260.00",
    "alive": 0.91, "no_order_90": 0.34, "orders_year": 3.4, "margin_3y": "201.00",
    "valued_at": "2026-11-20T02:00:00Z",
}  # fmt: skip
SHOWN = {
    "id": EXAMPLE_ID, "external_id": "K-1042", "kind": "person", "name": "Ada Lovelace", "country": "GB",
    "language": "en", "time_zone": "Europe/London", "acts_for": None, "status": "active",
    "portfolio": "0192f0c1-0000-7d4e-8f50-617283940a1c", "source": "api", "source_detail": "web shop",
    "created_at": "2024-03-02T10:00:00Z", "updated_at": "2026-10-01T08:30:00Z", "version": 3,
    "facts": FACTS, "worth": WORTH,
}  # fmt: skip


class FactsSerializer(serializers.Serializer[CustomerSummary]):
    """What the customer did, to date."""

    currency = CurrencyField()
    orders = serializers.IntegerField()
    returns = serializers.IntegerField()
    revenue = MoneyField(help_text="Net of returns.")
    margin = MoneyField(help_text="Net of returns, before cost to serve.")
    margin_year = MoneyField(help_text="Of the last 365 days.")
    cost_year = MoneyField(help_text="What serving them cost in the last 365 days.")
    first_order_on = serializers.DateField(allow_null=True)
    last_order_on = serializers.DateField(allow_null=True)


class WorthSerializer(serializers.Serializer[CustomerSummary]):
    """What the customer is worth, and how sure that is. Null for a role that may not see values."""

    score = serializers.ChoiceField(CustomerSummary.Score.choices)
    currency = CurrencyField()
    value = MoneyField(allow_null=True, help_text="Discounted expected margin of three years.")
    value_low = MoneyField(allow_null=True)
    value_high = MoneyField(allow_null=True)
    alive = serializers.FloatField(allow_null=True, help_text="Chance of being alive, 0 to 1.")
    no_order_90 = serializers.FloatField(allow_null=True, help_text="Chance of no order in 90 days, 0 to 1.")
    orders_year = serializers.FloatField(allow_null=True, help_text="Expected orders in the next year.")
    margin_3y = MoneyField(allow_null=True, help_text="Expected margin of three years, not discounted.")
    valued_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: CustomerSummary) -> Any:
        may = access_in(self.context).may("value.view_value")
        return super().to_representation(instance) if may else None


@extend_schema_serializer(examples=[OpenApiExample("a customer", value=SHOWN, response_only=True)])
class CustomerSerializer(serializers.Serializer[CustomerSummary]):
    """A customer with the facts by which lists are sorted. Its ETag is its `version`, which edits count up."""

    id = serializers.UUIDField(source="customer_id")
    external_id = serializers.CharField(source="customer.external_id", allow_null=True)
    kind = serializers.ChoiceField(Customer.Kind.choices, source="customer.kind")
    name = serializers.CharField(source="customer.name")
    country = serializers.CharField(source="customer.country")
    language = serializers.CharField(source="customer.language")
    time_zone = serializers.CharField(source="customer.time_zone")
    acts_for = serializers.UUIDField(source="customer.acts_for_id", allow_null=True)
    status = serializers.ChoiceField(Customer.Status.choices)
    portfolio = serializers.UUIDField(source="portfolio_id", allow_null=True)
    source = serializers.ChoiceField(Source.choices, source="customer.source")  # type: ignore[assignment]
    source_detail = serializers.CharField(source="customer.source_detail")
    created_at = serializers.DateTimeField(source="customer.created_at")
    updated_at = serializers.DateTimeField(source="customer.updated_at")
    version = serializers.IntegerField(source="customer.version")
    facts = FactsSerializer(source="*")
    worth = WorthSerializer(source="*", allow_null=True)


class FirstContactPointSerializer(StrictSerializer):
    kind = serializers.ChoiceField(ContactPoint.Kind.choices)
    value = serializers.CharField(max_length=400)
    is_primary = serializers.BooleanField(default=False)


@extend_schema_serializer(
    examples=[OpenApiExample("an edit", value={"name": "Ada King", "country": "GB"}, request_only=True)]
)
class CustomerChangeSerializer(StrictSerializer):
    """What can be written of a customer. `id`, `tenant`, `status` and the facts cannot."""

    external_id = serializers.CharField(
        max_length=80, allow_null=True, required=False, help_text="Your number; once a company."
    )
    name = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(Customer.Kind.choices, required=False)
    country = serializers.CharField(
        max_length=2, allow_blank=True, required=False, validators=[fields.country], help_text="ISO 3166."
    )
    language = serializers.CharField(
        max_length=12, allow_blank=True, required=False, validators=[fields.language]
    )
    time_zone = serializers.CharField(
        max_length=64, allow_blank=True, required=False, validators=[fields.time_zone]
    )
    acts_for = serializers.UUIDField(
        source="acts_for_id", allow_null=True, required=False, help_text="The organisation a person acts for."
    )

    def validate_acts_for(self, value: Any) -> Any:
        """Only an organisation in the caller's scope."""
        found = visible_customer(access_in(self.context), value) if value else None
        if value and (found is None or found.kind != Customer.Kind.ORGANISATION):
            raise serializers.ValidationError("There is no such organisation.")
        return value


@extend_schema_serializer(examples=[OpenApiExample("a new customer", value=NEW, request_only=True)])
class NewCustomerSerializer(CustomerChangeSerializer):
    contact_points = FirstContactPointSerializer(many=True, required=False, max_length=20)  # type: ignore[call-arg]
    portfolio = serializers.UUIDField(
        required=False, allow_null=True, help_text="Empty: by rule, else the house portfolio."
    )

    def validate_portfolio(self, value: Any) -> Any:
        visible = visible_portfolios(access_in(self.context))
        if value and visible is not None and value not in visible:
            raise serializers.ValidationError("There is no such portfolio.")
        return value


@extend_schema_serializer(
    examples=[OpenApiExample("an upsert", value={"name": "Ada Lovelace", "country": "GB"}, request_only=True)]
)
class UpsertCustomerSerializer(NewCustomerSerializer):
    """The number stands in the address. Addresses and portfolio count for a new customer only."""

    external_id = None  # type: ignore[assignment]


class CustomerFilters(Filters):
    status = serializers.ChoiceField(Customer.Status.choices, required=False)
    kind = serializers.ChoiceField(Customer.Kind.choices, required=False)
    score = serializers.ChoiceField(CustomerSummary.Score.choices, required=False)
    portfolio = serializers.UUIDField(required=False)
    country = serializers.CharField(max_length=2, required=False)
    external_id = serializers.CharField(max_length=80, required=False)
    acts_for = serializers.UUIDField(required=False)
    updated_after = serializers.DateTimeField(required=False)
    created_after = serializers.DateTimeField(required=False)
    last_order_after = serializers.DateField(required=False)
    last_order_before = serializers.DateField(required=False)
    q = serializers.CharField(
        max_length=200,
        required=False,
        help_text="What the search finds by name, number, phone or e-mail; at most 100.",
    )
    where = serializers.CharField(
        max_length=LONGEST,
        required=False,
        help_text="A condition over the fact catalogue as JSON, as rules and segments have it: "
        '{"all": [{"fact": "crm.orders", "is": "at_least", "value": 4}]}. A longer one is saved as a segment.',
    )

    lookups: ClassVar[dict[str, str]] = {
        "kind": "customer__kind", "portfolio": "portfolio_id", "country": "customer__country",
        "external_id": "customer__external_id", "acts_for": "customer__acts_for_id",
        "updated_after": "customer__updated_at__gt", "created_after": "customer__created_at__gt",
        "last_order_after": "last_order_on__gt", "last_order_before": "last_order_on__lt",
    }  # fmt: skip

    def narrow_score(self, rows: QuerySet[CustomerSummary], value: str) -> QuerySet[CustomerSummary]:
        if not access_in(self.context).may("value.view_value"):
            raise Refusal("permission_denied", "Your role may not see values, nor ask for them.")
        return rows.filter(score=value)

    def narrow_where(self, rows: QuerySet[CustomerSummary], value: str) -> QuerySet[CustomerSummary]:
        """Those for whom the condition holds. A problem is named by its place: `where.all.0.value`."""
        access = access_in(self.context)
        where = from_address(value, access)
        if not where.is_sound:
            errors: dict[str, list[str]] = {}
            for problem in where.problems:
                errors.setdefault(".".join(filter(None, ("where", problem.at))), []).append(problem.message)
            raise Refusal("invalid", where.problems[0].message, errors)
        return matching(rows, where.tree, setting_of(access.profile))

    def narrow_q(self, rows: QuerySet[CustomerSummary], value: str) -> QuerySet[CustomerSummary]:
        """Those whom the search finds, at most 100 of them."""
        matches = find_customers(access_in(self.context), value, most=100)
        return rows.filter(customer_id__in=[match.customer.id for match in matches])

"""`customers/<id>/timeline/` and `sources/`: what happened, and where we know things from."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.customer_bodies import EXAMPLE_ID
from crm.models import Customer, TimelineEntry
from crm.models.customer import Source
from crm.selectors.records import contact_points_of, sources_of, timeline_of
from crm.selectors.scope import visible_customer
from tenancy.api.pagination import Orderings
from tenancy.api.viewsets import ApiViewSet, found
from tenancy.services.audit import note_access

ENTRY = {
    "id": EXAMPLE_ID, "at": "2026-09-30T12:00:00Z", "kind": "order", "title": "Order 10042",
    "text": "£34.20", "who": "",
}  # fmt: skip
SOURCES = {
    "attributes": [
        {"field": "name", "source": "import", "source_detail": "shop.csv", "actor": "",
         "recorded_at": "2024-03-02T10:00:00Z"}
    ],
    "contact_points": [
        {"id": EXAMPLE_ID, "kind": "email", "value": "ada@example.com", "source": "customer",
         "source_detail": "call", "created_at": "2024-03-02T10:00:00Z"}
    ],
}  # fmt: skip
ATTRIBUTES = ("name", "kind", "external_id", "country", "language", "time_zone", "acts_for_id")


@extend_schema_serializer(examples=[OpenApiExample("an order", value=ENTRY, response_only=True)])
class TimelineEntrySerializer(serializers.Serializer[TimelineEntry]):
    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="order, return, transfer, change, ...")
    title = serializers.CharField()
    text = serializers.CharField()
    who = serializers.CharField()


class FieldSourceSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    source = serializers.ChoiceField(Source.choices)  # type: ignore[assignment]
    source_detail = serializers.CharField()
    actor = serializers.CharField(help_text="member:<id>, token:<id>, system, or empty: with the customer.")
    recorded_at = serializers.DateTimeField()


class ContactPointSourceSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    value = serializers.CharField()
    source = serializers.ChoiceField(Source.choices)  # type: ignore[assignment]
    source_detail = serializers.CharField()
    created_at = serializers.DateTimeField()


@extend_schema_serializer(examples=[OpenApiExample("sources", value=SOURCES, response_only=True)])
class SourcesSerializer(serializers.Serializer[Any]):
    """Every datum with its source."""

    attributes = FieldSourceSerializer(many=True)
    contact_points = ContactPointSourceSerializer(many=True)


class TimelineViewSet(ApiViewSet):
    tag = "customers"
    permission = "crm.view_customer"
    serializer_class = TimelineEntrySerializer
    orderings = Orderings({"at": "at"}, default="-at")

    @extend_schema(operation_id="customers_timeline")
    def list(self, request: Request, customer_id: UUID) -> Response:
        """What happened with this customer, newest first."""
        customer = found(visible_customer(self.access, customer_id))
        note_access(request._request, view="timeline (API)", subject_id=customer_id)
        return self.answer_page(TimelineEntrySerializer, timeline_of(customer.id))


class SourcesViewSet(ApiViewSet):
    tag = "customers"
    permission = "crm.view_customer"
    serializer_class = SourcesSerializer

    @extend_schema(operation_id="customers_sources")
    def retrieve(self, request: Request, customer_id: UUID) -> Response:
        """How do they know that about me? Every datum with its source."""
        customer = found(visible_customer(self.access, customer_id))
        note_access(request._request, view="sources (API)", subject_id=customer_id)
        body = {"attributes": attributes_of(customer), "contact_points": contact_points_of(customer.id)}
        return self.answer(SourcesSerializer, body)


def attributes_of(customer: Customer) -> list[dict[str, Any]]:
    """Each attribute that has a value, with its own source or the customer's."""
    born = {"source": customer.source, "source_detail": customer.source_detail, "actor": "",
            "recorded_at": customer.created_at}  # fmt: skip
    apart = {row.field: {name: getattr(row, name) for name in born} for row in sources_of(customer.id)}
    known = [name for name in ATTRIBUTES if getattr(customer, name)]
    return [{"field": name.removesuffix("_id"), **apart.get(name, born)} for name in known]

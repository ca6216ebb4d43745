"""`customers/<id>/contact-points/`: how a customer can be reached."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.customer_bodies import EXAMPLE_ID, FirstContactPointSerializer
from crm.api.customers import source_of
from crm.models import ContactPoint, Customer
from crm.models.customer import Source
from crm.selectors.records import contact_point_of, contact_points_of
from crm.selectors.scope import visible_customer
from crm.services.contact_points import add_contact_point, change_contact_point, remove_contact_point
from tenancy.api.pagination import Orderings
from tenancy.api.serializers import StrictSerializer
from tenancy.api.viewsets import ApiViewSet, found

POINT = {
    "id": EXAMPLE_ID, "kind": "phone", "value": "020 7946 0000", "value_key": "+442079460000",
    "is_primary": True, "source": "customer", "source_detail": "call", "created_at": "2026-03-02T10:00:00Z",
    "verified_at": None, "invalid_at": None,
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("a phone", value=POINT, response_only=True)])
class ContactPointSerializer(serializers.Serializer[ContactPoint]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(ContactPoint.Kind.choices)
    value = serializers.CharField()
    value_key = serializers.CharField(help_text="Normalised: lower-case e-mail, E.164 phone.")
    is_primary = serializers.BooleanField()
    source = serializers.ChoiceField(Source.choices)  # type: ignore[assignment]
    source_detail = serializers.CharField()
    created_at = serializers.DateTimeField()
    verified_at = serializers.DateTimeField(allow_null=True)
    invalid_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample("an e-mail", value={"kind": "email", "value": "ada@example.com"}, request_only=True)
    ]
)
class NewContactPointSerializer(FirstContactPointSerializer):
    pass


@extend_schema_serializer(examples=[OpenApiExample("bounced", value={"invalid": True}, request_only=True)])
class ContactPointChangeSerializer(StrictSerializer):
    value = serializers.CharField(max_length=400)
    is_primary = serializers.BooleanField()
    invalid = serializers.BooleanField(help_text="It does not reach the customer any more.")


class ContactPointViewSet(ApiViewSet):
    """Addresses of one customer in scope; the first of a kind is its primary one."""

    permissions: ClassVar[dict[str, str]] = {
        "list": "crm.view_customer",
        "retrieve": "crm.view_customer",
        "create": "crm.change_customer",
        "partial_update": "crm.change_customer",
        "destroy": "crm.change_customer",
    }
    tag = "contact points"
    has_etag = True
    serializer_class = ContactPointSerializer
    orderings = Orderings({"id": "id"})

    @property
    def customer(self) -> Customer:
        return found(visible_customer(self.access, self.kwargs["customer_id"]))

    def _point(self, pk: UUID) -> ContactPoint:
        point = found(contact_point_of(self.customer.id, pk))
        self.require_unchanged(ContactPointSerializer, point)
        return point

    def _origin(self) -> dict[str, Any]:
        member = self.access.member
        return {
            **source_of(self.access),
            "who": member.name if member else source_of(self.access)["source_detail"],
        }

    def list(self, request: Request, customer_id: UUID) -> Response:
        """A page of the customer's addresses."""
        return self.answer_page(ContactPointSerializer, contact_points_of(self.customer.id))

    @extend_schema(request=NewContactPointSerializer, responses={201: ContactPointSerializer})
    def create(self, request: Request, customer_id: UUID) -> Response:
        """Add an address, normalised; its source is kept."""
        customer = self.customer
        values = self.read(NewContactPointSerializer)
        point = add_contact_point(customer=customer, **values, **self._origin())
        return self.answer(ContactPointSerializer, point, status=201)

    def retrieve(self, request: Request, customer_id: UUID, pk: UUID) -> Response:
        """One address."""
        return self.answer(ContactPointSerializer, found(contact_point_of(self.customer.id, pk)))

    @extend_schema(request=ContactPointChangeSerializer, responses=ContactPointSerializer)
    def partial_update(self, request: Request, customer_id: UUID, pk: UUID) -> Response:
        """Correct it, make it the primary one, or say that it does not reach the customer."""
        point = self._point(pk)
        changes = self.read(ContactPointChangeSerializer, partial=True)
        return self.answer(
            ContactPointSerializer, change_contact_point(point=point, changes=changes, **self._origin())
        )

    def destroy(self, request: Request, customer_id: UUID, pk: UUID) -> Response:
        """Take it away."""
        remove_contact_point(point=self._point(pk), who=self._origin()["who"])
        return Response(status=204)

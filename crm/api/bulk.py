"""`customers/bulk/` and `orders/bulk/`: up to 1,000 items, answered item by item."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.customer_bodies import NEW, NewCustomerSerializer
from crm.api.customers import save_customer, source_of
from crm.api.order_bodies import NEW_ORDER, NewOrderSerializer
from crm.api.orders import record
from crm.services.upserts import create_customer
from tenancy.api.bulk import BulkAnswer, BulkSerializer, take_items
from tenancy.api.serializers import StrictSerializer, built
from tenancy.api.viewsets import ApiViewSet


class _BulkViewSet(ApiViewSet):
    def checked(self, kind: type[StrictSerializer], item: dict[str, Any]) -> dict[str, Any]:
        with built(kind, self.get_serializer_context()) as serializer:
            values: dict[str, Any] = serializer.run_validation(item)
        return values


@extend_schema_serializer(
    examples=[OpenApiExample("two", value={"items": [NEW, {"name": "Bo"}]}, request_only=True)]
)
class CustomersSerializer(BulkSerializer):
    """Each item as for a new customer."""


@extend_schema_serializer(examples=[OpenApiExample("one", value={"items": [NEW_ORDER]}, request_only=True)])
class OrdersSerializer(BulkSerializer):
    """Each item as for a new order."""


class BulkCustomersViewSet(_BulkViewSet):
    permissions: ClassVar[dict[str, str]] = {"create": "crm.change_customer"}
    tag = "customers"

    @extend_schema(operation_id="customers_bulk", request=CustomersSerializer, responses={200: BulkAnswer})
    def create(self, request: Request) -> Response:
        """Customers with a number are changed or made, those without are made."""
        return Response(take_items(self.read(BulkSerializer)["items"], self._take))

    def _take(self, item: dict[str, Any]) -> tuple[Any, str]:
        values = self.checked(NewCustomerSerializer, item)
        if values.get("external_id"):
            saved = save_customer(self.access, values)
            return saved.customer.id, saved.outcome
        self.require("crm.add_customer")
        customer = create_customer(
            contact_points=values.pop("contact_points", ()), portfolio_id=values.pop("portfolio", None),
            values=values, **source_of(self.access),
        )  # fmt: skip
        return customer.id, "created"


class BulkOrdersViewSet(_BulkViewSet):
    permissions: ClassVar[dict[str, str]] = {"create": "crm.record_order"}
    tag = "orders"

    @extend_schema(operation_id="orders_bulk", request=OrdersSerializer, responses={200: BulkAnswer})
    def create(self, request: Request) -> Response:
        """Record sales; one that is there already is unchanged."""
        return Response(take_items(self.read(BulkSerializer)["items"], self._take))

    def _take(self, item: dict[str, Any]) -> tuple[Any, str]:
        recorded = record(self.access, self.checked(NewOrderSerializer, item))
        return recorded.order.id, recorded.outcome

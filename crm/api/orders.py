"""`orders/` and `costs/`: what customers bought and gave back, and what serving them cost."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.customers import source_of
from crm.api.fields import minor
from crm.api.order_bodies import (
    CostFilters,
    CostSerializer,
    NewCostSerializer,
    NewOrderSerializer,
    NewReturnSerializer,
    OrderFilters,
    OrderSerializer,
    OrderWithLinesSerializer,
)
from crm.models import Customer
from crm.selectors.records import customer_by_number, visible_costs, visible_order, visible_orders
from crm.selectors.scope import visible_customer
from crm.services.costs import record_cost
from crm.services.orders import Line, Paid, Recorded, record_order, record_return
from tenancy.access import Access
from tenancy.api.pagination import Orderings
from tenancy.api.viewsets import ApiViewSet, found

NO_CUSTOMER = "There is no such customer."


def customer_of_order(access: Access, values: dict[str, Any]) -> Customer | None:
    """The customer named by id or number, within the scope. Raises ValidationError."""
    customer_id, number = values.pop("customer", None), values.pop("customer_external_id", None)
    if customer_id:
        return _known(visible_customer(access, customer_id), "customer")
    return _known(customer_by_number(access, number), "customer_external_id") if number else None


def _known(customer: Customer | None, field: str) -> Customer:
    if customer is None:
        raise serializers.ValidationError({field: [NO_CUSTOMER]})
    return customer


def record(access: Access, values: dict[str, Any]) -> Recorded:
    """Record a checked order. Raises OrderRefused, ValidationError."""
    customer = customer_of_order(access, values)
    return record_order(customer=customer, **_parts(values), **values, **source_of(access))


def _parts(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "lines": [Line(**line) for line in values.pop("lines")],
        "payments": [Paid(**payment) for payment in values.pop("payments", ())],
    }


class OrderViewSet(ApiViewSet):
    """Orders of customers in scope; anonymous sales are seen by those who see everybody."""

    permissions: ClassVar[dict[str, str]] = {
        "list": "crm.view_customer",
        "retrieve": "crm.view_customer",
        "create": "crm.record_order",
        "give_back": "crm.record_order",
    }
    tag = "orders"
    serializer_class = OrderSerializer
    filters = OrderFilters
    orderings = Orderings({"ordered_at": "ordered_at"}, default="-ordered_at")

    def list(self, request: Request) -> Response:
        """A page of orders, newest first, without their lines."""
        return self.answer_page(OrderSerializer, visible_orders(self.access))

    @extend_schema(responses=OrderWithLinesSerializer)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One order with its lines."""
        return self.answer(OrderWithLinesSerializer, found(visible_order(self.access, pk)))

    @extend_schema(
        request=NewOrderSerializer,
        responses={200: OrderWithLinesSerializer, 201: OrderWithLinesSerializer},
    )
    def create(self, request: Request) -> Response:
        """Record a sale. The same number with the same content is the order that is there (200)."""
        return self._answer(record(self.access, self.read(NewOrderSerializer)))

    @extend_schema(
        request=NewReturnSerializer,
        responses={200: OrderWithLinesSerializer, 201: OrderWithLinesSerializer},
        operation_id="orders_return",
    )
    def give_back(self, request: Request, pk: UUID) -> Response:
        """Record what came back of this order."""
        order = found(visible_order(self.access, pk))
        values = self.read(NewReturnSerializer)
        recorded = record_return(order=order, **_parts(values), **values, **source_of(self.access))
        return self._answer(recorded)

    def _answer(self, recorded: Recorded) -> Response:
        status = 201 if recorded.outcome == "created" else 200
        return self.answer(OrderWithLinesSerializer, recorded.order, status=status)


class CostViewSet(ApiViewSet):
    """What serving customers cost; value reads it."""

    permissions: ClassVar[dict[str, str]] = {
        "list": "crm.view_customer",
        "retrieve": "crm.view_customer",
        "create": "crm.record_order",
    }
    tag = "costs"
    serializer_class = CostSerializer
    filters = CostFilters
    orderings = Orderings({"id": "id"}, default="-id")

    def list(self, request: Request) -> Response:
        """A page of costs, newest first."""
        return self.answer_page(CostSerializer, visible_costs(self.access))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One cost."""
        return self.answer(CostSerializer, found(visible_costs(self.access).filter(id=pk).first()))

    @extend_schema(request=NewCostSerializer, responses={200: CostSerializer, 201: CostSerializer})
    def create(self, request: Request) -> Response:
        """Post a cost. The same key with the same content is the cost that is there (200)."""
        values = self.read(NewCostSerializer)
        customer = _known(visible_customer(self.access, values.pop("customer")), "customer")
        amount = minor(values.pop("amount"), self.access)
        cost, created = record_cost(customer=customer, amount=amount, **values)
        return self.answer(CostSerializer, cost, status=201 if created else 200)

"""`customers/`: list, create, read, change, trash and restore; upsert by the caller's own number."""

from typing import Any, ClassVar, cast
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.customer_bodies import (
    CustomerChangeSerializer,
    CustomerFilters,
    CustomerSerializer,
    NewCustomerSerializer,
    UpsertCustomerSerializer,
)
from crm.models import Customer
from crm.models.customer import Source
from crm.selectors.columns import sortable_columns
from crm.selectors.lists import walk_or_collect
from crm.selectors.records import (
    customer_by_number,
    customer_row,
    customer_rows,
    trashed_customer,
    written_customer_row,
)
from crm.selectors.scope import visible_customer
from crm.services.customers import Conflict, change_customer, restore_customers, trash_customers
from crm.services.upserts import Saved, create_customer, upsert_customer
from tenancy.access import Access
from tenancy.api.etags import has_condition, require_match, version_etag
from tenancy.api.pagination import Orderings
from tenancy.api.problems import Refusal
from tenancy.api.viewsets import ApiViewSet, found
from tenancy.services.audit import note_access


def source_of(access: Access) -> dict[str, Any]:
    """Where data comes from that this caller sends."""
    if access.token:
        return {"source": Source.API, "source_detail": access.token.name}
    return {"source": Source.MEMBER, "source_detail": access.member.name if access.member else ""}


FIELD_NAMES = {"name_key": "name"}


class CustomerDoor(ApiViewSet):
    """What the endpoints of one customer share."""

    tag = "customers"
    serializer_class = CustomerSerializer

    def answer_customer(self, customer_id: UUID, *, status: int = 200) -> Response:
        row = found(written_customer_row(customer_id))
        return self.answer(CustomerSerializer, row, status=status, etag=version_etag(row.customer.version))

    def change(self, customer: Customer, changes: dict[str, Any]) -> Customer:
        """Apply an edit; with If-Match only to the very state that was read."""
        require_match(self.request, version_etag(customer.version))
        try:
            changed = change_customer(
                customer=customer, version=customer.version, changes=changes, **source_of(self.access)
            )
        except Conflict as conflict:
            if has_condition(self.request):
                raise Refusal("precondition_failed", _theirs(conflict)) from None
            raise Refusal("edited_meanwhile", _theirs(conflict)) from None
        # Somebody may have been faster by a moment: harmless to other fields, but not what If-Match asked.
        if has_condition(self.request) and changed.version > customer.version + 1:
            raise Refusal("precondition_failed", "Read it again and send your change once more.")
        return changed


def _theirs(conflict: Conflict) -> str:
    names = ", ".join(name.removesuffix("_id") for name in sorted(conflict.theirs))
    return f"Somebody changed {names} since you read it; version {conflict.customer.version} has it now."


class CustomerViewSet(CustomerDoor):
    """Customers in the scope of the token or member; anybody else is as if they did not exist."""

    permissions: ClassVar[dict[str, str]] = {
        "list": "crm.view_customer",
        "retrieve": "crm.view_customer",
        "create": "crm.add_customer",
        "partial_update": "crm.change_customer",
        "destroy": "crm.trash_customer",
        "restore": "crm.trash_customer",
    }
    has_etag = True
    filters = CustomerFilters

    @property
    def orderings(self) -> Orderings:  # type: ignore[override]
        """The indexed facts that the caller may see, under their columns' names; in the description all of them."""
        described = getattr(self, "swagger_fake_view", False) or getattr(self, "request", None) is None
        access = None if described else self.access
        fields = (column.field for column in sortable_columns(access))
        return Orderings(
            {FIELD_NAMES.get(field, field): field for field in fields}, key="customer_id", default="name"
        )

    def read_rows(self, rows: Any, other: Any, most: int) -> Any:
        """A condition may keep nobody for a long way along the order's index."""
        return super().read_rows(rows, other, most) if self._is_plain else walk_or_collect(rows, other, most)

    @property
    def _is_plain(self) -> bool:
        return "where" not in self.request.query_params

    def list(self, request: Request) -> Response:
        """A page of customers, in any order of the summary's columns."""
        return self.answer_page(CustomerSerializer, customer_rows(self.access))

    @extend_schema(request=NewCustomerSerializer, responses={201: CustomerSerializer})
    def create(self, request: Request) -> Response:
        """A new customer, in a portfolio from this instant."""
        values = self.read(NewCustomerSerializer)
        customer = create_customer(
            contact_points=values.pop("contact_points", ()), portfolio_id=values.pop("portfolio", None),
            values=values, **source_of(self.access),
        )  # fmt: skip
        return self.answer_customer(customer.id, status=201)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One customer. The look is logged."""
        row = found(customer_row(self.access, pk))
        note_access(request._request, view="record (API)", subject_id=pk)
        return self.answer(CustomerSerializer, row, etag=version_etag(row.customer.version))

    @extend_schema(request=CustomerChangeSerializer, responses=CustomerSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what is sent. Edits of different fields by two people are both kept."""
        customer = found(visible_customer(self.access, pk))
        self.change(customer, self.read(CustomerChangeSerializer, partial=True))
        return self.answer_customer(pk)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Put into the trash; can be restored."""
        customer = found(visible_customer(self.access, pk))
        require_match(request, version_etag(customer.version))
        trash_customers(customer_ids=[pk], by=self.access.member)
        return Response(status=204)

    @extend_schema(request=None, responses=CustomerSerializer)
    def restore(self, request: Request, pk: UUID) -> Response:
        """Take back out of the trash."""
        found(trashed_customer(self.access, pk))
        restore_customers(customer_ids=[pk])
        return self.answer_customer(pk)


class CustomerByNumberViewSet(CustomerDoor):
    """The same customer under your own number."""

    permissions: ClassVar[dict[str, str]] = {
        "retrieve": "crm.view_customer",
        "upsert": "crm.change_customer",
    }
    has_etag = True

    @extend_schema(operation_id="customers_by_number_retrieve")
    def retrieve(self, request: Request, external_id: str) -> Response:
        """One customer by your number. The look is logged."""
        customer = found(customer_by_number(self.access, external_id))
        note_access(request._request, view="record (API)", subject_id=customer.id)
        return self.answer_customer(customer.id)

    @extend_schema(
        operation_id="customers_by_number_upsert",
        request=UpsertCustomerSerializer, responses={200: CustomerSerializer, 201: CustomerSerializer},
    )  # fmt: skip
    def upsert(self, request: Request, external_id: str) -> Response:
        """Change the customer with this number, or make one. Fields left out stay as they are."""
        values = {**self.read(UpsertCustomerSerializer), "external_id": number(external_id)}
        known = customer_by_number(self.access, external_id)
        if known:
            for name in ("contact_points", "portfolio"):
                values.pop(name, None)
            self.change(known, values)
            return self.answer_customer(known.id)
        if has_condition(request):
            raise Refusal("precondition_failed", "There is no customer with this number yet.")
        saved = save_customer(self.access, values)
        return self.answer_customer(saved.customer.id, status=201 if saved.outcome == "created" else 200)


def save_customer(access: Access, values: dict[str, Any]) -> Saved:
    """Upsert by `external_id`; making a customer needs its own permission."""
    if not access.may("crm.add_customer") and customer_by_number(access, values["external_id"]) is None:
        raise Refusal("permission_denied", "Your role may not add customers.")
    return upsert_customer(
        find=lambda: customer_by_number(access, values["external_id"]),
        contact_points=values.pop("contact_points", ()), portfolio_id=values.pop("portfolio", None),
        values=values, **source_of(access),
    )  # fmt: skip


def number(text: str) -> str:
    """An external id out of an address. Raises ValidationError."""
    return cast(str, serializers.CharField(max_length=80).run_validation(text))

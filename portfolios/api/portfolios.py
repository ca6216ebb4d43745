"""`portfolios/` and `transfers/`: who answers for whom."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.customer_bodies import CustomerFilters, CustomerSerializer
from crm.api.customers import CustomerViewSet, source_of
from crm.selectors.records import customer_rows, visible_ids
from crm.services.summaries import tenant_today
from portfolios.api.bodies import (
    AsOfSerializer,
    NewPortfolioSerializer,
    NewTransferSerializer,
    PortfolioChangeSerializer,
    PortfolioFilters,
    PortfolioSerializer,
    PortfolioValueSerializer,
    TransferFilters,
    TransferSerializer,
)
from portfolios.selectors.records import (
    open_portfolio_here,
    portfolio_to_change,
    portfolio_value_on,
    visible_portfolio,
    visible_portfolio_rows,
    visible_transfers,
)
from portfolios.selectors.value import portfolio_value
from portfolios.services.assignments import transfer_customers
from portfolios.services.portfolios import change_portfolio, open_portfolio
from tenancy.api.pagination import Orderings
from tenancy.api.viewsets import ApiViewSet, found
from tenancy.selectors.members import member_here, unit


def _known(thing: Any, field: str) -> Any:
    if thing is None:
        raise serializers.ValidationError({field: ["There is no such thing here."]})
    return thing


class PortfolioViewSet(ApiViewSet):
    """Portfolios whose customers the caller may see."""

    permissions: ClassVar[dict[str, str]] = {
        "list": "portfolios.view_portfolio",
        "retrieve": "portfolios.view_portfolio",
        "create": "portfolios.manage_portfolio",
        "partial_update": "portfolios.manage_portfolio",
        "value": "portfolios.view_portfolio",
    }
    parameters: ClassVar[dict[str, set[str]]] = {"value": {"as_of"}}
    tag = "portfolios"
    has_etag = True
    serializer_class = PortfolioSerializer
    filters = PortfolioFilters
    orderings = Orderings({"name": "name", "id": "id"})

    def list(self, request: Request) -> Response:
        """A page of portfolios."""
        return self.answer_page(PortfolioSerializer, visible_portfolio_rows(self.access))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One portfolio."""
        return self.answer(PortfolioSerializer, found(visible_portfolio(self.access, pk)))

    @extend_schema(request=NewPortfolioSerializer, responses={201: PortfolioSerializer})
    def create(self, request: Request) -> Response:
        """Open a portfolio of one manager."""
        values = self._people(self.read(NewPortfolioSerializer))
        return self.answer(PortfolioSerializer, open_portfolio(**values), status=201)

    @extend_schema(request=PortfolioChangeSerializer, responses=PortfolioSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Rename it, or give it to another manager or unit."""
        portfolio = found(portfolio_to_change(self.access, pk))
        self.require_unchanged(PortfolioSerializer, portfolio)
        now = {"name": portfolio.name, "manager": portfolio.manager, "unit": portfolio.unit}
        changes = self._people(self.read(PortfolioChangeSerializer, partial=True))
        return self.answer(PortfolioSerializer, change_portfolio(portfolio=portfolio, **{**now, **changes}))

    @extend_schema(parameters=[AsOfSerializer], responses=PortfolioValueSerializer)
    def value(self, request: Request, pk: UUID) -> Response:
        """What it is worth: now, or at the last month end up to a day. No value was kept so early: 404."""
        self.require("value.view_value")
        portfolio = found(visible_portfolio(self.access, pk))
        asked = AsOfSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        day = asked.validated_data.get("as_of")
        if day is None:
            today = tenant_today(self.access.profile)
            return self.answer(PortfolioValueSerializer, portfolio_value(portfolio, today))
        return self.answer(PortfolioValueSerializer, found(portfolio_value_on(portfolio.id, day)))

    def _people(self, values: dict[str, Any]) -> dict[str, Any]:
        """Ids of the body replaced by the member and unit they name. Raises ValidationError."""
        for name, find in (("manager", member_here), ("unit", unit)):
            if values.get(name):
                values[name] = _known(find(values[name]), name)
        return values


class PortfolioCustomersViewSet(ApiViewSet):
    permission = "crm.view_customer"
    tag = "portfolios"
    serializer_class = CustomerSerializer
    filters = CustomerFilters
    orderings = CustomerViewSet.orderings

    @extend_schema(operation_id="portfolios_customers")
    def list(self, request: Request, portfolio_id: UUID) -> Response:
        """A page of the portfolio's customers."""
        portfolio = found(visible_portfolio(self.access, portfolio_id))
        rows = customer_rows(self.access).filter(portfolio_id=portfolio.id)
        return self.answer_page(CustomerSerializer, rows)


class TransferViewSet(ApiViewSet):
    """Decisions to move customers, with their reasons."""

    permissions: ClassVar[dict[str, str]] = {
        "list": "portfolios.view_portfolio",
        "retrieve": "portfolios.view_portfolio",
        "create": "portfolios.transfer_customer",
    }
    tag = "transfers"
    serializer_class = TransferSerializer
    filters = TransferFilters
    orderings = Orderings({"at": "at"}, default="-at")

    def list(self, request: Request) -> Response:
        """A page of transfers, newest first."""
        return self.answer_page(TransferSerializer, visible_transfers(self.access))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One transfer."""
        return self.answer(TransferSerializer, found(visible_transfers(self.access).filter(id=pk).first()))

    @extend_schema(request=NewTransferSerializer, responses={201: TransferSerializer})
    def create(self, request: Request) -> Response:
        """Move customers in scope to another portfolio, now: all of them or none."""
        values = self.read(NewTransferSerializer)
        wanted = set(values["customers"])
        if visible_ids(self.access, wanted) != wanted:
            raise serializers.ValidationError({"customers": ["Some of these customers do not exist."]})
        transfer = transfer_customers(
            customer_ids=sorted(wanted), to=_known(open_portfolio_here(values["to"]), "to"),
            reason=values["reason"], author_name=source_of(self.access)["source_detail"],
        )  # fmt: skip
        return self.answer(TransferSerializer, transfer, status=201)

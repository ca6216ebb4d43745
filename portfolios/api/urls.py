"""portfolios' part of /api/v1/."""

from django.urls import path

from portfolios.api.card import CardViewSet
from portfolios.api.portfolios import PortfolioCustomersViewSet, PortfolioViewSet, TransferViewSet
from portfolios.services.assignments import TransferRefused
from portfolios.services.portfolios import PortfolioRefused
from tenancy.api.problems import Problem, declare_problem

declare_problem(TransferRefused, lambda error: Problem("refused", str(error)))
declare_problem(PortfolioRefused, lambda error: Problem("refused", str(error)))

portfolio = "portfolios/<uuid:pk>"

urlpatterns = [
    path("customers/<uuid:customer_id>/summary/", CardViewSet.as_view({"get": "retrieve"})),
    path("portfolios/", PortfolioViewSet.as_view({"get": "list", "post": "create"})),
    path(f"{portfolio}/", PortfolioViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path(f"{portfolio}/value/", PortfolioViewSet.as_view({"get": "value"})),
    path("portfolios/<uuid:portfolio_id>/customers/", PortfolioCustomersViewSet.as_view({"get": "list"})),
    path("transfers/", TransferViewSet.as_view({"get": "list", "post": "create"})),
    path("transfers/<uuid:pk>/", TransferViewSet.as_view({"get": "retrieve"})),
]

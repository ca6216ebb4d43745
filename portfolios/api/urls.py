"""portfolios' part of /api/v1/."""

from django.urls import path

from portfolios.api.assignment import AssignmentProposalViewSet, AssignmentRunViewSet
from portfolios.api.card import CardViewSet
from portfolios.api.portfolios import PortfolioCustomersViewSet, PortfolioViewSet, TransferViewSet
from portfolios.services.assignments import TransferRefused
from portfolios.services.portfolios import PortfolioRefused
from portfolios.services.proposals import ProposalsRefused
from portfolios.services.runs import RunRefused
from tenancy.api.problems import Problem, declare_problem

declare_problem(TransferRefused, lambda error: Problem("refused", str(error)))
declare_problem(PortfolioRefused, lambda error: Problem("refused", str(error)))

declare_problem(RunRefused, lambda error: Problem("refused", str(error)))
declare_problem(ProposalsRefused, lambda error: Problem("refused", str(error)))

run = "assignment-runs/<uuid:pk>"
portfolio = "portfolios/<uuid:pk>"

urlpatterns = [
    path("customers/<uuid:customer_id>/summary/", CardViewSet.as_view({"get": "retrieve"})),
    path("portfolios/", PortfolioViewSet.as_view({"get": "list", "post": "create"})),
    path(f"{portfolio}/", PortfolioViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path(f"{portfolio}/value/", PortfolioViewSet.as_view({"get": "value"})),
    path("portfolios/<uuid:portfolio_id>/customers/", PortfolioCustomersViewSet.as_view({"get": "list"})),
    path("assignment-runs/", AssignmentRunViewSet.as_view({"get": "list", "post": "create"})),
    path(f"{run}/", AssignmentRunViewSet.as_view({"get": "retrieve"})),
    path(f"{run}/cancel/", AssignmentRunViewSet.as_view({"post": "cancel"})),
    path(f"{run}/accept/", AssignmentRunViewSet.as_view({"post": "accept"})),
    path(f"{run}/decline/", AssignmentRunViewSet.as_view({"post": "decline"})),
    path("assignment-runs/<uuid:run_id>/proposals/", AssignmentProposalViewSet.as_view({"get": "list"})),
    path("transfers/", TransferViewSet.as_view({"get": "list", "post": "create"})),
    path("transfers/<uuid:pk>/", TransferViewSet.as_view({"get": "retrieve"})),
]

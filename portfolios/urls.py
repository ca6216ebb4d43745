"""Portfolios and transfers, mounted under /t/<slug>/."""

from django.urls import path

from portfolios.views import assignment, decisions, portfolios, transfers

urlpatterns = [
    path("portfolios/", portfolios.portfolios, name="portfolios"),
    path("portfolios/new/", portfolios.new, name="portfolio_new"),
    path("portfolios/assignment/", assignment.assignment, name="assignment"),
    path("portfolios/assignment/new/", assignment.new, name="assignment_new"),
    path("portfolios/assignment/policy/", assignment.policy_page, name="assignment_policy"),
    path("portfolios/assignment/pins/<uuid:customer_id>/", assignment.unpin, name="assignment_unpin"),
    path("portfolios/assignment/<uuid:run_id>/", assignment.run, name="assignment_run"),
    path(
        "portfolios/assignment/<uuid:run_id>/proposals/",
        assignment.proposals,
        name="assignment_proposals",
    ),
    path("portfolios/assignment/<uuid:run_id>/decide/", assignment.decide, name="assignment_decide"),
    path("portfolios/assignment/<uuid:run_id>/cancel/", assignment.cancel, name="assignment_cancel"),
    path("portfolios/decisions/<uuid:decision_id>/", decisions.decision, name="assignment_decision"),
    path("portfolios/<uuid:portfolio_id>/", portfolios.portfolio, name="portfolio"),
    path("portfolios/<uuid:portfolio_id>/edit/", portfolios.edit, name="portfolio_edit"),
    path("portfolios/<uuid:portfolio_id>/close/", portfolios.close, name="portfolio_close"),
    path("transfers/", transfers.transfers, name="transfers"),
    path("transfers/new/", transfers.transfer_new, name="transfer_new"),
    path("transfers/<uuid:transfer_id>/", transfers.transfer, name="transfer"),
]

"""Portfolios and transfers, mounted under /t/<slug>/."""

from django.urls import path

from portfolios import views

urlpatterns = [
    path("portfolios/", views.portfolios, name="portfolios"),
    path("portfolios/new/", views.new, name="portfolio_new"),
    path("portfolios/<uuid:portfolio_id>/", views.portfolio, name="portfolio"),
    path("portfolios/<uuid:portfolio_id>/edit/", views.edit, name="portfolio_edit"),
    path("portfolios/<uuid:portfolio_id>/close/", views.close, name="portfolio_close"),
    path("transfers/", views.transfers, name="transfers"),
    path("transfers/new/", views.transfer_new, name="transfer_new"),
    path("transfers/<uuid:transfer_id>/", views.transfer, name="transfer"),
]

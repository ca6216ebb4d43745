"""/api/v1/: every room's endpoints, the description of them, and what is not there."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from tenancy.api.about import JobViewSet, UnknownView, WhoamiViewSet
from tenancy.api.description import SchemaView, docs

v1: list[URLPattern | URLResolver] = [
    path("schema/", SchemaView.as_view(), name="api_schema"),
    path("docs/", docs, name="api_docs"),
    path("whoami/", WhoamiViewSet.as_view({"get": "retrieve"})),
    path("jobs/", JobViewSet.as_view({"get": "list"})),
    path("jobs/<uuid:pk>/", JobViewSet.as_view({"get": "retrieve"})),
    path("jobs/<uuid:pk>/cancel/", JobViewSet.as_view({"post": "cancel"})),
    path("jobs/<uuid:pk>/resume/", JobViewSet.as_view({"post": "resume"})),
    path("", include("rules.api.urls")),
    path("", include("crm.api.urls")),
    path("", include("privacy.api.urls")),
    path("", include("value.api.urls")),
    path("", include("portfolios.api.urls")),
    path("", include("interactions.api.urls")),
]

urlpatterns = [
    path("v1/", include(v1)),
    re_path("", UnknownView.as_view()),
]

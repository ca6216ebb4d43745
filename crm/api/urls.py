"""crm's part of /api/v1/."""

from django.urls import path

from crm.api import problems
from crm.api.bulk import BulkCustomersViewSet, BulkOrdersViewSet
from crm.api.contact_points import ContactPointViewSet
from crm.api.customers import CustomerByNumberViewSet, CustomerViewSet
from crm.api.histories import SourcesViewSet, TimelineViewSet
from crm.api.imports import ImportViewSet, RejectedRowsViewSet
from crm.api.orders import CostViewSet, OrderViewSet
from crm.api.segments import SegmentMembersViewSet, SegmentViewSet

problems.declare()

customer = "customers/<uuid:customer_id>"

urlpatterns = [
    path("customers/", CustomerViewSet.as_view({"get": "list", "post": "create"})),
    path("customers/bulk/", BulkCustomersViewSet.as_view({"post": "create"})),
    path(
        "customers/by-external-id/<path:external_id>/",
        CustomerByNumberViewSet.as_view({"get": "retrieve", "put": "upsert"}),
    ),
    path(
        "customers/<uuid:pk>/",
        CustomerViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
    ),
    path("customers/<uuid:pk>/restore/", CustomerViewSet.as_view({"post": "restore"})),
    path(f"{customer}/timeline/", TimelineViewSet.as_view({"get": "list"})),
    path(f"{customer}/sources/", SourcesViewSet.as_view({"get": "retrieve"})),
    path(f"{customer}/contact-points/", ContactPointViewSet.as_view({"get": "list", "post": "create"})),
    path(
        f"{customer}/contact-points/<uuid:pk>/",
        ContactPointViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
    ),
    path("orders/", OrderViewSet.as_view({"get": "list", "post": "create"})),
    path("orders/bulk/", BulkOrdersViewSet.as_view({"post": "create"})),
    path("orders/<uuid:pk>/", OrderViewSet.as_view({"get": "retrieve"})),
    path("orders/<uuid:pk>/return/", OrderViewSet.as_view({"post": "give_back"})),
    path("imports/", ImportViewSet.as_view({"get": "list", "post": "create"})),
    path("imports/<uuid:pk>/", ImportViewSet.as_view({"get": "retrieve"})),
    path("imports/<uuid:pk>/check/", ImportViewSet.as_view({"post": "check"})),
    path("imports/<uuid:pk>/load/", ImportViewSet.as_view({"post": "load"})),
    path("imports/<uuid:import_id>/rejected/", RejectedRowsViewSet.as_view({"get": "list"})),
    path("segments/", SegmentViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "segments/<uuid:pk>/",
        SegmentViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
    ),
    path("segments/<uuid:pk>/refresh/", SegmentViewSet.as_view({"post": "refresh"})),
    path("segments/<uuid:pk>/overlap/", SegmentViewSet.as_view({"get": "overlap"})),
    path("segments/<uuid:pk>/sizes/", SegmentViewSet.as_view({"get": "sizes"})),
    path("segments/<uuid:segment_id>/members/", SegmentMembersViewSet.as_view({"get": "list"})),
    path("costs/", CostViewSet.as_view({"get": "list", "post": "create"})),
    path("costs/<uuid:pk>/", CostViewSet.as_view({"get": "retrieve"})),
]

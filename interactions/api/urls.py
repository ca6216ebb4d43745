"""Interactions, mounted under /api/v1/."""

from django.urls import path

from interactions.api import problems as problems
from interactions.api.grants import GrantViewSet
from interactions.api.interactions import BulkInteractionsViewSet, InteractionViewSet
from interactions.api.messages import MessageViewSet
from interactions.api.tasks import TaskViewSet

urlpatterns = [
    path("interactions/", InteractionViewSet.as_view({"get": "list", "post": "create"})),
    path("interactions/bulk/", BulkInteractionsViewSet.as_view({"post": "create"})),
    path(
        "interactions/<uuid:pk>/", InteractionViewSet.as_view({"get": "retrieve", "patch": "partial_update"})
    ),
    path("grants/", GrantViewSet.as_view({"get": "list", "post": "create"})),
    path("grants/<uuid:pk>/", GrantViewSet.as_view({"get": "retrieve"})),
    path("grants/<uuid:pk>/decide/", GrantViewSet.as_view({"post": "decide"})),
    path("grants/<uuid:pk>/withdraw/", GrantViewSet.as_view({"post": "withdraw"})),
    path("messages/", MessageViewSet.as_view({"get": "list", "post": "create"})),
    path("messages/<uuid:pk>/", MessageViewSet.as_view({"get": "retrieve"})),
    path("tasks/", TaskViewSet.as_view({"get": "list", "post": "create"})),
    path("tasks/<uuid:pk>/", TaskViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path("tasks/<uuid:pk>/complete/", TaskViewSet.as_view({"post": "complete"})),
    path("tasks/<uuid:pk>/drop/", TaskViewSet.as_view({"post": "drop"})),
]

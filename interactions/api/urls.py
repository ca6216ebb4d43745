"""Interactions, mounted under /api/v1/."""

from django.urls import path

from interactions.api import problems as problems
from interactions.api.cases import CaseViewSet
from interactions.api.grants import GrantViewSet
from interactions.api.interactions import BulkInteractionsViewSet, InteractionViewSet
from interactions.api.messages import MessageViewSet
from interactions.api.needs import NeedKindViewSet, NeedViewSet
from interactions.api.promises import PromiseViewSet
from interactions.api.stories import StoryViewSet
from interactions.api.surveys import SurveyAnswerViewSet, SurveyViewSet
from interactions.api.tasks import TaskViewSet

urlpatterns = [
    path("cases/", CaseViewSet.as_view({"get": "list", "post": "create"})),
    path("cases/<uuid:pk>/", CaseViewSet.as_view({"get": "retrieve"})),
    path("cases/<uuid:pk>/note/", CaseViewSet.as_view({"post": "note"})),
    path("cases/<uuid:pk>/answer/", CaseViewSet.as_view({"post": "answered"})),
    path("cases/<uuid:pk>/wait/", CaseViewSet.as_view({"post": "wait"})),
    path("cases/<uuid:pk>/resume/", CaseViewSet.as_view({"post": "resume"})),
    path("cases/<uuid:pk>/assign/", CaseViewSet.as_view({"post": "assign"})),
    path("cases/<uuid:pk>/severity/", CaseViewSet.as_view({"post": "severity"})),
    path("cases/<uuid:pk>/resolve/", CaseViewSet.as_view({"post": "resolve"})),
    path("cases/<uuid:pk>/reopen/", CaseViewSet.as_view({"post": "reopen"})),
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
    path("need-kinds/", NeedKindViewSet.as_view({"get": "list"})),
    path("needs/", NeedViewSet.as_view({"get": "list", "post": "create"})),
    path("needs/<uuid:pk>/", NeedViewSet.as_view({"get": "retrieve"})),
    path("needs/<uuid:pk>/end/", NeedViewSet.as_view({"post": "end"})),
    path("needs/<uuid:pk>/treatments/", NeedViewSet.as_view({"post": "treat"})),
    path("promises/", PromiseViewSet.as_view({"get": "list", "post": "create"})),
    path("promises/<uuid:pk>/", PromiseViewSet.as_view({"get": "retrieve"})),
    path("promises/<uuid:pk>/keep/", PromiseViewSet.as_view({"post": "keep"})),
    path("promises/<uuid:pk>/break/", PromiseViewSet.as_view({"post": "break_it"})),
    path("promises/<uuid:pk>/renegotiate/", PromiseViewSet.as_view({"post": "renegotiate"})),
    path("promises/<uuid:pk>/release/", PromiseViewSet.as_view({"post": "release"})),
    path("stories/", StoryViewSet.as_view({"get": "list"})),
    path("surveys/", SurveyViewSet.as_view({"get": "list"})),
    path("surveys/answers/", SurveyAnswerViewSet.as_view({"get": "list"})),
    path("tasks/", TaskViewSet.as_view({"get": "list", "post": "create"})),
    path("tasks/<uuid:pk>/", TaskViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path("tasks/<uuid:pk>/complete/", TaskViewSet.as_view({"post": "complete"})),
    path("tasks/<uuid:pk>/drop/", TaskViewSet.as_view({"post": "drop"})),
]

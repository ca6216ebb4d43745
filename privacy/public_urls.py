"""Pages for people without a login. `tenancy.public` has read the link before a view sees the request."""

from django.urls import path

from privacy.views.public import confirming, data, nothing, preferences, subscribing, unsubscribe

# Without a slash at the end, as in letters; what has one is no other page, and nothing is redirected.
urlpatterns = [
    path("<str:token>/", preferences.preferences, name="public_preferences"),
    path("<str:token>", preferences.preferences),
    path("<str:token>/unsubscribe", unsubscribe.unsubscribe, name="public_unsubscribe"),
    path("<str:token>/confirm", confirming.confirm, name="public_confirm"),
    path("<str:token>/data", data.data, name="public_data"),
    path("<str:token>/correct", data.correct, name="public_correct"),
    path("<str:token>/erase", data.erase, name="public_erase"),
    path("<str:token>/subscribe", subscribing.subscribe, name="public_subscribe"),
    path("<path:rest>", nothing.nothing, name="public_nothing"),
    path("", nothing.nothing, name="public_root"),
]

"""Rules, mounted under /t/<slug>/."""

from django.urls import path

from rules.views import conditions, pages

urlpatterns = [
    path("rules/", pages.rules, name="rules"),
    path("rules/condition/", conditions.condition, name="rules_condition"),
    path("rules/facts/choose/", conditions.choose_fact, name="rules_choose_fact"),
    path("rules/facts/options/", conditions.choose_option, name="rules_choose_option"),
]

"""Settings, jobs and delegations, mounted under /t/<slug>/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

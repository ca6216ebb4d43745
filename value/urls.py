"""Value, mounted under /t/<slug>/."""

from django.urls import path

from value import views

urlpatterns = [
    path("value/", views.equity, name="value"),
    path("value/evidence/", views.evidence, name="value_evidence"),
    path("value/progress/", views.progress, name="value_progress"),
    path("value/recompute/", views.recompute, name="value_recompute"),
]

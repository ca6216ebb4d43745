"""Imports and segments, mounted under /t/<slug>/."""

from django.urls import path

from crm.views import imports, segments

urlpatterns = [
    path("imports/", imports.imports, name="imports"),
    path("imports/new/", imports.new, name="import_new"),
    path("imports/<uuid:import_id>/", imports.show, name="import"),
    path("imports/<uuid:import_id>/progress/", imports.progress, name="import_progress"),
    path("imports/<uuid:import_id>/errors/", imports.errors, name="import_errors"),
    path("imports/<uuid:import_id>/check/", imports.check, name="import_check"),
    path("imports/<uuid:import_id>/read-again/", imports.read_again, name="import_read_again"),
    path("imports/<uuid:import_id>/go/", imports.go, name="import_go"),
    path("imports/<uuid:import_id>/columns/", imports.columns, name="import_columns"),
    path("imports/<uuid:import_id>/cancel/", imports.cancel, name="import_cancel"),
    path("imports/<uuid:import_id>/resume/", imports.resume, name="import_resume"),
    path("imports/<uuid:import_id>/drop/", imports.drop, name="import_drop"),
    path("segments/", segments.segments, name="segments"),
    path("segments/new/", segments.segment_new, name="segment_new"),
    path("segments/<uuid:segment_id>/", segments.segment, name="segment"),
    path("segments/<uuid:segment_id>/edit/", segments.segment_edit, name="segment_edit"),
    path("segments/<uuid:segment_id>/refresh/", segments.segment_refresh, name="segment_refresh"),
    path("segments/<uuid:segment_id>/archive/", segments.segment_archive, name="segment_archive"),
]

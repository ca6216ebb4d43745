"""Interactions' pages for people and programs without a login, mounted under /p/."""

from django.urls import path

from interactions.views.public import calendars

urlpatterns = [
    path("<str:token>/tasks.ics", calendars.calendar, name="public_calendar"),
]

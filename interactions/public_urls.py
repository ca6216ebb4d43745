"""Interactions' pages for people and programs without a login, mounted under /p/."""

from django.urls import path

from interactions.views.public import calendars, mails, news, surveys

urlpatterns = [
    path("<str:token>/tasks.ics", calendars.calendar, name="public_calendar"),
    path("<str:token>/mail", mails.mail, name="public_mail"),
    path("<str:token>/survey", surveys.survey, name="public_survey"),
    path("<str:token>/news", news.news, name="public_news"),
]

"""Interactions, mounted under /t/<slug>/."""

from django.urls import path

from interactions.views import case_settings, cases, grants, interactions, tasks

contact = "customers/<uuid:customer_id>/contacts/<uuid:interaction_id>"

urlpatterns = [
    path(f"{contact}/", interactions.interaction, name="interaction"),
    path(f"{contact}/correct/", interactions.correct, name="interaction_correct"),
    path("cases/", cases.cases, name="cases"),
    path("cases/<uuid:case_id>/", cases.case, name="case"),
    path("cases/<uuid:case_id>/act/", cases.case_act, name="case_act"),
    path("customers/<uuid:customer_id>/cases/new/", cases.case_new, name="case_new"),
    path("settings/cases/", case_settings.overview, name="settings_cases"),
    path("settings/cases/kinds/new/", case_settings.kind_new, name="case_kind_new"),
    path("settings/cases/kinds/<uuid:case_kind_id>/", case_settings.kind, name="case_kind"),
    path(
        "settings/cases/kinds/<uuid:case_kind_id>/archive/",
        case_settings.kind_archive,
        name="case_kind_archive",
    ),
    path("settings/cases/levels/", case_settings.levels, name="case_levels"),
    path("settings/cases/calendars/new/", case_settings.calendar_new, name="case_calendar_new"),
    path("settings/cases/calendars/<uuid:calendar_id>/", case_settings.calendar, name="case_calendar"),
    path(
        "settings/cases/calendars/<uuid:calendar_id>/archive/",
        case_settings.calendar_archive,
        name="case_calendar_archive",
    ),
    path("customers/<uuid:customer_id>/give/", grants.grant_give, name="grant_give"),
    path("grants/", grants.grants, name="grants"),
    path("grants/<uuid:grant_id>/", grants.grant, name="grant"),
    path("grants/<uuid:grant_id>/decide/", grants.grant_decide, name="grant_decide"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/new/", tasks.task_new, name="task_new"),
    path("tasks/many/", tasks.tasks_act, name="tasks_act"),
    path("tasks/calendar/", tasks.calendar_feeds, name="calendar_feeds"),
    path("tasks/<uuid:task_id>/", tasks.task, name="task"),
    path("tasks/<uuid:task_id>/act/", tasks.task_act, name="task_act"),
    path("tasks/<uuid:task_id>/undo/", tasks.task_undo, name="task_undo"),
]

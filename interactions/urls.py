"""Interactions, mounted under /t/<slug>/."""

from django.urls import path

from interactions.views import grants, interactions, tasks

contact = "customers/<uuid:customer_id>/contacts/<uuid:interaction_id>"

urlpatterns = [
    path(f"{contact}/", interactions.interaction, name="interaction"),
    path(f"{contact}/correct/", interactions.correct, name="interaction_correct"),
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

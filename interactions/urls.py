"""Interactions, mounted under /t/<slug>/."""

from django.urls import path

from interactions.views import tasks

urlpatterns = [
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/new/", tasks.task_new, name="task_new"),
    path("tasks/many/", tasks.tasks_act, name="tasks_act"),
    path("tasks/calendar/", tasks.calendar_feeds, name="calendar_feeds"),
    path("tasks/<uuid:task_id>/", tasks.task, name="task"),
    path("tasks/<uuid:task_id>/act/", tasks.task_act, name="task_act"),
    path("tasks/<uuid:task_id>/undo/", tasks.task_undo, name="task_undo"),
]

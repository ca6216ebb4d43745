"""Interactions, mounted under /t/<slug>/."""

from django.urls import path

from interactions.views import connectors, grants, interactions, messages, tasks, templates

ONE = "customers/<uuid:customer_id>/"
contact = "customers/<uuid:customer_id>/contacts/<uuid:interaction_id>"

urlpatterns = [
    path(f"{contact}/", interactions.interaction, name="interaction"),
    path(f"{contact}/correct/", interactions.correct, name="interaction_correct"),
    path("customers/<uuid:customer_id>/give/", grants.grant_give, name="grant_give"),
    path("grants/", grants.grants, name="grants"),
    path("grants/<uuid:grant_id>/", grants.grant, name="grant"),
    path("grants/<uuid:grant_id>/decide/", grants.grant_decide, name="grant_decide"),
    path(f"{ONE}write/", messages.write, name="write"),
    path(f"{ONE}messages/", messages.customer_messages, name="customer_messages"),
    path(f"{ONE}messages/<uuid:message_id>/", messages.message, name="message"),
    path(f"{ONE}messages/<uuid:message_id>/cancel/", messages.message_cancel, name="message_cancel"),
    path("settings/templates/", templates.templates, name="templates"),
    path("settings/templates/new/", templates.template_new, name="template_new"),
    path("settings/templates/<uuid:template_id>/", templates.template, name="template"),
    path("settings/templates/<uuid:template_id>/edit/", templates.template_edit, name="template_edit"),
    path("settings/templates/<uuid:template_id>/words/", templates.template_words, name="template_words"),
    path("settings/templates/<uuid:template_id>/act/", templates.template_act, name="template_act"),
    path("settings/connectors/", connectors.connectors, name="connectors"),
    path("settings/connectors/new/", connectors.connector_new, name="connector_new"),
    path("settings/connectors/<uuid:connector_id>/", connectors.connector, name="connector"),
    path("settings/connectors/<uuid:connector_id>/act/", connectors.connector_act, name="connector_act"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/new/", tasks.task_new, name="task_new"),
    path("tasks/many/", tasks.tasks_act, name="tasks_act"),
    path("tasks/calendar/", tasks.calendar_feeds, name="calendar_feeds"),
    path("tasks/<uuid:task_id>/", tasks.task, name="task"),
    path("tasks/<uuid:task_id>/act/", tasks.task_act, name="task_act"),
    path("tasks/<uuid:task_id>/undo/", tasks.task_undo, name="task_undo"),
]

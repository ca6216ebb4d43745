from django.apps import AppConfig

from tenancy.permissions import ANY_MEMBER
from tenancy.registries import NavigationEntry, job_outcomes, navigation

FOOT = 9
"""Entries of this group stand at the foot of the sidebar."""


class DeskConfig(AppConfig):
    name = "desk"

    def ready(self) -> None:
        from crm.services.exports import EXPORT  # noqa: PLC0415  (models are loaded now)
        from desk.selectors.outcomes import export_outcome  # noqa: PLC0415
        from portfolios.services.bulk import TRANSFER  # noqa: PLC0415
        from tenancy.jobs import job_kinds  # noqa: PLC0415

        job_kinds.register(EXPORT.name, EXPORT)
        job_kinds.register(TRANSFER.name, TRANSFER)
        job_outcomes.register(EXPORT.name, export_outcome)
        for entry in (
            NavigationEntry("My day", "sun", "home", ANY_MEMBER, group=1, order=1),
            NavigationEntry("Customers", "users", "customers", "crm.view_customer", group=1, order=2),
            NavigationEntry("Segments", "tag", "segments", "crm.view_segment", group=1, order=4),
            NavigationEntry("Portfolios", "briefcase", "portfolios", "portfolios.view_portfolio", 1, 3),
            NavigationEntry("Tasks", "checklist", "tasks", ANY_MEMBER, group=2, order=1),
            NavigationEntry("Promises", "calendar-event", "promises", "interactions.view", group=2, order=2),
            NavigationEntry("Cases", "messages", "cases", "interactions.view", group=2, order=3),
            NavigationEntry("Needs", "ear", "needs", "interactions.view", group=2, order=4),
            NavigationEntry("Stories", "star", "stories", "interactions.tell_story", group=2, order=5),
            NavigationEntry("Imports", "upload", "imports", "crm.import", group=2, order=9),
            NavigationEntry("Privacy", "shield", "privacy", "privacy.view_privacy", group=3, order=0),
            NavigationEntry("Rules", "git-fork", "rules", "rules.view", group=3, order=1),
            NavigationEntry("Value", "chart-dots", "value", "value.view_value", group=3, order=2),
            NavigationEntry("Settings", "settings", "settings", ANY_MEMBER, FOOT, 1),
        ):
            navigation.register(entry.url_name, entry)

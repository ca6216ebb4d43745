from django.apps import AppConfig

from tenancy.permissions import register_permissions
from tenancy.registries import (
    bells,
    member_leaves,
    personal_data,
    retention_kinds,
    tenant_openers,
    tenant_upgrades,
)


class InteractionsConfig(AppConfig):
    name = "interactions"
    verbose_name = "Interactions"

    def ready(self) -> None:
        from interactions import facts  # noqa: PLC0415  (models are loaded now)
        from interactions.personal_data import DECLARED  # noqa: PLC0415
        from interactions.rule_kinds import AUTHORITY  # noqa: PLC0415
        from interactions.selectors.bell import BELL  # noqa: PLC0415
        from interactions.services.cases import release_cases  # noqa: PLC0415
        from interactions.services.escalations import escalate_cases  # noqa: PLC0415
        from interactions.services.feeds import end_feeds  # noqa: PLC0415
        from interactions.services.grants import release_grants  # noqa: PLC0415
        from interactions.services.inbound_retention import MAIL  # noqa: PLC0415
        from interactions.services.needs import expire_needs  # noqa: PLC0415
        from interactions.services.opening import open_interactions  # noqa: PLC0415
        from interactions.services.promise_sweep import sweep_promises  # noqa: PLC0415
        from interactions.services.promises import leave_promises  # noqa: PLC0415
        from interactions.services.sending import sweep_messages  # noqa: PLC0415
        from interactions.services.tasks import release_tasks  # noqa: PLC0415
        from rules.kinds import register_rule_kinds  # noqa: PLC0415
        from tenancy.schedules import register_often  # noqa: PLC0415

        register_permissions(
            "interactions",
            log="log contacts, needs and promises of whomever they serve",
            view="read contacts, needs, promises and cases of customers in scope",
            work="change needs, promises, cases and tasks of customers in scope",
            grant="give something on the spot, within their authority",
            approve="say yes or no to what is above somebody's authority, for customers in scope",
            send="write to customers in scope, through the gate",
            tell_story="tell stories, read those of others",
        )
        register_permissions(
            "interactions",
            of_everybody=True,
            view_figures="see unmet needs, promises kept, cases and satisfaction of the whole company",
            manage_catalogues="change the catalogues of needs and cases, calendars, service levels and surveys",
            manage_delivery="change templates, connectors and mailboxes",
        )
        personal_data.register("interactions", DECLARED)
        bells.register("interactions", BELL)
        retention_kinds.register(MAIL.key, MAIL)
        facts.register()
        tenant_openers.register("interactions", open_interactions)
        tenant_upgrades.register("interactions", open_interactions)
        member_leaves.register("interactions.promises", leave_promises)
        register_often("interactions.promises", sweep_promises, minutes=1)
        register_often("interactions.needs", expire_needs, minutes=5)
        member_leaves.register("interactions.tasks", release_tasks)
        member_leaves.register("interactions.grants", release_grants)
        register_rule_kinds(AUTHORITY)
        member_leaves.register("interactions.feeds", end_feeds)
        member_leaves.register("interactions.cases", release_cases)
        register_often("interactions.cases", escalate_cases, minutes=1)
        register_often("interactions.messages", sweep_messages, minutes=1)

from django.apps import AppConfig

from tenancy.permissions import register_permissions
from tenancy.registries import (
    customer_openers,
    customer_visibility,
    member_duties,
    member_leaves,
    personal_data,
    tenant_openers,
)
from value.registries import portfolio_labels


class PortfoliosConfig(AppConfig):
    name = "portfolios"

    def ready(self) -> None:
        from portfolios import facts  # noqa: PLC0415  (models are loaded now)
        from portfolios.personal_data import DECLARED  # noqa: PLC0415
        from portfolios.rule_kinds import ASSIGNMENT  # noqa: PLC0415
        from portfolios.selectors.portfolios import duties_in_words  # noqa: PLC0415
        from portfolios.selectors.scope import visible_portfolio_ids  # noqa: PLC0415
        from portfolios.selectors.value import portfolio_labels as labels  # noqa: PLC0415
        from portfolios.services.assignments import assign_new_customers  # noqa: PLC0415
        from portfolios.services.closing import CLOSE  # noqa: PLC0415
        from portfolios.services.portfolios import hand_over_portfolios, open_house_portfolio  # noqa: PLC0415
        from portfolios.services.proposals import ACCEPT  # noqa: PLC0415
        from portfolios.services.rules import SCOPE  # noqa: PLC0415
        from portfolios.services.runs import RUN, start_nightly  # noqa: PLC0415
        from rules.kinds import register_rule_kinds  # noqa: PLC0415
        from rules.registries import rule_scopes  # noqa: PLC0415
        from tenancy.jobs import job_kinds  # noqa: PLC0415
        from tenancy.schedules import scheduled  # noqa: PLC0415

        register_permissions(
            "portfolios",
            view_portfolio="open portfolios in scope",
            manage_portfolio="open, change and close portfolios",
            transfer_customer="transfer customers in scope to another portfolio",
        )
        # Runs, their groups and the balance are figures of the whole company.
        register_permissions(
            "portfolios",
            of_everybody=True,
            assign_customers="assign customers to portfolios by rule: propose, accept, let happen at night",
        )
        job_kinds.register(CLOSE.name, CLOSE)
        job_kinds.register(RUN.name, RUN)
        job_kinds.register(ACCEPT.name, ACCEPT)
        scheduled.register(RUN.name, start_nightly)
        register_rule_kinds(ASSIGNMENT)
        rule_scopes.register("portfolios", SCOPE)
        personal_data.register("portfolios", DECLARED)
        facts.register()
        portfolio_labels.register("portfolios", labels)
        customer_openers.register("portfolios", assign_new_customers)
        customer_visibility.register("portfolios", visible_portfolio_ids)
        member_leaves.register("portfolios", hand_over_portfolios)
        member_duties.register("portfolios", duties_in_words)
        tenant_openers.register("portfolios", open_house_portfolio)

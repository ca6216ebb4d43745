from django.apps import AppConfig

from tenancy.permissions import register_permissions
from tenancy.registries import (
    customer_openers,
    customer_visibility,
    member_duties,
    member_leaves,
    tenant_openers,
)
from value.registries import portfolio_labels


class PortfoliosConfig(AppConfig):
    name = "portfolios"

    def ready(self) -> None:
        from portfolios import facts  # noqa: PLC0415  (models are loaded now)
        from portfolios.selectors.portfolios import duties_in_words  # noqa: PLC0415
        from portfolios.selectors.scope import visible_portfolio_ids  # noqa: PLC0415
        from portfolios.selectors.value import portfolio_labels as labels  # noqa: PLC0415
        from portfolios.services.assignments import assign_new_customers  # noqa: PLC0415
        from portfolios.services.closing import CLOSE  # noqa: PLC0415
        from portfolios.services.portfolios import hand_over_portfolios, open_house_portfolio  # noqa: PLC0415
        from tenancy.jobs import job_kinds  # noqa: PLC0415

        register_permissions(
            "portfolios",
            view_portfolio="open portfolios in scope",
            manage_portfolio="open, change and close portfolios",
            transfer_customer="transfer customers in scope to another portfolio",
        )
        job_kinds.register(CLOSE.name, CLOSE)
        facts.register()
        portfolio_labels.register("portfolios", labels)
        customer_openers.register("portfolios", assign_new_customers)
        customer_visibility.register("portfolios", visible_portfolio_ids)
        member_leaves.register("portfolios", hand_over_portfolios)
        member_duties.register("portfolios", duties_in_words)
        tenant_openers.register("portfolios", open_house_portfolio)

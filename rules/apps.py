from django.apps import AppConfig

from tenancy.permissions import register_permissions


class RulesConfig(AppConfig):
    name = "rules"

    def ready(self) -> None:
        from rules.personal_data import DECLARED  # noqa: PLC0415
        from rules.selectors.dry_runs import rules_of_job  # noqa: PLC0415  (models are loaded now)
        from rules.services.dry_runs import DRY_RUN  # noqa: PLC0415
        from tenancy.jobs import job_kinds  # noqa: PLC0415
        from tenancy.registries import job_outcomes, personal_data  # noqa: PLC0415

        personal_data.register("rules", DECLARED)
        job_kinds.register(DRY_RUN.name, DRY_RUN)
        job_outcomes.register(DRY_RUN.name, rules_of_job)
        register_permissions(
            "rules",
            view="see the company's rules and the decisions they made",
            edit="write rules, try them out",
            activate="put rules in force, take them back",
            approve="be the second person who agrees to a rule",
            edit_own="write rules of their own portfolios and put them in force",
        )

from django.apps import AppConfig

from tenancy.permissions import register_permissions


class ValueConfig(AppConfig):
    name = "value"

    def ready(self) -> None:
        from rules.kinds import register_rule_kinds  # noqa: PLC0415
        from tenancy.jobs import job_kinds  # noqa: PLC0415  (models are loaded now)
        from tenancy.registries import personal_data  # noqa: PLC0415
        from tenancy.schedules import scheduled  # noqa: PLC0415
        from value import facts  # noqa: PLC0415
        from value.personal_data import DECLARED  # noqa: PLC0415
        from value.rule_kinds import KIND_OF_CUSTOMER  # noqa: PLC0415
        from value.services.kinds import DECIDE_KINDS  # noqa: PLC0415
        from value.services.recompute import KIND, recompute, start_nightly  # noqa: PLC0415

        register_permissions(
            "value",
            view_value="see what customers are worth",
            view_evidence="see how right the numbers have been",
            recompute="recompute all values now",
        )
        personal_data.register("value", DECLARED)
        facts.register()
        register_rule_kinds(KIND_OF_CUSTOMER)
        job_kinds.register(KIND, recompute)
        job_kinds.register(DECIDE_KINDS.name, DECIDE_KINDS)
        scheduled.register(KIND, start_nightly)

from django.apps import AppConfig

from tenancy.permissions import register_permissions


class TenancyConfig(AppConfig):
    name = "tenancy"
    verbose_name = "Company"

    def ready(self) -> None:
        from tenancy.personal_data import DECLARED  # noqa: PLC0415
        from tenancy.registries import erasers, personal_data, retention_kinds  # noqa: PLC0415
        from tenancy.schedules import scheduled  # noqa: PLC0415  (models are loaded now)
        from tenancy.services import traces  # noqa: PLC0415
        from tenancy.services.files import drop_expired_files  # noqa: PLC0415
        from tenancy.services.idempotency import forget_old_answers  # noqa: PLC0415
        from tenancy.services.retention import DIFFERENCES, LOOKS  # noqa: PLC0415

        register_permissions(
            "tenancy",
            manage_members="invite, change and remove members",
            manage_roles="change what roles may do",
            manage_units="change the tree of units",
            manage_tokens="make and revoke API tokens",
            manage_settings="change the company's settings",
            view_audit="read who changed what and who looked at whom",
            view_jobs="follow long work",
        )
        personal_data.register("tenancy", DECLARED)
        retention_kinds.register(LOOKS.key, LOOKS)
        retention_kinds.register(DIFFERENCES.key, DIFFERENCES)
        erasers.register("tenancy.texts", traces.erase_old_values)
        erasers.register("tenancy.answers", traces.erase_answers)
        erasers.register("tenancy.files", traces.erase_exported_files)
        scheduled.register("tenancy.forget_old_answers", lambda slot: forget_old_answers())
        scheduled.register("tenancy.drop_expired_files", lambda slot: drop_expired_files())

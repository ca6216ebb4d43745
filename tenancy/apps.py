from django.apps import AppConfig

from tenancy.permissions import register_permissions


class TenancyConfig(AppConfig):
    name = "tenancy"
    verbose_name = "Company"

    def ready(self) -> None:
        from tenancy.schedules import scheduled  # noqa: PLC0415  (models are loaded now)
        from tenancy.services.files import drop_expired_files  # noqa: PLC0415
        from tenancy.services.idempotency import forget_old_answers  # noqa: PLC0415

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
        scheduled.register("tenancy.forget_old_answers", lambda slot: forget_old_answers())
        scheduled.register("tenancy.drop_expired_files", lambda slot: drop_expired_files())

from django.apps import AppConfig

from tenancy.permissions import register_permissions


class TenancyConfig(AppConfig):
    name = "tenancy"

    def ready(self) -> None:
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

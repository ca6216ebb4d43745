from django.apps import AppConfig

from tenancy.permissions import register_permissions


class ValueConfig(AppConfig):
    name = "value"

    def ready(self) -> None:
        register_permissions(
            "value",
            view_value="see what customers are worth",
            view_evidence="see how right the numbers have been",
            recompute="recompute all values now",
        )

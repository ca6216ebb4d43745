from typing import TYPE_CHECKING

from django.db.backends.postgresql import base, features

if TYPE_CHECKING:
    from django.db import models


def is_tenant_model(model: "type[models.Model]") -> bool:
    """Whether rows of this model belong to one tenant; true for migration-state models too."""
    return any(field.name == "tenant" for field in model._meta.local_fields)


class DatabaseFeatures(features.DatabaseFeatures):
    def allows_group_by_selected_pks_on_model(self, model: "type[models.Model]") -> bool:
        # PostgreSQL accepts GROUP BY id only where id alone is the key: here it is not.
        return not is_tenant_model(model)


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures

"""The base of every table that belongs to one tenant."""

from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models.expressions import Expression

from tenancy.db.ids import new_id
from tenancy.db.scope import current_tenant_id

M = TypeVar("M", bound=models.Model)


class CurrentTenant(Expression):
    """Reads the active tenant when the SQL is compiled, and raises then if there is none.

    A manager that raised earlier, in `get_queryset`, would break forms and filters at import.
    """

    output_field = models.UUIDField()

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:
        return "%s", [current_tenant_id()]


class TenantManager(models.Manager[M]):
    """Rows of the active tenant only; the first wall (row-level security is the second)."""

    use_in_migrations = False

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(tenant_id=CurrentTenant())


class TenantModel(models.Model):
    """A row of one tenant: database key `(tenant_id, id)`, Django's primary key `id`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # The composite references and `operations.TenantTable` hold this one in the database.
    tenant = models.ForeignKey(
        "tenancy.Tenant",
        on_delete=models.PROTECT,
        default=current_tenant_id,
        editable=False,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_manager_name = "objects"

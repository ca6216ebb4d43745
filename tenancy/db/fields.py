"""References between tenant tables."""

from typing import Any, TypeVar

from django.db import models

_ST = TypeVar("_ST")
_GT = TypeVar("_GT")


class _CompositeReference:
    """Leaves the constraint to `operations.TenantTable`: Django would make one on `id` alone,
    and a foreign key on `id` alone lets a row of one tenant point at a row of another."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("db_index", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs


class TenantForeignKey(_CompositeReference, models.ForeignKey[_ST, _GT]):
    """A foreign key whose database constraint is `(tenant_id, x_id) -> (tenant_id, id)`."""


class TenantOneToOneField(_CompositeReference, models.OneToOneField[_ST, _GT]):
    """The same, at most one row a target; meant as the primary key of a companion table."""

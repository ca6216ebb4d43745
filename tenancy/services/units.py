"""Units form a tree; the path from the root is kept with each, so that "this unit and below" is a range."""

from django.db import IntegrityError, transaction

from tenancy.db.ids import new_id
from tenancy.models import Unit


class UnitRefused(ValueError):
    """The unit cannot be made or moved; the message says why."""


def add_unit(*, name: str, parent: Unit | None) -> Unit:
    """A new unit below `parent`. Raises UnitRefused when the name is taken there."""
    unit_id = new_id()
    path = f"{parent.path if parent else ''}{unit_id}/"
    try:
        with transaction.atomic():
            return Unit.objects.create(id=unit_id, name=name, parent=parent, path=path)
    except IntegrityError:
        raise UnitRefused(f"There is already a unit called {name} there.") from None


def rename_unit(*, unit: Unit, name: str) -> Unit:
    unit.name = name
    try:
        with transaction.atomic():
            unit.save(update_fields=["name"])
    except IntegrityError:
        raise UnitRefused(f"There is already a unit called {name} there.") from None
    return unit

"""Units form a tree; the path from the root is kept with each, so that "this unit and below" is a range."""

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Value
from django.db.models.functions import Concat, Substr

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


def move_unit(*, unit: Unit, parent: Unit) -> Unit:
    """Hang a unit, with all below it, under another one. Raises UnitRefused."""
    try:
        with transaction.atomic():
            # The whole tree is held and read again: two moves at once could make a ring.
            tree = {held.id: held for held in Unit.objects.select_for_update().order_by("id")}
            before, above = tree[unit.id].path, tree[parent.id].path
            if above.startswith(before):
                raise UnitRefused("A unit cannot hang below itself.")
            after = f"{above}{unit.id}/"
            Unit.objects.filter(id=unit.id).update(parent=parent)
            Unit.objects.filter(path__startswith=before).update(
                path=Concat(Value(after), Substr("path", len(before) + 1))
            )
    except IntegrityError:
        raise UnitRefused(f"There is already a unit called {unit.name} there.") from None
    unit.refresh_from_db()
    return unit


def remove_unit(*, unit: Unit) -> None:
    """Take away a unit that nothing belongs to. Raises UnitRefused."""
    if unit.parent_id is None:
        raise UnitRefused("The first unit is the company itself; it stays.")
    try:
        with transaction.atomic():
            unit.delete()
    except (ProtectedError, IntegrityError):
        raise UnitRefused(
            f"Units, members or portfolios still belong to {unit.name}; move them first."
        ) from None

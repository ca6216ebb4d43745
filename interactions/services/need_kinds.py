"""The company's own catalogue of needs. A kind that customers named is put aside, never taken away."""

from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from crm.keys import name_key
from interactions.models import NeedKind
from interactions.services.refusals import Refused, require_text
from interactions.usual import NEED_KINDS

MOST: Final = 100
"""Kinds in use: more than anybody can choose from while a customer is talking."""
LONGEST_DAYS: Final = 3650


class NeedKindRefused(Refused):
    """The catalogue cannot hold that."""


@dataclass(frozen=True)
class KindText:
    """What may be said of a kind. `lasts_days`: so long a need of this kind is relied on, where nobody says other."""

    name: str
    description: str = ""
    lasts_days: int = 365


def open_need_kinds() -> None:
    """Give the active company the usual kinds, unless it has a catalogue: what it renamed does not come again."""
    if NeedKind.objects.exists():
        return
    NeedKind.objects.bulk_create(
        [
            NeedKind(
                name=name, name_key=name_key(name), description=description, lasts_days=days, position=at
            )
            for at, (name, description, days) in enumerate(NEED_KINDS, start=1)
        ],
        ignore_conflicts=True,
    )


def add_need_kind(*, text: KindText) -> NeedKind:
    """A kind of the company's own, at the end of the catalogue. Raises NeedKindRefused."""
    columns = _columns(text)
    with transaction.atomic():
        if NeedKind.objects.filter(archived_at=None).count() >= MOST:
            raise NeedKindRefused(f"There are {MOST} kinds already: put one aside that nobody names.")
        last = NeedKind.objects.aggregate(last=Max("position"))["last"] or 0
        try:
            with transaction.atomic():
                return NeedKind.objects.create(position=last + 1, **columns)
        except IntegrityError:
            raise _named_twice(text) from None


def change_need_kind(*, kind: NeedKind, text: KindText) -> NeedKind:
    """Reword it; what customers said stays with it, and keeps its day. Raises NeedKindRefused."""
    columns = _columns(text)
    with transaction.atomic():
        held = NeedKind.objects.select_for_update().get(id=kind.id)
        for column, value in columns.items():
            setattr(held, column, value)
        try:
            with transaction.atomic():
                held.save(update_fields=list(columns))
        except IntegrityError:
            raise _named_twice(text) from None
    return held


def put_need_kind_aside(*, kind: NeedKind) -> None:
    """Nobody is offered it any more; needs of this kind stay."""
    NeedKind.objects.filter(id=kind.id, archived_at=None).update(archived_at=timezone.now())


def take_need_kind_back(*, kind: NeedKind) -> None:
    NeedKind.objects.filter(id=kind.id).update(archived_at=None)


def _named_twice(text: KindText) -> NeedKindRefused:
    return NeedKindRefused(
        f"There is a kind called {text.name.strip()} already, perhaps put aside.", field="name", code="taken"
    )


def _columns(text: KindText) -> dict[str, object]:
    name = require_text(NeedKindRefused, text.name, field="name", most=80, least=1)
    if not name_key(name):
        raise NeedKindRefused("The name needs a letter or a digit.", field="name")
    if not 1 <= text.lasts_days <= LONGEST_DAYS:
        raise NeedKindRefused(f"Between 1 and {LONGEST_DAYS:,} days.", field="lasts_days")
    description = require_text(NeedKindRefused, text.description, field="description", most=300)
    return {
        "name": name, "name_key": name_key(name)[:80], "description": description, "lasts_days": text.lasts_days,
    }  # fmt: skip

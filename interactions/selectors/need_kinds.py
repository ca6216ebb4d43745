"""The catalogue of needs."""

from uuid import UUID

from django.db.models import Count, Q, QuerySet

from interactions.models import NeedKind


def need_kinds() -> list[NeedKind]:
    """Those in use, in the order in which they are offered."""
    return list(NeedKind.objects.filter(archived_at=None).order_by("position", "name_key"))


def need_kind(kind_id: UUID) -> NeedKind | None:
    """One of the catalogue, also one that was put aside."""
    return NeedKind.objects.filter(id=kind_id).first()


def need_kind_named(key: str) -> NeedKind | None:
    """By its normal form, as crm.keys.name_key makes it; one that was put aside is not found."""
    return NeedKind.objects.filter(name_key=key, archived_at=None).first()


def all_need_kinds() -> QuerySet[NeedKind]:
    """To be paged; those put aside too."""
    return NeedKind.objects.all()


def catalogue() -> list[NeedKind]:
    """All kinds with `open_needs`, those that were put aside last."""
    rows = NeedKind.objects.annotate(open_needs=Count("needs", filter=Q(needs__status="open")))
    return sorted(rows, key=lambda kind: (kind.archived_at is not None, kind.position, kind.name_key))

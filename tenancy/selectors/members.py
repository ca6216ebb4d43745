"""Who works here, in which role and unit, and who stands in for whom."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from tenancy.access import Access
from tenancy.models import Delegation, Member, Role, Unit
from tenancy.registries import member_duties


def members_here(*, left: bool = False) -> QuerySet[Member]:
    """Members who are here (or who left), by name, with user, role and unit."""
    return (
        Member.objects.select_related("user", "role", "unit")
        .filter(left_at__isnull=not left)
        .order_by("name", "id")
    )


def member_here(member_id: UUID) -> Member | None:
    return members_here().filter(id=member_id).first()


def duties_of(member_id: UUID) -> list[str]:
    """What the member answers for and what would have to move, in the words of every room."""
    return [words for duties in member_duties for words in duties(member_id)]


def roles() -> QuerySet[Role]:
    """Every role, with `people` and `keys`: how many members and tokens have it now."""
    return Role.objects.annotate(
        people=Count("members", filter=Q(members__left_at=None), distinct=True),
        keys=Count("tokens", filter=Q(tokens__revoked_at=None), distinct=True),
    ).order_by("name")


def role(role_id: UUID) -> Role | None:
    return roles().filter(id=role_id).first()


def role_with_key(key: str) -> Role | None:
    return roles().filter(key=key).first()


def units() -> list[Unit]:
    """The tree, flattened: each unit right before those below it, with `depth` (0: the company) and `people`."""
    rows = list(Unit.objects.annotate(people=Count("members", filter=Q(members__left_at=None))))
    below: dict[UUID | None, list[Unit]] = {}
    for row in sorted(rows, key=lambda unit: unit.name.casefold()):
        below.setdefault(row.parent_id, []).append(row)
    return _flattened(below, None, 0)


def _flattened(below: dict[UUID | None, list[Unit]], parent: UUID | None, depth: int) -> list[Unit]:
    found = []
    for unit in below.get(parent, []):
        unit.depth = depth  # type: ignore[attr-defined]
        found += [unit, *_flattened(below, unit.id, depth + 1)]
    return found


def unit(unit_id: UUID) -> Unit | None:
    return Unit.objects.filter(id=unit_id).first()


def current_delegations() -> QuerySet[Delegation]:
    """Absences that last right now."""
    now = timezone.now()
    return Delegation.objects.select_related("delegate").filter(starts_at__lte=now, ends_at__gt=now)


def delegations(access: Access, *, at: datetime) -> QuerySet[Delegation]:
    """Absences that last or come: one's own, or everybody's for whoever manages members."""
    rows = (
        Delegation.objects.select_related("member", "delegate")
        .filter(ends_at__gt=at)
        .order_by("starts_at", "id")
    )
    if access.may("tenancy.manage_members"):
        return rows
    return rows.filter(Q(member=access.member) | Q(delegate=access.member))


def delegation(access: Access, delegation_id: UUID, *, at: datetime) -> Delegation | None:
    """One absence that `access` may end: their own, or anybody's for whoever manages members."""
    rows = delegations(access, at=at).filter(id=delegation_id)
    return (rows if access.may("tenancy.manage_members") else rows.filter(member=access.member)).first()

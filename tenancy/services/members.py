"""Members come, change and leave; the global membership index follows them."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from tenancy.context import current_tenant_id
from tenancy.models import Delegation, Member, Membership, Role, Unit, User
from tenancy.registries import member_leaves
from tenancy.services.roles import ADMINISTRATOR


class MemberRefused(ValueError):
    """The member cannot be added, changed or removed; the message says why."""


def add_member(
    *, email: str, name: str, role: Role, unit: Unit | None, password: str | None = None
) -> Member:
    """Make a user a member of the active tenant. A known user keeps their password. Raises MemberRefused.

    Who left and comes back is the same member again, so that history stays one person's.
    """
    user = _user_with(email=email, name=name, password=password)
    values = {"name": name, "role": role, "unit": unit}
    try:
        with transaction.atomic():
            back = Member.objects.filter(user=user, left_at__isnull=False).update(**values, left_at=None)
            member = Member.objects.get(user=user) if back else Member.objects.create(user=user, **values)
            Membership.objects.create(user=user, tenant_id=current_tenant_id(), member_id=member.id)
    except IntegrityError:
        raise MemberRefused(f"{email} is already a member here.") from None
    return member


def change_member(*, member: Member, name: str, role: Role, unit: Unit | None) -> Member:
    """Change name, role or unit. The last administrator cannot give up the role."""
    if member.role.key == ADMINISTRATOR and role.key != ADMINISTRATOR:
        _require_another_administrator(member)
    member.name, member.role, member.unit = name, role, unit
    member.save(update_fields=["name", "role", "unit"])
    return member


def remove_member(*, member: Member, successor: Member | None = None) -> None:
    """A member leaves: their portfolios and work go to the successor, or to the house. History keeps their name."""
    if member.role.key == ADMINISTRATOR:
        _require_another_administrator(member)
    if successor and (successor.id == member.id or successor.left_at):
        raise MemberRefused("The successor must be another member who is still here.")
    for hand_over in member_leaves:
        hand_over(member.id, successor.id if successor else None)
    member.left_at = timezone.now()
    member.save(update_fields=["left_at"])
    Membership.objects.filter(member_id=member.id, tenant_id=current_tenant_id()).delete()
    Delegation.objects.filter(delegate=member, ends_at__gt=timezone.now()).delete()


def _require_another_administrator(member: Member) -> None:
    # Locked, so that the last two cannot let each other go at the same moment.
    here = Member.objects.select_for_update(of=("self",)).filter(role__key=ADMINISTRATOR, left_at=None)
    if not [other for other in here if other.id != member.id]:
        raise MemberRefused("This is the last administrator; make somebody else one first.")


def _user_with(*, email: str, name: str, password: str | None) -> User:
    """The user of this e-mail, made where there is none. Who is invited twice at once is one user."""
    address = email.strip().lower()
    try:
        with transaction.atomic():
            found = User.objects.filter(email=address).first()
            return found or User.objects.create_user(email=address, password=password, name=name)
    except IntegrityError:
        return User.objects.get(email=address)

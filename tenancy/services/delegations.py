"""Absence: for a stated time a delegate sees and does what the absent member may."""

from datetime import datetime

from django.utils import timezone

from tenancy.models import Delegation, Member, Role


class DelegationRefused(ValueError):
    """The absence cannot be entered so; the message says why."""


def add_delegation(
    *, member: Member, delegate: Member, starts_at: datetime, ends_at: datetime, reason: str
) -> Delegation:
    """Enter an absence; `starts_at` and `ends_at` are moments, the second one excluded. Raises DelegationRefused."""
    _require_fit(member, delegate)
    if ends_at <= starts_at or ends_at <= timezone.now():
        raise DelegationRefused("The last day must not be before the first, nor in the past.")
    # Locked, so that two entries at once cannot overlap.
    Member.objects.select_for_update().get(id=member.id)
    if Delegation.objects.filter(member=member, starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
        raise DelegationRefused(f"{member.name} is already absent in that time; end that absence first.")
    return Delegation.objects.create(
        member=member, delegate=delegate, starts_at=starts_at, ends_at=ends_at, reason=reason.strip()[:200]
    )


def end_delegation(*, delegation: Delegation) -> None:
    """Back early: the delegate's view ends now. An absence that has not begun is taken out."""
    now = timezone.now()
    if delegation.starts_at >= now:
        delegation.delete()
    elif delegation.ends_at > now:
        delegation.ends_at = now
        delegation.save(update_fields=["ends_at"])


def _require_fit(member: Member, delegate: Member) -> None:
    if member.id == delegate.id:
        raise DelegationRefused("Choose somebody else: nobody stands in for themselves.")
    if member.left_at or delegate.left_at:
        raise DelegationRefused("Both must still work here.")
    if delegate.role.scope == Role.Scope.NONE:
        raise DelegationRefused(
            f"{delegate.name}'s role, {delegate.role.name}, sees no customers, so they could not stand in."
        )

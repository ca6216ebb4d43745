"""Who asked for long work, as they are now: a job checks every record against the scope they have today."""

from uuid import UUID

from django.utils import timezone

from tenancy.access import Access, access_of_member
from tenancy.context import current_tenant_id
from tenancy.models import Tenant
from tenancy.selectors.doors import active_member, delegators_of


def access_again(member_id: UUID | None) -> Access | None:
    """The access of a member at this moment; None for somebody who has left meanwhile."""
    member = active_member(member_id) if member_id else None
    if member is None:
        return None
    tenant = Tenant.objects.get(id=current_tenant_id())
    return access_of_member(tenant, member, delegators_of(member.id, at=timezone.now()))

"""Who may come in: look-ups before and just after a tenant is known."""

import hashlib
from datetime import datetime
from functools import cache
from uuid import UUID

from django.db import connection

from tenancy.db.rows import columns_of, read_together
from tenancy.db.scope import current_tenant_id
from tenancy.models import ApiToken, Delegation, Member, Membership, Role, Tenant, TenantProfile, User


def digest_of(secret: str) -> bytes:
    """SHA-256: enough for a secret of 256 random bits, which nobody can guess in a list."""
    return hashlib.sha256(secret.encode()).digest()


def member_door(*, user_id: UUID, slug: str) -> tuple[Tenant, UUID] | None:
    """The active tenant with this slug and the user's member id in it, if they are a member."""
    found = (
        Membership.objects.select_related("tenant")
        .filter(user_id=user_id, tenant__slug=slug, tenant__state=Tenant.State.ACTIVE)
        .first()
    )
    return (found.tenant, found.member_id) if found else None


def token_door(*, secret: str) -> tuple[UUID, UUID] | None:
    """Tenant and token by their ids, of the token with this secret; a definer function, as no tenant is known yet.

    `active_token` says whether they may be used.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, token_id FROM tenancy_token_lookup(%s)", [digest_of(secret)])
        return cursor.fetchone()  # type: ignore[no-any-return]


def active_member(member_id: UUID) -> Member | None:
    return Member.objects.select_related("role", "unit", "user").filter(id=member_id, left_at=None).first()


@cache
def _token_sql() -> str:
    return f"""
        SELECT {columns_of(ApiToken, Role, Tenant, TenantProfile)}
          FROM tenancy_apitoken
          JOIN tenancy_role USING (tenant_id)
          JOIN tenancy_tenant ON tenancy_tenant.id = tenant_id
          JOIN tenancy_tenantprofile USING (tenant_id)
         WHERE tenant_id = %s AND tenancy_apitoken.id = %s AND tenancy_role.id = tenancy_apitoken.role_id
           AND tenancy_apitoken.revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %s)
           AND tenancy_tenant.state = %s
    """


def active_token(token_id: UUID, *, at: datetime) -> tuple[ApiToken, TenantProfile] | None:
    """A token of the active tenant with its role and tenant, and what the tenant states; every request asks this."""
    with connection.cursor() as cursor:
        cursor.execute(_token_sql(), [current_tenant_id(), token_id, at, Tenant.State.ACTIVE])
        row = cursor.fetchone()
    if row is None:
        return None
    token, token.role, token.tenant, profile = read_together(row, ApiToken, Role, Tenant, TenantProfile)
    return token, profile


def delegators_of(member_id: UUID, *, at: datetime) -> list[UUID]:
    """Members who are absent now and named this one as their delegate."""
    current = Delegation.objects.filter(delegate_id=member_id, starts_at__lte=at, ends_at__gt=at)
    return list(current.values_list("member_id", flat=True))


def tenants_of(user_id: UUID) -> list[Tenant]:
    """Active tenants the user is a member of, by name."""
    active = Tenant.objects.filter(memberships__user_id=user_id, state=Tenant.State.ACTIVE)
    return list(active.order_by("name"))


def active_tenant_called(slug: str) -> Tenant | None:
    return Tenant.objects.filter(slug=slug, state=Tenant.State.ACTIVE).first()


def every_tenant() -> list[Tenant]:
    """Closed ones too: what is proven of a company is proven until its rows are gone."""
    return list(Tenant.objects.order_by("slug"))


def active_tenant(tenant_id: UUID) -> Tenant | None:
    return Tenant.objects.filter(id=tenant_id, state=Tenant.State.ACTIVE).first()


def user_with_email(email: str) -> User | None:
    return User.objects.filter(email=email.strip().lower()).first()

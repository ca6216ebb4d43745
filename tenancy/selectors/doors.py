"""Who may come in: look-ups before and just after a tenant is known."""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import connection

from tenancy.models import ApiToken, Delegation, Member, Membership, Tenant, User


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


def token_door(*, secret: str) -> tuple[Tenant, UUID] | None:
    """The tenant and id of the token with this secret; a definer function, because no tenant is known yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, token_id FROM tenancy_token_lookup(%s)", [digest_of(secret)])
        row = cursor.fetchone()
    if row is None:
        return None
    tenant = Tenant.objects.filter(id=row[0], state=Tenant.State.ACTIVE).first()
    return (tenant, row[1]) if tenant else None


def active_member(member_id: UUID) -> Member | None:
    return Member.objects.select_related("role", "unit", "user").filter(id=member_id, left_at=None).first()


def active_token(token_id: UUID, *, at: datetime) -> ApiToken | None:
    token = ApiToken.objects.select_related("role").filter(id=token_id, revoked_at=None).first()
    return None if token is None or (token.expires_at and token.expires_at <= at) else token


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

"""Who is asking: a member in the browser or a token at the API, with their permissions and scope."""

from dataclasses import dataclass, field
from uuid import UUID

from tenancy.models import ApiToken, Member, Role, Tenant, TenantProfile, Unit
from tenancy.permissions import ANY_MEMBER, reaching_everybody

__all__ = ["Access", "access_of_member", "access_of_token"]


@dataclass(frozen=True)
class Access:
    """One actor inside one tenant. Selectors take it where what is visible differs."""

    tenant: Tenant
    profile: TenantProfile
    role: Role
    member: Member | None = None
    token: ApiToken | None = None
    covers: tuple[UUID, ...] = ()
    """Members whose portfolios count as one's own: oneself, and those who delegated to one today."""
    permissions: frozenset[str] = field(default_factory=frozenset)

    def may(self, permission: str) -> bool:
        return permission == ANY_MEMBER or permission in self.permissions

    def why_not(self, permission: str) -> str:
        """Why this permission is not there, and what can be done."""
        if permission in self.role.permissions:
            return (
                f"This reaches every customer, and your role, {self.role.name}, sees only some of them. "
                "An administrator can give you a role that sees all customers."
            )
        return (
            f"Your role, {self.role.name}, does not include this. "
            "An administrator can add it under Settings, Roles."
        )

    @property
    def scope(self) -> str:
        return self.role.scope

    @property
    def unit(self) -> Unit | None:
        return self.member.unit if self.member else None

    @property
    def actor(self) -> str:
        """For the audit: `member:<id>` or `token:<id>`."""
        if self.member:
            return f"member:{self.member.id}"
        return f"token:{self.token.id}" if self.token else "system"


def access_of_member(tenant: Tenant, member: Member, delegators: list[UUID]) -> Access:
    return Access(
        tenant=tenant,
        profile=TenantProfile.objects.get(),
        role=member.role,
        member=member,
        covers=(member.id, *delegators),
        permissions=_permissions_of(member.role),
    )


def access_of_token(token: ApiToken, profile: TenantProfile) -> Access:
    return Access(
        tenant=token.tenant,
        profile=profile,
        role=token.role,
        token=token,
        permissions=_permissions_of(token.role),
    )


def _permissions_of(role: Role) -> frozenset[str]:
    """Without those that reach everybody where the role does not: it may be older than that rule."""
    codes = frozenset(role.permissions)
    if role.scope == Role.Scope.ALL:
        return codes
    return codes - {permission.code for permission in reaching_everybody(codes)}

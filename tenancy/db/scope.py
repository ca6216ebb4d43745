"""Which tenant is active in this thread of work. Set only by `tenancy.context`."""

from contextvars import ContextVar
from uuid import UUID

active_tenant: ContextVar[UUID | None] = ContextVar("active_tenant", default=None)
active_actor: ContextVar[str] = ContextVar("active_actor", default="system")


class NoTenantActive(RuntimeError):
    """A tenant's rows were asked for while no tenant was active."""


def current_tenant_id() -> UUID:
    """The active tenant's id. Raises NoTenantActive when there is none."""
    tenant_id = active_tenant.get()
    if tenant_id is None:
        raise NoTenantActive("No tenant is active: open tenancy.context.tenant_context() first.")
    return tenant_id

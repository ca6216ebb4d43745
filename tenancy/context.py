"""The only way in: a tenant is active inside `tenant_context` and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction

from tenancy.db.scope import NoTenantActive, active_actor, active_tenant, current_tenant_id

__all__ = ["NoTenantActive", "current_actor", "current_tenant_id", "tenant_context", "without_row_audit"]

SYSTEM = "system"


def _literal(tenant_id: UUID | None) -> str:
    # A literal, not set_config(): a sharding extension passes on the statement only.
    return f"'{UUID(str(tenant_id))}'" if tenant_id else "''"


def _actor_literal(actor: str) -> str:
    if not actor.replace(":", "").replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"Not an actor: {actor!r}")
    return f"'{actor}'"


def _set_local(tenant_id: UUID | None, actor: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SET LOCAL app.tenant_id = {_literal(tenant_id)}; SET LOCAL app.actor = {_actor_literal(actor)}"
        )


@contextmanager
def tenant_context(tenant_id: UUID, *, actor: str = SYSTEM) -> Iterator[None]:
    """Open a transaction in which `tenant_id` is active, in Python and in PostgreSQL.

    `actor` is who is working, for the audit: "member:<uuid>", "token:<uuid>" or "system".
    The setting is transaction-local; a nested context restores the outer one at its end.
    """
    before, actor_before = active_tenant.get(), active_actor.get()
    within = connection.in_atomic_block
    with transaction.atomic():
        _set_local(tenant_id, actor)
        tenant_mark, actor_mark = active_tenant.set(tenant_id), active_actor.set(actor)
        try:
            yield
        finally:
            active_tenant.reset(tenant_mark)
            active_actor.reset(actor_mark)
        # After an error the rollback to the savepoint restores the setting by itself, and so does the end of all.
        if within:
            _set_local(before, actor_before)


@contextmanager
def without_row_audit() -> Iterator[None]:
    """Inside, row triggers write no audit: for bulk work that is audited once per batch."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL app.audit = 'off'")
        yield
        cursor.execute("SET LOCAL app.audit = 'on'")


def current_actor() -> str:
    return active_actor.get()

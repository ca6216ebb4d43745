"""The roles every tenant starts with. They are rows: a tenant may change them."""

from dataclasses import dataclass

from tenancy.models import Role
from tenancy.permissions import all_permissions, is_permission

Scope = Role.Scope


class UnknownPermission(ValueError):
    """A role was given a permission that no room declares."""


@dataclass(frozen=True)
class BuiltinRole:
    key: str
    name: str
    scope: str
    permissions: tuple[str, ...] | None
    """None: every permission there is."""


_READ = ("crm.view_customer", "portfolios.view_portfolio", "value.view_value")
_SERVE = ("crm.find_customer", "crm.open_service_card")

BUILTIN_ROLES = (
    BuiltinRole("administrator", "Administrator", Scope.ALL, None),
    BuiltinRole(
        "executive", "Executive", Scope.ALL, (*_READ, *_SERVE, "value.view_evidence", "crm.export_customers")
    ),
    BuiltinRole(
        "relationship-manager",
        "Relationship manager",
        Scope.OWN_PORTFOLIO,
        (*_READ, *_SERVE, "value.view_evidence", "crm.change_customer", "crm.add_customer",
         "crm.export_customers", "portfolios.transfer_customer"),
    ),
    BuiltinRole("frontline", "Frontline", Scope.NONE, (*_SERVE, "crm.add_customer")),
    BuiltinRole("capabilities-manager", "Capabilities manager", Scope.ALL, (*_READ, "value.view_evidence")),
    BuiltinRole(
        "privacy-officer", "Privacy officer", Scope.ALL,
        (*_READ, *_SERVE, "tenancy.view_audit", "crm.trash_customer", "crm.export_customers"),
    ),
    BuiltinRole(
        "analyst", "Analyst", Scope.ALL, (*_READ, "value.view_evidence", "value.recompute", "crm.export_customers")
    ),
    BuiltinRole(
        "api-client", "API client", Scope.ALL,
        (*_READ, *_SERVE, "crm.add_customer", "crm.change_customer", "crm.record_order", "crm.import",
         "portfolios.transfer_customer", "tenancy.view_jobs"),
    ),
)  # fmt: skip


def create_builtin_roles() -> dict[str, Role]:
    """The eight roles of a new tenant, by key; harmless when run again."""
    everything = [permission.code for permission in all_permissions()]
    roles = {}
    for builtin in BUILTIN_ROLES:
        codes = everything if builtin.permissions is None else list(builtin.permissions)
        require_known(codes)
        defaults = {"name": builtin.name, "scope": builtin.scope, "permissions": codes}
        roles[builtin.key], _ = Role.objects.get_or_create(key=builtin.key, defaults=defaults)
    return roles


def require_known(codes: list[str]) -> None:
    unknown = [code for code in codes if not is_permission(code)]
    if unknown:
        raise UnknownPermission(f"No room declares: {', '.join(unknown)}.")


def save_role(*, role: Role, name: str, scope: str, permissions: list[str]) -> Role:
    """Change what a role may do. Raises UnknownPermission."""
    require_known(permissions)
    role.name, role.scope, role.permissions = name, scope, sorted(set(permissions))
    role.save(update_fields=["name", "scope", "permissions"])
    return role

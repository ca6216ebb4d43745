"""A newer version of the product has permissions that older tenants' roles do not: here the built-in roles get them."""

from typing import Final

from tenancy.models import Role
from tenancy.services.roles import ADMINISTRATOR, BUILTIN_ROLES, BuiltinRole

_READ: Final = {"crm.view_customer", "portfolios.view_portfolio", "value.view_value"}
_SERVE: Final = {"crm.find_customer", "crm.open_service_card"}
_MANAGER: Final = {
    *_READ, *_SERVE, "value.view_evidence", "crm.change_customer", "crm.add_customer", "crm.export_customers",
    "portfolios.transfer_customer",
}  # fmt: skip
_CLIENT: Final = {
    *_READ, *_SERVE, "crm.add_customer", "crm.change_customer", "crm.record_order", "crm.import",
    "portfolios.transfer_customer", "tenancy.view_jobs",
}  # fmt: skip
# What roles were brought before that was written down with them. Never changes.
_FIRST: Final[dict[str, set[str]]] = {
    "executive": {*_READ, *_SERVE, "value.view_evidence", "crm.export_customers"},
    "relationship-manager": _MANAGER,
    "frontline": {*_SERVE, "crm.add_customer"},
    "capabilities-manager": {*_READ, "value.view_evidence"},
    "privacy-officer": {
        *_READ, *_SERVE, "tenancy.view_audit", "crm.trash_customer", "crm.export_customers",
    },
    "analyst": {*_READ, "value.view_evidence", "value.recompute", "crm.export_customers"},
    "api-client": _CLIENT,
    ADMINISTRATOR: {
        *_MANAGER, *_CLIENT, "crm.trash_customer", "value.recompute", "portfolios.manage_portfolio",
        "tenancy.manage_members", "tenancy.manage_roles", "tenancy.manage_units", "tenancy.manage_tokens",
        "tenancy.manage_settings", "tenancy.view_audit",
    },
}  # fmt: skip


def bring_new_permissions() -> int:
    """Give the active tenant's built-in roles what is new; how many changed.

    A role that the tenant has changed stays as it is, and one that was removed stays removed. Administrators always get
    what is new: nobody can give what nobody has.
    """
    builtin = {role.key: role for role in BUILTIN_ROLES}
    rows = Role.objects.select_for_update().filter(key__in=builtin)
    return sum(_bring(role, builtin[role.key]) for role in rows)


def _bring(role: Role, builtin: BuiltinRole) -> bool:
    codes = builtin.codes()
    brought = _FIRST[role.key] if role.brought is None else set(role.brought)
    new = set(codes) - brought
    if role.brought is not None and not new:
        return False
    is_untouched = set(role.permissions) == brought and role.scope == builtin.scope
    before = set(role.permissions)
    if is_untouched or role.key == ADMINISTRATOR:
        role.permissions = sorted(before | new)
    role.brought = sorted(brought | set(codes))
    role.save(update_fields=["permissions", "brought"])
    return set(role.permissions) != before

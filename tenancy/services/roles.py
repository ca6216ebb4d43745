"""The roles every tenant starts with. They are rows: a tenant may change them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.text import slugify

from tenancy.access import Access
from tenancy.models import Role, Unit
from tenancy.permissions import Permission, all_permissions, is_permission, reaching_everybody

Scope = Role.Scope
ADMINISTRATOR = "administrator"


class UnknownPermission(ValueError):
    """A role was given a permission that no room declares."""


@dataclass(frozen=True)
class BuiltinRole:
    key: str
    name: str
    scope: str
    permissions: tuple[str, ...] | None
    """None: every permission there is."""

    def codes(self) -> list[str]:
        everything = [permission.code for permission in all_permissions()]
        return everything if self.permissions is None else list(self.permissions)


_READ = ("crm.view_customer", "crm.view_segment", "portfolios.view_portfolio", "value.view_value")
_SERVE = ("crm.find_customer", "crm.open_service_card")
# Who serves somebody hears their refusals, so whoever may open a service card may write one down.
_HEAR = ("privacy.check_contact", "privacy.record_consent")
_TALK = ("interactions.log", "interactions.grant", "interactions.tell_story")
_FOLLOW = ("interactions.view", "interactions.work")

BUILTIN_ROLES = (
    BuiltinRole("administrator", "Administrator", Scope.ALL, None),
    BuiltinRole(
        "executive", "Executive", Scope.ALL,
        (*_READ, *_SERVE, "value.view_evidence", "crm.export_customers", "rules.view", "privacy.view_privacy",
         "interactions.view", "interactions.view_figures", "interactions.approve", "interactions.tell_story"),
    ),
    BuiltinRole(
        "relationship-manager",
        "Relationship manager",
        Scope.OWN_PORTFOLIO,
        (*_READ, *_SERVE, "value.view_evidence", "crm.change_customer", "crm.add_customer",
         "crm.export_customers", "portfolios.transfer_customer", "rules.view", "rules.edit_own",
         *_HEAR, "privacy.view_consent", "privacy.change_person", *_TALK, *_FOLLOW, "interactions.approve",
         "interactions.send"),
    ),
    BuiltinRole("frontline", "Frontline", Scope.NONE, (*_SERVE, "crm.add_customer", *_HEAR, *_TALK)),
    BuiltinRole(
        "capabilities-manager", "Capabilities manager", Scope.ALL, (*_READ, "value.view_evidence", "rules.view",
         "privacy.check_contact", "privacy.view_consent", "privacy.view_privacy", "interactions.view",
         "interactions.view_figures", "interactions.tell_story"),
    ),
    BuiltinRole(
        "privacy-officer", "Privacy officer", Scope.ALL,
        (*_READ, *_SERVE, "tenancy.view_audit", "crm.trash_customer", "crm.export_customers", "rules.view",
         *_HEAR, "privacy.view_consent", "privacy.change_person", "privacy.view_privacy", "privacy.handle_requests",
         "privacy.manage_policy", "interactions.view"),
    ),
    BuiltinRole(
        "analyst", "Analyst", Scope.ALL, (*_READ, "value.view_evidence", "value.recompute", "crm.export_customers",
         "crm.manage_segments", "rules.view", "privacy.view_privacy", "interactions.view", "interactions.view_figures")
    ),
    BuiltinRole(
        "api-client", "API client", Scope.ALL,
        (*_READ, *_SERVE, "crm.add_customer", "crm.change_customer", "crm.record_order", "crm.import",
         "portfolios.transfer_customer", "tenancy.view_jobs", *_HEAR, "privacy.view_consent", *_TALK, *_FOLLOW,
         "interactions.send"),
    ),
)  # fmt: skip


def create_builtin_roles() -> dict[str, Role]:
    """The eight roles of a new tenant, by key; harmless when run again."""
    roles = {}
    for builtin in BUILTIN_ROLES:
        codes = builtin.codes()
        require_known(codes)
        defaults = {"name": builtin.name, "scope": builtin.scope, "permissions": codes, "brought": codes}
        roles[builtin.key], _ = Role.objects.get_or_create(key=builtin.key, defaults=defaults)
    return roles


def require_known(codes: list[str]) -> None:
    unknown = [code for code in codes if not is_permission(code)]
    if unknown:
        raise UnknownPermission(f"No room declares: {', '.join(unknown)}.")


def save_role(*, role: Role, name: str, scope: str, permissions: list[str]) -> Role:
    """Change what a role may do. Raises UnknownPermission and RoleRefused."""
    require_known(permissions)
    require_fitting(scope=scope, permissions=permissions)
    if role.key == ADMINISTRATOR and (not set(permissions) >= KEEPERS or scope != Scope.ALL):
        raise RoleRefused(
            "Administrators keep members, roles and the view of everything: they repair the rest."
        )
    role.name, role.scope, role.permissions = name, scope, sorted(set(permissions))
    try:
        with transaction.atomic():
            role.save(update_fields=["name", "scope", "permissions"])
    except IntegrityError:
        raise RoleRefused(f"There is already a role called {name}.") from None
    return role


def require_fitting(*, scope: str, permissions: Iterable[str]) -> None:
    """What reaches every customer is for roles that see every customer. Raises RoleRefused."""
    wide = reaching_everybody(permissions)
    if wide and scope != Scope.ALL:
        raise RoleRefused(
            f"“{wide[0].label}” reaches every customer, so the role must see all customers: "
            "widen what it sees, or take this away."
        )


class RoleRefused(ValueError):
    """The role cannot be made, changed, given or removed so; the message says why."""


@dataclass(frozen=True)
class RoleChange:
    """What saving a role would do: codes gained and lost, the scope, and whom it touches."""

    gained: list[Permission]
    lost: list[Permission]
    scope_before: str
    scope_after: str
    members: list[str]
    tokens: list[str]

    @property
    def is_nothing(self) -> bool:
        return not (self.gained or self.lost or self.scope_before != self.scope_after)


_WIDTH = (Scope.NONE, Scope.OWN_PORTFOLIO, Scope.OWN_UNIT, Scope.ALL)
KEEPERS = frozenset({"tenancy.manage_roles", "tenancy.manage_members"})
"""Without these an administrator could not repair anything, so their role keeps them."""


def require_grantable(*, access: Access, permissions: Iterable[str], scope: str) -> None:
    """Nobody gives what they do not have: neither through a role, nor through a token. Raises RoleRefused."""
    above = sorted(set(permissions) - access.permissions)
    if above:
        labels = {permission.code: permission.label for permission in all_permissions()}
        raise RoleRefused(f"You cannot give what you may not do yourself: {labels.get(above[0], above[0])}.")
    if _WIDTH.index(Scope(scope)) > _WIDTH.index(Scope(access.scope)):
        raise RoleRefused(f"You cannot give a wider view than your own: {Scope(scope).label}.")


def require_reach(*, access: Access, role: Role, unit: Unit | None) -> None:
    """A role that sees its unit sees more in a wider unit: nobody is put above the giver's own. Raises RoleRefused."""
    if role.scope != Scope.OWN_UNIT or unit is None or access.scope == Scope.ALL:
        return
    if access.unit is None or not unit.path.startswith(access.unit.path):
        raise RoleRefused(f"You cannot give a wider view than your own: {unit.name} is not below your unit.")


def grantable_roles(access: Access) -> list[Role]:
    """Roles that `access` may give: no permission and no view beyond its own."""
    width = _WIDTH.index(Scope(access.scope))
    return [
        role
        for role in Role.objects.order_by("name")
        if set(role.permissions) <= access.permissions and _WIDTH.index(Scope(role.scope)) <= width
    ]


def preview_role(*, role: Role, scope: str, permissions: Iterable[str]) -> RoleChange:
    """Who would gain and lose what, before it is saved."""
    before, after = set(role.permissions), set(permissions)
    known = all_permissions()
    return RoleChange(
        gained=[permission for permission in known if permission.code in after - before],
        lost=[permission for permission in known if permission.code in before - after],
        scope_before=Scope(role.scope).label,
        scope_after=Scope(scope).label,
        members=list(role.members.filter(left_at=None).order_by("name").values_list("name", flat=True)),
        tokens=list(role.tokens.filter(revoked_at=None).order_by("name").values_list("name", flat=True)),
    )


def add_role(*, name: str, like: Role) -> Role:
    """A new role with the permissions and scope of another one. Raises RoleRefused."""
    require_fitting(scope=like.scope, permissions=like.permissions)
    key = slugify(name)[:40] or "role"
    try:
        with transaction.atomic():
            return Role.objects.create(key=key, name=name, scope=like.scope, permissions=like.permissions)
    except IntegrityError:
        raise RoleRefused(f"There is already a role called {name}.") from None


def remove_role(*, role: Role) -> None:
    """Take away a role that nobody has or ever had. Raises RoleRefused."""
    if role.key == ADMINISTRATOR:
        raise RoleRefused("The administrator's role stays: somebody must be able to repair the rest.")
    try:
        with transaction.atomic():
            role.delete()
    except (ProtectedError, IntegrityError):
        raise RoleRefused(
            "Members or tokens have this role, or had it when they left; give them another one first."
        ) from None

"""What a role may be allowed to do. Every door declares one of these; an undeclared door is closed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
ANY_MEMBER = "any_member"


@dataclass(frozen=True)
class Permission:
    code: str
    label: str
    room: str
    of_everybody: bool = False
    """It reaches every customer, so only a role that sees all customers can have it."""


_permissions: dict[str, Permission] = {}


def register_permissions(room: str, *, of_everybody: bool = False, **labels: str) -> None:
    """Declare a room's permissions: `register_permissions("crm", view_customer="open customers")`.

    `of_everybody`: these reach every customer, and are for roles that see all customers.
    """
    for name, label in labels.items():
        code = f"{room}.{name}"
        _permissions[code] = Permission(code=code, label=label, room=room, of_everybody=of_everybody)


def all_permissions() -> list[Permission]:
    """Every declared permission, in the order in which the rooms declared them: from right to left."""
    return list(_permissions.values())


def is_permission(code: str) -> bool:
    return code in _permissions or code in {PUBLIC, ANY_MEMBER}


def reaching_everybody(codes: Iterable[str]) -> list[Permission]:
    """Those of these permissions that only a role with a view of all customers can have."""
    wanted = set(codes)
    return [one for one in _permissions.values() if one.of_everybody and one.code in wanted]


def requires(code: str) -> Callable[[View], View]:
    """Declare the permission that a page needs; `TenantMiddleware` asks for it."""

    def declare(view: View) -> View:
        view.permission = code  # type: ignore[attr-defined]
        return view

    return declare


public = requires(PUBLIC)

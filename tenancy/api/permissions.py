"""Every endpoint declares its permission; an undeclared one is closed."""

from typing import Any

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tenancy.access import Access
from tenancy.api.authentication import HOW
from tenancy.permissions import PUBLIC


def declared_permission(view: Any, action: str | None) -> str | None:
    """`permissions[action]` of a viewset, else its `permission`; None: nobody declared one."""
    by_action: dict[str, str] = getattr(view, "permissions", {})
    return by_action.get(action or "") or getattr(view, "permission", None)


class DeclaredPermission(BasePermission):
    message = "Your role does not include this. An administrator can add it under Settings, Roles."

    def has_permission(self, request: Request, view: Any) -> bool:
        access: Access | None = request.auth  # type: ignore[assignment]
        action = getattr(view, "action", None)
        needed = declared_permission(view, action)
        if needed == PUBLIC:
            return True
        if access is None:
            raise NotAuthenticated(HOW)
        if _answers_405(view, action):
            return True
        if needed is None or access.may(needed):
            return needed is not None
        self.message = access.why_not(needed)
        return False


def _answers_405(view: Any, action: str | None) -> bool:
    """No such method here: the framework says so after this."""
    return hasattr(view, "action_map") and action in {None, "metadata"}

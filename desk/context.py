"""What every page's frame needs: who is working, for which company, where they may go."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from tenancy.access import Access
from tenancy.registries import NavigationEntry, navigation
from tenancy.selectors.doors import tenants_of


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of the frame; empty outside a tenant."""
    access: Access | None = getattr(request, "access", None)
    if access is None:
        return {}
    return {
        "access": access,
        "tenant": access.tenant,
        "member": access.member,
        "tenants": tenants_of(access.member.user_id) if access.member else [],
        "navigation": {"groups": _groups(access, request.path)},
    }


def _groups(access: Access, path: str) -> list[list[dict[str, Any]]]:
    allowed = sorted((e for e in navigation if access.may(e.permission)), key=lambda e: (e.group, e.order))
    groups: dict[int, list[dict[str, Any]]] = {}
    for entry in allowed:
        groups.setdefault(entry.group, []).append(_item(entry, access, path))
    return list(groups.values())


def _item(entry: NavigationEntry, access: Access, path: str) -> dict[str, Any]:
    url = reverse(entry.url_name, kwargs={"slug": access.tenant.slug})
    home = f"/t/{access.tenant.slug}/"
    active = path == url if url == home else path.startswith(url)
    return {"label": entry.label, "icon": entry.icon, "url": url, "key": entry.key, "active": active}

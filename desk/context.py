"""What every page's frame needs: who is working, for which company, where they may go."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from desk.apps import FOOT
from tenancy.access import Access
from tenancy.models import Member
from tenancy.registries import NavigationEntry, navigation
from tenancy.selectors.doors import tenants_of
from tenancy.selectors.jobs import news_count

COMMANDS = (
    ("Log a contact", "pencil", "log", "interactions.log"),
    ("New customer", "user-plus", "customer_new", "crm.add_customer"),
    ("Import customers and orders", "file-import", "imports", "crm.import"),
    ("Search page", "search", "search", "crm.find_customer"),
    ("Trash", "trash", "trash", "crm.trash_customer"),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of the frame; empty outside a tenant and for parts of a page."""
    access: Access | None = getattr(request, "access", None)
    if access is None or access.member is None or request.headers.get("HX-Request"):
        return {"access": access, "tenant": access.tenant} if access else {}
    slug = access.tenant.slug
    return {
        "access": access,
        "tenant": access.tenant,
        "member": access.member,
        "tenants": tenants_of(access.member.user_id),
        "navigation": _navigation(access, request.path),
        "commands": _commands(access),
        "search_url": reverse("search", args=[slug]),
        "log_url": reverse("log", args=[slug]) if access.may("interactions.log") else "",
        "jobs_url": reverse("jobs", args=[slug]),
        "jobs_badge_url": reverse("jobs_bell", args=[slug]),
        "jobs_waiting": news_count(access),
        "profile_url": reverse("account_change_password"),
        "logout_url": reverse("account_logout"),
        "delegated": _stands_in_for(access),
    }


def _navigation(access: Access, path: str) -> dict[str, list[Any]]:
    allowed = sorted((e for e in navigation if access.may(e.permission)), key=lambda e: (e.group, e.order))
    groups: dict[int, list[dict[str, Any]]] = {}
    for entry in allowed:
        groups.setdefault(entry.group, []).append(_item(entry, access, path))
    foot = groups.pop(FOOT, [])
    return {"groups": list(groups.values()), "foot": foot}


def _item(entry: NavigationEntry, access: Access, path: str) -> dict[str, Any]:
    url = reverse(entry.url_name, kwargs={"slug": access.tenant.slug})
    home = f"/t/{access.tenant.slug}/"
    active = path == url if url == home else path.startswith(url)
    return {"label": entry.label, "icon": entry.icon, "url": url, "active": active}


def _commands(access: Access) -> list[dict[str, str]]:
    return [
        {"label": label, "icon": icon, "url": reverse(name, args=[access.tenant.slug])}
        for label, icon, name, permission in COMMANDS
        if access.may(permission)
    ]


def _stands_in_for(access: Access) -> str:
    """Names of the absent managers whose customers one sees today."""
    others = [member_id for member_id in access.covers if access.member and member_id != access.member.id]
    if not others:
        return ""
    return ", ".join(Member.objects.filter(id__in=others).order_by("name").values_list("name", flat=True))

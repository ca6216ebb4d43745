"""What all pages of privacy share: the tabs."""

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch

from tenancy.requests import TenantRequest, url_in

# (words, url name, permission); a member sees the tabs that they may open.
TABS: Final = (
    ("Health", "privacy", "privacy.view_privacy"),
    ("Requests", "privacy_requests", "privacy.handle_requests"),
    ("Ledger", "privacy_ledger", "privacy.view_privacy"),
    ("Answers", "privacy_answers", "privacy.view_privacy"),
    ("Purposes", "privacy_purposes", "privacy.view_privacy"),
    ("Policy", "privacy_policy", "privacy.view_privacy"),
    ("Tester", "privacy_tester", "privacy.view_privacy"),
    ("Lists", "privacy_lists", "privacy.view_privacy"),
    ("Retention", "privacy_retention", "privacy.view_privacy"),
    ("Looks", "privacy_looks", "tenancy.view_audit"),
)


def page(
    request: TenantRequest, template: str, here: str, /, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A page of privacy; `here` is the url name of its tab."""
    return render(request, f"privacy/{template}.html", context | tabs(request, here), status=status)


def has_tab(request: TenantRequest, name: str) -> bool:
    """Whether the member may open this part."""
    return any(tab["active"] for tab in tabs(request, name)["tabs"])


def tabs(request: TenantRequest, here: str) -> dict[str, Any]:
    """What templates/desk/_tabs.html needs; tabs of parts that are not installed are left out."""
    shown = []
    for label, name, permission in TABS:
        if request.access.may(permission):
            try:
                url = url_in(request, name)
            except NoReverseMatch:
                continue
            shown.append({"label": label, "count": None, "url": url, "active": name == here})
    return {"tabs": shown, "tabs_label": "Privacy"}

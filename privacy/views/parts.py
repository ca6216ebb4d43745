"""What all pages of privacy share: the tabs, the way to a customer, and a form that a service may refuse."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch

from tenancy.requests import TenantRequest, url_in

Made = TypeVar("Made")
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


def customer_url(request: TenantRequest, customer_id: UUID) -> str:
    """The customer's own page, for who may open customers."""
    return url_in(request, "customer", customer_id) if request.access.may("crm.view_customer") else ""


def made_by(
    form: forms.Form, action: Callable[[dict[str, Any]], Made], *refusals: type[Exception],
    places: Mapping[str, str] | None = None,
) -> Made | None:  # fmt: skip
    """What the service made of a form that is right; None where the form or the service refuses.

    A refusal stands at the field that it names; `places`: field of the service -> field of the form.
    """
    if not form.is_valid():
        return None
    try:
        return action(form.cleaned_data)
    except refusals as refusal:
        named = getattr(refusal, "field", "")
        field = (places or {}).get(named, named)
        form.add_error(field if field in form.fields else None, str(refusal))
        return None


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

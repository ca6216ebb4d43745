"""What all settings pages share: the tabs, and saving with a refusal shown in the form."""

from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from tenancy.permissions import ANY_MEMBER, requires
from tenancy.requests import TenantRequest, url_in

# (words, url name, permission); a member sees the tabs that they may open.
TABS = (
    ("Company", "company", "tenancy.manage_settings"),
    ("Members", "members", "tenancy.manage_members"),
    ("Absences", "delegations", ANY_MEMBER),
    ("Roles", "roles", "tenancy.manage_roles"),
    ("Units", "units", "tenancy.manage_units"),
    ("Templates", "templates", "interactions.manage_delivery"),
    ("Connectors", "connectors", "interactions.manage_delivery"),
    ("Mailboxes", "mailboxes", "interactions.manage_delivery"),
    ("Needs", "need_kinds", "interactions.manage_catalogues"),
    ("Tokens", "tokens", "tenancy.manage_tokens"),
    ("Cases", "settings_cases", "interactions.manage_catalogues"),
    ("Surveys", "surveys", "interactions.manage_catalogues"),
    ("Audit", "audit", "tenancy.view_audit"),
    ("Work", "work", "tenancy.view_jobs"),
)


@requires(ANY_MEMBER)
@require_safe
def settings(request: TenantRequest) -> HttpResponse:
    """The first tab that the member may open."""
    return redirect(url_in(request, _allowed(request)[0][1]))


def page(
    request: TenantRequest, template: str, here: str, /, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A settings page; `here` is the url name of its tab."""
    return render(request, f"desk/settings/{template}.html", context | tabs_of(request, here), status=status)


def tabs_of(request: TenantRequest, here: str) -> dict[str, Any]:
    """What templates/desk/settings/_frame.html needs."""
    tabs = [
        {"label": label, "count": None, "url": url_in(request, name), "active": name == here}
        for label, name, _ in _allowed(request)
    ]
    return {"tabs": tabs, "tabs_label": "Settings"}


def form_page(
    request: TenantRequest, here: str, *, title: str, sentence: str, form: BaseForm, save: str, **context: Any
) -> HttpResponse:
    """A form in the settings; with mistakes it answers 422."""
    words = next(label for label, name, _ in TABS if name == here)
    context = {"cancel_url": url_in(request, here), "here": words, **context}
    status = 422 if form.errors else 200
    return page(
        request, "edit", here, status=status, title=title, sentence=sentence, form=form, save=save, **context
    )


def base_url(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _allowed(request: TenantRequest) -> list[tuple[str, str, str]]:
    return [tab for tab in TABS if request.access.may(tab[2])]

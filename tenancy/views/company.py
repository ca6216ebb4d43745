"""What the company states about itself."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from tenancy.forms import CompanyForm, saved
from tenancy.permissions import requires
from tenancy.registries import company_changes
from tenancy.requests import TenantRequest, member_of, url_in
from tenancy.selectors.jobs import latest_job
from tenancy.services.settings import Company, SettingsRefused, change_company
from tenancy.views.jobs import progress_of
from tenancy.views.settings import form_page


@requires("tenancy.manage_settings")
@require_http_methods(["GET", "HEAD", "POST"])
def company(request: TenantRequest) -> HttpResponse:
    tenant, profile = request.access.tenant, request.access.profile
    now = {name: getattr(profile, name, None) for name in CompanyForm.base_fields} | {"name": tenant.name}
    form = CompanyForm(request.POST or None, initial=now)
    if saved(form, lambda given: _change(request, given), SettingsRefused):
        messages.success(request, "The company is changed. Figures follow in the next night.")
        return redirect(url_in(request, "company"))
    fixed = (
        f"Money is in {profile.currency} and the country is {profile.country}: "
        "both are fixed, because every amount stands on them."
    )
    return form_page(
        request, "company", title="Settings", sentence="What the company states about itself.",
        form=form, save="Change the company", note=fixed, work=_work(request),
    )  # fmt: skip


def _change(request: TenantRequest, given: dict[str, Any]) -> None:
    change_company(tenant=request.access.tenant, company=Company(**given), by=member_of(request))


def _work(request: TenantRequest) -> dict[str, Any] | None:
    """What an earlier change set going and is not done yet, with its bar."""
    found = latest_job(request.access, company_changes.keys())
    return progress_of(request, found) if found else None

"""Connectors: where text and push messages go. Secrets are shown once, on the answer to the click that made them."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interactions.forms.messages import ConnectorForm
from interactions.models import Connector
from interactions.selectors.connectors import connector_here, connectors_in_use
from interactions.services.connectors import (
    ConnectorRefused,
    Shown,
    add_connector,
    change_connector,
    end_connector,
    news_url,
    renew_secrets,
)
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in
from tenancy.views.settings import form_page, tabs_of

HERE = "connectors"
MANAGE = "interactions.manage_delivery"


@requires(MANAGE)
@require_safe
def connectors(request: TenantRequest) -> HttpResponse:
    rows = [{"connector": one, "url": url_in(request, "connector", one.id)} for one in connectors_in_use()]
    context = {"rows": rows, "new_url": url_in(request, "connector_new")}
    return render(request, "interactions/connectors/list.html", context | tabs_of(request, HERE))


@requires(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def connector_new(request: TenantRequest) -> HttpResponse:
    form = ConnectorForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            return _shown(request, add_connector(**form.cleaned_data))
        except ConnectorRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    return form_page(
        request, HERE, title="New connector", form=form, save="Add it",
        sentence="Each message goes to your provider as a signed request. One for each channel; the one before ends.",
    )  # fmt: skip


@requires(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def connector(request: TenantRequest, connector_id: UUID) -> HttpResponse:
    found = _here(connector_id)
    form = ConnectorForm(request.POST or None, initial=vars(found))
    del form.fields["channel"]
    if form.is_bound and form.is_valid():
        try:
            change_connector(connector=found, **form.cleaned_data)
        except ConnectorRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, f"{found.name} is changed.")
            return redirect(url_in(request, HERE))
    context = {
        "connector": found, "form": form, "act_url": url_in(request, "connector_act", found.id), "save": "Save",
        "cancel_url": url_in(request, HERE), "news_url": news_url(found),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(
        request, "interactions/connectors/show.html", context | tabs_of(request, HERE), status=status
    )


@requires(MANAGE)
@require_POST
def connector_act(request: TenantRequest, connector_id: UUID) -> HttpResponse:
    """Another secret, or nothing goes there any more."""
    found = _here(connector_id)
    match request.POST.get("do", ""):
        case "renew":
            return _shown(request, renew_secrets(connector=found))
        case "end":
            end_connector(connector=found)
            messages.success(request, f"Nothing goes to {found.name} any more.")
            return redirect(url_in(request, HERE))
    raise Http404


def _shown(request: TenantRequest, shown: Shown) -> HttpResponse:
    context = {"shown": shown, "news_url": news_url(shown.connector), "list_url": url_in(request, HERE)}
    response = render(request, "interactions/connectors/shown.html", context | tabs_of(request, HERE))
    response["Cache-Control"] = "no-store"
    return response


def _here(connector_id: UUID) -> Connector:
    found = connector_here(connector_id)
    if found is None:
        raise Http404
    return found

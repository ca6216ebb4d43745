"""Settings: the company's own catalogue of needs."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interactions.forms.needs import NeedKindForm
from interactions.models import NeedKind
from interactions.selectors import need_kinds as read
from interactions.services.need_kinds import (
    NeedKindRefused,
    add_need_kind,
    change_need_kind,
    put_need_kind_aside,
    take_need_kind_back,
)
from tenancy.forms import saved
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in
from tenancy.views.settings import form_page, page

HERE = "need_kinds"
MANAGES = "interactions.manage_catalogues"


@requires(MANAGES)
@require_safe
def need_kinds(request: TenantRequest) -> HttpResponse:
    kinds = read.catalogue()
    return page(
        request, "needs", HERE, rows=[_row(request, kind) for kind in kinds if not kind.archived_at],
        aside=[_row(request, kind) for kind in kinds if kind.archived_at], new_url=url_in(request, "need_kind_new"),
    )  # fmt: skip


def _row(request: TenantRequest, kind: NeedKind) -> dict[str, Any]:
    return {"kind": kind, "url": url_in(request, "need_kind", kind.id)}


@requires(MANAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def need_kind_new(request: TenantRequest) -> HttpResponse:
    form = NeedKindForm(request.POST or None)
    if saved(form, lambda given: add_need_kind(text=form.text()), NeedKindRefused):
        messages.success(request, f"{form.cleaned_data['name']} is in the catalogue.")
        return redirect(url_in(request, HERE))
    sentence = "What customers tell you they need, in your own words."
    return form_page(request, HERE, title="New kind of need", sentence=sentence, form=form, save="Add it")


@requires(MANAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def need_kind(request: TenantRequest, need_kind_id: UUID) -> HttpResponse:
    found = _here(need_kind_id)
    form = NeedKindForm(request.POST or None, initial=vars(found))
    if saved(form, lambda given: change_need_kind(kind=found, text=form.text()), NeedKindRefused):
        messages.success(request, f"{form.cleaned_data['name']} is changed.")
        return redirect(url_in(request, HERE))
    url = url_in(request, "need_kind_aside", found.id)
    aside = {
        "url": url,
        "words": "Put aside",
        "sentence": "Nobody is offered it any more. What customers said stays.",
    }
    return form_page(
        request, HERE, title=found.name, sentence="What customers said stays with it, and keeps its day.", form=form,
        save="Save", danger=None if found.archived_at else aside,
        extra={"url": url, "words": "Take it back"} if found.archived_at else None,
    )  # fmt: skip


@requires(MANAGES)
@require_POST
def need_kind_aside(request: TenantRequest, need_kind_id: UUID) -> HttpResponse:
    """Put aside, or taken back where it is aside."""
    found = _here(need_kind_id)
    if found.archived_at:
        take_need_kind_back(kind=found)
        messages.success(request, f"{found.name} is offered again.")
    else:
        put_need_kind_aside(kind=found)
        messages.success(request, f"{found.name} is no longer offered.")
    return redirect(url_in(request, HERE))


def _here(kind_id: UUID) -> NeedKind:
    found = read.need_kind(kind_id)
    if found is None:
        raise Http404
    return found

"""Purposes: what data is used for, and what people are told about it, by version and language."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from privacy.forms.policy import LANGUAGE_NAMES, NoticeForm, PurposeForm, told_now
from privacy.links import subscribe_link
from privacy.models import Notice, Purpose
from privacy.models.purpose import Channel
from privacy.selectors import purposes as read
from privacy.services.notices import NoticeRefused, publish_notice
from privacy.services.purposes import (
    PurposeRefused,
    add_purpose,
    archive_purpose,
    change_purpose,
    restore_purpose,
)
from privacy.views.parts import made_by, page
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, member_of, url_in, whole_number

HERE = "privacy_purposes"


@requires("privacy.view_privacy")
@require_safe
def purposes(request: TenantRequest) -> HttpResponse:
    told = read.current_notices()
    languages = read.languages_told()
    rows: list[dict[str, Any]] = [
        {"purpose": one, "url": url_in(request, "privacy_purpose", one.id), "notice": told.get(one.key),
         "languages": languages.get(one.id, []), "channels": _channels(one)}
        for one in read.purposes(archived=True)
    ]  # fmt: skip
    return page(
        request, "purposes", HERE, rows=[row for row in rows if not row["purpose"].archived_at],
        archived=[row for row in rows if row["purpose"].archived_at],
        new_url=url_in(request, "privacy_purpose_new") if request.access.may("privacy.manage_policy") else "",
    )  # fmt: skip


def _channels(purpose: Purpose) -> str:
    return ", ".join(str(Channel(one).label) for one in purpose.channels)


@requires("privacy.view_privacy")
@require_safe
def purpose(request: TenantRequest, purpose_id: UUID) -> HttpResponse:
    """What people are told, the version asked for beside the one before."""
    found = _here(purpose_id)
    notices = read.notices_of(found)
    versions = sorted({one.version for one in notices}, reverse=True)
    asked = whole_number(request.GET.get("version", ""))
    shown = asked if asked in versions else (versions[0] if versions else 0)
    before = next((number for number in versions if number < shown), None)
    return page(
        request, "purpose", HERE, purpose=found, channels=_channels(found), shown=shown, before=before,
        newest=versions[0] if versions else 0,
        versions=[_version(request, found, number, notices) for number in versions],
        texts=_side_by_side(notices, shown, before),
        list_url=url_in(request, HERE),
        ledger_url=f"{url_in(request, 'privacy_ledger')}?purpose={found.key}",
        form_url=subscribe_link(found) if Channel.EMAIL in found.channels and not found.archived_at else "",
        **_doors(request, found),
    )  # fmt: skip


def _doors(request: TenantRequest, found: Purpose) -> dict[str, Any]:
    """Where it can be changed, for who may."""
    if not request.access.may("privacy.manage_policy"):
        return {}
    names = ("edit", "notice", "archive", "restore")
    return {f"{name}_url": url_in(request, f"privacy_purpose_{name}", found.id) for name in names}


def _version(request: TenantRequest, found: Purpose, number: int, notices: list[Notice]) -> dict[str, Any]:
    texts = [one for one in notices if one.version == number]
    return {
        "number": number, "at": texts[0].published_at, "languages": [one.language for one in texts],
        "by": texts[0].published_by.name if texts[0].published_by else "came with the product",
        "url": f"{url_in(request, 'privacy_purpose', found.id)}?version={number}",
    }  # fmt: skip


def _side_by_side(notices: list[Notice], shown: int, before: int | None) -> list[dict[str, Any]]:
    """A row a language: the text of the version shown and that of the version before."""
    texts = {(one.version, one.language): one for one in notices}
    languages = dict.fromkeys(one.language for one in notices if one.version in (shown, before))
    rows = []
    for code in languages:
        now, old = texts.get((shown, code)), texts.get((before or 0, code))
        rows.append({
            "code": code, "name": LANGUAGE_NAMES.get(code, code), "now": now, "before": old,
            "is_same": bool(now and old and now.text == old.text),
        })  # fmt: skip
    return rows


@requires("privacy.manage_policy")
@require_http_methods(["GET", "HEAD", "POST"])
def purpose_new(request: TenantRequest) -> HttpResponse:
    form = PurposeForm(request.POST or None)
    made = made_by(
        form,
        lambda given: add_purpose(key=given["key"], purpose_class=given["purpose_class"], text=form.text()),
        PurposeRefused,
    )
    if made:
        messages.success(request, f"{made.name} is there. Now write what people are told about it.")
        return redirect(url_in(request, "privacy_purpose_notice", made.id))
    return _form_page(
        request, form, "New purpose", "Everything else can be reworded later; key and kind cannot.", "Add it"
    )


@requires("privacy.manage_policy")
@require_http_methods(["GET", "HEAD", "POST"])
def purpose_edit(request: TenantRequest, purpose_id: UUID) -> HttpResponse:
    found = _here(purpose_id)
    form = PurposeForm(request.POST or None, initial=vars(found))
    del form.fields["key"], form.fields["purpose_class"]
    if made_by(form, lambda given: change_purpose(purpose=found, text=form.text()), PurposeRefused):
        messages.success(request, f"{form.cleaned_data['name']} is changed.")
        return redirect(url_in(request, "privacy_purpose", found.id))
    sentence = f"{found.get_purpose_class_display().capitalize()}; its key {found.key} stays."
    return _form_page(request, form, f"Change {found.name}", sentence, "Save", found)


@requires("privacy.manage_policy")
@require_http_methods(["GET", "HEAD", "POST"])
def purpose_notice(request: TenantRequest, purpose_id: UUID) -> HttpResponse:
    """The next version: the texts of now, to be rewritten; what people agreed to before stays as it was."""
    found = _here(purpose_id)
    told = told_now(read.notices_of(found))
    form = NoticeForm(request.POST or None, told=told, languages=read.sender().languages)
    if form.is_bound and form.is_valid():
        try:
            made = publish_notice(purpose=found, texts=form.texts(), by=member_of(request))
        except NoticeRefused as refused:
            field = form.field_of(refused.field)
            form.add_error(field, str(refused))
        else:
            messages.success(
                request, f"Version {made[0].version} of {found.name} is what people are told now."
            )
            return redirect(url_in(request, "privacy_purpose", found.id))
    return page(
        request, "notice", HERE, status=422 if form.errors else 200, purpose=found, form=form,
        list_url=url_in(request, HERE), cancel_url=url_in(request, "privacy_purpose", found.id),
    )  # fmt: skip


@requires("privacy.manage_policy")
@require_POST
def purpose_archive(request: TenantRequest, purpose_id: UUID) -> HttpResponse:
    found = _here(purpose_id)
    try:
        archive_purpose(purpose=found)
    except PurposeRefused as refused:
        messages.warning(request, str(refused))
        return redirect(url_in(request, "privacy_purpose", found.id))
    messages.success(request, f"{found.name} is no longer asked about.")
    return redirect(url_in(request, HERE))


@requires("privacy.manage_policy")
@require_POST
def purpose_restore(request: TenantRequest, purpose_id: UUID) -> HttpResponse:
    found = _here(purpose_id)
    restore_purpose(purpose=found)
    messages.success(request, f"{found.name} is in use again.")
    return redirect(url_in(request, "privacy_purpose", found.id))


def _form_page(
    request: TenantRequest,
    form: PurposeForm,
    title: str,
    sentence: str,
    save: str,
    found: Purpose | None = None,
) -> HttpResponse:
    back = url_in(request, "privacy_purpose", found.id) if found else url_in(request, HERE)
    return page(
        request, "form", HERE, status=422 if form.errors else 200, form=form, title=title, sentence=sentence,
        save=save, cancel_url=back, list_url=url_in(request, HERE), list_name="Purposes",
    )  # fmt: skip


def _here(purpose_id: UUID) -> Purpose:
    found = read.purpose_here(purpose_id)
    if found is None:
        raise Http404
    return found

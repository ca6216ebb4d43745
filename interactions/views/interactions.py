"""One contact, what was corrected in it, and correcting it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from crm.selectors.scope import visible_customer
from interactions.forms.interactions import CorrectionForm, first_values
from interactions.models import Interaction
from interactions.selectors.interaction_page import LABELS, in_words, pairs_of, shown_corrections
from interactions.selectors.interactions import corrections_of, may_correct, visible_interaction
from interactions.selectors.surveys import answer_to_contact
from interactions.services.authors import author_of
from interactions.services.contact import Contact, title_of, told_by
from interactions.services.corrections import Conflict, correct_interaction, told_at
from interactions.services.refusals import Refused
from tenancy.permissions import ANY_MEMBER, requires
from tenancy.requests import TenantRequest, url_in, whole_number
from tenancy.services.audit import note_access


@requires(ANY_MEMBER)
@require_safe
def interaction(request: TenantRequest, customer_id: UUID, interaction_id: UUID) -> HttpResponse:
    """What was told, who wrote it down, and every correction; opening it is logged."""
    found = _or_404(request, customer_id, interaction_id)
    note_access(request, view="contact", subject_id=customer_id)
    correct_url = url_in(request, "interaction_correct", customer_id, found.id)
    return render(request, "interactions/interactions/show.html", {
        **_around(request, found), "pairs": pairs_of(found), "corrections": shown_corrections(found),
        "answered": answer_to_contact(found.id),
        "correct_url": correct_url if may_correct(request.access, found) else "",
    })  # fmt: skip


@requires(ANY_MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: TenantRequest, customer_id: UUID, interaction_id: UUID) -> HttpResponse:
    """Corrections of different fields by two people are both kept; the same field is asked back."""
    found = _or_404(request, customer_id, interaction_id)
    if not may_correct(request.access, found):
        raise PermissionDenied("Your role corrects only contacts that you logged yourself.")
    if request.method != "POST":
        return _form_page(request, found, CorrectionForm(initial=first_values(told_by(found), found.version)))
    return _corrected(request, found)


def _or_404(request: TenantRequest, customer_id: UUID, interaction_id: UUID) -> Interaction:
    found = visible_interaction(request.access, interaction_id)
    if found is None or found.customer_id != customer_id:
        raise Http404
    return found


def _corrected(request: TenantRequest, found: Interaction) -> HttpResponse:
    version = whole_number(request.POST.get("version", "")) or 0
    try:
        seen = told_at(found, version)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(url_in(request, "interaction_correct", found.customer_id, found.id))
    form = CorrectionForm(request.POST, initial=first_values(seen, version))
    if not form.is_valid():
        return _form_page(request, found, form, status=422)
    leave = {name for name in LABELS if request.POST.get(f"keep_{name}") == "theirs"}
    contact = Contact(**form.told(seen, leave=leave))
    try:
        saved = correct_interaction(
            interaction=found, contact=contact, reason=form.cleaned_data["reason"], version=version,
            by=author_of(request.access),
        )  # fmt: skip
    except Conflict as conflict:
        return _conflict_page(request, form, conflict, contact)
    except Refused as refusal:
        form.add_error({"occurred_at": "day"}.get(refusal.field, refusal.field) or None, str(refusal))
        return _form_page(request, found, form, status=422)
    messages.success(request, _words(saved, version))
    return redirect(url_in(request, "interaction", saved.customer_id, saved.id))


def _words(saved: Interaction, version: int) -> str:
    if saved.version == version:
        return "Nothing was different, so nothing changed"
    if saved.version > version + 1:
        return "Corrected; what somebody else corrected meanwhile is kept too"
    return "Corrected"


def _conflict_page(
    request: TenantRequest, form: CorrectionForm, conflict: Conflict, contact: Contact
) -> HttpResponse:
    """Theirs and yours side by side; the form now stands on what they corrected."""
    current = conflict.interaction
    last = corrections_of(current)[0]
    kept = {name: form.data.get(name) for name in form.changed_data}
    fresh = CorrectionForm(initial=first_values(told_by(current), current.version) | _without_version(kept))
    conflicts = [
        {"name": name, "label": LABELS[name], "theirs": in_words(name, theirs),
         "yours": in_words(name, getattr(contact, name))}
        for name, theirs in conflict.theirs.items()
    ]  # fmt: skip
    return _form_page(
        request, current, fresh, status=409, conflicts=conflicts, conflict_who=last.author_name or "Somebody",
        conflict_when=last.at,
    )  # fmt: skip


def _without_version(kept: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kept.items() if name != "version"}


def _form_page(
    request: TenantRequest, found: Interaction, form: CorrectionForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {**_around(request, found), "form": form, "sections": _sections(form), **more}
    return render(request, "interactions/interactions/correct.html", context, status=status)


def _sections(form: CorrectionForm) -> list[dict[str, Any]]:
    named = (
        ("What was said", ("subject", "text")),
        ("How and when", ("channel", "direction", "day", "time", "touchpoint", "initiative", "minutes")),
        ("How it went", ("outcome", "sentiment", "satisfaction")),
    )
    return [{"title": title, "fields": [form[name] for name in names]} for title, names in named]


def _around(request: TenantRequest, found: Interaction) -> dict[str, Any]:
    in_scope = (
        request.access.may("crm.view_customer")
        and visible_customer(request.access, found.customer_id) is not None
    )
    return {
        "interaction": found, "title": title_of(found), "customer": found.customer,
        "customer_url": url_in(request, "customer" if in_scope else "service_card", found.customer_id),
        "contact_url": url_in(request, "interaction", found.customer_id, found.id),
    }  # fmt: skip

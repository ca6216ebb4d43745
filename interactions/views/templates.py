"""Templates: what they say, in which languages, and how it looks for somebody."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.models import Customer
from crm.selectors.search import find_customers
from interactions.forms.messages import FIELD_HELP, TemplateChangeForm, TemplateForm, WordsForm
from interactions.models import Template
from interactions.selectors import templates as read
from interactions.selectors.messages import purpose_choices
from interactions.services.authors import author_of
from interactions.services.refusals import Refused
from interactions.services.templates import (
    add_template,
    archive_template,
    change_template,
    restore_template,
    word_template,
)
from interactions.services.test_letters import send_test_letter
from privacy.selectors.purposes import find_purpose, sender
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, member_of, url_in
from tenancy.views.settings import form_page, tabs_of
from tenancy.wording import LANGUAGES

HERE = "templates"
MANAGE = "interactions.manage_delivery"


@requires(MANAGE)
@require_safe
def templates(request: TenantRequest) -> HttpResponse:
    languages = read.languages_of_templates()
    rows = [
        {"template": one, "url": url_in(request, "template", one.id), "languages": languages.get(one.id, [])}
        for one in read.templates(archived=True)
    ]
    context = {"rows": rows, "new_url": url_in(request, "template_new")}
    return render(request, "interactions/templates/list.html", context | tabs_of(request, HERE))


@requires(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def template_new(request: TenantRequest) -> HttpResponse:
    first = {"language": sender().languages[0] if sender().languages else "en"}
    form = TemplateForm(request.POST or None, initial=first, purposes=purpose_choices())
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            made = add_template(
                name=given["name"], channel=given["channel"], purpose=given["purpose"], words=form.words,
                has_promotion=given["has_promotion"], by=author_of(request.access),
            )  # fmt: skip
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, f"{made.name} is there.")
            return redirect(url_in(request, "template", made.id))
    return form_page(
        request, HERE, title="New template", sentence="A text for many. Fields are filled in for each customer.",
        form=form, save="Add it",
    )  # fmt: skip


@requires(MANAGE)
@require_safe
def template(request: TenantRequest, template_id: UUID) -> HttpResponse:
    """What it says in each language, its older wordings, and the way to see it for a customer."""
    found = _here(template_id)
    now = read.wordings_now(found)
    typed = request.GET.get("q", "").strip()
    people = _people(request, typed) if typed and _may_write(request) else []
    purpose = find_purpose(found.purpose)
    context: dict[str, Any] = {
        "template": found, "purpose": purpose.name if purpose else found.purpose, "typed": typed,
        "now": [
            {"wording": one, "language": LANGUAGES.get(code, code),
             "url": f"{url_in(request, 'template_words', found.id)}?language={code}"}
            for code, one in now.items()
        ],
        "older": [one for one in read.wordings(found) if now[one.language].id != one.id],
        "people": [
            {"name": one.name, "url": f"{url_in(request, 'write', one.id)}?template={found.id}"} for one in people
        ],
        "may_write": _may_write(request), "field_help": FIELD_HELP,
        "edit_url": url_in(request, "template_edit", found.id),
        "words_url": url_in(request, "template_words", found.id),
        "act_url": url_in(request, "template_act", found.id), "list_url": url_in(request, HERE),
    }  # fmt: skip
    return render(request, "interactions/templates/show.html", context | tabs_of(request, HERE))


@requires(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def template_edit(request: TenantRequest, template_id: UUID) -> HttpResponse:
    found = _here(template_id)
    form = TemplateChangeForm(request.POST or None, initial=vars(found), purposes=purpose_choices())
    if form.is_bound and form.is_valid():
        try:
            change_template(template=found, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, f"{found.name} is changed.")
            return redirect(url_in(request, "template", found.id))
    sentence = f"By {found.get_channel_display()}. What was sent keeps what it was sent for."
    return form_page(
        request, HERE, title="Change the template", sentence=sentence, form=form, save="Save",
        cancel_url=url_in(request, "template", found.id),
    )  # fmt: skip


@requires(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def template_words(request: TenantRequest, template_id: UUID) -> HttpResponse:
    """The next wording in a language; the one before stays as it was."""
    found = _here(template_id)
    now = read.wordings_now(found)
    chosen = request.GET.get("language", "")
    last = now.get(chosen)
    first = {"language": chosen, "subject": last.subject if last else "", "body": last.body if last else ""}
    form = WordsForm(request.POST or None, initial=first)
    if form.is_bound and form.is_valid():
        try:
            made = word_template(template=found, words=form.words, by=author_of(request.access))
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(
                request, f"Version {made.number} in {LANGUAGES[made.language]} is what is sent now."
            )
            return redirect(url_in(request, "template", found.id))
    return form_page(
        request, HERE, title=f"Words of {found.name}", form=form, save="Use these words",
        sentence="A new version. What was sent with an older one keeps it.",
        cancel_url=url_in(request, "template", found.id),
    )  # fmt: skip


@requires(MANAGE)
@require_POST
def template_act(request: TenantRequest, template_id: UUID) -> HttpResponse:
    """Archive, restore, or a test letter to oneself."""
    found = _here(template_id)
    match request.POST.get("do", ""):
        case "archive":
            archive_template(template=found)
            messages.success(request, f"{found.name} is not used any more.")
        case "restore":
            restore_template(template=found)
            messages.success(request, f"{found.name} is in use again.")
        case "test":
            _test(request, found)
        case _:
            raise Http404
    return redirect(url_in(request, "template", found.id))


def _people(request: TenantRequest, typed: str) -> list[Customer]:
    """Customers in scope who are called so."""
    return [one.customer for one in find_customers(request.access, typed, most=8) if one.in_scope]


def _test(request: TenantRequest, found: Template) -> None:
    member = member_of(request)
    try:
        send_test_letter(template=found, language=request.POST.get("language", ""), member=member)
        messages.success(request, f"A test letter is on its way to {member.user.email}.")
    except Refused as refused:
        messages.warning(request, str(refused))


def _may_write(request: TenantRequest) -> bool:
    return request.access.may("interactions.send") and request.access.may("crm.view_customer")


def _here(template_id: UUID) -> Template:
    found = read.template_here(template_id)
    if found is None:
        raise Http404
    return found

"""Writing to one customer, and what became of what was written."""

from typing import Any
from uuid import UUID

from django.contrib import messages as notices
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.models import Customer
from crm.views.gates import changeable_or_404, record_or_404
from interactions.forms.messages import WriteForm
from interactions.models import Message
from interactions.selectors import messages as read
from interactions.selectors.templates import template_here, templates, wording_here
from interactions.services.authors import author_of
from interactions.services.messages import MessageRefused, cancel_message, queue_message
from interactions.services.refusals import Refused
from privacy.selectors.purposes import sender
from tenancy.db.ids import new_id
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, id_or_404, url_in
from tenancy.wording import language_for

SEND = "interactions.send"


@requires(SEND)
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Write, look at it with the gate's answer, send. GET with `template` begins with its words."""
    customer = changeable_or_404(request, customer_id, SEND)
    form = WriteForm(request.POST or None, initial=_first(request, customer), purposes=read.purpose_choices())
    seen = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("do") == "send":
            made = _queue(request, customer, form)
            if made:
                return redirect(url_in(request, "message", customer.id, made.id))
        else:
            seen = _preview(customer, form)
    return render(request, "interactions/messages/write.html", {
        "form": form, "customer": customer, "preview": seen, "templates": templates(),
        "chosen": request.GET.get("template", ""), "customer_url": url_in(request, "customer", customer.id),
        "messages_url": url_in(request, "customer_messages", customer.id), "here": request.path,
        "profile": sender(),
    }, status=422 if form.errors else 200)  # fmt: skip


def _first(request: TenantRequest, customer: Customer) -> dict[str, Any]:
    """What the form begins with: a template's words for this customer, or nothing but their language."""
    values: dict[str, Any] = {
        "language": language_for([customer.language, *sender().languages]), "key": str(new_id()), "channel": "email",
    }  # fmt: skip
    if chosen := request.GET.get("template", ""):
        template = template_here(id_or_404(chosen))
        found = read.filled(template, customer) if template else None
        if template is None or found is None:
            raise Http404
        wording, words = found
        values |= words | {
            "wording": wording.id, "language": wording.language, "channel": template.channel,
            "purpose": template.purpose, "has_promotion": template.has_promotion,
        }  # fmt: skip
    return values


def _preview(customer: Customer, form: WriteForm) -> read.Preview:
    given = form.cleaned_data
    return read.preview(
        customer, channel=given["channel"], purpose=given["purpose"], body=given["body"],
        has_promotion=given["has_promotion"],
    )  # fmt: skip


def _queue(request: TenantRequest, customer: Customer, form: WriteForm) -> Message | None:
    given = form.cleaned_data
    try:
        made, _ = queue_message(
            customer=customer, channel=given["channel"], purpose=given["purpose"], subject=given["subject"],
            body=given["body"], language=given["language"], has_promotion=given["has_promotion"],
            wording=wording_here(given["wording"]) if given["wording"] else None, by=author_of(request.access),
            key=given["key"],
        )  # fmt: skip
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return None
    return made


@requires("interactions.view")
@require_safe
def customer_messages(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """What was written to a customer, newest first."""
    customer = record_or_404(request, customer_id)
    found = read.messages_of(customer, cursor=request.GET.get("after", ""))
    here = url_in(request, "customer_messages", customer.id)
    rows = [
        {
            "message": one,
            "tone": read.TONES[one.state],
            "url": url_in(request, "message", customer.id, one.id),
        }
        for one in found.messages
    ]
    return render(request, "interactions/messages/list.html", {
        "customer": customer, "rows": rows, "later_url": f"{here}?after={found.later}" if found.later else "",
        "customer_url": url_in(request, "customer", customer.id),
        "write_url": url_in(request, "write", customer.id) if request.access.may(SEND) else "",
    })  # fmt: skip


@requires("interactions.view")
@require_safe
def message(request: TenantRequest, customer_id: UUID, message_id: UUID) -> HttpResponse:
    """One message with what became of it; the page asks for the inner part again while it waits."""
    found = _here(request, customer_id, message_id)
    may = request.access.may(SEND)
    answer = request.access.may("privacy.view_privacy") and found.answer_id
    context = {
        "message": found, "customer": found.customer, "purpose": read.purpose_name(found.purpose),
        "tone": read.TONES[found.state], "news": read.news_of(found),
        "gate": read.answer_words(found), "is_open": found.state in (Message.State.QUEUED, Message.State.CLAIMED),
        "answer_url": url_in(request, "privacy_answer", found.answer_id) if answer else "",
        "cancel_url": url_in(request, "message_cancel", customer_id, found.id)
        if may and found.state == Message.State.QUEUED else "",
        "task_url": url_in(request, "task", found.task_id) if found.task_id else "",
        "messages_url": url_in(request, "customer_messages", customer_id),
        "customer_url": url_in(request, "customer", customer_id),
        "write_url": url_in(request, "write", customer_id) if may else "",
        "here": request.path,
    }  # fmt: skip
    part = "_message" if request.htmx else "show"
    return render(request, f"interactions/messages/{part}.html", context)


@requires(SEND)
@require_POST
def message_cancel(request: TenantRequest, customer_id: UUID, message_id: UUID) -> HttpResponse:
    """Take back what still waits."""
    found = _here(request, customer_id, message_id)
    try:
        cancel_message(message=found, by=author_of(request.access))
        notices.success(request, "Taken back: it is not sent.")
    except MessageRefused as refused:
        notices.warning(request, str(refused))
    return redirect(url_in(request, "message", customer_id, message_id))


def _here(request: TenantRequest, customer_id: UUID, message_id: UUID) -> Message:
    record_or_404(request, customer_id)
    found = read.visible_message(request.access, message_id)
    if found is None or found.customer_id != customer_id:
        raise Http404
    return found

"""Mailboxes: addresses at which mail is taken in, and the link by which a mail server hands it over."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interactions.forms.mailboxes import MailboxForm
from interactions.models import Mailbox
from interactions.selectors import mailboxes as read
from interactions.selectors.inbound import waiting_mail
from interactions.services.mailboxes import (
    MailboxRefused,
    change_mailbox,
    close_mailbox,
    link_of,
    open_mailbox,
    renew_link,
)
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in
from tenancy.views.settings import form_page, tabs_of

HERE = "mailboxes"
MANAGE = "interactions.manage_delivery"


@requires(MANAGE)
@require_safe
def mailboxes(request: TenantRequest) -> HttpResponse:
    rows = [{"mailbox": one, "url": url_in(request, "mailbox", one.id)} for one in read.mailboxes()]
    context = {
        "rows": rows, "new_url": url_in(request, "mailbox_new"), "mail_url": url_in(request, "inbound_mails"),
        "waits": waiting_mail(),
    }  # fmt: skip
    return render(request, "interactions/mailboxes/list.html", context | tabs_of(request, HERE))


@requires(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def mailbox_new(request: TenantRequest) -> HttpResponse:
    form = MailboxForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            made = open_mailbox(**form.cleaned_data)
        except MailboxRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            return redirect(url_in(request, "mailbox", made.id))
    return form_page(
        request, HERE, title="New mailbox", form=form, save="Open it",
        sentence="A mail becomes a contact of whoever wrote it. How it comes here is said on the next page.",
    )  # fmt: skip


@requires(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def mailbox(request: TenantRequest, mailbox_id: UUID) -> HttpResponse:
    found = _here(mailbox_id)
    form = MailboxForm(request.POST or None, initial=vars(found))
    del form.fields["address"]
    if form.is_bound and form.is_valid():
        try:
            change_mailbox(mailbox=found, **form.cleaned_data)
        except MailboxRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, f"{found.address} is changed.")
            return redirect(url_in(request, HERE))
    context = {
        "mailbox": found, "form": form, "save": "Save", "cancel_url": url_in(request, HERE), "link": link_of(found.id),
        "act_url": url_in(request, "mailbox_act", found.id), "tenant": request.access.tenant,
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(
        request, "interactions/mailboxes/show.html", context | tabs_of(request, HERE), status=status
    )


@requires(MANAGE)
@require_POST
def mailbox_act(request: TenantRequest, mailbox_id: UUID) -> HttpResponse:
    """Another link, or no mail is taken in there any more."""
    found = _here(mailbox_id)
    match request.POST.get("do", ""):
        case "renew":
            made = renew_link(mailbox=found)
            messages.success(request, "The old link takes nothing any more. This is the new one.")
            return redirect(url_in(request, "mailbox", made.id))
        case "close":
            close_mailbox(mailbox=found)
            messages.success(request, f"No mail is taken in at {found.address} any more.")
            return redirect(url_in(request, HERE))
    raise Http404


def _here(mailbox_id: UUID) -> Mailbox:
    found = read.mailbox_here(mailbox_id)
    if found is None:
        raise Http404
    return found

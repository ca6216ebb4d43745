"""The desk of mail that nobody could place: whose is it, or is nothing to be done?"""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from crm.models import Customer
from crm.selectors.scope import visible_customer
from crm.selectors.search import find_customers
from interactions.models import InboundMail
from interactions.selectors.inbound import A_PAGE, inbound_mail_here
from interactions.selectors.inbound import inbound_mails as read
from interactions.services.inbound_desk import ignore_mail, place_mail
from interactions.services.inbound_filing import UNPROVEN
from interactions.services.refusals import Refused
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in
from tenancy.views.settings import tabs_of

HERE = "mailboxes"
MANAGE = "interactions.manage_delivery"


@requires(MANAGE)
@require_safe
def inbound_mails(request: TenantRequest) -> HttpResponse:
    unmatched = request.GET.get("show") != "rest"
    found = read(unmatched=unmatched, after=_id(request.GET.get("after", "")))
    here = url_in(request, "inbound_mails")
    way = "" if unmatched else "show=rest&"
    context = {
        "rows": [{"mail": one, "url": url_in(request, "inbound_mail", one.id)} for one in found[:A_PAGE]],
        "unmatched": unmatched, "here_url": here, "mailboxes_url": url_in(request, HERE),
        "next_url": f"{here}?{way}after={found[A_PAGE - 1].id}" if len(found) > A_PAGE else "",
    }  # fmt: skip
    return render(request, "interactions/mailboxes/mails.html", context | tabs_of(request, HERE))


@requires(MANAGE)
@require_safe
def inbound_mail(request: TenantRequest, mail_id: UUID) -> HttpResponse:
    mail = _here(mail_id)
    typed = request.GET.get("q", mail.from_address or mail.from_name)
    context = {
        "mail": mail, "q": typed,
        "found": [one.customer for one in find_customers(request.access, typed) if one.in_scope],
        "unproven": UNPROVEN.get(InboundMail.SenderCheck(mail.sender_check), "") if mail.mailbox_id else "",
        "act_url": url_in(request, "inbound_mail_act", mail.id), "list_url": url_in(request, "inbound_mails"),
        "suggested": mail.message.customer if mail.message else None,
    }  # fmt: skip
    return render(request, "interactions/mailboxes/mail.html", context | tabs_of(request, HERE))


@requires(MANAGE)
@require_POST
def inbound_mail_act(request: TenantRequest, mail_id: UUID) -> HttpResponse:
    mail = _here(mail_id)
    try:
        if request.POST.get("do") == "ignore":
            ignore_mail(mail=mail)
            messages.success(request, "Nothing is to be done about it.")
        else:
            placed = place_mail(mail=mail, customer=_chosen(request))
            messages.success(request, f"It is with {placed.customer} now.")
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(url_in(request, "inbound_mail", mail.id))
    return redirect(url_in(request, "inbound_mails"))


def _chosen(request: TenantRequest) -> Customer:
    customer_id = _id(request.POST.get("customer", ""))
    found = visible_customer(request.access, customer_id) if customer_id else None
    if found is None:
        raise Http404
    return found


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _here(mail_id: UUID) -> InboundMail:
    found = inbound_mail_here(mail_id)
    if found is None:
        raise Http404
    return found

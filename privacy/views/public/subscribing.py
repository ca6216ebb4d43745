"""A company's form for one purpose. Its answer is the same for every address, so that it tells nobody who is known."""

from django.http import HttpResponse

from crm.keys import AddressRefused
from privacy.models.purpose import Channel
from privacy.selectors.purposes import current_notice, purpose_here
from privacy.services.sign_ups import ask_to_sign_up
from privacy.views.public.limits import may_ask_for_mail
from privacy.views.public.page import opened_by, show
from tenancy.links import Kind
from tenancy.public import PublicRequest, language_of, nothing_here, slow_down

BAIT = "website"
"""A field that people do not see: what fills it is no person."""


@opened_by(Kind.SUBSCRIBE)
def subscribe(request: PublicRequest) -> HttpResponse:
    purpose = purpose_here(request.link.ids[0])
    if purpose is None or purpose.archived_at or Channel.EMAIL not in purpose.channels:
        return nothing_here(request)
    language = language_of(request)
    address = str(request.POST.get("email", "")).strip()
    context = {"purpose": purpose, "notice": current_notice(purpose, [language]), "address": address[:320]}
    if request.method != "POST":
        return show(request, "public/subscribe.html", context)
    wait = may_ask_for_mail(request, address)
    if wait.seconds:
        return slow_down(request, wait.seconds)
    try:
        if not request.POST.get(BAIT) and wait.may:
            ask_to_sign_up(purpose=purpose, address=address, language=language)
    except AddressRefused:
        return show(request, "public/subscribe.html", {**context, "wrong": True}, status=422)
    return show(request, "public/subscribed.html", context)

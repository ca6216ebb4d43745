"""One click out of one purpose. Mail programs press it too (RFC 8058), and expect an answer, no redirect."""

from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from privacy.links import preferences_link
from privacy.selectors.holders import holder_of
from privacy.selectors.purposes import purpose_here
from privacy.services.choices import unsubscribe as stop
from privacy.views.public.page import gone, opened_by, show
from tenancy.links import Kind
from tenancy.public import PublicRequest, language_of, nothing_here


@opened_by(Kind.UNSUBSCRIBE)
def unsubscribe(request: PublicRequest) -> HttpResponse:
    purpose = purpose_here(request.link.ids[3])
    if purpose is None:
        return nothing_here(request)
    holder = holder_of(request.link)
    if holder.customer is None:
        return gone(request, holder)
    if request.method == "POST":
        stop(
            customer=holder.customer, point=holder.point, purpose=purpose,
            language=language_of(request, holder.language),
            one_click=_is_one_click(request),
        )  # fmt: skip
    context = {
        "purpose": purpose,
        "done": request.method == "POST",
        "preferences_url": preferences_link(holder.point) if holder.point else "",
    }
    return show(request, "public/unsubscribe.html", context, holder=holder)


def _is_one_click(request: PublicRequest) -> bool:
    """Whether a mail program pressed it. A body that cannot be read is a way out all the same."""
    try:
        return request.POST.get("List-Unsubscribe") == "One-Click"
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        return False

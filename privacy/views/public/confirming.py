"""The second half of a double opt-in: a button, because mail programs open every link before people do."""

from django.http import HttpResponse

from privacy.links import preferences_link
from privacy.selectors.choices import is_stopped
from privacy.selectors.holders import Holder, event_to_confirm, point_said_for
from privacy.selectors.purposes import find_purpose
from privacy.services.choices import confirm as record_confirmation
from privacy.services.choices import decline
from privacy.views.public.page import gone, opened_by, show
from tenancy.links import Kind
from tenancy.public import PublicRequest, language_of


@opened_by(Kind.CONFIRM)
def confirm(request: PublicRequest) -> HttpResponse:
    event = event_to_confirm(request.link)
    if event is None:
        return gone(request, Holder(None, None))
    point = point_said_for(event)
    holder = Holder(event.customer, point)
    language = language_of(request, event.language, holder.language)
    done = ""
    if request.method == "POST":
        refused = request.POST.get("do") == "decline"
        (decline if refused else record_confirmation)(event=event, language=language)
        done = "declined" if refused else "confirmed"
    purpose = find_purpose(event.purposes[0])
    if (
        done == "confirmed"
        and point
        and purpose
        and is_stopped(event.customer, point, purpose, event.channel)
    ):
        done = "stopped_since"
    context = {
        "done": done, "purpose": purpose, "notice": event.notice, "language": language,
        "preferences_url": preferences_link(point) if point else "",
    }  # fmt: skip
    return show(request, "public/confirm.html", context, holder=holder)

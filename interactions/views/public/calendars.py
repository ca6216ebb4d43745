"""The calendar of a member, by its secret address. `tenancy.public` has read the link."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from interactions.selectors.feeds import calendar_of, feed_here
from interactions.services.feeds import note_feed_read
from tenancy.links import Kind
from tenancy.permissions import PUBLIC, requires
from tenancy.public import PublicRequest, nothing_here


@requires(PUBLIC)
@require_safe
def calendar(request: PublicRequest, token: str) -> HttpResponse:
    feed = feed_here(request.link.ids[0]) if request.link.kind is Kind.CALENDAR else None
    if feed is None:
        return nothing_here(request)
    note_feed_read(feed=feed)
    return HttpResponse(calendar_of(request.tenant, feed), content_type="text/calendar; charset=utf-8")

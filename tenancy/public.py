"""Public pages: `/p/<link>/…`, for people without a login. The link alone says who may see what.

Nobody is signed in here, no cookie is set or read, nothing is redirected, nothing is kept by a cache or shown to a
search engine, and the address goes to nobody (`no-referrer`). A link that we did not write, a company that is closed
and a page that does not exist answer alike. Guessing is slowed down by the address it comes from; a true link is never
held up by that.
"""

import re
from collections.abc import Callable
from math import ceil

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from tenancy.api.limits import take_from
from tenancy.context import tenant_context
from tenancy.links import Link, read
from tenancy.models import Tenant, TenantProfile
from tenancy.selectors import doors
from tenancy.selectors.locks import client_address
from tenancy.services.audit import record_accesses
from tenancy.wording import accepted, language_for

__all__ = ["PUBLIC_PAGES", "PublicRequest", "answer_public", "language_of", "nothing_here", "slow_down"]

PUBLIC_PAGES = "/p/"
_LINK = re.compile(r"^/p/([A-Za-z0-9_-]+)(?:/|$)")
GUESSES, GUESS_WINDOW = 30, 600
ANSWERS, ANSWER_WINDOW = 120, 60
ANSWERS_TO_PROGRAMS = 3000
HEADERS = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


class PublicRequest(HttpRequest):
    """A request by a true link of an active company."""

    link: Link
    tenant: Tenant


def answer_public(
    request: HttpRequest, get_response: Callable[[HttpRequest], HttpResponseBase]
) -> HttpResponseBase:
    """The page that a link opens, inside its company and in the name of its person."""
    opened = _opened(request.path_info)
    response = _inside(request, *opened, get_response) if opened else _guessed(request)
    for name, value in HEADERS.items():
        response[name] = value
    return response


def language_of(request: HttpRequest, *known: str) -> str:
    """What was chosen on the page, else what is known of the person, else what the browser asks for."""
    asked = request.GET.get("language", "")
    return language_for([asked, *known, *accepted(request.headers.get("Accept-Language", ""))])


def nothing_here(request: HttpRequest) -> HttpResponse:
    """What every wrong link is told; it does not say what is wrong with it."""
    return render(request, "public/nothing.html", {"language": language_of(request)}, status=404)


def slow_down(request: HttpRequest, seconds: int) -> HttpResponse:
    context = {"minutes": ceil(seconds / 60), "language": language_of(request)}
    response = render(request, "public/slow.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response


def _opened(path: str) -> tuple[Link, Tenant] | None:
    found = _LINK.match(path)
    link = read(found[1]) if found else None
    tenant = doors.active_tenant(link.tenant_id) if link else None
    return (link, tenant) if link and tenant else None


def _inside(
    request: HttpRequest, link: Link, tenant: Tenant, get_response: Callable[[HttpRequest], HttpResponseBase]
) -> HttpResponseBase:
    most = ANSWERS_TO_PROGRAMS if link.is_for_programs else ANSWERS
    bucket = take_from(f"{tenant.id}:link:{link.name}", most, ANSWER_WINDOW)
    if bucket and not bucket.allowed:
        return slow_down(request, bucket.seconds)
    request.link, request.tenant = link, tenant  # type: ignore[attr-defined]
    with tenant_context(tenant.id, actor=link.actor), timezone.override(_clock()):
        response = get_response(request)
        record_accesses(request.accesses)  # type: ignore[attr-defined]
        return response


def _clock() -> str:
    return TenantProfile.objects.get().time_zone


def _guessed(request: HttpRequest) -> HttpResponse:
    bucket = take_from(f"guess:{client_address(request)}", GUESSES, GUESS_WINDOW)
    if bucket and not bucket.allowed:
        return slow_down(request, bucket.seconds)
    return nothing_here(request)

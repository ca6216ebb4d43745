"""A page without a declared permission is closed, and none is left without one."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path

from config import urls
from tenancy.permissions import ANY_MEMBER, PUBLIC, is_permission
from tests.cast import Company
from tests.tenancy.test_settings_pages import signed_in


def views(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


PAGES = [(route, view) for route, view in views() if route.startswith("t/")]


def test_there_are_pages() -> None:
    assert len(PAGES) > 30


@pytest.mark.parametrize(("route", "view"), PAGES, ids=[route for route, _ in PAGES])
def test_every_page_declares_who_may_open_it(route: str, view: Any) -> None:
    declared = getattr(view, "permission", None)
    assert declared is not None, f"{route} declares nothing"
    assert is_permission(declared), f"{route} declares {declared}, which no room does"
    assert declared != PUBLIC, f"{route} is under a tenant and cannot be public"
    if declared == ANY_MEMBER:
        # These look further themselves: at whose job, absence or day it is.
        assert route == "t/<slug:slug>/" or route.startswith(OWN), route


# One's own absence, job or day; the customer whom frontline staff serve, by a card that is logged; and the parts of a
# condition being written, which stand on many pages and ask who may see customers and which facts.
OWN = tuple(
    f"t/<slug:slug>/{part}"
    for part in (
        "tasks/", "transfers/<uuid:transfer_id>/words/",
        "settings/", "jobs/", "day/", "search/", "customers/<uuid:customer_id>/", "rules/condition/", "rules/facts/",
    )
)  # fmt: skip


def undeclared(request: HttpRequest, **_: object) -> HttpResponse:
    return HttpResponse("open")


urlpatterns = [path("t/<slug:slug>/undeclared/", undeclared), *urls.urlpatterns]


def test_an_undeclared_page_is_closed_even_for_an_administrator(company_a: Company, settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    client: Client = signed_in(company_a, "admin")
    assert client.get(company_a.url("undeclared/")).status_code == 403

"""Every page and endpoint, asked by the administrator of A for what is B's: 404, and not a word of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tenancy.context import tenant_context
from tenancy.services.tokens import create_token
from tests.cast import Company, make_company
from tests.isolation.canary import CANARY, fill
from tests.routes import OTHER_PLACES, Route, ids_for, routes

PAGES, ENDPOINTS = routes("t/"), routes("api/v1/")
METHODS = ("get", "post", "put", "patch", "delete")


class Stage:
    """A, asked; B, full of canaries."""

    def __init__(self) -> None:
        self.a: Company = make_company("alpha")
        self.b: Company = make_company("beta")
        with tenant_context(self.b.tenant.id):
            self.rows = fill()
        with tenant_context(self.a.tenant.id):
            _, self.secret = create_token(name="all", role=self.a.roles["administrator"], created_by=None)


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stage]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield Stage()
        transaction.set_rollback(True)


@pytest.fixture
def browser(stage: Stage, django_db_blocker: Any) -> Iterator[Client]:
    with django_db_blocker.unblock(), transaction.atomic():
        client = Client(raise_request_exception=True)
        client.force_login(
            stage.a.member["admin"].user, "allauth.account.auth_backends.AuthenticationBackend"
        )
        yield client
        transaction.set_rollback(True)


def said(response: Any) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body.decode(errors="replace") + str(dict(response.headers))


@pytest.mark.parametrize("route", PAGES, ids=lambda r: r.path)
def test_a_page_shows_nothing_of_another_tenant(stage: Stage, browser: Client, route: Route) -> None:
    path = route.filled("alpha", ids_for(route, stage.rows))
    for method in ("get", "post"):
        response = getattr(browser, method)(path)
        assert CANARY not in said(response), f"{method} {path}"
        if [place for place in route.places if place not in OTHER_PLACES]:
            assert response.status_code in {404, 405}, f"{method} {path} answered {response.status_code}"
        else:
            assert response.status_code < 500


@pytest.mark.parametrize("route", PAGES, ids=lambda r: r.path)
def test_a_page_of_another_tenant_does_not_exist(stage: Stage, browser: Client, route: Route) -> None:
    path = route.filled("beta", ids_for(route, stage.rows))
    response = browser.get(path)
    assert response.status_code == 404
    assert CANARY not in said(response)
    unknown = browser.get(route.filled("no-such-company", ids_for(route, stage.rows)))
    assert (unknown.status_code, len(unknown.content)) == (404, len(response.content))


@pytest.mark.parametrize("route", ENDPOINTS, ids=lambda r: r.path)
def test_an_endpoint_answers_nothing_of_another_tenant(stage: Stage, browser: Client, route: Route) -> None:
    path = route.filled("", ids_for(route, stage.rows))
    client = Client(headers={"authorization": f"Bearer {stage.secret}", "x-tenant": "beta"})
    for method in METHODS:
        response = getattr(client, method)(
            path, data={} if method == "get" else "{}", content_type="application/json"
        )
        echo = "external_id" in route.places and method == "put"
        assert echo or response.status_code == 404 or CANARY not in said(response), f"{method} {path}"
        if [place for place in route.places if place not in OTHER_PLACES]:
            assert response.status_code in {404, 405}, f"{method} {path} answered {response.status_code}"

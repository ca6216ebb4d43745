"""The permission table, which is also the manual: route x method x role -> status. A new route needs a row."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver
from rest_framework.test import APIClient

from config import api
from tenancy.api.permissions import declared_permission
from tenancy.context import tenant_context
from tenancy.permissions import PUBLIC, is_permission
from tests.api.conftest import V1, session_client, token_client, undone
from tests.cast import Company

ADA, BEN = "{ada}", "{ben}"
ROLES = ("anonymous", "admin", "alice", "bob", "fran", "analyst", "shop", "charlie")
LINE = {"quantity": "1", "unit_price": "1"}
NEW = {"name": "New"}
COST = {"customer": ADA, "key": "k", "kind": "call", "amount": "1", "occurred_at": "2026-01-01T00:00:00Z"}
SALE = {"external_id": "S", "ordered_at": "2026-01-01T00:00:00Z", "lines": [LINE]}
BACK = {"external_id": "R", "returned_at": "2026-01-02T00:00:00Z", "lines": [LINE]}
GROUP = {"name": "Regulars", "condition": {"all": [{"fact": "crm.orders", "is": "at_least", "value": 4}]}}
MOVE = {"customers": [ADA], "to": "{bobs}", "reason": "r"}
YES = {"customer": ADA, "purpose": "newsletter", "channel": "email", "action": "grant"}
ASK = {"customer": ADA, "channel": "email", "purpose": "newsletter"}
GIFT = {"customer": ADA, "kind": "credit", "amount": "5", "reason": "r"}
NOTE = {
    "customer": ADA,
    "channel": "email",
    "purpose": "newsletter",
    "language": "en",
    "subject": "s",
    "body": "b",
}
NEED = {"customer": ADA, "kind": "{kind}"}
SAID = {"customer": ADA, "words": "Call back", "due_at": "2027-06-01T12:00:00Z"}
LATER = {"due_at": "2027-07-01T12:00:00Z", "reason": "r"}
WORK = {"subject": "Call", "customer": ADA}
TALK = {"customer": ADA, "channel": "phone", "text": "Wants rye."}
RIGHT = {"subject": "bread", "reason": "misheard"}
CASE = {"customer": ADA, "kind": "{case_kind}", "subject": "s"}
RULES = {"kind": "value.kind", "name": "New"}

# Charlie's token is an API client of another company. Bob is a manager; the customer is Alice's.
TABLE: dict[tuple[str, str], tuple[Any, str]] = {
    #                                          body     anon admin alice bob  fran analyst shop charlie
    ("whoami/", "GET"):                        (None,  "401  200   200   200  200  200     200  200"),
    ("jobs/", "GET"):                          (None,  "401  200   200   200  200  200     200  200"),
    ("jobs/{job}/", "GET"):                    (None,  "401  200   404   404  404  404     200  404"),
    ("jobs/{job}/cancel/", "POST"):            ({},    "401  202   404   404  404  404     202  404"),
    ("jobs/{job}/resume/", "POST"):            ({},    "401  202   404   404  404  404     202  404"),
    ("customers/", "GET"):                     (None,  "401  200   200   200  403  200     200  200"),
    ("customers/", "POST"):                    (NEW,   "401  201   201   201  201  403     201  201"),
    ("customers/bulk/", "POST"):               ({"items": [NEW]}, "401 200 200 200 403 403 200  200"),
    ("customers/by-external-id/ada-1/", "GET"): (None, "401  200   200   404  403  200     200  200"),
    ("customers/by-external-id/ada-1/", "PUT"): (NEW,  "401  200   200   409  403  403     200  200"),
    ("customers/{ada}/", "GET"):               (None,  "401  200   200   404  403  200     200  404"),
    ("customers/{ada}/", "PATCH"):             (NEW,   "401  200   200   404  403  403     200  404"),
    ("customers/{ada}/", "DELETE"):            (None,  "401  204   403   403  403  403     403  403"),
    ("customers/{ada}/restore/", "POST"):      ({},    "401  404   403   403  403  403     403  403"),
    ("customers/{ada}/timeline/", "GET"):      (None,  "401  200   200   404  403  200     200  404"),
    ("customers/{ada}/sources/", "GET"):       (None,  "401  200   200   404  403  200     200  404"),
    ("customers/{ada}/value/", "GET"):         (None,  "401  200   200   404  403  200     200  404"),
    ("customers/{ada}/summary/", "GET"):       (None,  "401  200   200   200  200  200     200  404"),
    ("customers/{ada}/contact-points/", "GET"): (None, "401  200   200   404  403  200     200  404"),
    ("customers/{ada}/contact-points/", "POST"):
        ({"kind": "post", "value": "1 Road"},          "401  201   201   404  403  403     201  404"),
    ("customers/{ada}/contact-points/{point}/", "GET"): (None, "401 200 200 404 403 200 200 404"),
    ("customers/{ada}/contact-points/{point}/", "PATCH"): ({"invalid": True}, "401 200 200 404 403 403 200 404"),
    ("customers/{ada}/contact-points/{point}/", "DELETE"): (None, "401 204 204 404 403 403 204 404"),
    ("customers/{ada}/person/", "GET"):        (None,  "401  200   200   404  403  403     200  404"),
    ("customers/{ada}/person/", "PATCH"):      ({"kind": "consumer"}, "401 200 200 404 403 403 403 403"),
    ("orders/", "GET"):                        (None,  "401  200   200   200  403  200     200  200"),
    ("orders/", "POST"):                       (SALE,  "401  201   403   403  403  403     201  201"),
    ("orders/bulk/", "POST"):                  ({"items": [SALE]}, "401 200 403 403 403 403 200 200"),
    ("orders/{order}/", "GET"):                (None,  "401  200   200   404  403  200     200  404"),
    ("orders/{order}/return/", "POST"):        (BACK,  "401  201   403   403  403  403     201  404"),
    ("costs/", "GET"):                         (None,  "401  200   200   200  403  200     200  200"),
    ("costs/", "POST"):                        (COST,  "401  201   403   403  403  403     201  400"),
    ("costs/{cost}/", "GET"):                  (None,  "401  200   200   404  403  200     200  404"),
    ("imports/", "GET"):                       (None,  "401  200   403   403  403  403     200  200"),
    ("imports/", "POST"):                      ({},    "401  415   403   403  403  403     415  415"),
    ("imports/{run}/", "GET"):                 (None,  "401  200   403   403  403  403     200  404"),
    ("imports/{run}/check/", "POST"):          ({},    "401  202   403   403  403  403     202  404"),
    ("imports/{run}/load/", "POST"):           ({},    "401  422   403   403  403  403     422  404"),
    ("imports/{run}/rejected/", "GET"):        (None,  "401  200   403   403  403  403     200  404"),
    ("segments/", "GET"):                      (None,  "401  200   200   200  403  200     200  200"),
    ("segments/", "POST"):                     (GROUP, "401  201   403   403  403  201     403  403"),
    ("segments/{segment}/", "GET"):            (None,  "401  200   200   200  403  200     200  404"),
    ("segments/{segment}/", "PATCH"):          (NEW,   "401  200   403   403  403  200     403  403"),
    ("segments/{segment}/", "DELETE"):         (None,  "401  204   403   403  403  204     403  403"),
    ("segments/{segment}/refresh/", "POST"):   ({},    "401  422   403   403  403  422     403  403"),
    ("segments/{segment}/overlap/", "GET"):    (None,  "401  400   400   400  403  400     400  404"),
    ("segments/{segment}/sizes/", "GET"):      (None,  "401  200   200   200  403  200     200  404"),
    ("segments/{segment}/members/", "GET"):    (None,  "401  200   200   200  403  200     200  404"),
    ("portfolios/", "GET"):                    (None,  "401  200   200   200  403  200     200  200"),
    ("portfolios/", "POST"):
        ({"name": "N", "manager": "{alice}"},          "401  201   403   403  403  403     403  403"),
    ("portfolios/{alices}/", "GET"):           (None,  "401  200   200   404  403  200     200  404"),
    ("portfolios/{alices}/", "PATCH"):         (NEW,   "401  200   403   403  403  403     403  403"),
    ("portfolios/{alices}/value/", "GET"):     (None,  "401  200   200   404  403  200     200  404"),
    ("portfolios/{alices}/customers/", "GET"): (None,  "401  200   200   404  403  200     200  404"),
    ("assignment-runs/", "GET"):               (None,  "401  200   403   403  403  403     403  403"),
    ("assignment-runs/", "POST"):              ({"mode": "propose"}, "401 422 403 403 403 403 403 403"),
    ("assignment-runs/{assignment}/", "GET"):  (None,  "401  200   403   403  403  403     403  403"),
    ("assignment-runs/{assignment}/cancel/", "POST"): (None, "401 202 403 403 403 403 403 403"),
    ("assignment-runs/{assignment}/accept/", "POST"): ({"all": True}, "401 422 403 403 403 403 403 403"),
    ("assignment-runs/{assignment}/decline/", "POST"): ({"all": True}, "401 422 403 403 403 403 403 403"),
    ("assignment-runs/{assignment}/proposals/", "GET"): (None, "401 200 403 403 403 403 403 403"),
    ("interactions/", "GET"):                  (None,  "401  200   200   200  403  200     200  200"),
    ("interactions/", "POST"):                 (TALK,  "401  201   201   201  201  403     201  400"),
    ("interactions/bulk/", "POST"):            ({"items": [TALK]}, "401 200 200 200 200 403 200 200"),
    ("interactions/{talk}/", "GET"):           (None,  "401  200   200   404  403  200     200  404"),
    ("interactions/{talk}/", "PATCH"):         (RIGHT, "401  200   200   404  404  403     200  404"),
    ("grants/", "GET"):                        (None,  "401  200   200   200  200  403     200  200"),
    ("grants/", "POST"):                       (GIFT,  "401  201   201   201  201  403     201  400"),
    ("grants/{grant}/", "GET"):                (None,  "401  200   200   404  404  403     200  404"),
    ("grants/{grant}/decide/", "POST"):        ({"yes": True}, "401 200 400 404 403 403 403 403"),
    ("grants/{grant}/withdraw/", "POST"):      ({"words": "w"}, "401 200 200 404 404 403 400 404"),
    ("messages/", "GET"):                      (None,  "401  200   200   200  403  200     200  200"),
    ("messages/", "POST"):                     (NOTE,  "401  201   201   400  403  403     201  400"),
    ("messages/{message}/", "GET"):            (None,  "401  200   200   404  403  200     200  404"),
    ("need-kinds/", "GET"):                    (None,  "401  200   200   200  200  200     200  200"),
    ("needs/", "GET"):                         (None,  "401  200   200   200  403  200     200  200"),
    ("needs/", "POST"):                        (NEED,  "401  201   201   201  201  403     201  400"),
    ("needs/{need}/", "GET"):                  (None,  "401  200   200   404  403  200     200  404"),
    ("needs/{need}/end/", "POST"):             ({"status": "met"}, "401 200 200 404 403 403 200 404"),
    ("needs/{need}/treatments/", "POST"):      ({"words": "w"}, "401 201 201 404 403 403 201 404"),
    ("promises/", "GET"):                      (None,  "401  200   200   200  403  200     200  200"),
    ("promises/", "POST"):                     (SAID,  "401  201   201   201  201  403     201  400"),
    ("promises/{promise}/", "GET"):            (None,  "401  200   200   404  403  200     200  404"),
    ("promises/{promise}/keep/", "POST"):      ({},    "401  200   200   404  403  403     200  404"),
    ("promises/{promise}/break/", "POST"):     ({"reason": "r"}, "401 200 200 404 403 403 200 404"),
    ("promises/{promise}/renegotiate/", "POST"): (LATER, "401 200  200   404  403  403     200  404"),
    ("promises/{promise}/release/", "POST"):   ({"reason": "r"}, "401 200 200 404 403 403 200 404"),
    ("cases/", "GET"):                         (None,  "401  200   200   200  403  200     200  200"),
    ("cases/", "POST"):                        (CASE,  "401  201   201   201  201  403     201  400"),
    ("cases/{case}/", "GET"):                  (None,  "401  200   200   404  403  200     200  404"),
    ("cases/{case}/note/", "POST"):            ({"text": "t"}, "401 200 200 404 403 403 200 404"),
    ("cases/{case}/answer/", "POST"):          ({},    "401  200   200   404  403  403     200  404"),
    ("cases/{case}/wait/", "POST"):            ({},    "401  200   200   404  403  403     200  404"),
    ("cases/{case}/resume/", "POST"):          ({},    "401  400   400   404  403  403     400  404"),
    ("cases/{case}/assign/", "POST"):          ({"member": "{alice}"}, "401 200 200 404 403 403 200 404"),
    ("cases/{case}/severity/", "POST"):        ({"severity": 3}, "401 200 200 404 403 403 200 404"),
    ("cases/{case}/resolve/", "POST"):         ({"resolution": "r"}, "401 200 200 404 403 403 200 404"),
    ("cases/{case}/reopen/", "POST"):          ({"text": "t"}, "401 400 400 404 403 400 400 404"),
    ("stories/", "GET"):                       (None,  "401  200   200   200  200  403     200  200"),
    ("surveys/", "GET"):                       (None,  "401  200   200   200  403  200     200  200"),
    ("surveys/answers/", "GET"):               (None,  "401  200   200   200  403  200     200  200"),
    ("tasks/", "GET"):                         (None,  "401  200   200   200  403  200     200  200"),
    ("tasks/", "POST"):                        (WORK,  "401  201   201   400  403  403     201  400"),
    ("tasks/{task}/", "GET"):                  (None,  "401  200   200   404  403  200     200  404"),
    ("tasks/{task}/", "PATCH"):                ({"text": "t"}, "401 200 200 404 403 403 200 404"),
    ("tasks/{task}/complete/", "POST"):        ({},    "401  200   200   404  403  403     200  404"),
    ("tasks/{task}/drop/", "POST"):            ({},    "401  200   200   404  403  403     200  404"),
    ("transfers/", "GET"):                     (None,  "401  200   200   200  403  200     200  200"),
    ("transfers/", "POST"):                    (MOVE,  "401  201   201   400  403  403     201  400"),
    ("transfers/{transfer}/", "GET"):          (None,  "401  200   404   200  403  200     200  404"),
    ("privacy-requests/", "GET"):              (None,  "401  200   403   403  403  403     403  403"),
    ("privacy-requests/", "POST"):             ({"kind": "access"}, "401 201 403 403 403 403 403 403"),
    ("privacy-requests/{request}/", "GET"):    (None,  "401  200   403   403  403  403     403  403"),
    ("consents/", "GET"):                      (None,  "401  200   200   200  403  403     200  200"),
    ("consents/", "POST"):                     (YES,   "401  201   201   400  400  403     201  400"),
    ("consents/bulk/", "POST"):                ({"items": [YES]}, "401 200 200 200 200 403 200  200"),
    ("consents/{consent}/", "GET"):            (None,  "401  200   200   404  403  403     200  404"),
    ("consents/{consent}/receipt/", "GET"):    (None,  "401  200   200   404  403  403     200  404"),
    ("contact-checks/", "GET"):                (None,  "401  200   200   200  403  403     200  200"),
    ("contact-checks/", "POST"):               (ASK,   "401  200   200   200  200  403     200  404"),
    ("contact-checks/batch/", "POST"):         ({"items": [ASK]}, "401 200 200 200 200 403 200 200"),
    ("contact-checks/{answer}/", "GET"):       (None,  "401  200   200   404  403  403     200  404"),
    ("rules/", "GET"):                         (None,  "401  200   200   200  403  200     403  403"),
    ("rules/", "POST"):                        (RULES, "401  201   403   403  403  403     403  403"),
    ("rules/import/", "POST"):                 ({"rules": {"format": "x"}}, "401 422 422 422 403 422 403 403"),
    ("rules/facts/", "GET"):                   (None,  "401  200   200   200  403  200     403  403"),
    ("rules/kinds/", "GET"):                   (None,  "401  200   200   200  403  200     403  403"),
    ("rules/{rules}/", "GET"):                 (None,  "401  200   200   200  403  200     403  403"),
    ("rules/{rules}/", "PATCH"):               (NEW,   "401  200   403   403  403  403     403  403"),
    ("rules/{rules}/export/", "GET"):          (None,  "401  200   200   200  403  200     403  403"),
    ("rules/{rules}/archive/", "POST"):        ({"seen": 2}, "401 200 403 403 403 403 403 403"),
    ("rules/{rules}/versions/", "GET"):        (None,  "401  200   200   200  403  200     403  403"),
    ("rules/{rules}/activations/", "GET"):     (None,  "401  200   200   200  403  200     403  403"),
    ("rules/{rules}/activate/", "POST"):       ({"seen": 2}, "401 201 403 403 403 403 403 403"),
    ("rules/{rules}/rollback/", "POST"):       ({"seen": 2, "to": 1}, "401 201 403 403 403 403 403 403"),
    ("rules/{rules}/agree/", "POST"):          ({"seen": 2}, "401 404 403 403 403 403 403 403"),
    ("rules/{rules}/refuse/", "POST"):         ({"reason": "r"}, "401 404 403 403 403 403 403 403"),
    ("rules/{rules}/withdraw/", "POST"):       ({"seen": 2, "activation": ADA}, "401 404 404 404 403 404 403 403"),
    ("rules/{rules}/dry-run/", "GET"):         (None,  "401  200   200   200  403  200     403  403"),
    ("rules/{rules}/dry-run/", "POST"):        ({},    "401  202   403   403  403  403     403  403"),
}  # fmt: skip
OPEN = {"schema/", "docs/"}


def filled(value: Any, things: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: filled(item, things) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, things) for item in value]
    return value.format(**things) if isinstance(value, str) else value


def client_of(role: str, a: Company, b: Company) -> APIClient:
    clients: dict[str, Callable[[], APIClient]] = {
        "anonymous": APIClient,
        "admin": lambda: token_client(a, "administrator"),
        "analyst": lambda: token_client(a, "analyst"),
        "shop": lambda: token_client(a),
        "charlie": lambda: token_client(b),
    }
    return clients[role]() if role in clients else session_client(a, role)


@pytest.mark.parametrize("role", ROLES)
def test_the_table(company_a: Company, company_b: Company, things: dict[str, str], role: str) -> None:
    client, wrong = client_of(role, company_a, company_b), {}
    for (route, method), (body, statuses) in TABLE.items():
        data = {} if body is None else _json(filled(body, things))
        with undone():
            answer = client.generic(method, V1 + route.format(**things), **data)
        expected = int(statuses.split()[ROLES.index(role)])
        if answer.status_code != expected:
            wrong[route, method] = (expected, answer.status_code, answer.content)
        elif expected >= 400:
            assert answer["Content-Type"] == "application/problem+json"
            assert answer.json()["status"] == expected
        if expected == 401:
            assert answer["WWW-Authenticate"] == "Bearer"
    assert wrong == {}


def _json(body: Any) -> dict[str, Any]:
    import json

    return {"data": json.dumps(body), "content_type": "application/json"}


def patterns(found: list[Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows = []
    for entry in found:
        if isinstance(entry, URLResolver):
            rows += patterns(entry.url_patterns, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            rows.append((prefix + str(entry.pattern), entry.callback))
    return rows


def shape(route: str) -> str:
    """An address with its parameters taken out: both `<uuid:pk>` and `{ada}` become `*`."""
    import re

    return re.sub(r"<[^>]+>|\{[^}]+\}|ada-1", "*", route)


def test_every_route_and_method_has_a_row() -> None:
    declared = {
        (shape(route), method.upper())
        for route, view in patterns(api.v1)
        if route not in OPEN
        for method in getattr(view, "actions", {})
        if method != "head"
    }
    assert declared == {(shape(route), method) for route, method in TABLE}


def test_every_endpoint_declares_a_permission_that_exists() -> None:
    for route, view in patterns(api.urlpatterns):
        cls = getattr(view, "cls", None)
        if cls is None:
            assert getattr(view, "permission", None) == PUBLIC, route
            continue
        for action in {*getattr(view, "actions", {"": ""}).values()}:
            needed = declared_permission(cls, action)
            assert needed, f"{route} {action}"
            assert is_permission(needed), f"{route} {action} {needed}"


def test_an_undeclared_endpoint_is_closed(company_a: Company, rf: Any) -> None:
    from rest_framework.response import Response

    from tenancy.access import access_of_member
    from tenancy.api.viewsets import ApiViewSet
    from tenancy.models import Member

    class Undeclared(ApiViewSet):
        def list(self, request: Any) -> Response:
            return Response("never")

    with tenant_context(company_a.tenant.id), undone():
        admin = Member.objects.select_related("role").get(id=company_a.member["admin"].id)
        request = rf.get("/api/v1/undeclared/")
        request.access, request.accesses = access_of_member(company_a.tenant, admin, []), []
        request.user, request._dont_enforce_csrf_checks = admin.user, True
        assert Undeclared.as_view({"get": "list"})(request).status_code == 403

"""`contact-checks/`: one question, many, and the answers given."""

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from crm.models import Customer
from privacy.models import PrivacyProfile
from tenancy.context import tenant_context
from tests.api.conftest import session_client, token_client
from tests.cast import Company
from tests.privacy.gate.asking import give_address, reachable, say

CHECKS = "/api/v1/contact-checks/"


@pytest.fixture
def shop(company_a: Company) -> APIClient:
    with tenant_context(company_a.tenant.id):
        reachable(company_a)
    return token_client(company_a)


def ask(client: APIClient, customer: Customer, **values: Any) -> dict[str, Any]:
    body = {"customer": str(customer.id), "channel": "email", "purpose": "newsletter", **values}
    response = client.post(CHECKS, body, format="json")
    assert response.status_code == 200, response.content
    return response.json()


def test_a_question_and_its_answer(shop: APIClient, company_a: Company) -> None:
    answer = ask(shop, company_a.customer["ada"])
    assert (answer["decision"], answer["until"], answer["code"]) == ("allow", None, "CONSENT_EXPRESS")
    assert answer["all_codes"] == ["CONSENT_EXPRESS"]
    assert len(answer["evidence_ids"]) == 1
    logged = shop.get(f"{CHECKS}{answer['id']}/").json()
    assert {key: logged[key] for key in answer} == answer
    assert logged["asked_for"] == "API"
    assert logged["asked_by"].startswith("token:")


def test_a_no_is_an_answer(shop: APIClient, company_a: Company) -> None:
    ada = company_a.customer["ada"]
    with tenant_context(company_a.tenant.id):
        event = say(ada, "opt_out")
    answer = ask(shop, ada)
    assert (answer["decision"], answer["code"], answer["evidence_ids"]) == (
        "deny",
        "OPTED_OUT",
        [str(event.id)],
    )


def test_what_the_message_is_counts(shop: APIClient, company_a: Company) -> None:
    ada = company_a.customer["ada"]
    assert ask(shop, ada, message={"has_opt_out": False})["code"] == "CONTENT_REQUIREMENTS"
    assert ask(shop, ada, message={"has_sender_identity": True})["decision"] == "allow"
    with tenant_context(company_a.tenant.id):
        Customer.objects.filter(id=ada.id).update(country="US")
        PrivacyProfile.objects.update(postal_address="")
    assert ask(shop, ada)["code"] == "CONTENT_REQUIREMENTS"
    with tenant_context(company_a.tenant.id):
        PrivacyProfile.objects.update(postal_address="1 High Street, London")
    assert ask(shop, ada)["decision"] == "allow"
    product = {"product": {"owner": "partner", "similar_to_purchase": True}, "subject": "spring"}
    assert ask(shop, ada, message=product)["decision"] == "allow"


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_moment_that_no_calendar_reaches(shop: APIClient, company_a: Company, at: str) -> None:
    ada = company_a.customer["ada"]
    question = {"customer": str(ada.id), "channel": "email", "purpose": "newsletter"}
    response = shop.post(CHECKS, {**question, "at": at}, format="json")
    assert (response.status_code, list(response.json()["errors"])) == (400, ["at"])
    batch = shop.post(f"{CHECKS}batch/", {"items": [question, {**question, "at": at}]}, format="json").json()
    assert (batch["allow"], batch["refused"]) == (1, 1)


def test_who_is_not_there_is_404(shop: APIClient, company_a: Company, company_b: Company) -> None:
    bodies = []
    for customer in (company_b.customer["cleo"].id, uuid4()):
        response = shop.post(
            CHECKS, {"customer": str(customer), "channel": "email", "purpose": "newsletter"}, format="json"
        )
        assert response.status_code == 404
        bodies.append(response.json())
    assert bodies[0] == bodies[1]


def test_a_bad_question_says_what_is_wrong(shop: APIClient, company_a: Company) -> None:
    ada = str(company_a.customer["ada"].id)
    good = {"customer": ada, "channel": "email", "purpose": "newsletter"}
    for field, value in (
        ("channel", "fax"),
        ("purpose", ""),
        ("at", "tomorrow"),
        ("customer", "ada"),
        ("now", "x"),
    ):
        response = shop.post(CHECKS, {**good, field: value}, format="json")
        assert response.status_code == 400
        assert field in response.json()["errors"]


def test_many_questions_at_once(shop: APIClient, company_a: Company, company_b: Company) -> None:
    one = {"customer": str(company_a.customer["ada"].id), "channel": "email", "purpose": "newsletter"}
    items = [
        one, one | {"purpose": "marketing"}, one | {"channel": "fax"},
        one | {"customer": str(company_b.customer["cleo"].id)}, one | {"channel": "*", "purpose": "profiling"},
    ]  # fmt: skip
    body = shop.post(f"{CHECKS}batch/", {"items": items}, format="json").json()
    assert [item["status"] for item in body["results"]] == [200, 200, 400, 404, 200]
    assert [item["answer"] and item["answer"]["decision"] for item in body["results"][:4]] == [
        "allow", "deny", None, None,
    ]  # fmt: skip
    assert (body["allow"] + body["deny"], body["defer"], body["refused"]) == (3, 0, 2)
    assert shop.post(f"{CHECKS}batch/", {"items": [one] * 1001}, format="json").status_code == 400


def test_the_counter_asks_about_whoever_walks_in(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        reachable(company_a)
    for key in ("fran", "bob"):
        answer = ask(session_client(company_a, key), company_a.customer["ada"])
        assert answer["decision"] == "allow"
        assert session_client(company_a, key).get(f"{CHECKS}{answer['id']}/").status_code in (403, 404)


def test_the_list_is_filtered_and_in_scope(shop: APIClient, company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        give_address(company_a.customer["ben"])
    first = ask(shop, company_a.customer["ada"])
    second = ask(shop, company_a.customer["ben"])
    ids = [row["id"] for row in shop.get(CHECKS).json()["results"]]
    assert ids == [second["id"], first["id"]]
    assert [row["id"] for row in shop.get(CHECKS, {"decision": "allow"}).json()["results"]] == [first["id"]]
    assert [row["id"] for row in session_client(company_a, "bob").get(CHECKS).json()["results"]] == [
        second["id"]
    ]

"""consents/ and its bulk: what programs record, and what they get back."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from privacy.models import ConsentEvent
from privacy.services.verification import verify_chains
from tenancy.context import tenant_context
from tests.api.conftest import V1, token_client
from tests.cast import Company

CONSENTS = f"{V1}consents/"


def said(**values: Any) -> dict[str, Any]:
    return {"customer_external_id": "ada-1", "purpose": "newsletter", "channel": "email", "action": "grant",
            "source": "sign-up form", "occurred_at": "2026-05-01T12:00:00Z", "wording": "specific",
            "evidence": "form-1", **values}  # fmt: skip


def test_a_consent_is_recorded_read_and_seen_by_its_scope(
    company_a: Company, shop: APIClient, alice: APIClient, bob: APIClient, charlie: APIClient
) -> None:
    made = shop.post(
        CONSENTS, said(contact_point="Ada@Example.org", words="Yes.", key="form-1"), format="json"
    )
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["purposes"], body["evidence"], body["sequence"]) == (["newsletter"], ["form-1"], 1)
    assert (body["contact_point"], body["words"], body["method"]) == ("Ada@Example.org", "Yes.", "api")
    path = f"{CONSENTS}{body['id']}/"
    assert alice.get(path).json() == body
    assert (bob.get(path).status_code, charlie.get(path).status_code) == (404, 404)
    (row,) = alice.get(CONSENTS, {"purpose": "newsletter", "action": "grant"}).json()["results"]
    assert (row["id"], "contact_point" in row, "words" in row) == (body["id"], False, False)
    assert alice.get(CONSENTS, {"channel": "sms"}).json()["results"] == []
    assert (bob.get(CONSENTS).json()["results"], charlie.get(CONSENTS).json()["results"]) == ([], [])
    assert shop.delete(path).status_code == 405


def test_a_receipt_says_who_what_and_with_which_proof(
    company_a: Company, shop: APIClient, charlie: APIClient
) -> None:
    made = shop.post(CONSENTS, said(words="Yes.", contact_point="ada@example.org"), format="json").json()
    path = f"{CONSENTS}{made['id']}/receipt/"
    receipt = shop.get(path).json()
    assert receipt["receipt_metadata"]["schema_version"] == "ISO/IEC TS 27560:2023"
    assert receipt["party_identification"][0]["party_name"] == "Alpha"
    assert receipt["pii_processing"]["purposes"][0]["purpose_name"] == "Newsletter"
    assert receipt["pii_processing"]["privacy_notice"]["text"] == "Yes."
    assert (receipt["event"]["event_type"], receipt["proof"]["digest"]) == ("grant", made["digest"])
    assert charlie.get(path).status_code == 404


def test_the_same_key_is_one_and_another_content_a_conflict(company_a: Company, shop: APIClient) -> None:
    assert shop.post(CONSENTS, said(key="k"), format="json").status_code == 201
    assert shop.post(CONSENTS, said(key="k"), format="json").status_code == 200
    other = shop.post(CONSENTS, said(key="k", action="withdraw"), format="json")
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


def test_bad_consents_are_refused_with_the_field(
    company_a: Company, company_b: Company, shop: APIClient
) -> None:
    cleo = {"customer_external_id": None, "customer": str(company_b.customer["cleo"].id)}
    bad = {
        "customer": said(**cleo),
        "customer_external_id": said(customer_external_id="nobody"),
        "purpose": said(purpose="newsletters"),
        "action": said(action="release"),
        "occurred_at": said(occurred_at="2999-01-01T00:00:00Z"),
        "contact_point": said(contact_point="nobody"),
        "evidence": said(evidence=[1]),
        "notice": said(notice=str(company_a.customer["ada"].id)),
        "recorded_at": said(recorded_at="2020-01-01T00:00:00Z"),
        "until": said(until="2027-01-01T00:00:00Z"),
    }
    for field, body in bad.items():
        answer = shop.post(CONSENTS, body, format="json")
        assert answer.status_code == 400, (field, answer.content)
        assert field in answer.json()["errors"], (field, answer.content)
    with tenant_context(company_a.tenant.id):
        assert ConsentEvent.objects.count() == 0


def test_a_bulk_is_answered_item_by_item(
    company_a: Company, company_b: Company, shop: APIClient, bob: APIClient
) -> None:
    cleo = str(company_b.customer["cleo"].id)
    items = [
        said(key="1"), said(customer_external_id="nobody"), said(key="1"), said(key="1", action="object"),
        said(customer_external_id=None, customer=cleo), {"purpose": 5}, said(customer_external_id="ben-1"),
        said(action="withdraw", occurred_at="2999-01-01T00:00:00Z"),
    ]  # fmt: skip
    body = shop.post(f"{CONSENTS}bulk/", {"items": items}, format="json").json()
    assert [row["status"] for row in body["results"]] == [201, 400, 200, 409, 400, 400, 201, 400]
    assert (body["created"], body["unchanged"], body["refused"]) == (2, 1, 5)
    assert body["results"][2]["id"] == body["results"][0]["id"]
    outside = bob.post(
        f"{CONSENTS}bulk/", {"items": [said(), said(customer_external_id="ben-1")]}, format="json"
    )
    assert [row["status"] for row in outside.json()["results"]] == [400, 201]
    with tenant_context(company_a.tenant.id):
        assert verify_chains().differences == ()


def test_whoever_may_record_may_always_record_a_refusal(company_a: Company, bob: APIClient) -> None:
    """The counter has no customers of its own, and Ada is Alice's; a yes is of those only who answer for her."""
    counter = token_client(company_a, "frontline")
    refused = said(action="opt_out", contact_point="ada@example.org", source="said at the counter")
    for client, number in ((counter, "ada-1"), (bob, "ada-1"), (counter, "ben-1")):
        made = client.post(CONSENTS, {**refused, "customer_external_id": number}, format="json")
        assert made.status_code == 201, made.content
        assert client.get(f"{CONSENTS}{made.json()['id']}/").status_code in (403, 404)
        assert (
            client.post(CONSENTS, said(customer_external_id=number, key="yes"), format="json").status_code
            == 400
        )
    items = [said(), {**refused, "key": "again"}, {**refused, "customer_external_id": "nobody"}]
    rows = counter.post(f"{CONSENTS}bulk/", {"items": items}, format="json").json()["results"]
    assert [row["status"] for row in rows] == [400, 201, 400]


def test_a_bulk_takes_few_statements_and_has_a_limit(company_a: Company, shop: APIClient) -> None:
    with CaptureQueriesContext(connection) as one:
        shop.post(f"{CONSENTS}bulk/", {"items": [said()]}, format="json")
    with CaptureQueriesContext(connection) as many:
        items = [said(customer_external_id=number) for number in ("ada-1", "ben-1", "hal-1")] * 20
        assert shop.post(f"{CONSENTS}bulk/", {"items": items}, format="json").json()["created"] == 60
    assert len(many) <= len(one) + 1, [query["sql"][:80] for query in many]
    assert shop.post(f"{CONSENTS}bulk/", {"items": [said()] * 1001}, format="json").status_code == 400


def test_a_stop_counts_from_now_where_no_time_is_given(company_a: Company, shop: APIClient) -> None:
    stop = shop.post(CONSENTS, said(action="withdraw", occurred_at=None), format="json").json()
    assert stop["occurred_at"] == stop["recorded_at"]

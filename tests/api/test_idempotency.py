"""The same key and body: one effect, one answer, for a day."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from crm.models import Customer
from tenancy.context import tenant_context
from tenancy.models import IdempotencyRecord
from tenancy.services.idempotency import KeyBusy, claim_key, forget_old_answers
from tests.api.conftest import V1, token_client
from tests.at_once import Paused, at_once
from tests.cast import Company, make_company

CUSTOMERS = f"{V1}customers/"


def post(client: APIClient, key: str, body: dict[str, Any]) -> Any:
    return client.post(CUSTOMERS, body, headers={"Idempotency-Key": key})


def test_the_same_key_and_body_is_answered_once(company_a: Company, shop: APIClient) -> None:
    first = post(shop, "k1", {"name": "Once"})
    again = post(shop, "k1", {"name": "Once"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again["ETag"] == first["ETag"]
    assert again["Idempotent-Replayed"] == "true"
    with tenant_context(company_a.tenant.id):
        assert Customer.objects.filter(name="Once").count() == 1


def test_another_body_or_address_is_refused(company_a: Company, shop: APIClient) -> None:
    post(shop, "k1", {"name": "Once"})
    other = post(shop, "k1", {"name": "Twice"})
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    elsewhere = shop.post(f"{V1}costs/", {"name": "Once"}, headers={"Idempotency-Key": "k1"})
    assert elsewhere.status_code == 422


def test_a_key_belongs_to_one_actor(company_a: Company, shop: APIClient, charlie: APIClient) -> None:
    post(shop, "k1", {"name": "Once"})
    assert post(charlie, "k1", {"name": "Elsewhere"}).status_code == 201
    assert post(token_client(company_a), "k1", {"name": "Second token"}).status_code == 201


def test_a_refusal_is_kept_although_it_was_rolled_back(company_a: Company, shop: APIClient) -> None:
    first = post(shop, "k1", {"name": "Taken", "external_id": "ada-1"})
    assert first.status_code == 409
    with tenant_context(company_a.tenant.id):
        Customer.objects.filter(external_id="ada-1").update(external_id="free-now")
    again = post(shop, "k1", {"name": "Taken", "external_id": "ada-1"})
    assert (again.status_code, again["Idempotent-Replayed"]) == (409, "true")
    assert again["Content-Type"] == "application/problem+json"
    assert again.content == first.content


def test_a_refusal_for_lack_of_permission_is_not_kept(company_a: Company) -> None:
    client = token_client(company_a, "analyst")
    assert post(client, "k1", {"name": "X"}).status_code == 403
    with tenant_context(company_a.tenant.id):
        assert not IdempotencyRecord.objects.exists()


def test_after_a_day_a_key_is_new(company_a: Company, shop: APIClient) -> None:
    post(shop, "k1", {"name": "Once"})
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=True):
        again = post(shop, "k1", {"name": "Next day"})
        assert again.status_code == 201
        assert "Idempotent-Replayed" not in again
    with tenant_context(company_a.tenant.id), time_machine.travel(timezone.now() + timedelta(days=3)):
        assert forget_old_answers() == 1


@pytest.mark.parametrize("key", ["", "a b", "ü", "x" * 201])
def test_a_bad_key_is_refused(shop: APIClient, key: str) -> None:
    assert post(shop, key, {"name": "X"}).status_code == 400


def test_a_bulk_of_a_thousand_is_repeated_whole(company_a: Company, shop: APIClient) -> None:
    items = {"items": [{"name": f"Bulk {n}"} for n in range(20)]}
    first = shop.post(f"{CUSTOMERS}bulk/", items, headers={"Idempotency-Key": "b"})
    assert shop.post(f"{CUSTOMERS}bulk/", items, headers={"Idempotency-Key": "b"}).content == first.content
    with tenant_context(company_a.tenant.id):
        assert Customer.objects.filter(name__startswith="Bulk").count() == 20


@pytest.mark.django_db(transaction=True)
def test_a_race_has_one_effect_and_one_answer() -> None:
    company = make_company("race")
    client = token_client(company)

    def race() -> Any:
        runner = APIClient()
        runner.credentials(**client._credentials)
        return post(runner, "race", {"name": "Racer"})

    answers = at_once(*[race] * 4)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer for answer in answers) == 1
    with tenant_context(company.tenant.id):
        assert Customer.objects.filter(name="Racer").count() == 1


@pytest.mark.django_db(transaction=True)
def test_whoever_waits_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from tenancy.services import idempotency

    monkeypatch.setattr(idempotency, "_CLAIM", idempotency._CLAIM.replace("10s", "200ms"))
    company = make_company("busy")
    holder = Paused(company, lambda: claim_key(key="k", route="POST /", digest=b"1"), "token:1")
    with tenant_context(company.tenant.id, actor="token:1"), pytest.raises(KeyBusy):
        claim_key(key="k", route="POST /", digest=b"1")
    holder.commit()

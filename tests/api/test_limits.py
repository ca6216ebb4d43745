"""Limits are published, held per token, and never in the way when Redis is away."""

import time

import pytest
import redis
from django.conf import settings as django_settings
from rest_framework.test import APIClient

from tenancy.api import limits
from tests.api.conftest import V1, token_client
from tests.cast import Company

WHOAMI = f"{V1}whoami/"


def test_a_bucket_empties_for_one_token_only(
    company_a: Company, settings: object, charlie: APIClient
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    client, other = token_client(company_a), token_client(company_a)
    answers = [client.get(WHOAMI) for _ in range(5)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429, 429]
    assert [a["RateLimit"].split(";")[1] for a in answers[:3]] == ["r=2", "r=1", "r=0"]
    assert answers[0]["RateLimit-Policy"] == '"requests";q=3;w=60'
    refused = answers[3]
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "throttled"
    assert 1 <= int(refused["Retry-After"]) <= 20
    assert (other.get(WHOAMI).status_code, charlie.get(WHOAMI).status_code) == (200, 200)


def test_a_refused_request_has_no_effect_and_keeps_its_key(company_a: Company, settings: object) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    client = token_client(company_a)
    client.get(WHOAMI)
    headers = {"Idempotency-Key": "k"}
    assert client.post(f"{V1}customers/", {"name": "Late"}, headers=headers).status_code == 429
    settings.API_REQUESTS_PER_MINUTE = 6000
    time.sleep(0.1)
    assert client.post(f"{V1}customers/", {"name": "Late"}, headers=headers).status_code == 201


def test_the_key_in_redis_names_the_company(company_a: Company, shop: APIClient) -> None:
    shop.get(WHOAMI)
    client = redis.Redis.from_url(django_settings.REDIS_URL)
    assert list(client.scan_iter(f"cs:limit:{company_a.tenant.id}:token:*"))


def test_without_redis_everything_is_let_through(
    company_a: Company, shop: APIClient, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(limits._Away, "until", 0.0)
    limits._script.cache_clear()
    try:
        answer = shop.get(WHOAMI)
        assert answer.status_code == 200
        assert "RateLimit" not in answer
    finally:
        limits._script.cache_clear()
        limits._Away.until = 0.0

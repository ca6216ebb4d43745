"""What an operator's machines ask: alive, ready, how much."""

import json

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client

from tenancy.context import tenant_context
from tenancy.models import OutboxEvent, OutboxStep
from tenancy.selectors import health
from tests.cast import Company


@pytest.fixture
def worker() -> None:
    health.note_worker()


def ready(client: Client, **headers: str) -> tuple[int, dict]:
    response = client.get("/readyz", headers=headers)
    return response.status_code, json.loads(response.content)["missing"]


def test_alive_asks_for_nothing(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})
    assert client.post("/healthz").status_code == 405


def test_ready_with_a_worker(db: None, client: Client, worker: None) -> None:
    assert ready(client) == (200, {})


def test_without_a_worker_it_is_not_ready(db: None, client: Client) -> None:
    cache.delete(health.HEARTBEAT)
    assert ready(client) == (503, {"worker": "missing"})


def test_reasons_are_for_those_who_hold_the_token(db: None, client: Client, settings) -> None:
    cache.delete(health.HEARTBEAT)
    settings.METRICS_TOKEN = "let me look"
    _, missing = ready(client, authorization="Bearer let me look")
    assert "no worker was seen" in missing["worker"]


def test_without_the_database_it_says_so(db: None, client: Client, worker: None) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("connection refused")

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(connection, "cursor", away)
        broken.setattr(health, "_applied", lambda: True)
        assert ready(client) == (503, {"database": "missing"})


def test_without_redis_it_says_so(db: None, client: Client, settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    status, missing = ready(client)
    assert (status, set(missing)) == (503, {"redis", "worker"})


def test_unapplied_migrations_are_missing(db: None, client: Client, worker: None) -> None:
    health._applied.cache_clear()
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations"
            " WHERE id = (SELECT max(id) FROM django_migrations WHERE app = 'tenancy')"
        )
    assert ready(client) == (503, {"migrations": "missing"})
    health._applied.cache_clear()


def test_metrics_need_their_token(db: None, client: Client, settings) -> None:
    for token, header in (("", "Bearer "), ("secret", ""), ("secret", "Bearer wrong"), ("secret", "secre")):
        settings.METRICS_TOKEN = token
        assert client.get("/metrics", headers={"authorization": header}).status_code == 401


def test_metrics_count_requests_and_work_of_all_tenants(
    company_a: Company, company_b: Company, settings
) -> None:
    settings.METRICS_TOKEN = "secret"
    for company in (company_a, company_b):
        with tenant_context(company.tenant.id):
            OutboxStep.objects.all().delete()
            event = OutboxEvent.objects.create(name="crm.order_recorded")
            for state in ("waiting", "parked", "done"):
                OutboxStep.objects.create(event=event, handler=state, state=state, due_at=event.occurred_at)
    client = Client()
    client.get("/accounts/login/?next=/t/alpha/secret-name/")
    text = client.get("/metrics", headers={"authorization": "Bearer secret"}).content.decode()
    assert 'cornershop_outbox_steps{state="waiting"} 2.0' in text
    assert 'cornershop_outbox_steps{state="parked"} 2.0' in text
    assert 'state="done"} ' not in text.split("cornershop_jobs")[0].split("cornershop_outbox_steps")[-1]
    assert 'cornershop_requests_total{method="GET",route="accounts/login/",status="200"}' in text
    assert "cornershop_request_seconds_bucket" in text
    assert "alpha" not in text
    assert str(company_a.tenant.id) not in text

"""These tests do not use the cloned test database: they kill the server they run on."""

from collections.abc import Iterator

import environ
import pytest
from django.conf import settings
from django.db import connection

from tenancy.outbox import flow
from tests.chaos.house import House, house


@pytest.fixture(scope="module")
def home(django_db_blocker: pytest.FixtureRequest) -> Iterator[House]:
    before = dict(connection.settings_dict)
    with django_db_blocker.unblock(), house() as running:  # type: ignore[attr-defined]
        login = environ.Env.db_url_config(running.environment["DATABASE_URL"])
        connection.close()
        connection.settings_dict.update({k: login[k] for k in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})
        settings.OUTBOX_FLOW = "tests.chaos.steps.FLOW"
        flow.cache_clear()
        yield running
        settings.OUTBOX_FLOW = "config.flow.FLOW"
        flow.cache_clear()
        connection.close()
        connection.settings_dict.update(before)

"""Real PostgreSQL as the application role, real Valkey. A template database is migrated once and cloned."""

import hashlib
import os
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parent.parent
STORIES = "tests/stories/"
pytest_plugins = ["tests.cast"]


class _FilesTogether(LoadScopeScheduling):
    """One process tells all browser stories, which share one served installation, and runs a file to its end.

    What a file makes once is then made once and not in each process.
    """

    def _split_scope(self, nodeid: str) -> str:
        return STORIES if nodeid.startswith(STORIES) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    config.option.loadscopereorder = (
        False  # by the order below: the stories have the fewest tests and the longest
    )
    return _FilesTogether(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among several processes what takes longest begins first, so that none waits for another at the end."""
    if hasattr(config, "workerinput"):
        tests = Counter(item.path for item in items)
        items.sort(key=lambda item: _begins(item.nodeid, tests[item.path]))


def _begins(nodeid: str, tests: int) -> tuple[int, int, str]:
    """Servers that start and stop are waited for: beside the stories, whose browser fills what is left."""
    first = (STORIES, "tests/local/")
    turn = next((at for at, folder in enumerate(first) if nodeid.startswith(folder)), len(first))
    return turn, -tests, nodeid.partition("::")[0]


def _fingerprint() -> str:
    """Of everything that makes the schema: a changed migration makes a new template."""
    files = sorted(ROOT.glob("*/migrations/*.py")) + sorted((ROOT / "tenancy" / "db").rglob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _superuser(database: str = "postgres") -> "psycopg2.extensions.connection":
    url = os.environ["DATABASE_SUPERUSER_URL"].rpartition("/")[0] + f"/{database}"
    connection = psycopg2.connect(url.replace("postgres://", "postgresql://"))
    connection.autocommit = True
    return connection


def _make_template(cursor: "psycopg2.extensions.cursor", name: str) -> None:
    from django.core.management import call_command
    from django.db import connection

    from tenancy.db.roles import database_sql

    building = f"{name}_building"
    cursor.execute(f"DROP DATABASE IF EXISTS {building} WITH (FORCE)")
    cursor.execute(f"CREATE DATABASE {building} OWNER cornershop_owner")
    with closing(_superuser(building)) as inside, inside.cursor() as inner:
        inner.execute(database_sql())
    connection.settings_dict["NAME"] = building
    call_command("migrate", verbosity=0)
    connection.close()
    cursor.execute(f"ALTER DATABASE {building} RENAME TO {name}")


def _empty_tables(_: object) -> None:
    """After a test that commits. The application may not TRUNCATE, and append-only tables refuse everybody."""
    from django.db import connection

    connection.close()
    with closing(_superuser(os.environ["TEST_DATABASE_NAME"])) as server, server.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename NOT IN ('django_migrations', 'django_content_type', 'auth_permission')"
        )
        cursor.execute(f"TRUNCATE {cursor.fetchone()[0]} CASCADE")


@pytest.fixture(scope="session", autouse=True)
def committed_tests_clean_up() -> Iterator[None]:
    from django.test import TransactionTestCase

    before = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = _empty_tables  # type: ignore[method-assign,assignment]
    yield
    TransactionTestCase._fixture_teardown = before  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def quick_passwords(settings: "pytest.FixtureRequest") -> None:
    """Argon2 is slow on purpose; one test of sign-in asks for it by name."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: "pytest.FixtureRequest") -> Iterator[None]:
    """A clone of the template for this process; dropped at the end."""
    from django.db import connection

    from tenancy.db.roles import database_sql
    from tests.stock import SHELVES

    template = f"test_template_{_fingerprint()}"
    name = f"test_{os.getpid()}_{secrets.token_hex(3)}"
    server = _superuser()
    with server.cursor() as cursor, django_db_blocker.unblock():  # type: ignore[attr-defined]
        cursor.execute("SELECT pg_advisory_lock(7041)")
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
        if not cursor.fetchone():
            _make_template(cursor, template)
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        cursor.execute("SELECT pg_advisory_unlock(7041)")
        with closing(_superuser(name)) as inside, inside.cursor() as inner:
            inner.execute(database_sql())
            inner.execute(SHELVES)
        connection.close()
        connection.settings_dict["NAME"] = name
        os.environ["TEST_DATABASE_NAME"] = name
        yield
        connection.close()
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    server.close()

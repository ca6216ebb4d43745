"""A database of its own for a benchmark: migrated once, kept under its name, filled by the benchmark."""

import os
from contextlib import closing
from pathlib import Path
from types import ModuleType

import psycopg2

ROOT = Path(__file__).resolve().parent.parent


def superuser(database: str = "postgres") -> "psycopg2.extensions.connection":
    """A superuser's connection to a database of the test server; every statement by itself."""
    url = os.environ["DATABASE_SUPERUSER_URL"].rpartition("/")[0] + f"/{database}"
    connection = psycopg2.connect(url.replace("postgres://", "postgresql://"))
    connection.autocommit = True
    return connection


def open_database(name: str, *, fresh: bool) -> bool:
    """Point this process at the database `name`, made and migrated if it is not there; True if it is new."""
    from config.local.services import test_environment  # noqa: PLC0415

    os.environ.update(test_environment())
    os.environ.setdefault("SECRET_KEY", "for benchmarks only, " + "x" * 50)
    os.environ.update(HTTPS="off", STATIC_MANIFEST="off", LOG_LEVEL="WARNING")
    made = _create(name, fresh=fresh)
    for variable in ("DATABASE_URL", "DATABASE_MIGRATOR_URL"):
        server, _, rest = os.environ[variable].rpartition("/")
        options = rest.partition("?")[2]
        os.environ[variable] = f"{server}/{name}" + (f"?{options}" if options else "")
    _set_up(migrate=made)
    return made


def _create(name: str, *, fresh: bool) -> bool:
    from tenancy.db.roles import database_sql  # noqa: PLC0415

    with closing(superuser()) as server, server.cursor() as cursor:
        if fresh:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone():
            return False
        cursor.execute(f"CREATE DATABASE {name} OWNER cornershop_owner")
    with closing(superuser(name)) as inside, inside.cursor() as cursor:
        cursor.execute(database_sql())
    return True


def _set_up(*, migrate: bool) -> ModuleType:
    import django  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if migrate:
        call_command("migrate", verbosity=0)
    return django

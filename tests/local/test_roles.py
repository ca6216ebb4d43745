"""The four roles: what the application may not do, and what the migrator can."""

import os
from collections.abc import Iterator

import psycopg2
import pytest

from config.local import services
from config.local.place import TEST
from tenancy.db import roles
from tests.local import conftest

# Several test processes share the server's database: each probes a table of its own.
PROBE = f"roles_probe_{os.getpid()}"


def ask(url: str, sql: str) -> list[tuple[object, ...]]:
    return conftest.ask(url, mine(sql))


def mine(sql: str) -> str:
    return sql.replace("roles_probe", PROBE)


@pytest.fixture(scope="module")
def urls() -> Iterator[dict[str, str]]:
    """The test server's own database: empty, but prepared like every other."""
    found = services.test_environment()
    yield found
    ask(found["DATABASE_MIGRATOR_URL"], "DROP TABLE IF EXISTS roles_probe CASCADE")
    ask(found["DATABASE_MIGRATOR_URL"], "DROP FUNCTION IF EXISTS roles_probe_count()")


def test_the_application_is_nothing_but_a_login(urls: dict[str, str]) -> None:
    found = ask(
        urls["DATABASE_URL"],
        "SELECT session_user, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication,"
        " (SELECT count(*) FROM pg_auth_members WHERE member = pg_roles.oid)"
        " FROM pg_roles WHERE rolname = session_user",
    )
    assert found == [("cornershop_app", False, False, False, False, False, 0)]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (i int)",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
        "SET ROLE cornershop_owner",
        "SET ROLE cornershop_definer",
        "SET ROLE cornershop_migrator",
        "TRUNCATE roles_probe",
        "ALTER TABLE roles_probe DISABLE ROW LEVEL SECURITY",
        "CREATE TRIGGER t BEFORE INSERT ON roles_probe EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "SELECT roles_probe_count()",
    ],
)
def test_the_application_is_refused(urls: dict[str, str], statement: str) -> None:
    _make_probe(urls["DATABASE_MIGRATOR_URL"])
    connection = psycopg2.connect(urls["DATABASE_URL"])
    connection.autocommit = True
    with pytest.raises((psycopg2.errors.InsufficientPrivilege,)), connection.cursor() as cursor:
        cursor.execute(mine(statement))
    connection.close()


def test_the_application_writes_rows_and_temporary_tables(urls: dict[str, str]) -> None:
    _make_probe(urls["DATABASE_MIGRATOR_URL"])
    ask(urls["DATABASE_URL"], "CREATE TEMP TABLE loading (n text)")
    ask(urls["DATABASE_URL"], "INSERT INTO roles_probe (n) VALUES ('x'); UPDATE roles_probe SET n = 'y'")
    assert ask(urls["DATABASE_URL"], "DELETE FROM roles_probe RETURNING n") == [("y",)]


def test_a_definer_function_sees_past_the_wall_and_its_owner_does_not(urls: dict[str, str]) -> None:
    owner = urls["DATABASE_MIGRATOR_URL"]
    _make_probe(owner)
    ask(owner, "ALTER TABLE roles_probe ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    ask(owner, "GRANT EXECUTE ON FUNCTION roles_probe_count() TO cornershop_app")
    ask(owner, "SET LOCAL ROLE NONE; INSERT INTO roles_probe (n) VALUES ('hidden')")
    assert ask(urls["DATABASE_URL"], "SELECT count(*), roles_probe_count() FROM roles_probe") == [(0, 1)]
    assert ask(owner, "SELECT count(*) FROM roles_probe") == [(0,)]
    assert ask(owner, "SET LOCAL ROLE NONE; SELECT count(*) FROM roles_probe") == [(1,)]


def test_the_script_can_run_again_in_a_clone(urls: dict[str, str]) -> None:
    ask(urls["DATABASE_SUPERUSER_URL"].rpartition("/")[0] + "/cornershop", roles.database_sql())
    ask(urls["DATABASE_SUPERUSER_URL"], roles.cluster_sql(passwords=TEST.secrets()))
    assert ask(urls["DATABASE_URL"], "SELECT 1") == [(1,)]


def test_the_script_carries_no_password() -> None:
    script = roles.roles_sql(passwords={"app": "correct horse", "migrator": "battery staple"})
    assert "correct horse" not in script
    assert "battery staple" not in script
    assert script.count("SCRAM-SHA-256$") == 2


@pytest.mark.parametrize("name", ["Shop", "a;b", "a b", "", "x" * 60])
def test_names_that_would_need_quotes_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no plain PostgreSQL name"):
        roles.roles_sql(name)


def test_an_older_server_takes_the_same_script() -> None:
    """PostgreSQL 15 at OTHER_SUPERUSER_URL, with a prefix of its own, cleaned up afterwards."""
    url = os.environ.get("OTHER_SUPERUSER_URL")
    if not url:
        pytest.skip("needs PostgreSQL 15: OTHER_SUPERUSER_URL=postgres://<superuser>@<host>/postgres")
    ask(url, roles.cluster_sql("cstest"))
    ask(url, roles.cluster_sql("cstest", passwords={"app": "a", "migrator": "b"}))
    ask(url, "DROP ROLE cstest_app, cstest_migrator, cstest_owner, cstest_definer")


def _make_probe(migrator_url: str) -> None:
    ask(migrator_url, "DROP TABLE IF EXISTS roles_probe CASCADE; DROP FUNCTION IF EXISTS roles_probe_count()")
    ask(migrator_url, "CREATE TABLE roles_probe (id int GENERATED ALWAYS AS IDENTITY, n text)")
    ask(
        migrator_url,
        "CREATE FUNCTION roles_probe_count() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER"
        " SET search_path = pg_catalog, public, pg_temp AS 'SELECT count(*) FROM roles_probe'",
    )
    ask(migrator_url, "ALTER FUNCTION roles_probe_count() OWNER TO cornershop_definer")

"""The test of the tests: each seeded mistake, alone, must be found by the proof that runs on live databases."""

import os
from contextlib import closing

import psycopg2
import pytest
from django.db import connection

from tenancy.db.operations import TENANT_PREDICATE
from tenancy.selectors.isolation import verify_isolation

MISTAKES = {
    "a policy dropped": ("DROP POLICY tenant_wall ON crm_customer", "one permissive and one restrictive"),
    "row security not forced": ("ALTER TABLE crm_customer NO FORCE ROW LEVEL SECURITY", "not forced"),
    "row security disabled": ("ALTER TABLE crm_customer DISABLE ROW LEVEL SECURITY", "not enabled"),
    "a second permissive policy": (
        "CREATE POLICY everybody ON crm_customer USING (true)", "one permissive and one restrictive",
    ),
    "a policy that lets everybody": (
        "ALTER POLICY tenant_wall ON crm_customer USING (true) WITH CHECK (true)", "another expression",
    ),
    "a policy that forgets writing": (
        f"ALTER POLICY tenant_wall ON crm_customer USING ({TENANT_PREDICATE}) WITH CHECK (true)", "another expression",
    ),
    "the application above row security": ("ALTER ROLE cornershop_app BYPASSRLS", "above row-level security"),
    "the application may truncate": ("GRANT TRUNCATE ON crm_customer TO cornershop_app", "may TRUNCATE"),
    "the application may make triggers": ("GRANT TRIGGER ON crm_customer TO cornershop_app", "may TRIGGER"),
    "the application may create": ("GRANT CREATE ON SCHEMA public TO cornershop_app", "may create"),
    "a unique key without the tenant": (
        "CREATE UNIQUE INDEX mistake ON crm_customer (external_id)", "does not start with tenant_id",
    ),
    "a reference without the tenant": (
        "CREATE UNIQUE INDEX mistake ON crm_customer (id); ALTER TABLE crm_contactpoint ADD CONSTRAINT mistake_fk"
        " FOREIGN KEY (customer_id) REFERENCES crm_customer (id)", "without the tenant",
    ),
    "a table without a tenant": ("CREATE TABLE mistake (id int)", "has no tenant_id"),
    "a table without policies": (
        "CREATE TABLE mistake (tenant_id uuid NOT NULL, id uuid, PRIMARY KEY (tenant_id, id))", "not enabled",
    ),
    "a tenant that may be missing": (
        "ALTER TABLE crm_customersummary DROP CONSTRAINT crm_customersummary_pkey;"
        " ALTER TABLE crm_customersummary ALTER tenant_id DROP NOT NULL", "tenant_id may be NULL",
    ),
    "a view that climbs over": ("CREATE VIEW mistake AS SELECT * FROM crm_customer", "without security_invoker"),
    "a materialised view": ("CREATE MATERIALIZED VIEW mistake AS SELECT 1 AS x", "of kind m"),
    "a definer function nobody listed": (
        "CREATE FUNCTION mistake() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM crm_customer'",
        "not on the list",
    ),
    "a definer function without search_path": (
        "ALTER FUNCTION outbox_claim(integer, interval) RESET ALL", "no pinned search_path",
    ),
    "a definer function for everybody": (
        "GRANT EXECUTE ON FUNCTION job_claim(integer, interval) TO PUBLIC", "run by everybody",
    ),
    "a definer function owned by another": (
        "ALTER FUNCTION job_claim(integer, interval) OWNER TO postgres", "belongs to postgres",
    ),
}  # fmt: skip


@pytest.fixture
def as_superuser(transactional_db: None) -> "psycopg2.extensions.connection":
    url = os.environ["DATABASE_SUPERUSER_URL"].rpartition("/")[0] + f"/{os.environ['TEST_DATABASE_NAME']}"
    return psycopg2.connect(url.replace("postgres://", "postgresql://"))


def test_a_sound_database_has_no_differences(transactional_db: None) -> None:
    assert verify_isolation().differences == ()


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_seeded_mistake_is_found(as_superuser: "psycopg2.extensions.connection", mistake: str) -> None:
    statement, expected = MISTAKES[mistake]
    with closing(as_superuser) as server, server.cursor() as cursor:
        # The proof asks over the connection in which the mistake was made and will be rolled back.
        cursor.execute(statement)
        cursor.execute("SET SESSION AUTHORIZATION cornershop_app")
        found = [str(difference) for difference in _verify_over(server)]
        server.rollback()
    assert any(expected in difference for difference in found), found


def _verify_over(server: "psycopg2.extensions.connection") -> tuple[object, ...]:
    """The proof, inside the transaction in which the mistake was made."""
    names = ("connection", "in_atomic_block", "autocommit", "needs_rollback")
    before = {name: getattr(connection, name) for name in names}
    connection.connection, connection.in_atomic_block, connection.autocommit = server, True, False
    try:
        return verify_isolation().differences
    finally:
        for name, value in before.items():
            setattr(connection, name, value)

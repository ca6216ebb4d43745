"""The proof of isolation is itself proved: each seeded mistake is found. As the owner, in a rollback."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from tenancy.db.login import logged_in_as_migrator
from tenancy.selectors import isolation

PREDICATE = "tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid)"
MISTAKES = {
    "policy dropped": ("DROP POLICY tenant_wall ON crm_customer", "policies", "crm_customer"),
    "force dropped": ("ALTER TABLE crm_order NO FORCE ROW LEVEL SECURITY", "row_security", "crm_order"),
    "switched off": ("ALTER TABLE crm_order DISABLE ROW LEVEL SECURITY", "row_security", "crm_order"),
    "second permissive": ("CREATE POLICY more ON crm_customer USING (true)", "policies", "crm_customer"),
    "looser expression": (
        "ALTER POLICY tenant_rows ON crm_customer USING (true)", "policies", "another expression",
    ),
    "policy for one command": (
        f"DROP POLICY tenant_wall ON crm_customer; CREATE POLICY tenant_wall ON crm_customer AS RESTRICTIVE"
        f" FOR SELECT USING ({PREDICATE})", "policies", "not for every command",
    ),
    "unique without tenant": ("CREATE UNIQUE INDEX mistake ON crm_customer (external_id)", "keys", "mistake"),
    "reference without tenant": (
        "CREATE UNIQUE INDEX ON tenancy_unit (id); ALTER TABLE tenancy_member ADD CONSTRAINT mistake"
        " FOREIGN KEY (unit_id) REFERENCES tenancy_unit (id)", "references", "mistake",
    ),
    "truncate granted": ("GRANT TRUNCATE ON crm_customer TO cornershop_app", "grants", "TRUNCATE"),
    "table without tenant": ("CREATE TABLE mistake (id uuid PRIMARY KEY)", "global_tables", "mistake"),
    "tenant may be empty": (
        "ALTER TABLE crm_importrow DROP CONSTRAINT crm_importrow_pkey;"
        " ALTER TABLE crm_importrow ALTER tenant_id DROP NOT NULL",
        "row_security", "NULL",
    ),
    "view over the wall": ("CREATE VIEW mistake AS SELECT * FROM crm_customer", "global_tables", "security_invoker"),
    "definer not listed": (
        "CREATE FUNCTION mistake() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "definer_functions", "not on the list",
    ),
    "search path not pinned": ("ALTER FUNCTION outbox_claim RESET search_path", "definer_functions", "search_path"),
}  # fmt: skip


@pytest.fixture
def as_owner(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock(), logged_in_as_migrator(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_seeded_mistake_is_found(as_owner: None, name: str) -> None:
    statement, check, words = MISTAKES[name]
    assert [str(difference) for difference in isolation.CHECKS[check]()] == [] or check == "grants"
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert any(words in str(difference) for difference in isolation.CHECKS[check]())


def test_nothing_is_wrong_for_the_application(db: None) -> None:
    assert isolation.verify_isolation().differences == ()

"""The second wall, in raw SQL: the managers hide what row-level security must refuse by itself."""

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.utils import Error

from crm.models import Customer
from tenancy.context import NoTenantActive, tenant_context
from tenancy.db.models import TenantModel
from tests.cast import Company

TABLES = sorted(m._meta.db_table for m in apps.get_models() if issubclass(m, TenantModel))


def query(sql: str, *parameters: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def test_we_are_the_application_and_nothing_more(db: None) -> None:
    (row,) = query(
        "SELECT session_user, current_user, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb,"
        " pg_has_role(session_user, 'cornershop_owner', 'MEMBER'),"
        " pg_has_role(session_user, 'cornershop_definer', 'MEMBER')"
        " FROM pg_roles r WHERE rolname = session_user"
    )
    assert row == ("cornershop_app", "cornershop_app", False, False, False, False, False, False)


def test_managers_raise_without_a_tenant(db: None) -> None:
    with pytest.raises(NoTenantActive):
        list(Customer.objects.all())


@pytest.mark.parametrize("table", TABLES)
def test_no_table_shows_a_row_without_a_tenant(company_a: Company, company_b: Company, table: str) -> None:
    assert query(f'SELECT count(*) FROM "{table}"') == [(0,)]


@pytest.mark.parametrize("table", TABLES)
def test_no_table_shows_or_changes_a_row_of_another_tenant(
    company_a: Company, company_b: Company, table: str
) -> None:
    with tenant_context(company_a.tenant.id):
        assert query(f'SELECT count(*) FROM "{table}" WHERE tenant_id <> %s', company_a.tenant.id) == [(0,)]
        for statement in (
            f'UPDATE "{table}" SET tenant_id = tenant_id WHERE tenant_id = %s',
            f'DELETE FROM "{table}" WHERE tenant_id = %s',
        ):
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(statement, [company_b.tenant.id])
                    assert cursor.rowcount == 0
            except Error as error:
                assert "permission denied" in str(error)  # append-only

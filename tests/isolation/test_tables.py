"""Every relation of the database, in raw SQL as the application: nothing skipped, nothing unclassified."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.utils import Error

from tenancy.context import tenant_context
from tests.cast import Company, make_company
from tests.isolation.canary import CANARY, MODELS, fill

LABELS = [model._meta.label for model in MODELS]
GLOBAL = {
    "tenancy_user", "tenancy_tenant", "tenancy_membership", "django_migrations", "django_content_type",
    "django_session", "auth_permission", "auth_group", "auth_group_permissions", "account_emailaddress",
    "account_emailconfirmation", "axes_accessattempt", "axes_accesslog", "axes_accessfailurelog",
    "axes_accessattemptexpiration",
}  # fmt: skip


@dataclass
class Two:
    a: Company
    b: Company
    rows_a: dict[str, models.Model]
    rows_b: dict[str, models.Model]


@pytest.fixture(scope="module")
def two(django_db_setup: None, django_db_blocker: Any) -> Iterator[Two]:
    """Both companies with a row in every table, the same values in both: unique keys must not meet."""
    with django_db_blocker.unblock(), transaction.atomic():
        a, b = make_company("alpha"), make_company("beta")
        with tenant_context(b.tenant.id):
            rows_b = fill()
        with tenant_context(a.tenant.id):
            rows_a = fill()
        yield Two(a, b, rows_a, rows_b)
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def database(two: Two, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def changed(sql: str, *parameters: Any) -> int:
    """Rows changed; -1 when the application may not do this at all."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.rowcount
    except Error as error:
        assert "permission denied" in str(error), error
        return -1


def key_of(model: type[models.Model]) -> str:
    return model._meta.pk.column


def test_every_relation_is_a_tenant_table_or_on_the_list() -> None:
    found = {
        name for (name,) in rows("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                                 " AND relkind IN ('r', 'p', 'v', 'm', 'f')")
    }  # fmt: skip
    assert found == {model._meta.db_table for model in MODELS} | GLOBAL


def test_global_tables_hold_nothing_of_a_customer(two: Two) -> None:
    for table in GLOBAL - {"django_migrations", "tenancy_user"}:
        assert rows(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s', f"%{CANARY}%") == [(0,)]


@pytest.mark.parametrize("label", LABELS)
def test_without_a_tenant_there_is_nothing(two: Two, label: str) -> None:
    table = two.rows_b[label]._meta.db_table
    assert rows(f'SELECT count(*) FROM "{table}"') == [(0,)]


@pytest.mark.parametrize("label", LABELS)
def test_reading_changing_and_deleting_reach_no_other_tenant(two: Two, label: str) -> None:
    row = two.rows_b[label]
    table, key = row._meta.db_table, key_of(type(row))
    with tenant_context(two.a.tenant.id):
        assert rows(f'SELECT count(*) FROM "{table}"') != [(0,)]
        assert rows(f'SELECT 1 FROM "{table}" WHERE "{key}" = %s', row.pk) == []
        assert rows(f'SELECT count(*) FROM "{table}" WHERE tenant_id = %s', two.b.tenant.id) == [(0,)]
        assert changed(f'UPDATE "{table}" SET "{key}" = "{key}" WHERE "{key}" = %s', row.pk) <= 0
        assert changed(f'DELETE FROM "{table}" WHERE "{key}" = %s', row.pk) <= 0
        assert changed(f'UPDATE "{table}" SET tenant_id = %s WHERE false', two.b.tenant.id) <= 0


@pytest.mark.parametrize("label", LABELS)
def test_a_row_cannot_be_written_into_another_tenant(two: Two, label: str) -> None:
    model = type(two.rows_a[label])
    columns = [f.column for f in model._meta.local_fields if f.column != "tenant_id"]
    names = ", ".join(f'"{c}"' for c in columns)
    copy = (
        f'INSERT INTO "{model._meta.db_table}" (tenant_id, {names}) '
        f'SELECT %s, {names} FROM "{model._meta.db_table}" LIMIT 1'
    )
    with tenant_context(two.a.tenant.id):
        with pytest.raises(Error, match=r"row-level security|append-only|permission"), transaction.atomic():
            rows(copy + " RETURNING 1", two.b.tenant.id)
        move = f'UPDATE "{model._meta.db_table}" SET tenant_id = %s'
        with (
            pytest.raises(Error, match=r"row-level security|append-only|permission|keeps"),
            transaction.atomic(),
        ):
            rows(move + " RETURNING 1", two.b.tenant.id)


REFERENCES = [
    (model._meta.label, field.name)
    for model in MODELS
    for field in model._meta.local_fields
    if isinstance(field, models.ForeignKey) and field.related_model in MODELS
]


@pytest.mark.parametrize(("label", "name"), REFERENCES)
def test_a_reference_cannot_point_at_another_tenant(two: Two, label: str, name: str) -> None:
    mine, model = two.rows_a[label], type(two.rows_a[label])
    field = model._meta.get_field(name)
    foreign = two.rows_b[field.related_model._meta.label].pk
    columns = [f.column for f in model._meta.local_fields if f.column != field.column]
    names = ", ".join(f'"{c}"' for c in columns)
    # As an insert, because some tables take no update; a new key, so that only the reference can be at fault.
    fresh = [f'gen_random_uuid() AS "{c}"' if c == key_of(model) else f'"{c}"' for c in columns]
    with tenant_context(two.a.tenant.id), pytest.raises(IntegrityError) as caught, transaction.atomic():
        rows("SET CONSTRAINTS ALL IMMEDIATE; SELECT 1")
        rows(
            f'INSERT INTO "{model._meta.db_table}" ({names}, "{field.column}") SELECT {", ".join(fresh)}, %s '
            f'FROM "{model._meta.db_table}" WHERE "{key_of(model)}" = %s RETURNING 1',
            foreign, mine.pk,
        )  # fmt: skip
    # A unique key, or a check that wants one of two references, may say no first; that the reference itself is there
    # shows the next test.
    assert (
        "violates foreign key" in str(caught.value)
        or "unique" in str(caught.value)
        or "exclusion" in str(caught.value)
        or "check constraint" in str(caught.value)
    )


@pytest.mark.parametrize(("label", "name"), REFERENCES)
def test_every_reference_is_composite_in_the_database(two: Two, label: str, name: str) -> None:
    model = type(two.rows_a[label])
    column = model._meta.get_field(name).column
    found = rows(
        "SELECT array_agg(a.attname ORDER BY k.place) FROM pg_constraint c"
        " CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k (number, place)"
        " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number"
        " WHERE c.contype = 'f' AND c.conrelid = %s::regclass GROUP BY c.oid",
        model._meta.db_table,
    )
    assert ["tenant_id", column] in [row[0] for row in found]

"""Is every tenant walled off? Asked of the live database's own catalogue, and of the walls themselves.

`manage.py isolation_verify` and the tests ask the same questions.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction

from tenancy.context import tenant_context
from tenancy.db.ids import new_id
from tenancy.db.operations import role
from tenancy.models import Tenant, Unit

GLOBAL_TABLES = frozenset(
    {
        "tenancy_user", "tenancy_tenant", "tenancy_membership", "django_migrations", "django_content_type",
        "django_session", "auth_permission", "auth_group", "auth_group_permissions", "account_emailaddress",
        "account_emailconfirmation", "axes_accessattempt", "axes_accesslog", "axes_accessfailurelog",
        "axes_accessattemptexpiration",
    }
)  # fmt: skip
"""Look-ups before a tenant is known; nothing of a customer stands in them."""

DEFINER_FUNCTIONS = frozenset(
    {
        "tenancy_audit_row", "portfolios_require_one", "outbox_claim", "job_claim", "tenants_with_due_work",
        "tenancy_token_lookup", "tenancy_work_counts", "crm_find_customers", "tenancy_audit_of",
        "tenancy_erase_texts", "privacy_erase_texts",
        "tenancy_forget_old", "privacy_forget_old",
    }
)  # fmt: skip
"""The only code that sees past row-level security; docs/threat-model.md says why each exists."""

SEARCH_PATH = "search_path=pg_catalog, public, pg_temp"


@dataclass(frozen=True)
class Difference:
    """Something that is not as it must be: where, and what."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True)
class Verdict:
    """How much was looked at, and what was wrong."""

    tenant_tables: int
    references: int
    checks: tuple[str, ...]
    differences: tuple[Difference, ...]


def verify_isolation() -> Verdict:
    """Every check, over the whole database. Reads the catalogue, and tries the walls inside a rollback."""
    found = tuple(difference for check in CHECKS.values() for difference in check())
    return Verdict(len(_tenant_tables()), len(_references()), tuple(CHECKS), found)


def _rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _tenant_tables() -> list[str]:
    """Every table that is not on the global list: a new one is a tenant table until somebody says otherwise."""
    found = _rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND relname <> ALL(%s) ORDER BY 1",
        list(GLOBAL_TABLES),
    )
    return [name for (name,) in found]


def global_tables() -> Iterator[Difference]:
    """The tables without a tenant are exactly those on the list; views do not climb over the wall."""
    bare = _rows(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
        " AND c.relkind IN ('r', 'p') AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid"
        " AND a.attname = 'tenant_id' AND NOT a.attisdropped)"
    )
    for name in sorted({name for (name,) in bare} - GLOBAL_TABLES):
        yield Difference(name, "has no tenant_id and is not on the list of global tables")
    other = _rows(
        "SELECT relname, relkind::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND"
        " (relkind IN ('m', 'f') OR relkind = 'v' AND NOT 'security_invoker=true' = ANY(COALESCE(reloptions, '{}')))"
    )
    for name, kind in other:
        yield Difference(name, "is a view without security_invoker" if kind == "v" else f"is of kind {kind}")


def row_security() -> Iterator[Difference]:
    """tenant_id is NOT NULL; row-level security is enabled and forced."""
    found = _rows(
        "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, COALESCE(a.attnotnull, false)"
        " FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%s)",
        _tenant_tables(),
    )
    for name, enabled, forced, not_null in found:
        if not enabled:
            yield Difference(name, "row-level security is not enabled")
        if not forced:
            yield Difference(name, "row-level security is not forced")
        if not not_null:
            yield Difference(name, "tenant_id may be NULL")


def policies() -> Iterator[Difference]:
    """One permissive and one restrictive policy, for everybody and everything, with the one expression."""
    right = _right_expression()
    found: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _tenant_tables()}
    for name, *policy in _rows(
        "SELECT polrelid::regclass::text, polname::text, polpermissive, polcmd::text, polroles::oid[] = '{0}',"
        " pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid) FROM pg_policy"
    ):
        found.setdefault(name.strip('"'), []).append(tuple(policy))
    for name, rules in found.items():
        if sorted(rule[1] for rule in rules) != [False, True]:
            yield Difference(name, "must have one permissive and one restrictive policy")
        for policy_name, _, command, everybody, using, check in rules:
            if command != "*" or not everybody:
                yield Difference(name, f"policy {policy_name} is not for every command and every role")
            if using != right or check != right:
                yield Difference(name, f"policy {policy_name} has another expression: {using} / {check}")


def _right_expression() -> str:
    """operations.TENANT_PREDICATE as PostgreSQL writes it back, the same from version 15 to 18."""
    return (
        "(tenant_id = ( SELECT (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid"
        ' AS "nullif"))'
    )


def keys() -> Iterator[Difference]:
    """The primary key is (tenant_id, key); every unique key and exclusion starts with the tenant."""
    found = _rows(
        "SELECT t.relname, i.relname, x.indisprimary, array_agg(a.attname::text ORDER BY k.place)"
        " FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid"
        " CROSS JOIN LATERAL unnest(x.indkey::int[]) WITH ORDINALITY AS k (number, place)"
        " LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number"
        " WHERE t.relname = ANY(%s) AND (x.indisunique OR x.indisexclusion) GROUP BY 1, 2, 3",
        _tenant_tables(),
    )
    for table, index, primary, columns in found:
        if columns[0] != "tenant_id":
            yield Difference(table, f"the unique key {index} does not start with tenant_id")
        if primary and len(columns) != 2:
            yield Difference(table, f"the primary key is {columns}, not the tenant and one column")
    for table in sorted(set(_tenant_tables()) - {row[0] for row in found if row[2]}):
        yield Difference(table, "has no primary key")


def _references() -> list[tuple[str, str, list[str], list[str]]]:
    """(table, constraint, columns, columns of the target) of every reference between tenant tables."""
    return _rows(
        "SELECT c.conrelid::regclass::text, c.conname::text,"
        " (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY k (number, place)"
        "  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number),"
        " (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(c.confkey) WITH ORDINALITY k (number, place)"
        "  JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number)"
        " FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid"
        " WHERE c.contype = 'f' AND t.relname = ANY(%s) AND f.relname = ANY(%s) ORDER BY 1, 2",
        _tenant_tables(), _tenant_tables(),
    )  # fmt: skip


def references() -> Iterator[Difference]:
    """Every reference between tenant tables carries the tenant on both sides: foreign keys pass row security."""
    for table, name, columns, target in _references():
        if columns[0] != "tenant_id" or target[0] != "tenant_id" or len(columns) != 2:
            yield Difference(table, f"the reference {name} is ({', '.join(columns)}), without the tenant")
    crossing = _rows(
        "SELECT c.conrelid::regclass::text, c.conname::text FROM pg_constraint c"
        " JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid"
        " WHERE c.contype = 'f' AND t.relname <> ALL(%s) AND f.relname = ANY(%s)",
        _tenant_tables(), _tenant_tables(),
    )  # fmt: skip
    for table, name in crossing:
        yield Difference(table, f"the global table refers to a tenant table by {name}")


def grants() -> Iterator[Difference]:
    """The application reads and writes rows, and nothing else; it is not above row-level security."""
    for table, right in _rows(
        "SELECT c.relname, r.name FROM pg_class c"
        " CROSS JOIN (VALUES ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) AS r (name)"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')"
        " AND has_table_privilege(%s, c.oid, r.name)",
        role("app"),
    ):
        yield Difference(table, f"the application may {right}")
    for name, above in _rows(
        "SELECT rolname::text, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles"
        " WHERE rolname = session_user"
    ):
        if above:
            yield Difference(name, "this login is above row-level security")
    if _rows("SELECT 1 WHERE has_schema_privilege(%s, 'public', 'CREATE')", role("app")):
        yield Difference(role("app"), "may create tables and functions")


def definer_functions() -> Iterator[Difference]:
    """What runs with the definer's rights is exactly the list, with a pinned search_path."""
    found = _rows(
        "SELECT proname::text, COALESCE(proconfig, '{}'), pg_get_userbyid(proowner)::text,"
        " has_function_privilege('public', oid, 'EXECUTE') FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    )
    for name, settings, owner, everybody in found:
        if SEARCH_PATH not in settings:
            yield Difference(name, "has no pinned search_path")
        if owner != role("definer"):
            yield Difference(name, f"belongs to {owner}")
        if everybody:
            yield Difference(name, "may be run by everybody")
    names = {name for name, *_ in found}
    for name in sorted(names - DEFINER_FUNCTIONS):
        yield Difference(name, "runs with the definer's rights and is not on the list")
    for name in sorted(DEFINER_FUNCTIONS - names):
        yield Difference(name, "is on the list of definer functions and does not exist")


def walls() -> Iterator[Difference]:
    """Two tenants are made, the one reaches for the other, and everything is rolled back."""
    with _two_tenants() as (first, second, unit):
        if _rows("SELECT 1 FROM tenancy_unit LIMIT 1"):
            yield Difference("tenancy_unit", "shows rows without a tenant")
        with tenant_context(second):
            if _rows("SELECT 1 FROM tenancy_unit WHERE tenant_id = %s", first):
                yield Difference("tenancy_unit", "shows another tenant's rows")
            if not _refused(
                "INSERT INTO tenancy_unit (tenant_id, id, name, path) VALUES (%s, %s, 'x', 'x')", first
            ):
                yield Difference("tenancy_unit", "takes a row for another tenant")
            if not _refused(
                "INSERT INTO tenancy_unit (tenant_id, id, name, path, parent_id) VALUES (%s, %s, 'y', 'y', %s)",
                second, unit,
            ):  # fmt: skip
                yield Difference("tenancy_unit", "takes a reference to another tenant's row")


@contextmanager
def _two_tenants() -> Iterator[tuple[Any, Any, Any]]:
    with transaction.atomic():
        first, second = (
            Tenant.objects.create(slug=f"verify-{new_id().hex}", name="verify") for _ in range(2)
        )
        with tenant_context(first.id):
            unit = Unit.objects.create(name="verify", path="verify/")
        try:
            yield first.id, second.id, unit.id
        finally:
            transaction.set_rollback(True)


def _refused(sql: str, tenant: Any, *rest: Any) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, [tenant, new_id(), *rest])
    except IntegrityError:
        return True
    except Exception as error:
        if "row-level security" in str(error):
            return True
        raise
    return False


ALL_CHECKS = (global_tables, row_security, policies, keys, references, grants, definer_functions, walls)
CHECKS: dict[str, Callable[[], Iterator[Difference]]] = {check.__name__: check for check in ALL_CHECKS}

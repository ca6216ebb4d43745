"""Migration operations that close a table: key, references, row-level security, grants, triggers.

Each is reversible and is written right after CreateModel, while the table is empty.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from tenancy.db.fields import TenantForeignKey, TenantOneToOneField

# NULLIF: after a transaction-local setting the value is '' on a reused connection.
TENANT_PREDICATE = "tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid)"


def role(name: str) -> str:
    """The full name of one of the four roles: owner, migrator, definer, app."""
    return f"{settings.DATABASE_ROLE_PREFIX}_{name}"


def reference_name(table: str, column: str) -> str:
    return f"{table[:30]}_{column[:22]}_tenant_fk"


def references(model: type[models.Model]) -> list[Any]:
    return [f for f in model._meta.local_fields if isinstance(f, TenantForeignKey | TenantOneToOneField)]


class _TableOperation(Operation):
    """Runs SQL for one model's table, forwards and backwards."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, name: str) -> None:
        self.name = name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def forwards_sql(self, model: type[models.Model]) -> list[str]:
        raise NotImplementedError

    def backwards_sql(self, model: type[models.Model]) -> list[str]:
        raise NotImplementedError

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            for statement in self.forwards_sql(model):
                schema_editor.execute(statement, params=None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        model = from_state.apps.get_model(app_label, self.name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            for statement in self.backwards_sql(model):
                schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        return f"{type(self).__name__} {self.name}"


class TenantTable(_TableOperation):
    """Key `(tenant_id, id)`, composite references, row-level security enabled and forced, two policies."""

    def forwards_sql(self, model: type[models.Model]) -> list[str]:
        table, key = model._meta.db_table, model._meta.pk.column
        return [
            f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey", ADD PRIMARY KEY (tenant_id, "{key}")',
            *_reference_statements(model),
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'CREATE POLICY tenant_rows ON "{table}" USING ({TENANT_PREDICATE}) WITH CHECK ({TENANT_PREDICATE})',
            f'CREATE POLICY tenant_wall ON "{table}" AS RESTRICTIVE '
            f"USING ({TENANT_PREDICATE}) WITH CHECK ({TENANT_PREDICATE})",
        ]

    def backwards_sql(self, model: type[models.Model]) -> list[str]:
        table, key = model._meta.db_table, model._meta.pk.column
        return [
            f'DROP POLICY tenant_wall ON "{table}"',
            f'DROP POLICY tenant_rows ON "{table}"',
            f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY',
            *(
                f'ALTER TABLE "{table}" DROP CONSTRAINT "{reference_name(table, field.column)}"'
                for field in references(model)
            ),
            f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{table}_tenant_fk"',
            f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey", ADD PRIMARY KEY ("{key}")',
        ]


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def _reference_statements(model: type[models.Model]) -> list[str]:
    table, fields = model._meta.db_table, references(model)
    statements = [_reference_sql(table, field) for field in fields]
    # A row with a required reference inherits its tenant from the row it points at.
    if all(field.null for field in fields):
        statements.append(
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_tenant_fk" '
            f"FOREIGN KEY (tenant_id) REFERENCES tenancy_tenant (id)"
        )
    return statements


def _reference_sql(table: str, field: Any) -> str:
    target = field.remote_field.model._meta
    return (
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{reference_name(table, field.column)}" '
        f'FOREIGN KEY (tenant_id, "{field.column}") '
        f'REFERENCES "{target.db_table}" (tenant_id, "{target.pk.column}") DEFERRABLE INITIALLY IMMEDIATE'
    )


class TenantReference(_TableOperation):
    """The composite reference of one field that was added after its table."""

    def __init__(self, name: str, field: str) -> None:
        super().__init__(name)
        self.field = field

    def forwards_sql(self, model: type[models.Model]) -> list[str]:
        return [_reference_sql(model._meta.db_table, _field(model, self.field))]

    def backwards_sql(self, model: type[models.Model]) -> list[str]:
        table, column = model._meta.db_table, _field(model, self.field).column
        return [f'ALTER TABLE "{table}" DROP CONSTRAINT "{reference_name(table, column)}"']


class AppendOnly(_TableOperation):
    """No UPDATE, DELETE or TRUNCATE for the application; a trigger refuses everybody else but the definer."""

    def forwards_sql(self, model: type[models.Model]) -> list[str]:
        table = model._meta.db_table
        return [
            f'REVOKE UPDATE, DELETE ON "{table}" FROM {role("app")}',
            f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON "{table}" '
            f"FOR EACH ROW EXECUTE FUNCTION tenancy_refuse_change()",
            f'CREATE TRIGGER append_only_all BEFORE TRUNCATE ON "{table}" '
            f"FOR EACH STATEMENT EXECUTE FUNCTION tenancy_refuse_change()",
        ]

    def backwards_sql(self, model: type[models.Model]) -> list[str]:
        table = model._meta.db_table
        return [
            f'DROP TRIGGER append_only_all ON "{table}"',
            f'DROP TRIGGER append_only ON "{table}"',
            f'GRANT UPDATE, DELETE ON "{table}" TO {role("app")}',
        ]


class Audited(_TableOperation):
    """Every change of a row is written to the audit by a trigger: bulk and raw writes too."""

    def forwards_sql(self, model: type[models.Model]) -> list[str]:
        return [
            f'CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON "{model._meta.db_table}" '
            f"FOR EACH ROW EXECUTE FUNCTION tenancy_audit_row()"
        ]

    def backwards_sql(self, model: type[models.Model]) -> list[str]:
        return [f'DROP TRIGGER audit ON "{model._meta.db_table}"']


class DefinerFunction(Operation):
    """A SECURITY DEFINER function: pinned search_path, owned by the definer, executable by the application.

    `callable_by_app=False` for trigger functions. Each one is listed in docs/threat-model.md.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, signature: str, returns: str, body: str, *, language: str = "sql",
                 volatility: str = "STABLE", callable_by_app: bool = True) -> None:  # fmt: skip
        self.signature, self.returns, self.body = signature, returns, body
        self.language, self.volatility, self.callable_by_app = language, volatility, callable_by_app

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        schema_editor.execute(
            f"CREATE OR REPLACE FUNCTION {self.signature} RETURNS {self.returns} "
            f"LANGUAGE {self.language} {self.volatility} SECURITY DEFINER "
            f"SET search_path = pg_catalog, public, pg_temp AS $definer${self.body}$definer$",
            params=None,
        )
        schema_editor.execute(f"REVOKE ALL ON FUNCTION {self._identity} FROM PUBLIC")
        if self.callable_by_app:
            schema_editor.execute(f"GRANT EXECUTE ON FUNCTION {self._identity} TO {role('app')}")
        schema_editor.execute(f"ALTER FUNCTION {self._identity} OWNER TO {role('definer')}")

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        schema_editor.execute(f"DROP FUNCTION {self._identity}")

    @property
    def _identity(self) -> str:
        name, arguments = self.signature.rstrip(")").split("(", 1)
        types = [
            argument.split(" DEFAULT ")[0].split()[1] for argument in arguments.split(",") if argument.strip()
        ]
        return f"{name.strip()}({', '.join(types)})"

    def describe(self) -> str:
        return f"Definer function {self.signature}"

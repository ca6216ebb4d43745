"""Tests about the code: what import-linter cannot see."""

import ast
import dataclasses
import importlib
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignKey

from config.flow import FLOW
from tenancy.db.fields import TenantForeignKey, TenantOneToOneField
from tenancy.db.models import TenantModel

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ["tenancy", "rules", "crm", "privacy", "value", "portfolios", "interactions", "desk", "config"]
OURS = [model for model in apps.get_models() if model._meta.app_label in ROOMS]
TENANT_MODELS = [model for model in OURS if issubclass(model, TenantModel)]
GLOBAL = {"tenancy_user", "tenancy_tenant", "tenancy_membership"}


def sources(*names: str) -> list[Path]:
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts]
    doors = [p for p in found if p.parent.name not in {"services", "selectors", "models"}]
    return [p for p in doors if p.stem in names or p.parent.name in names] if names else found


@pytest.mark.parametrize("model", OURS, ids=lambda m: m._meta.label)
def test_foreign_keys_point_left(model: type) -> None:
    here = ROOMS.index(model._meta.app_label)
    for field in model._meta.local_fields:
        if isinstance(field, ForeignKey) and field.related_model._meta.app_label in ROOMS:
            assert ROOMS.index(field.related_model._meta.app_label) <= here, field


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda m: m._meta.label)
def test_a_tenant_table_is_scoped_in_every_key(model: type) -> None:
    for field in model._meta.local_fields:
        if isinstance(field, ForeignKey) and issubclass(field.related_model, TenantModel):
            assert isinstance(field, TenantForeignKey | TenantOneToOneField), (
                f"{field} is no TenantForeignKey"
            )
    for constraint in model._meta.constraints:
        if hasattr(constraint, "fields"):
            assert constraint.fields[0] == "tenant", f"{constraint.name} does not start with the tenant"
    assert not model._meta.local_many_to_many
    assert model._meta.base_manager_name == "objects"


def test_only_these_tables_are_global() -> None:
    assert {m._meta.db_table for m in OURS if not issubclass(m, TenantModel)} == GLOBAL


def test_every_tenant_table_declares_its_personal_data() -> None:
    declared = {}
    for room in {model._meta.app_label for model in TENANT_MODELS}:
        for entry in importlib.import_module(f"{room}.personal_data").DECLARED:
            declared[entry.table] = entry
    assert set(declared) == {model._meta.db_table for model in TENANT_MODELS}
    for model in TENANT_MODELS:
        columns = {field.attname for field in model._meta.local_fields}
        assert set(declared[model._meta.db_table].fields) <= columns


def test_every_event_is_in_the_flow_and_every_step_exists() -> None:
    events = set()
    for room in ROOMS:
        if (ROOT / room / "events.py").exists():
            module = importlib.import_module(f"{room}.events")
            events |= {c.name for c in vars(module).values() if dataclasses.is_dataclass(c)}
    assert events == set(FLOW)
    for steps in FLOW.values():
        for step in steps:
            module, _, function = step.rpartition(".")
            assert callable(getattr(importlib.import_module(module), function))


def test_doors_hold_no_queries_and_no_writes() -> None:
    """Views, endpoints, steps and tasks ask services and selectors."""
    found = []
    for path in sources("views", "api", "tasks", "steps", "forms"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in {"objects", "bulk_create"}:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} .{node.attr}")
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "save"
            ):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} .save()")
    assert found == []


def test_no_signals_and_no_catch_all_files() -> None:
    for path in sources():
        assert path.stem not in {"utils", "helpers", "misc", "common"}, path
        assert "django.dispatch" not in path.read_text(), path


def test_files_stay_readable() -> None:
    long = {str(p.relative_to(ROOT)): n for p in sources() if (n := len(p.read_text().splitlines())) > 400}
    assert long == {}

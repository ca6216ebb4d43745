"""Servers and small checkouts of their own, so that no test touches the ones other tests use."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from config.local import services
from config.local.place import CHECKOUT, Place

_ROLES = ("config/__init__.py", "tenancy/__init__.py", "tenancy/db/__init__.py", "tenancy/db/roles.py")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A durable place as `make run` uses it, in a folder that only this user can reach."""
    yield from _place(tmp_path)


@pytest.fixture(scope="module")
def shared_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One that runs, for tests that only look."""
    yield from _place(tmp_path_factory.mktemp("shared"))


def _place(folder: Path) -> Iterator[Place]:
    made = Place(folder / "var", durable=True)
    yield made
    services.stop(made)
    shutil.rmtree((made.folder / "postgres").resolve(), ignore_errors=True)


@pytest.fixture
def small_checkout(tmp_path: Path) -> Iterator[Path]:
    """The launcher without an application: enough for everything that it refuses."""
    shutil.copytree(CHECKOUT / "config" / "local", tmp_path / "config" / "local")
    for name in _ROLES:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, target)
    yield tmp_path
    subprocess.run([sys.executable, "-m", "config.local.run", "stop"], cwd=tmp_path, check=False)
    shutil.rmtree((tmp_path / "var" / "postgres").resolve(), ignore_errors=True)


def launch(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "config.local.run"],
        cwd=checkout,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        connection.close()

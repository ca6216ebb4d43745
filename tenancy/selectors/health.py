"""What an operator wants to know: is everything there that the work needs, and how much waits."""

import time
from collections.abc import Callable
from functools import lru_cache

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tenancy.db.login import require_application_login

HEARTBEAT = "worker-seen"
HEARTBEAT_SECONDS = 30


def note_worker() -> None:
    """A worker is alive; said every two seconds by its main process, also while its pool is busy."""
    cache.set(HEARTBEAT, time.time(), HEARTBEAT_SECONDS)


def missing_parts() -> dict[str, str]:
    """Name -> what is wrong, of every part that the installation cannot do without; empty when all is well."""
    wrong = {}
    for name, check in _CHECKS.items():
        try:
            check()
        except Exception as error:  # each client raises its own kinds; all of them mean "not ready"
            wrong[name] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    return wrong


def _database() -> None:
    require_application_login()


def _redis() -> None:
    cache.set("ready", "yes", 10)
    if cache.get("ready") != "yes":
        raise RuntimeError("what was written could not be read")


def _migrations() -> None:
    if not _applied():
        _applied.cache_clear()
        raise RuntimeError("some migrations are not applied; run manage.py migrate")


@lru_cache(maxsize=1)
def _applied() -> bool:
    """Once everything is applied it stays so for this process: its own code does not change."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _worker() -> None:
    if cache.get(HEARTBEAT) is None:
        raise RuntimeError(f"no worker was seen in the last {HEARTBEAT_SECONDS} s")


_CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "redis": _redis,
    "migrations": _migrations,
    "worker": _worker,
}


def work_counts() -> list[tuple[str, str, int]]:
    """(kind, state, count) over all tenants: outbox steps waiting and parked, jobs by state. Counts only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, state, count FROM tenancy_work_counts() ORDER BY kind, state")
        return [(kind, state, count) for kind, state, count in cursor.fetchall()]

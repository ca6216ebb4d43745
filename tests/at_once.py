"""Several at the same moment: threads, each with a database connection of its own. For tests that commit."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import connection

from tenancy.context import SYSTEM, tenant_context
from tests.cast import Company

PATIENCE = 20
"""Seconds until a test that stands still fails instead."""


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Begin all at the same moment; what each returned, or the exception that it raised."""
    return _run(works, nullcontext)


def at_once_in(company: Company, *works: Callable[[], Any]) -> list[Any]:
    """The same, each in a transaction of that company, begun before any of them works."""
    return _run(works, lambda: tenant_context(company.tenant.id))


def _run(
    works: Sequence[Callable[[], Any]], surroundings: Callable[[], AbstractContextManager[None]]
) -> list[Any]:
    gate = threading.Barrier(len(works), timeout=PATIENCE)

    def run(work: Callable[[], Any]) -> Any:
        try:
            with surroundings():
                gate.wait()
                return work()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


class Paused:
    """A transaction of its own that stands still once its work is done, until it may commit."""

    def __init__(self, company: Company, work: Callable[[], Any], actor: str = SYSTEM) -> None:
        self.result: Any = None
        self._done, self._may_commit = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(company, work, actor))
        self._thread.start()
        assert self._done.wait(PATIENCE)

    def _run(self, company: Company, work: Callable[[], Any], actor: str) -> None:
        try:
            with tenant_context(company.tenant.id, actor=actor):
                self.result = work()
                self._done.set()
                self._may_commit.wait(PATIENCE)
        finally:
            connection.close()

    def commit_soon(self) -> None:
        """While somebody else waits for it."""
        threading.Timer(0.3, self._may_commit.set).start()

    def commit(self) -> None:
        self._may_commit.set()
        self.ended()

    def ended(self) -> None:
        self._thread.join()

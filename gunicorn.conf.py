"""gunicorn reads this by itself: the web processes share one folder, so that /metrics speaks for all."""

import os
import shutil
import tempfile
from typing import Any

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
limit_request_line = 8190  # a filter of a list stands in its address


def on_starting(server: Any) -> None:
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = server.cornershop_metrics = tempfile.mkdtemp(prefix="cornershop-metrics-")


def child_exit(server: Any, worker: Any) -> None:
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415  (reads the variable at import)

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    shutil.rmtree(getattr(server, "cornershop_metrics", ""), ignore_errors=True)

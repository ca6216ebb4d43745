"""The motor: Celery moves ids, PostgreSQL keeps the truth."""

import os

from celery import Celery
from celery.signals import heartbeat_sent, task_postrun, task_prerun, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("cornershop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["tenancy", "interactions"])


@worker_init.connect
def refuse_wrong_login(**_: object) -> None:
    from tenancy.db.login import require_application_login  # noqa: PLC0415  (settings must be loaded first)

    require_application_login()


@heartbeat_sent.connect
def note_worker(**_: object) -> None:
    from tenancy.selectors.health import note_worker  # noqa: PLC0415

    note_worker()


@task_prerun.connect
@task_postrun.connect
def drop_dead_connections(**_: object) -> None:
    """Celery does this for forked workers only; ours are spawned, and would keep a dead connection for ever."""
    from django.db import close_old_connections  # noqa: PLC0415

    close_old_connections()

"""The outbox: an event and its steps are written with the rows that changed, or not at all.

`emit` only wakes the worker; the sweep (`tenancy.tasks.sweep`) picks up what a crash left behind.
"""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache
from typing import Any, ClassVar, Protocol
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from tenancy.context import current_tenant_id, tenant_context
from tenancy.models import OutboxEvent, OutboxStep

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
MOST_ATTEMPTS = 5


class Event(Protocol):
    """A frozen dataclass of a room's events.py: a name, and fields of ids, numbers and texts."""

    name: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


@dataclass(frozen=True)
class Announced:
    """What a handler receives."""

    id: UUID
    name: str
    payload: dict[str, Any]


Handler = Callable[[Announced], None]


@cache
def flow() -> dict[str, tuple[str, ...]]:
    """Event name -> dotted paths of its handlers; the whole flow is `config/flow.py`."""
    return import_string(settings.OUTBOX_FLOW)  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    return [str(item) for item in value] if isinstance(value, list | tuple) else str(value)


def emit(event: Event) -> OutboxEvent:
    """Write `event` and one step for each of its handlers, in the caller's transaction."""
    payload = {key: v if isinstance(v, int | None) else _plain(v) for key, v in asdict(event).items()}
    row = OutboxEvent.objects.create(name=event.name, payload=payload)
    now = timezone.now()
    # Due after the lease: the worker is woken at once, the sweep only looks for what was lost.
    steps = OutboxStep.objects.bulk_create(
        OutboxStep(event=row, handler=handler, due_at=now + LEASE) for handler in flow()[event.name]
    )
    for step in steps:
        _wake_on_commit(step.id)
    return row


def _wake_on_commit(step_id: UUID) -> None:
    tenant_id = current_tenant_id()
    transaction.on_commit(lambda: wake("tenancy.run_step", tenant_id, step_id))


def wake(task: str, tenant_id: UUID, row_id: UUID) -> None:
    """Tell a worker; when the broker is away the sweep will do it."""
    try:
        current_app.send_task(task, args=[str(tenant_id), str(row_id)])
    except Exception as error:  # the broker's client raises many kinds
        log.warning("broker away, left to the sweep: %s", type(error).__name__)


def run_step(tenant_id: UUID, step_id: UUID) -> bool:
    """Run one step unless it is done or somebody else holds it. True when it was run.

    The step's effects and its mark are one transaction: it may be tried often, it happens once.
    """
    try:
        with tenant_context(tenant_id):
            step = _locked(step_id)
            if step is None:
                return False
            handler: Handler = import_string(step.handler)
            handler(Announced(step.event.id, step.event.name, step.event.payload))
            step.state, step.done_at, step.error = OutboxStep.State.DONE, timezone.now(), ""
            step.save(update_fields=["state", "done_at", "error"])
    except Exception as error:
        log.exception("step failed")
        with tenant_context(tenant_id):
            _note_failure(step_id, error)
    return True


def _locked(step_id: UUID) -> OutboxStep | None:
    return (
        OutboxStep.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("event")
        .filter(id=step_id, state=OutboxStep.State.WAITING)
        .first()
    )


def _note_failure(step_id: UUID, error: Exception) -> None:
    step = OutboxStep.objects.select_for_update().get(id=step_id)
    step.attempts += 1
    step.error = f"{type(error).__name__}: {error}"[:2000]
    step.due_at = timezone.now() + timedelta(seconds=2**step.attempts)
    if step.attempts >= MOST_ATTEMPTS:
        step.state = OutboxStep.State.PARKED
    step.save(update_fields=["attempts", "error", "due_at", "state"])


def retry_step(*, step: OutboxStep) -> None:
    """Give a parked step five new tries, at once."""
    step.state, step.attempts, step.due_at = OutboxStep.State.WAITING, 0, timezone.now()
    step.save(update_fields=["state", "attempts", "due_at"])
    _wake_on_commit(step.id)


def claim_due_steps(*, most: int = 500) -> list[tuple[UUID, UUID]]:
    """(tenant, step) of steps that are due, leased for `LEASE`; looks across tenants, returns ids only."""
    with connection.cursor() as cursor:
        seconds = int(LEASE.total_seconds())
        cursor.execute(
            "SELECT tenant_id, step_id FROM outbox_claim(%s, make_interval(secs => %s))", [most, seconds]
        )
        return [(tenant_id, step_id) for tenant_id, step_id in cursor.fetchall()]

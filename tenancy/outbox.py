"""The outbox: an event and its steps are written with the rows that changed, or not at all.

`emit` only wakes the worker; the sweep (`tenancy.tasks.sweep`) picks up what a crash left behind.
A handler takes one event; one that is `batched` takes all that wait for it.
What must not reach the outside twice is claimed by the handler and handed over by what it returns (`Then`).
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache, partial
from typing import Any, ClassVar, Protocol
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.core.cache import cache as valkey
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from tenancy.context import current_tenant_id, tenant_context
from tenancy.db.rows import insert_together
from tenancy.models import OutboxEvent, OutboxStep

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
MOST_ATTEMPTS = 5
BELL_SECONDS = 5


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

    def ids(self, noun: str) -> set[UUID]:
        """The rows that it names under `<noun>_id`, which may be empty, and `<noun>_ids`."""
        named = [self.payload.get(f"{noun}_id"), *self.payload.get(f"{noun}_ids", ())]
        return {UUID(one) for one in named if one}


def ids_in(events: Iterable[Announced], noun: str) -> list[UUID]:
    """What several events name, each once, in order."""
    return sorted({one for event in events for one in event.ids(noun)})


Then = Callable[[], object]
"""Called once, after the step and what it claimed are committed: a worker that dies in it is not followed by another.

It opens its own transaction. When it raises the step is tried again, so it takes its claim back first where nothing was
handed over.
"""
Handler = Callable[[Announced], Then | None]


@dataclass(frozen=True)
class Batched:
    """A handler that takes the events that wait for it, in the order in which they were written."""

    handle: Callable[[Sequence[Announced]], None]
    most: int

    def __call__(self, event: Announced) -> None:
        self.handle([event])


def batched(most: int = 500) -> Callable[[Callable[[Sequence[Announced]], None]], Batched]:
    """Declare that a handler takes up to `most` events at once.

    One batch of a handler runs at a time in each tenant, so it meets the events in order and needs no lock against
    itself. Its effects and the marks of all its steps are one transaction; when it fails the steps are done one by one,
    and only those that fail alone are tried again and parked.
    """
    return lambda handle: Batched(handle, most)


@cache
def flow() -> dict[str, tuple[str, ...]]:
    """Event name -> dotted paths of its handlers; the whole flow is `config/flow.py`."""
    return import_string(settings.OUTBOX_FLOW)  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    return [str(item) for item in value] if isinstance(value, list | tuple) else str(value)


def emit(event: Event) -> OutboxEvent:
    """Write `event` and one step for each of its handlers, in the caller's transaction."""
    return emit_all([event])[0]


def emit_all(events: Iterable[Event]) -> list[OutboxEvent]:
    """Write events of any number and their steps in one go, in the caller's transaction."""
    rows = [OutboxEvent(name=event.name, payload=_payload(event)) for event in events]
    now = timezone.now()
    # Due after the lease: the worker is woken at once, the sweep only looks for what was lost.
    steps = [
        OutboxStep(event=row, handler=path, due_at=now + LEASE) for row in rows for path in flow()[row.name]
    ]
    insert_together(rows, steps)
    _wake_on_commit(steps)
    return rows


def _payload(event: Event) -> dict[str, Any]:
    return {key: v if isinstance(v, int | None) else _plain(v) for key, v in asdict(event).items()}


def _wake_on_commit(steps: Sequence[OutboxStep]) -> None:
    tenant_id = current_tenant_id()
    together = {path: _is_batched(path) for path in {step.handler for step in steps}}
    for step in steps:
        if not together[step.handler]:
            transaction.on_commit(partial(wake, "tenancy.run_step", tenant_id, step.id))
    for path in (path for path in together if together[path]):
        transaction.on_commit(partial(ring, tenant_id, path))


def _is_batched(path: str) -> bool:
    try:
        return isinstance(handler_at(path), Batched)
    except ImportError:  # its step fails and is parked; what happened is kept
        return False


@cache
def handler_at(path: str) -> Handler:
    """The handler a step names. Raises ImportError."""
    return import_string(path)  # type: ignore[no-any-return]


def wake(task: str, tenant_id: UUID, *row_ids: UUID) -> None:
    """Tell a worker; when the broker is away the sweep will do it."""
    try:
        current_app.send_task(task, args=[str(tenant_id), *map(str, row_ids)])
    except Exception as error:  # the broker's client raises many kinds
        log.warning("broker away, left to the sweep: %s", type(error).__name__)


def ring(tenant_id: UUID, path: str) -> None:
    """Tell a worker that events wait for a batched handler, unless one was told and has not looked yet."""
    try:
        if valkey.add(_bell(tenant_id, path), 1, BELL_SECONDS):
            current_app.send_task("tenancy.run_batches", args=[str(tenant_id), path])
    except Exception as error:  # the broker's client raises many kinds
        log.warning("broker away, left to the sweep: %s", type(error).__name__)


def _bell(tenant_id: UUID, path: str) -> str:
    return f"bell:{tenant_id}:{path}"


def run_step(tenant_id: UUID, step_id: UUID, *, alone: bool = False) -> bool:
    """Run one step unless it is done or somebody else holds it. True when it was run.

    The step's effects and its mark are one transaction: it may be tried often, it happens once. A fresh step of a
    batched handler is run with all that wait beside it, unless `alone`.
    """
    then: Then | None = None
    try:
        with tenant_context(tenant_id):
            step = _locked(step_id)
            if step is None:
                return False
            handler, path = handler_at(step.handler), step.handler
            together = isinstance(handler, Batched) and not (alone or step.attempts)
            if not together:
                if isinstance(handler, Batched):
                    _wait_for_turn(tenant_id, path)
                then = handler(_announced(step))
                step.state, step.done_at, step.error = OutboxStep.State.DONE, timezone.now(), ""
                step.save(update_fields=["state", "done_at", "error"])
        if then:
            then()
    except Exception as error:
        log.exception("step failed")
        with tenant_context(tenant_id):
            _note_failure(step_id, error)
        return True
    return run_batches(tenant_id, path) > 0 if together else True


def run_batches(tenant_id: UUID, path: str) -> int:
    """Run what waits for a batched handler until nothing is left, or another worker does. Returns how many steps.

    Whoever is told while a batch runs goes away again: the one who runs it looks once more after its transaction, when
    its turn is over, and so finds what the others left.
    """
    done = 0
    while (ran := _one_batch(tenant_id, path)) is not None:
        done += ran
        with tenant_context(tenant_id):
            if not _fresh(path).exists():
                break
    return done


def _one_batch(tenant_id: UUID, path: str) -> int | None:
    """Run one batch; how many steps, or None where another worker has the turn."""
    handler, steps = handler_at(path), list[OutboxStep]()
    assert isinstance(handler, Batched), f"{path} takes one event at a time"
    try:
        with tenant_context(tenant_id):
            if not _take_turn(tenant_id, path):
                return None
            _silence(tenant_id, path)
            steps = _waiting(path, most=handler.most)
            if steps:
                handler.handle([_announced(step) for step in steps])
                OutboxStep.objects.filter(id__in=[step.id for step in steps]).update(
                    state=OutboxStep.State.DONE, done_at=timezone.now(), error=""
                )
    except Exception:
        if not steps:
            raise
        log.exception("batch of %s failed; its %s steps are run one by one", path, len(steps))
        for step in steps:
            run_step(tenant_id, step.id, alone=True)
    return len(steps)


def _waiting(path: str, *, most: int) -> list[OutboxStep]:
    """Fresh steps of a handler that nobody holds, locked, oldest first."""
    rows = _fresh(path).select_for_update(skip_locked=True, of=("self",)).select_related("event")
    return list(rows.order_by("id")[:most])


def _fresh(path: str) -> QuerySet[OutboxStep]:
    """Steps of a handler that never failed: what did is tried alone."""
    return OutboxStep.objects.filter(handler=path, state=OutboxStep.State.WAITING, attempts=0)


def _take_turn(tenant_id: UUID, path: str) -> bool:
    """The turn of a batched handler in a tenant, until the transaction ends; False where another worker has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [_bell(tenant_id, path)])
        return bool(cursor.fetchone()[0])


def _wait_for_turn(tenant_id: UUID, path: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_bell(tenant_id, path)])


def _silence(tenant_id: UUID, path: str) -> None:
    """From here on who emits rings again. Before the steps are read, so that none is written in silence."""
    try:
        valkey.delete(_bell(tenant_id, path))
    except Exception as error:
        log.warning("valkey away: %s", type(error).__name__)


def _announced(step: OutboxStep) -> Announced:
    return Announced(step.event.id, step.event.name, step.event.payload)


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
    parked = step.attempts >= MOST_ATTEMPTS
    step.state, step.done_at = OutboxStep.State.PARKED if parked else OutboxStep.State.WAITING, None
    step.save(update_fields=["attempts", "error", "due_at", "state", "done_at"])


def retry_step(*, step: OutboxStep) -> None:
    """Give a parked step five new tries, at once."""
    step.state, step.attempts, step.due_at = OutboxStep.State.WAITING, 0, timezone.now()
    step.save(update_fields=["state", "attempts", "due_at"])
    _wake_on_commit([step])


def claim_due_steps(*, most: int = 500) -> list[tuple[UUID, UUID]]:
    """(tenant, step) of steps that are due, leased for `LEASE`; looks across tenants, returns ids only."""
    with connection.cursor() as cursor:
        seconds = int(LEASE.total_seconds())
        cursor.execute(
            "SELECT tenant_id, step_id FROM outbox_claim(%s, make_interval(secs => %s))", [most, seconds]
        )
        return [(tenant_id, step_id) for tenant_id, step_id in cursor.fetchall()]

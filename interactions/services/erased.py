"""Whoever was erased is owed nothing any more: their promises, needs, cases and tasks end, and nothing is told on their
timeline."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from interactions.events import CaseResolved, PromiseChanged, TaskEnded
from interactions.models import Case, CaseStep, Need, Promise, PromiseStep, Task
from interactions.services.authors import SYSTEM
from interactions.services.case_steps import recount_cases
from interactions.services.holding import keep_still
from interactions.services.promise_counts import hold_summaries, recount_promises
from tenancy.outbox import emit_all


def end_for_erased(*, customer_id: UUID) -> None:
    """Let off what is open and drop what was needed. Harmless when run again."""
    with transaction.atomic():
        keep_still(customer_id)
        now = timezone.now()
        rows = Promise.objects.filter(customer_id=customer_id, state=Promise.State.OPEN)
        held = list(rows.select_for_update(of=("self",), no_key=True).order_by("id"))
        hold_summaries([customer_id])
        Promise.objects.filter(id__in=[one.id for one in held]).update(
            state=Promise.State.RELEASED, ended_at=now
        )
        PromiseStep.objects.bulk_create(
            PromiseStep(promise=one, kind=PromiseStep.Kind.RELEASED, at=now, author=SYSTEM.actor)
            for one in held
        )
        emit_all(PromiseChanged(customer_id=customer_id, promise_id=one.id) for one in held)
        recount_promises([customer_id])
        needs = Need.objects.filter(customer_id=customer_id, status=Need.Status.OPEN)
        needs.update(status=Need.Status.DROPPED, ended_at=now)
        _end_cases(customer_id, now)
        _end_tasks(customer_id, now)


def _end_cases(customer_id: UUID, now: datetime) -> None:
    """No clock runs on and nobody is told of a limit. The caller holds customer and summary."""
    rows = Case.objects.filter(customer_id=customer_id).exclude(state=Case.State.RESOLVED)
    held = list(rows.select_for_update(of=("self",), no_key=True).order_by("id"))
    CaseStep.objects.bulk_create(
        CaseStep(case=one, kind=CaseStep.Kind.RESOLVED, at=now, author=SYSTEM.actor) for one in held
    )
    Case.objects.filter(id__in=[one.id for one in held]).update(
        state=Case.State.RESOLVED, resolved_at=now, answered_at=Coalesce("answered_at", now), due_at=None,
        look_at=None, waiting_since=None, version=F("version") + 1,
    )  # fmt: skip
    recount_cases(customer_id)
    emit_all(CaseResolved(customer_id=customer_id, case_id=one.id) for one in held)


def _end_tasks(customer_id: UUID, now: datetime) -> None:
    """Also those that would return."""
    rows = Task.objects.filter(customer_id=customer_id, state=Task.State.OPEN)
    held = list(rows.select_for_update(of=("self",)).order_by("id").values_list("id", flat=True))
    Task.objects.filter(id__in=held).update(state=Task.State.DROPPED, ended_at=now, version=F("version") + 1)
    emit_all(TaskEnded(task_id=key, state=Task.State.DROPPED) for key in held)

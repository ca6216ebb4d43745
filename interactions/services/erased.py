"""Whoever was erased is owed nothing any more: their promises and needs end, and nothing is told on their timeline."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from interactions.events import PromiseChanged
from interactions.models import Need, Promise, PromiseStep
from interactions.services.authors import SYSTEM
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

"""What one key does with a line of my day: each answer is one service, over records that the member may change."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404

from crm.selectors.scope import visible_customer
from crm.services.summaries import tenant_today
from desk.selectors.day.basis import day_of
from desk.selectors.day.promises import promises_of
from interactions.models import Case, Grant, Promise, Task
from interactions.selectors.cases import visible_case
from interactions.selectors.grants import visible_grant
from interactions.selectors.hand_overs import to_read
from interactions.selectors.tasks import changeable_tasks
from interactions.services.authors import author_of
from interactions.services.cases import answer_case, wait_for_customer
from interactions.services.grants import decide_grant
from interactions.services.hand_overs import read_hand_over
from interactions.services.promises import keep_promise
from interactions.services.tasks import complete_task, make_task, snooze_task
from tenancy.requests import TenantRequest, member_of, url_in

MORNING: Final = time(8)


@dataclass(frozen=True)
class Said:
    """What a toast says of it."""

    text: str
    undo_url: str = ""
    tone: str = ""


def _keep(request: TenantRequest, promise_id: UUID) -> Said:
    promise: Promise | None = promises_of(day_of(request.access)).filter(id=promise_id).first()
    if promise is None or not request.access.may("interactions.log"):
        raise Http404
    kept = keep_promise(promise=promise, by=author_of(request.access))
    words = "Kept after all" if kept.state == Promise.State.BROKEN else "Kept"
    return Said(f"{words}: {kept.words}")


def _task(request: TenantRequest, task_id: UUID) -> Task:
    found = changeable_tasks(request.access).filter(id=task_id).first()
    if found is None:
        raise Http404
    return found


def _done(request: TenantRequest, task_id: UUID) -> Said:
    task = complete_task(task=_task(request, task_id), by=author_of(request.access))
    return Said(f"Done: {task.subject}", undo_url=url_in(request, "task_undo", task.id))


def _tomorrow(request: TenantRequest, task_id: UUID) -> Said:
    task = snooze_task(task=_task(request, task_id), until=_morning(request))
    return Said(f"Put off until tomorrow: {task.subject}")


def _call_tomorrow(request: TenantRequest, customer_id: UUID) -> Said:
    """A task of one's own; pressed twice it is one task."""
    customer = visible_customer(request.access, customer_id)
    if customer is None or not request.access.may("interactions.log"):
        raise Http404
    day = _morning(request)
    make_task(
        subject=f"Call {customer.name}"[:200], customer=customer, member=request.access.member, kind=Task.Kind.CALL,
        due_at=day, is_all_day=True, by=author_of(request.access),
        key=f"day:{request.access.actor}:{customer.id}:{day:%Y-%m-%d}",
    )  # fmt: skip
    return Said(f"Task for tomorrow: call {customer.name}")


def _morning(request: TenantRequest) -> datetime:
    profile = request.access.profile
    return datetime.combine(tenant_today(profile) + timedelta(days=1), MORNING, ZoneInfo(profile.time_zone))


def _case(request: TenantRequest, case_id: UUID) -> Case:
    found = visible_case(request.access, case_id) if request.access.may("interactions.work") else None
    if found is None:
        raise Http404
    return found


def _answered(request: TenantRequest, case_id: UUID) -> Said:
    case = answer_case(case=_case(request, case_id), by=author_of(request.access))
    return Said(f"Answered: case #{case.number}")


def _wait(request: TenantRequest, case_id: UUID) -> Said:
    case = wait_for_customer(case=_case(request, case_id), by=author_of(request.access))
    return Said(f"Waits for the customer: case #{case.number}")


def _yes(request: TenantRequest, grant_id: UUID) -> Said:
    grant: Grant | None = visible_grant(request.access, grant_id)
    if grant is None or not request.access.may("interactions.approve"):
        raise Http404
    decide_grant(access=request.access, grant=grant, yes=True)
    return Said(f"Given: {grant.get_kind_display()} for {grant.customer.name}")


def _read(request: TenantRequest, hand_over_id: UUID) -> Said:
    found = to_read(request.access).filter(id=hand_over_id).first()
    if found is None or not request.access.may("interactions.view"):
        raise Http404
    read_hand_over(hand_over=found, by=member_of(request))
    return Said(f"Read: what was passed on about {found.customer.name}")


ANSWERS: Final[dict[tuple[str, str], Callable[[TenantRequest, UUID], Said]]] = {
    ("promise", "keep"): _keep, ("task", "done"): _done, ("task", "tomorrow"): _tomorrow,
    ("overdue", "tomorrow"): _call_tomorrow, ("case", "answered"): _answered, ("case", "wait"): _wait,
    ("grant", "yes"): _yes, ("hand_over", "read"): _read,
}  # fmt: skip

"""What the bell rings for: reminders, promises that broke, grants decided, cases that were escalated."""

from datetime import timedelta
from typing import Any, Final

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from interactions.models import Case, Grant, Promise, Task
from interactions.selectors.cases import visible_cases
from interactions.selectors.promises import own_portfolios
from interactions.selectors.tasks import to_remind_of
from tenancy.access import Access
from tenancy.registries import Bell, Notice

NEWS: Final = timedelta(days=1)
"""So long the bell speaks of what cannot be marked as seen."""
SHOWN: Final = 20


def bell_count(access: Access) -> int:
    """How many wait. Three queries: whose portfolios, which are in scope, and all kinds counted at once."""
    first, *others = (rows.order_by().values("id") for rows in _rows(access))
    return first.union(*others, all=True).count()


def bell_notices(access: Access) -> list[Notice]:
    tasks, promises, grants, cases = _rows(access)
    return [
        *(_task(access, row) for row in tasks.select_related("customer").order_by("-remind_at")[:SHOWN]),
        *(_promise(access, row) for row in promises.select_related("customer").order_by("-due_at")[:SHOWN]),
        *(_grant(access, row) for row in grants.select_related("customer").order_by("-decided_at")[:SHOWN]),
        *(_case(access, row) for row in cases.order_by("due_at")[:SHOWN]),
    ]


def _rows(access: Access) -> tuple[QuerySet[Task], QuerySet[Promise], QuerySet[Grant], QuerySet[Case]]:
    """Tasks to remind of, promises that broke since yesterday or of which one is reminded, grants decided since
    yesterday that this member asked for, open cases near or past their limit."""
    now, own = timezone.now(), own_portfolios(access)
    mine = Q(member_id__in=access.covers) | Q(member=None, customer__summary__portfolio_id__in=own)
    broken = Q(state=Promise.State.BROKEN, ended_at__gte=now - NEWS)
    soon = Q(state=Promise.State.OPEN, reminded_at__isnull=False, due_at__gt=now)
    decided = Grant.objects.filter(author=access.actor, decided_at__gte=now - NEWS, decided_by__isnull=False)
    cases = visible_cases(access) if access.may("interactions.view") else Case.objects.none()
    return (
        to_remind_of(access),
        Promise.objects.filter(mine, broken | soon, customer__trashed_at=None),
        decided.exclude(decided_by=F("member")),
        cases.filter(mine, state=Case.State.OPEN, escalation__gt=0),
    )


def _task(access: Access, task: Task) -> Notice:
    about = task.customer.name if task.customer else "A task of yours"
    at = task.remind_at or task.made_at
    return Notice("checklist", "", f"Reminder: {task.subject}", about, at, _url(access, "task", task.id))


def _promise(access: Access, promise: Promise) -> Notice:
    broken = promise.state == Promise.State.BROKEN
    page = (
        ("promise", promise.id) if access.may("interactions.view") else ("service_card", promise.customer_id)
    )
    title = f"Promise broken: {promise.words}" if broken else f"Promised, due soon: {promise.words}"
    at = (promise.ended_at if broken else promise.reminded_at) or promise.due_at
    tone, icon = ("bad", "heart-broken") if broken else ("warn", "calendar-event")
    return Notice(icon, tone, title, promise.customer.name, at, _url(access, *page))


def _grant(access: Access, grant: Grant) -> Notice:
    assert grant.decided_at is not None
    tone = "good" if grant.state == Grant.State.GIVEN else "warn"
    words = f": {grant.decision_words}" if grant.decision_words else ""
    title = f"{grant.get_kind_display().capitalize()} for {grant.customer.name}: {grant.get_state_display()}"
    text = f"You asked for it{words}"
    return Notice("coins", tone, title, text, grant.decided_at, _url(access, "grant", grant.id))


def _case(access: Access, case: Case) -> Notice:
    past = case.escalation >= Case.PAST
    title = f"Case #{case.number} is {'past' if past else 'near'} its limit: {case.subject}"
    at, tone = case.due_at or case.opened_at, "bad" if past else "warn"
    return Notice("clock-exclamation", tone, title, case.customer.name, at, _url(access, "case", case.id))


def _url(access: Access, name: str, *parts: Any) -> str:
    return reverse(name, args=[access.tenant.slug, *parts])


BELL: Final = Bell(bell_count, bell_notices)

"""Tasks as those see them who are to do them, who asked for them, and who see the customer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from crm.models import Customer
from crm.selectors.scope import visible_portfolios
from crm.services.summaries import tenant_today
from interactions.models import Task
from portfolios.models import Portfolio
from tenancy.access import Access
from tenancy.models import Member
from tenancy.selectors.keyset import BadPosition, Order, Position, position_of, read_slice

PAGE: Final = 50
MINE, ASKED, ALL, ENDED = "mine", "asked", "all", "ended"
SOON: Final = timedelta(days=7)


def _tasks() -> QuerySet[Task]:
    return Task.objects.select_related("customer", "member", "portfolio__manager")


def _of(access: Access) -> Q:
    """What this member is to do: their own, and that of the portfolios they manage or stand in for."""
    return Q(member_id__in=access.covers) | Q(member=None, portfolio__manager_id__in=access.covers)


def visible_tasks(access: Access) -> QuerySet[Task]:
    """What they are to do, what they asked for, and what is about customers in their scope."""
    seen = _of(access) | Q(author=access.actor)
    if access.may("interactions.view"):
        portfolios = visible_portfolios(access)
        about = Q() if portfolios is None else Q(customer__summary__portfolio_id__in=portfolios)
        seen |= about & Q(customer__isnull=False, customer__trashed_at=None)
        if portfolios is None:
            # Left behind by somebody who is gone: whoever sees everybody finds it.
            seen |= Q(member=None, portfolio__manager=None)
    return _tasks().filter(seen)


def visible_task(access: Access, task_id: UUID) -> Task | None:
    return visible_tasks(access).filter(id=task_id).first()


def changeable_tasks(access: Access) -> QuerySet[Task]:
    """Those they are to do or asked for; with `interactions.work` all that they see."""
    if access.may("interactions.work"):
        return visible_tasks(access)
    return _tasks().filter(_of(access) | Q(author=access.actor))


def open_tasks_of(access: Access) -> QuerySet[Task]:
    """What is to be done by this member now: what was put off is left out until its moment."""
    put_off = Q(snoozed_until__gt=timezone.now())
    return _tasks().filter(_of(access), state=Task.State.OPEN).exclude(put_off)


def open_dated_tasks(access: Access) -> QuerySet[Task]:
    """What a calendar shows: this member's open tasks that have a day."""
    return _tasks().filter(_of(access), state=Task.State.OPEN, due_at__isnull=False).order_by("due_at", "id")


def to_remind_of(access: Access) -> QuerySet[Task]:
    """What this member wanted to be reminded of by now and has not looked at."""
    now = timezone.now()
    rows = Task.objects.filter(_of(access), state=Task.State.OPEN, reminded_at=None, remind_at__lte=now)
    return rows.exclude(snoozed_until__gt=now)


def reminders_of(access: Access) -> list[Task]:
    """Those, the latest first."""
    rows = to_remind_of(access).select_related("customer", "member", "portfolio__manager")
    return list(rows.order_by("-remind_at")[:20])


@dataclass(frozen=True)
class TaskLine:
    """A task for people. `tone` is bad when its hour has passed, warn on its day."""

    task: Task
    url: str
    customer_url: str
    whose: str
    due: str
    tone: str
    head: str


@dataclass(frozen=True)
class TaskPage:
    lines: list[TaskLine]
    later: str


_LISTS: Final = {
    MINE: lambda access: _tasks().filter(_of(access), state=Task.State.OPEN),
    ASKED: lambda access: _tasks().filter(author=access.actor, state=Task.State.OPEN).exclude(_of(access)),
    ALL: lambda access: visible_tasks(access).filter(state=Task.State.OPEN),
    ENDED: lambda access: visible_tasks(access).exclude(state=Task.State.OPEN),
}


def task_page(access: Access, *, which: str, cursor: str = "") -> TaskPage:
    """A page of a list: open ones by when they are due, ended ones newest first."""
    ended = which == ENDED
    order = Order("ended_at", "id", descending=True) if ended else Order("due_at", "id", nullable=True)
    rows = _LISTS[which](access)
    try:
        at = Position.decode(cursor, order, Task) if cursor else None
    except BadPosition:
        at = None
    found = read_slice(rows, order, size=PAGE, at=at)
    last = position_of(found.rows[-1], order).encode() if found.rows and found.has_next else ""
    return TaskPage(list(_lines(access, found.rows, ended=ended)), last)


def lists_for(access: Access) -> list[tuple[str, str]]:
    """(key, words) of the lists that this member has."""
    lists = [(MINE, "Mine"), (ASKED, "I asked for")]
    return [*lists, *([(ALL, "All I see")] if access.may("interactions.view") else []), (ENDED, "Ended")]


def _lines(access: Access, tasks: Sequence[Task], *, ended: bool) -> Iterator[TaskLine]:
    before = ""
    for task in tasks:
        line = line_of(access, task, ended=ended)
        yield line if line.head != before else TaskLine(**{**vars(line), "head": ""})
        before = line.head


def line_of(access: Access, task: Task, *, ended: bool = False) -> TaskLine:
    slug, now = access.tenant.slug, timezone.now()
    zone, today = ZoneInfo(access.profile.time_zone), tenant_today(access.profile)
    late = task.state == Task.State.OPEN and task.due_at is not None and task.due_at < now
    day = task.due_at.astimezone(zone).date() if task.due_at else None
    return TaskLine(
        task=task,
        url=reverse("task", args=[slug, task.id]),
        customer_url=reverse("customer", args=[slug, task.customer_id]) if task.customer_id else "",
        whose=whose(access, task),
        due=due_words(task, zone, today),
        tone="bad" if late else "warn" if day == today and not ended else "",
        head="" if ended else _head(late, day, today, task.snoozed_until, now),
    )


def _head(late: bool, day: date | None, today: date, snoozed: datetime | None, now: datetime) -> str:
    if late:
        return "Late"
    if day is None:
        return "Without a day"
    if day == today:
        return "Today"
    return "The next seven days" if day <= today + SOON else "Later"


def due_words(task: Task, zone: ZoneInfo, today: date) -> str:
    """ "today 15:00", "tomorrow", "Fri 27 Nov 09:30"."""
    if task.due_at is None:
        return ""
    at = task.due_at.astimezone(zone)
    near = {today: "today", today + timedelta(days=1): "tomorrow", today - timedelta(days=1): "yesterday"}
    year = "" if at.year == today.year else f" {at.year}"
    words = near.get(at.date(), f"{at:%a} {at.day} {at:%b}{year}")
    return words if task.is_all_day else f"{words} {at:%H:%M}"


def whose(access: Access, task: Task) -> str:
    """Whose task it is, in words."""
    if task.member:
        return "you" if access.member and task.member_id == access.member.id else task.member.name
    manager = task.portfolio.manager if task.portfolio else None
    if manager is None:
        return "nobody yet"
    return "you" if access.member and manager.id == access.member.id else manager.name


def assignees(access: Access) -> list[tuple[str, str]]:
    """(value, words) of whom a task can be given to: members, and managers by their portfolio."""
    members = Member.objects.filter(left_at=None).order_by("name").values_list("id", "name")
    portfolios = Portfolio.objects.filter(closed_at=None, manager__isnull=False).order_by("name")
    return [
        *((f"member:{key}", name) for key, name in members),
        *(
            (f"portfolio:{key}", f"whoever manages {name}")
            for key, name in portfolios.values_list("id", "name")
        ),
    ]


def tasks_part(access: Access, customer: Customer) -> dict[str, Any] | None:
    """Context of interactions/parts/_tasks.html: what is to be done for a customer."""
    if not access.may("interactions.view"):
        return None
    rows = _tasks().filter(customer=customer, state=Task.State.OPEN).order_by("due_at", "id")[:6]
    lines = [line_of(access, task) for task in rows]
    may = access.may("interactions.work") and customer.trashed_at is None
    if not lines and not may:
        return None
    slug = access.tenant.slug
    return {
        "task_lines": lines[:5], "more": len(lines) > 5,
        "new_url": f"{reverse('task_new', args=[slug])}?customer={customer.id}" if may else "",
        "tasks_url": reverse("tasks", args=[slug]),
    }  # fmt: skip

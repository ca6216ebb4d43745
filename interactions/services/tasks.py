"""Tasks: work for a member, or for whoever manages a portfolio."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from crm.models import Customer
from crm.services.summaries import tenant_today
from interactions.events import TaskEnded, TaskMade
from interactions.models import Task
from interactions.repeating import next_due
from interactions.services.authors import Author
from interactions.services.holding import hold_customer, hold_customer_in_place
from interactions.services.refusals import Refused
from portfolios.models import Portfolio
from portfolios.services.assignments import house_portfolio
from tenancy.db.ids import new_id
from tenancy.models import Member, TenantProfile
from tenancy.outbox import emit, emit_all

State = Task.State
FURTHEST: Final = timedelta(days=366 * 20)
LONGEST_TEXT: Final = 20_000
MOST_AT_ONCE: Final = 200
END_OF_DAY: Final = time(23, 59)


class TaskRefused(Refused):
    """This cannot be done with the task."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What is to be done, and when. `due_at`: aware; of an all-day task only its day counts, in the company's zone."""

    subject: str
    text: str = ""
    kind: str = Task.Kind.DO
    due_at: datetime | None = None
    is_all_day: bool = False
    remind_at: datetime | None = None
    repeats: str = Task.Repeats.NEVER
    repeats_until: date | None = None


def make_task(
    *, subject: str, by: Author, customer: Customer | None = None, member: Member | None = None,
    portfolio: Portfolio | None = None, kind: str = Task.Kind.DO, text: str = "", due_at: datetime | None = None,
    is_all_day: bool = False, remind_at: datetime | None = None, repeats: str = Task.Repeats.NEVER,
    repeats_until: date | None = None, key: str = "",
) -> tuple[Task, bool]:  # fmt: skip
    """A new task, and whether it is new: the same key is the same task.

    For `member`; else for whoever manages `portfolio`, or the customer's portfolio; else for the author.
    Raises TaskRefused, and CustomerRefused for one of whom nothing may be written.
    """
    work = Work(
        subject=subject, text=text, kind=kind, due_at=due_at, is_all_day=is_all_day, remind_at=remind_at,
        repeats=repeats, repeats_until=repeats_until,
    )  # fmt: skip
    values = _checked(work)
    with transaction.atomic():
        whose = _whose(customer, member, portfolio, by)
        task, created = Task.objects.get_or_create(
            key=key or f"task:{new_id()}",
            defaults={**values, **whose, "customer": customer, "first_due_at": values["due_at"],
                      "made_at": timezone.now(), "author": by.actor, "author_name": by.name[:120]},
        )  # fmt: skip
        if created:
            emit(TaskMade(task_id=task.id))
    if not created and (task.subject, task.customer_id) != (
        values["subject"],
        customer.id if customer else None,
    ):
        raise TaskRefused(f"The key {key!r} was used for another task.", field="key", code="key_reused")
    return task, created


def change_task(*, task: Task, work: Work, version: int | None = None) -> Task:
    """Say anew what is to be done, and when. Raises TaskRefused, and CustomerRefused as for a new one."""
    values = _checked(work)
    with transaction.atomic():
        if task.customer_id:
            hold_customer(task.customer_id)
        held = _held(task, version)
        moved = held.due_at != values["due_at"]
        _save(held, **values, reminded_at=None if moved else held.reminded_at, snoozed_until=None,
              first_due_at=values["due_at"] if moved else held.first_due_at)  # fmt: skip
    return held


def give_task(*, task: Task, member: Member | None = None, portfolio: Portfolio | None = None) -> Task:
    """Somebody else is to do it: a member, or whoever manages a portfolio. Raises TaskRefused."""
    _require_present(member, portfolio)
    if member is None and portfolio is None:
        raise TaskRefused("Choose who is to do it.", field="member")
    with transaction.atomic():
        held = _held(task)
        _save(held, member=member, portfolio=None if member else portfolio, reminded_at=None)
    return held


def snooze_task(*, task: Task, until: datetime) -> Task:
    """Out of sight until a moment; when it is due does not change. Raises TaskRefused."""
    if not timezone.now() < until <= timezone.now() + FURTHEST:
        raise TaskRefused("Choose a moment that is still to come.", field="until")
    with transaction.atomic():
        held = _held(task)
        _save(held, snoozed_until=until, reminded_at=None)
    return held


def complete_task(*, task: Task, by: Author) -> Task:
    """It is done. One that repeats is due again, as a task of its own. Raises TaskRefused."""
    return _end([task], State.DONE, by)[0]


def drop_task(*, task: Task, by: Author) -> Task:
    """It is not needed any more; one that repeats does not return. Raises TaskRefused."""
    return _end([task], State.DROPPED, by)[0]


def end_tasks(*, tasks: Sequence[Task], state: str, by: Author) -> list[Task]:
    """Many at once; those that ended meanwhile are left alone. Raises TaskRefused."""
    if len(tasks) > MOST_AT_ONCE:
        raise TaskRefused(f"Choose {MOST_AT_ONCE} tasks at most.")
    return _end(tasks, state, by, all_or_none=False)


def reopen_task(*, task: Task) -> Task:
    """Undo: it is open again, and the one that followed it is gone where nobody touched it. Raises TaskRefused."""
    with transaction.atomic():
        held = Task.objects.select_for_update(of=("self",)).get(id=task.id)
        if held.state == State.OPEN:
            raise TaskRefused("This task is open.")
        following = Task.objects.select_for_update().filter(follows=held).first()
        if following and (following.state != State.OPEN or following.version > 1):
            raise TaskRefused("The next one was worked on already: change that one.")
        if following:
            following.delete()
        _save(held, state=State.OPEN, ended_at=None, ended_by="")
    return held


def note_reminded(*, tasks: Sequence[Task]) -> None:
    """Somebody has seen the reminder."""
    Task.objects.filter(id__in=[task.id for task in tasks], reminded_at=None).update(
        reminded_at=timezone.now()
    )


def release_tasks(leaver_id: UUID, successor_id: UUID | None) -> None:
    """A member leaves: the successor takes their open tasks, else whoever manages the customer's portfolio."""
    theirs = Task.objects.filter(member_id=leaver_id, state=State.OPEN)
    if successor_id:
        theirs.update(member_id=successor_id)
        return
    house = house_portfolio().id
    held = list(theirs.select_for_update(of=("self",)).select_related("customer__summary").order_by("id"))
    for task in held:
        home = task.customer.summary.portfolio_id if task.customer else None
        task.member_id, task.portfolio_id = None, home or house
    Task.objects.bulk_update(held, ["member", "portfolio"], batch_size=500)


def _checked(work: Work) -> dict[str, Any]:
    """The columns of what is to be done. Raises TaskRefused."""
    subject = " ".join(work.subject.replace("\x00", "").split())
    if not subject or len(subject) > 200:
        raise TaskRefused("Say in a line of 200 characters at most what is to be done.", field="subject")
    if len(work.text) > LONGEST_TEXT:
        raise TaskRefused(f"The text has {LONGEST_TEXT:,} characters at most.", field="text")
    for field, choices in (("kind", Task.Kind.values), ("repeats", Task.Repeats.values)):
        if getattr(work, field) not in choices:
            raise TaskRefused("Choose one of those offered.", field=field)
    due = _due(work)
    if work.repeats and due is None:
        raise TaskRefused("Say when it is due for the first time.", field="due_at")
    if work.repeats_until and due and work.repeats_until < due.date():
        raise TaskRefused("The last day must not be before the first.", field="repeats_until")
    _require_near(work.remind_at, "remind_at")
    return {
        "subject": subject, "text": work.text.replace("\x00", ""), "kind": work.kind, "due_at": due,
        "is_all_day": work.is_all_day and due is not None, "remind_at": work.remind_at, "repeats": work.repeats,
        "repeats_until": work.repeats_until if work.repeats else None,
    }  # fmt: skip


def _due(work: Work) -> datetime | None:
    """The moment it is due. An all-day task is due when its day ends in the company's zone."""
    _require_near(work.due_at, "due_at")
    if work.due_at is None or not work.is_all_day:
        return work.due_at
    zone = _zone()
    return datetime.combine(work.due_at.astimezone(zone).date(), END_OF_DAY, zone)


def _require_near(at: datetime | None, field: str) -> None:
    if at is None:
        return
    if at.utcoffset() is None:
        raise TaskRefused("Say the time with its offset, as 2026-05-01T12:00:00+02:00.", field=field)
    if abs(at - timezone.now()) > FURTHEST:
        raise TaskRefused("Choose a day within twenty years.", field=field)


def _zone() -> ZoneInfo:
    return ZoneInfo(TenantProfile.objects.get().time_zone)


def _whose(
    customer: Customer | None, member: Member | None, portfolio: Portfolio | None, by: Author
) -> dict[str, Any]:
    home = hold_customer_in_place(customer.id) if customer is not None else None
    _require_present(member, portfolio)
    if member is not None:
        return {"member": member, "portfolio": None}
    if portfolio is not None:
        return {"member": None, "portfolio": portfolio}
    if home is not None:
        return {"member": None, "portfolio_id": home}
    if by.member is None:
        raise TaskRefused("Say whose task it is.", field="member")
    return {"member": by.member, "portfolio": None}


def _require_present(member: Member | None, portfolio: Portfolio | None) -> None:
    if member is not None and member.left_at is not None:
        raise TaskRefused(f"{member.name} does not work here any more.", field="member")
    if portfolio is not None and portfolio.closed_at is not None:
        raise TaskRefused(f"{portfolio.name} is closed.", field="portfolio")


def _held(task: Task, version: int | None = None) -> Task:
    """The task, locked and open. Raises TaskRefused."""
    held = Task.objects.select_for_update(of=("self",)).filter(id=task.id).first()
    if held is None or held.state != State.OPEN:
        raise TaskRefused("This task has ended meanwhile.")
    if version is not None and held.version != version:
        raise TaskRefused("Somebody changed this task meanwhile: read it again.", code="changed")
    return held


def _save(task: Task, **values: Any) -> None:
    for name, value in values.items():
        setattr(task, name, value)
    task.version += 1
    task.save(update_fields=[*values, "version"])


def _end(tasks: Sequence[Task], state: str, by: Author, *, all_or_none: bool = True) -> list[Task]:
    now, profile = timezone.now(), TenantProfile.objects.get()
    with transaction.atomic():
        rows = Task.objects.select_for_update(of=("self",)).filter(id__in=[task.id for task in tasks])
        held = [task for task in rows.order_by("id") if task.state == State.OPEN]
        if all_or_none and len(held) < len(tasks):
            raise TaskRefused("This task has ended meanwhile.")
        for task in held:
            task.state, task.ended_at, task.ended_by, task.version = (
                state,
                now,
                by.name[:120],
                task.version + 1,
            )
        Task.objects.bulk_update(held, ["state", "ended_at", "ended_by", "version"])
        if state == State.DONE:
            following = [_following(task, profile, now) for task in held if task.repeats]
            made = Task.objects.bulk_create([task for task in following if task])
            emit_all([TaskMade(task_id=task.id) for task in made])
        emit_all([TaskEnded(task_id=task.id, state=state) for task in held])
    return held


def _following(task: Task, profile: TenantProfile, now: datetime) -> Task | None:
    """The same task when it is due next: after the one that is done, and not in the past."""
    assert task.due_at is not None
    zone = ZoneInfo(profile.time_zone)
    after = max(task.due_at, now) if not task.is_all_day else max(task.due_at, _day_before(profile))
    due = next_due(task.repeats, first=task.first_due_at or task.due_at, after=after, zone=zone)
    if task.repeats_until and due.astimezone(zone).date() > task.repeats_until:
        return None
    ahead = task.due_at - task.remind_at if task.remind_at else None
    return Task(
        customer_id=task.customer_id, kind=task.kind, subject=task.subject, text=task.text, due_at=due,
        is_all_day=task.is_all_day, remind_at=due - ahead if ahead is not None else None, repeats=task.repeats,
        repeats_until=task.repeats_until, first_due_at=task.first_due_at or task.due_at, follows=task,
        member_id=task.member_id, portfolio_id=task.portfolio_id, made_at=now, author=task.author,
        author_name=task.author_name, key=f"task:{new_id()}",
    )  # fmt: skip


def _day_before(profile: TenantProfile) -> datetime:
    """The end of yesterday: what is due today may still be done today."""
    zone = ZoneInfo(profile.time_zone)
    return datetime.combine(tenant_today(profile) - timedelta(days=1), END_OF_DAY, zone)

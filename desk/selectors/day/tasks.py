"""Tasks due today or late, and what somebody wanted to be reminded of."""

from typing import Any

from django.db.models import Q

from desk.selectors.day.basis import MOST, NOBODY, Day, Stake
from desk.selectors.line import LATE, TODAY, Line
from interactions.models import Task
from interactions.selectors.tasks import due_words, open_tasks_of

ICONS = {Task.Kind.CALL: "phone", Task.Kind.LETTER: "mail", Task.Kind.VISIT: "map-pin"}


def task_lines(day: Day) -> list[Line]:
    """Of tasks without a day only those are here whose reminder has come."""
    now = Q(due_at__lt=day.ends) | Q(reminded_at=None, remind_at__lte=day.now)
    found = list(open_tasks_of(day.access).filter(now).order_by("due_at", "id")[:MOST])
    stakes = day.stakes([task.customer_id for task in found])
    return [
        _line(day, task, stakes.get(task.customer_id, NOBODY) if task.customer_id else NOBODY)
        for task in found
    ]


def _line(day: Day, task: Task, stake: Stake) -> Line:
    late = task.due_at is not None and task.due_at <= day.now
    reminded = task.remind_at is not None and task.remind_at <= day.now and not late
    what = f"{'Reminder: ' if reminded else ''}{task.subject}"
    return Line(
        kind="task", icon=ICONS.get(Task.Kind(task.kind), "checklist"), tone="bad" if late else "",
        url=day.url("task", task.id), who=task.customer.name if task.customer else what,
        why=what if task.customer else _about(task), value=stake.value,
        value_words=stake.words if task.customer else "no customer", due=due_words(task, day.zone, day.today),
        due_tone="bad" if late else "", answers=_answers(day, task), urgency=LATE if late else TODAY, at=task.due_at,
        customer_id=task.customer_id,
    )  # fmt: skip


def _about(task: Task) -> str:
    words = " ".join(task.text.split())
    by = f"Asked by {task.author_name}" if task.author_name else "Task"
    return words[:160] or by


def _answers(day: Day, task: Task) -> list[dict[str, Any]]:
    return [
        day.say("task", task.id, "done", key="d", label="Done", icon="check"),
        day.say("task", task.id, "tomorrow", key="t", label="Tomorrow", icon="clock"),
        day.open(day.url("task", task.id)),
    ]

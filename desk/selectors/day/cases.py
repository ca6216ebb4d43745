"""Cases of mine near their limit, past it, or due today."""

from typing import Any

from django.db.models import Q

from desk.selectors.day.basis import MOST, NOBODY, Day, Stake
from desk.selectors.line import LATE, TODAY, Line
from desk.templatetags.figures import duration
from interactions.models import Case
from interactions.selectors.cases import is_mine, visible_cases


def case_lines(day: Day) -> list[Line]:
    if not day.access.may("interactions.view"):
        return []
    pressing = Q(escalation__gte=Case.NEAR) | Q(due_at__lt=day.ends)
    rows = visible_cases(day.access).filter(is_mine(day.access), pressing, state=Case.State.OPEN)
    found = list(rows.order_by("due_at", "id")[:MOST])
    stakes = day.stakes([case.customer_id for case in found])
    return [_line(day, case, stakes.get(case.customer_id, NOBODY)) for case in found]


def _line(day: Day, case: Case, stake: Stake) -> Line:
    past = case.due_at is not None and case.due_at <= day.now
    clock = "resolved" if case.answered_at else "answered"
    return Line(
        kind="case", icon="clock-exclamation" if past else "clock", tone="bad" if past else "warn",
        url=day.url("case", case.id), who=case.customer.name,
        why=f"Case #{case.number}: {case.subject}; {'was to be' if past else 'to be'} {clock} {_by(day, case)}",
        value=stake.value, value_words=stake.words, due=day.due(case.due_at), due_tone="bad" if past else "",
        answers=_answers(day, case), urgency=LATE if past else TODAY, at=case.due_at, customer_id=case.customer_id,
    )  # fmt: skip


def _by(day: Day, case: Case) -> str:
    """ "in 3 h 10 min", "2 days ago": of the clock on the wall; the limit itself counts business hours."""
    assert case.due_at is not None
    span = duration(abs((case.due_at - day.now).total_seconds()))
    return f"in {span}" if case.due_at > day.now else f"{span} ago"


def _answers(day: Day, case: Case) -> list[dict[str, Any]]:
    open_it = day.open(day.url("case", case.id), icon="file-text")
    if not day.access.may("interactions.work"):
        return [open_it]
    if case.answered_at is None:
        return [day.say("case", case.id, "answered", key="a", label="Answered", icon="check"), open_it]
    return [open_it, day.say("case", case.id, "wait", key="w", label="Waits for them", icon="clock")]

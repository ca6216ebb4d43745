"""One case, drawn up: its two clocks, why it weighs what it weighs, and every step in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from interactions.clocks import Calendar, open_time
from interactions.models import Case, CaseStep
from interactions.scoring import THRESHOLDS
from interactions.selectors.cases import PRIORITIES, moment_words, steps_of
from interactions.services.case_clocks import NEAR, calendar_of
from tenancy.access import Access
from tenancy.models import Member

HIDDEN: Final = "Value of the customer: your role does not see it"
_ICONS: Final[Mapping[str, str]] = {
    "opened": "plus", "noted": "note", "answered": "message", "waiting": "clock", "resumed": "player-play",
    "assigned": "user", "priority": "adjustments-horizontal", "escalated": "alert-triangle", "resolved": "check",
    "reopened": "arrow-back-up",
}  # fmt: skip


@dataclass(frozen=True)
class Clock:
    """One limit: `share` of it that has gone (0 to 1), what is due when, and how it stands. `tone` as of lines."""

    label: str
    share: float
    tone: str
    due: str
    words: str
    limit: str

    @property
    def per_cent(self) -> int:
        return round(self.share * 100)


@dataclass(frozen=True)
class StepLine:
    icon: str
    title: str
    detail: str
    text: str
    by: str
    at: datetime
    tone: str = ""


def clocks_of(access: Access, case: Case) -> list[Clock]:
    """The clock of the answer, then that of the resolution."""
    calendar = calendar_of(case.kind.calendar)
    return [_answer(access, case, calendar), _resolve(access, case, calendar)]


def _answer(access: Access, case: Case, calendar: Calendar) -> Clock:
    ended = case.answered_at
    share = _share(calendar, case.clock_from, ended or timezone.now(), case.answer_minutes, 0)
    words = f"answered {moment_words(access, ended)}" if ended else _running(case.answer_due_at, share)
    return Clock(
        "Answer", share, _tone(case.answer_due_at, ended, share), moment_words(access, case.answer_due_at),
        _late(words, ended, case.answer_due_at), length_words(case.answer_minutes),
    )  # fmt: skip


def _resolve(access: Access, case: Case, calendar: Calendar) -> Clock:
    ended = case.resolved_at
    until = ended or case.waiting_since or timezone.now()
    share = _share(calendar, case.clock_from, until, case.resolve_minutes, case.paused_seconds)
    if ended:
        words = f"resolved {moment_words(access, ended)}"
    elif case.waiting_since:
        words = f"stands since {moment_words(access, case.waiting_since)}: the limit moves on"
    else:
        words = _running(case.resolve_due_at, share)
    tone = "" if case.waiting_since else _tone(case.resolve_due_at, ended, share)
    return Clock(
        "Resolution", share, tone, moment_words(access, case.resolve_due_at),
        _late(words, ended, case.resolve_due_at), _paused(length_words(case.resolve_minutes), case.paused_seconds),
    )  # fmt: skip


def _share(calendar: Calendar, since: datetime, until: datetime, minutes: int, paused: int) -> float:
    gone = open_time(calendar, since, until) - timedelta(seconds=paused)
    return min(max(gone / timedelta(minutes=max(minutes, 1)), 0.0), 1.0)


def _running(due_at: datetime, share: float) -> str:
    if due_at <= timezone.now():
        return "the limit has passed"
    return f"{share:.0%} of the time has gone"


def _late(words: str, ended: datetime | None, due_at: datetime) -> str:
    if ended is None:
        return words
    return f"{words}, {'in time' if ended <= due_at else 'late'}"


def _tone(due_at: datetime, ended: datetime | None, share: float) -> str:
    if ended is not None:
        return "bad" if ended > due_at else "good"
    if due_at <= timezone.now():
        return "bad"
    return "warn" if share >= NEAR else ""


def length_words(minutes: int) -> str:
    """ "45 min", "17 h", "4 h 15 min" of business hours."""
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours:,} h" if hours else "", f"{rest} min" if rest else "") if part)


def _paused(words: str, seconds: int) -> str:
    return f"{words}, and {length_words(seconds // 60)} of pauses" if seconds >= 60 else words


def parts_shown(access: Access, case: Case) -> list[dict[str, Any]]:
    """The parts of the score; the words about value are for those who may see it."""
    sees = access.may("value.view_value")
    return [
        {**part, "words": part["words"] if sees or part["key"] != "value" else HIDDEN}
        for part in case.score_parts
    ]


def thresholds_words() -> str:
    """ "Urgent from 65, High from 45, Normal from 25, else Can wait"."""
    said = [f"{PRIORITIES[priority]} from {least}" for priority, least in THRESHOLDS if least]
    return f"{', '.join(said)}, else {PRIORITIES[4].lower()}"


def step_lines(access: Access, case: Case) -> list[StepLine]:
    steps = steps_of(case)
    ids = {UUID(step.detail["member"]) for step in steps if step.detail.get("member")}
    ids |= {one for step in steps for one in step.told}
    names = dict(Member.objects.filter(id__in=ids).values_list("id", "name"))
    return [_step(access, case, step, names) for step in steps]


def _step(access: Access, case: Case, step: CaseStep, names: Mapping[UUID, str]) -> StepLine:
    words = [one.text for one in step.words.all()]
    text = case.text if step.kind == CaseStep.Kind.OPENED else "\n".join(words)
    tone = ("bad" if step.detail.get("step") == Case.PAST else "warn") if step.kind == "escalated" else ""
    by = step.author_name or ("the system" if step.author == "system" else "")
    title = step.get_kind_display().capitalize()
    return StepLine(_ICONS[step.kind], title, _detail(access, step, names), text, by, step.at, tone)


def _detail(access: Access, step: CaseStep, names: Mapping[UUID, str]) -> str:
    given = step.detail
    if step.kind == CaseStep.Kind.ASSIGNED:
        if given.get("left"):
            return "to whoever manages the portfolio: who worked on it has left"
        member = given.get("member")
        return f"to {names.get(UUID(member), 'somebody')}" if member else "to whoever manages the portfolio"
    if step.kind == CaseStep.Kind.ESCALATED:
        limit = "answer" if given["clock"] == "answer" else "resolution"
        who = ", ".join(sorted(names[one] for one in step.told if one in names))
        how = "past the limit of the" if given["step"] == Case.PAST else "near the limit of the"
        return f"{how} {limit}{f'; told {who}' if who else ''}"
    if "priority" in given:
        return f"{PRIORITIES[given['priority']]}, {given['score']} points"
    if "due_at" in given:
        return f"to be resolved by {moment_words(access, datetime.fromisoformat(given['due_at']))}"
    return "late" if given.get("late") else ""

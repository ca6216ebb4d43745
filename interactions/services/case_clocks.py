"""The clocks of a case: how long by its priority, when due, and when the sweep looks next."""

from datetime import datetime, timedelta
from typing import Final

from interactions.clocks import Calendar, instant_after, open_time, read_calendar, when_passed
from interactions.models import BusinessCalendar, Case, ServiceLevel

NEAR: Final = 0.8
"""So much of a limit has gone when the assignee is told."""


def calendar_of(row: BusinessCalendar) -> Calendar:
    return read_calendar(zone=row.time_zone, hours=row.hours, holidays=row.holidays)


def start_clocks(case: Case, calendar: Calendar, at: datetime) -> None:
    """Both clocks begin: the case is new, or opened again. Its priority is known."""
    case.clock_from, case.paused_seconds, case.answered_at, case.waiting_since = at, 0, None, None
    _take_level(case)
    _set_limits(case, calendar)
    case.escalation = 0
    look_ahead(case, calendar, at)


def change_level(case: Case, calendar: Calendar, at: datetime) -> None:
    """The priority is another one: both clocks have run since they began, and have other limits now."""
    _take_level(case)
    _set_limits(case, calendar)
    look_ahead(case, calendar, at)


def pause_clock(case: Case, at: datetime) -> None:
    """We wait for the customer; whoever waits has asked them something, which is an answer."""
    case.answered_at = case.answered_at or at
    case.waiting_since, case.due_at, case.look_at = at, None, None


def end_pause(case: Case, calendar: Calendar, at: datetime) -> None:
    """The limit moves on by the business hours of the pause; one that had passed before the pause stays."""
    since = case.waiting_since
    assert since is not None
    if since < case.resolve_due_at:
        case.paused_seconds += round(open_time(calendar, since, at).total_seconds())
        _set_limits(case, calendar)
    case.waiting_since = None


def look_ahead(case: Case, calendar: Calendar, at: datetime) -> None:
    """Say which limit counts for an open case, and when the sweep looks at it. Where nothing is near any more, what was
    escalated is settled."""
    case.due_at = case.resolve_due_at if case.answered_at else case.answer_due_at
    near_at = when_near(case, calendar)
    if at < near_at:
        case.escalation = 0
    case.look_at = {0: near_at, 1: case.due_at}.get(case.escalation)


def when_near(case: Case, calendar: Calendar) -> datetime:
    """When `NEAR` of the limit that counts has gone."""
    minutes, pauses = (
        (case.resolve_minutes, case.paused_seconds) if case.answered_at else (case.answer_minutes, 0)
    )
    return when_passed(calendar, case.clock_from, timedelta(minutes=minutes * NEAR, seconds=pauses))


def _take_level(case: Case) -> None:
    level = ServiceLevel.objects.get(priority=case.priority)
    case.answer_minutes, case.resolve_minutes = level.answer_minutes, level.resolve_minutes


def _set_limits(case: Case, calendar: Calendar) -> None:
    case.answer_due_at = instant_after(calendar, case.clock_from, case.answer_minutes)
    length = timedelta(minutes=case.resolve_minutes, seconds=case.paused_seconds)
    case.resolve_due_at = when_passed(calendar, case.clock_from, length)

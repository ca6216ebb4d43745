"""What a calendar reads: the open tasks of a member that have a day, as iCalendar (RFC 5545)."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from icalendar import Alarm, Calendar, Event

from interactions.models import CalendarFeed, Task
from interactions.selectors.tasks import open_dated_tasks
from tenancy.access import access_of_member
from tenancy.models import Member, Tenant
from tenancy.selectors import doors

MOST: Final = 500
LASTS: Final = timedelta(minutes=30)
"""A task has no length; in a calendar it takes half an hour."""


def feeds_of(member: Member) -> list[CalendarFeed]:
    return list(CalendarFeed.objects.filter(member=member, revoked_at=None).order_by("-made_at"))


def feed_here(feed_id: UUID) -> CalendarFeed | None:
    """A feed that nobody revoked, of a member who still works here."""
    rows = CalendarFeed.objects.select_related("member__role", "member__unit")
    return rows.filter(id=feed_id, revoked_at=None, member__left_at=None).first()


def calendar_of(tenant: Tenant, feed: CalendarFeed) -> bytes:
    """The file. Names of customers are in it: its address is a secret."""
    access = access_of_member(tenant, feed.member, doors.delegators_of(feed.member_id, at=timezone.now()))
    calendar = Calendar()
    for name, value in (("prodid", "-//Cornershop//Tasks//EN"), ("version", "2.0"), ("method", "PUBLISH"),
                        ("x-wr-calname", f"Tasks, {tenant.name}"), ("x-published-ttl", "PT30M")):  # fmt: skip
        calendar.add(name, value)
    for task in open_dated_tasks(access)[:MOST]:
        calendar.add_component(_event(tenant, task))
    return bytes(calendar.to_ical())


def _event(tenant: Tenant, task: Task) -> Event:
    assert task.due_at is not None
    event = Event()
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    event.add("uid", f"{task.id}@{host}")
    event.add("dtstamp", timezone.now())
    event.add("sequence", task.version)
    event.add("summary", f"{task.subject} ({task.customer.name})" if task.customer else task.subject)
    event.add("url", f"{settings.PUBLIC_URL}{reverse('task', args=[tenant.slug, task.id])}")
    if task.text:
        event.add("description", task.text[:2000])
    if task.is_all_day:
        event.add("dtstart", timezone.localdate(task.due_at))
        event.add("transp", "TRANSPARENT")
    else:
        event.add("dtstart", task.due_at)
        event.add("dtend", task.due_at + LASTS)
    if task.remind_at and task.remind_at < task.due_at:
        event.add_component(_alarm(task))
    return event


def _alarm(task: Task) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", task.subject)
    assert task.due_at is not None
    assert task.remind_at is not None
    alarm.add("trigger", task.remind_at - task.due_at)
    return alarm

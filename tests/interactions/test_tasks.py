"""Tasks: whose they are, who sees them, what returns, what is undone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from crm.services.customers import trash_customers
from interactions.models import Task
from interactions.selectors.tasks import open_tasks_of, reminders_of, task_page, visible_tasks
from interactions.services.authors import SYSTEM, Author, author_of
from interactions.services.feeds import open_feed
from interactions.services.refusals import Refused
from interactions.services.tasks import (
    TaskRefused,
    Work,
    change_task,
    complete_task,
    drop_task,
    end_tasks,
    give_task,
    make_task,
    reopen_task,
    snooze_task,
)
from portfolios.services.assignments import transfer_customers
from tenancy.context import tenant_context
from tenancy.services.members import remove_member
from tests.at_once import at_once
from tests.cast import Company


def alice(company: Company) -> Author:
    return author_of(company.access("alice"))


def noted(company: Company, **values: object) -> Task:
    made, _ = make_task(**{"subject": "Call", "by": alice(company), **values})  # type: ignore[arg-type]
    return made


def test_whose_it_is(in_a: Company) -> None:
    """A member's; else of whoever manages the customer's portfolio, also when that is somebody else by then."""
    own, about = noted(in_a), noted(in_a, customer=in_a.customer["ada"])
    given = noted(in_a, member=in_a.member["bob"])
    assert {t.id for t in open_tasks_of(in_a.access("alice"))} == {own.id, about.id}
    assert {t.id for t in open_tasks_of(in_a.access("bob"))} == {given.id}
    assert [line.task.id for line in task_page(in_a.access("alice"), which="asked").lines] == [given.id]
    with pytest.raises(TaskRefused, match="whose"):
        make_task(subject="Nobody’s", by=SYSTEM)
    give_task(task=about, portfolio=in_a.portfolio["bob"])
    assert about.id in {t.id for t in open_tasks_of(in_a.access("bob"))}


def test_who_sees_it(in_a: Company) -> None:
    about = noted(in_a, customer=in_a.customer["ada"])
    admin = make_task(subject="Own", by=author_of(in_a.access("admin")))[0]
    assert set(visible_tasks(in_a.access("admin"))) == {about, admin}
    assert set(visible_tasks(in_a.access("bob"))) == set()
    assert set(visible_tasks(in_a.access("fran"))) == set()
    transfer_customers(
        customer_ids=[in_a.customer["ada"].id],
        to=in_a.portfolio["bob"],
        reason="Bob knows her",
        author_name="A",
    )
    assert set(visible_tasks(in_a.access("bob"))) == {about}


def test_another_company_sees_nothing(company_a: Company, company_b: Company) -> None:
    with tenant_context(company_a.tenant.id):
        task = noted(company_a, customer=company_a.customer["ada"])
    client = Client()
    client.force_login(
        company_b.member["charlie"].user, "allauth.account.auth_backends.AuthenticationBackend"
    )
    for path in ("", "act/", "undo/"):
        url = company_b.url(f"tasks/{task.id}/{path}")
        answer = client.post(url, {"do": "done"}) if path else client.get(url)
        assert answer.status_code == 404
    with tenant_context(company_b.tenant.id):
        assert not Task.objects.exists()


def test_the_same_key_is_the_same_task(in_a: Company) -> None:
    one, created = make_task(subject="Call", by=alice(in_a), key="k")
    same, again = make_task(subject="Call", by=alice(in_a), key="k")
    assert (one.id, created, again) == (same.id, True, False)
    with pytest.raises(TaskRefused) as refused:
        make_task(subject="Write", by=alice(in_a), key="k")
    assert refused.value.code == "key_reused"


@pytest.mark.parametrize(
    "work",
    [
        {"subject": "  "}, {"subject": "x" * 201}, {"kind": "dance"}, {"repeats": "daily"},
        {"due_at": datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)}, {"text": "x" * 20_001},
        {"due_at": datetime(1926, 1, 1, tzinfo=UTC)},
    ],
)  # fmt: skip
def test_nonsense_is_refused(in_a: Company, work: dict[str, object]) -> None:
    with pytest.raises(TaskRefused):
        noted(in_a, **work)
    assert not Task.objects.exists()


def test_nobody_in_the_trash_and_nobody_who_left(in_a: Company) -> None:
    trash_customers(customer_ids=[in_a.customer["ada"].id], by=None)
    with pytest.raises(Refused, match="trash"):
        noted(in_a, customer=in_a.customer["ada"])
    remove_member(member=in_a.member["fran"], successor=None)
    in_a.member["fran"].refresh_from_db()
    with pytest.raises(TaskRefused, match="does not work here"):
        noted(in_a, member=in_a.member["fran"])


def test_one_that_returns(in_a: Company) -> None:
    """Done late it is not due in the past again; its last day and dropping end it; undoing takes the next away."""
    due = timezone.now() - timedelta(days=10)
    task = noted(in_a, due_at=due, repeats="daily", remind_at=due - timedelta(hours=1))
    complete_task(task=task, by=alice(in_a))
    following = Task.objects.get(follows=task)
    assert following.due_at is not None
    assert timezone.now() < following.due_at <= timezone.now() + timedelta(days=1)
    assert following.remind_at == following.due_at - timedelta(hours=1)
    reopen_task(task=task)
    assert list(Task.objects.values_list("id", "state")) == [(task.id, "open")]
    drop_task(task=task, by=alice(in_a))
    assert Task.objects.count() == 1
    last = noted(in_a, due_at=due, repeats="daily", repeats_until=timezone.localdate(due) + timedelta(days=1))
    complete_task(task=last, by=alice(in_a))
    assert not Task.objects.filter(follows=last).exists()


@pytest.mark.django_db(transaction=True)
def test_done_twice_at_once_returns_once(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        task = noted(company_a, due_at=timezone.now(), repeats="weekly")
        by = alice(company_a)

    def finish() -> str:
        with tenant_context(company_a.tenant.id):
            try:
                complete_task(task=task, by=by)
            except TaskRefused:
                return "refused"
        return "done"

    assert sorted(at_once(*[finish] * 4)) == ["done", "refused", "refused", "refused"]
    with tenant_context(company_a.tenant.id):
        assert Task.objects.count() == 2


def test_put_off_and_reminded(in_a: Company) -> None:
    task = noted(
        in_a, due_at=timezone.now() + timedelta(hours=1), remind_at=timezone.now() - timedelta(minutes=1)
    )
    access = in_a.access("alice")
    assert reminders_of(access) == [task]
    snooze_task(task=task, until=timezone.now() + timedelta(days=1))
    assert reminders_of(access) == []
    assert list(open_tasks_of(access)) == []
    with pytest.raises(TaskRefused):
        snooze_task(task=task, until=timezone.now() - timedelta(days=1))


def test_somebody_was_faster(in_a: Company) -> None:
    task = noted(in_a)
    change_task(task=task, work=Work(subject="Call at noon"), version=1)
    with pytest.raises(TaskRefused) as refused:
        change_task(task=task, work=Work(subject="Call at one"), version=1)
    assert refused.value.code == "changed"


def test_many_at_once(in_a: Company) -> None:
    tasks = [noted(in_a, subject=f"Call {n}") for n in range(3)]
    complete_task(task=tasks[0], by=alice(in_a))
    assert len(end_tasks(tasks=tasks, state="done", by=alice(in_a))) == 2


def test_a_member_leaves(in_a: Company) -> None:
    """Work about customers goes to whoever manages these; the rest to the house: an administrator finds it."""
    own = noted(in_a)
    about = make_task(
        subject="Visit", by=alice(in_a), customer=in_a.customer["ben"], member=in_a.member["alice"]
    )[0]
    remove_member(member=in_a.member["alice"], successor=None)
    assert about in open_tasks_of(in_a.access("bob"))
    assert own in visible_tasks(in_a.access("admin"))


def test_the_calendar_reads_until_it_is_revoked(company_a: Company, client: Client) -> None:
    with tenant_context(company_a.tenant.id):
        due = timezone.now() + timedelta(days=1)
        noted(company_a, subject="Call, \r\nwrite; ring", customer=company_a.customer["ada"], due_at=due,
              remind_at=due - timedelta(minutes=15))  # fmt: skip
        noted(company_a, subject="All day", due_at=due, is_all_day=True)
        noted(company_a, subject="Bob’s", member=company_a.member["bob"], due_at=due)
        url = open_feed(member=company_a.member["alice"])
    path = url[url.index("/p/") :]
    answer = client.get(path)
    events: dict[str, Any] = {
        str(event["summary"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")
    }
    assert sorted(events) == ["All day", "Call, write; ring (Ada Lovelace)"]
    assert events["All day"]["dtstart"].dt == timezone.localdate(due)
    assert answer["Content-Type"].startswith("text/calendar")
    assert not answer.cookies
    assert client.get(path.replace("/p/", "/p/x")).status_code == 404
    with tenant_context(company_a.tenant.id):
        remove_member(member=company_a.member["alice"], successor=None)
    assert client.get(path).status_code == 404

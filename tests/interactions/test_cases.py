"""Cases: numbered without gaps, timed in business hours, escalated once, counted right while many write at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from crm.models import Customer, CustomerSummary, TimelineEntry
from crm.services.customers import trash_customers
from interactions.models import BusinessCalendar, Case, CaseKind, CaseStep, CaseWords, ServiceLevel
from interactions.services.authors import author_of
from interactions.services.calendars import Opening, save_calendar
from interactions.services.cases import (
    CaseRefused,
    answer_case,
    assign_case,
    change_severity,
    note_case,
    open_case,
    reopen_case,
    resolve_case,
    resume_case,
    wait_for_customer,
)
from interactions.services.escalations import escalate_cases
from interactions.services.holding import CustomerRefused
from interactions.usual import HOURS
from portfolios.services.portfolios import close_portfolio
from privacy.services.consents import ConsentEntry, record_consent
from privacy.services.persons import restrict_person
from tenancy.context import tenant_context
from tenancy.models import OutboxEvent
from tenancy.services.members import remove_member
from tests.at_once import Paused, at_once_in
from tests.cast import Company, make_company


def london(day: int, hour: int, minute: int = 0) -> datetime:
    """In August 2026, when London is an hour ahead of UTC. The 31st is a holiday, and a Monday."""
    month, day = (8, day) if day <= 31 else (9, day - 31)
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=1)


def at(moment: datetime) -> Any:
    """As if it were that moment."""
    return time_machine.travel(moment, tick=False)


def kind(name: str = "Delivery") -> CaseKind:
    return CaseKind.objects.select_related("calendar").get(name=name)


def case(company: Company, of: str = "ada", who: str = "alice", **values: Any) -> Case:
    values = {"kind": kind(), "subject": "The kettle came without a lid", **values}
    made, _ = open_case(customer=company.customer[of], by=author_of(company.access(who)), **values)
    return made


def fresh(row: Case) -> Case:
    return Case.objects.get(id=row.id)


def open_of(company: Company, key: str = "ada") -> int:
    return CustomerSummary.objects.get(customer=company.customer[key]).open_cases


def points(row: Case) -> dict[str, int]:
    return {part["key"]: part["points"] for part in row.score_parts}


def close_on_monday() -> None:
    row = BusinessCalendar.objects.get(is_default=True)
    closed = [{"on": "2026-08-31", "name": "Summer holiday"}]
    save_calendar(opening=Opening(row.name, row.time_zone, row.hours, closed, True), calendar=row)


def test_a_case_over_a_weekend_and_a_holiday(in_a: Company) -> None:
    """Friday 16:00: an hour and a half of that day, nothing until Tuesday. Waiting stops the resolution's clock."""
    close_on_monday()
    alice = author_of(in_a.access("alice"))
    with at(london(28, 16)):
        made = case(in_a)
    assert (made.number, made.priority, made.score) == (1, 3, 42)
    assert (made.answer_minutes, made.resolve_minutes) == (255, 1020)
    assert made.answer_due_at == london(32, 11, 45)  # 90 minutes on Friday, 165 on Tuesday
    assert made.resolve_due_at == london(33, 16)
    assert (made.due_at, open_of(in_a)) == (made.answer_due_at, 1)
    with at(london(32, 10)):
        waiting = wait_for_customer(case=made, text="Which colour is the lid?", by=alice)
    assert (waiting.state, waiting.answered_at, waiting.due_at, waiting.look_at) == (
        "waiting", london(32, 10), None, None,
    )  # fmt: skip
    with pytest.raises(CaseRefused, match="waits for the customer already"):
        wait_for_customer(case=made, by=alice)
    with at(london(33, 9, 30)):  # seven hours and a half of Tuesday and half an hour of Wednesday later
        going = resume_case(case=made, text="Red.", by=alice)
    assert going.paused_seconds == 8 * 3600
    assert going.resolve_due_at == london(34, 15, 30)
    with at(london(33, 10)):
        done = resolve_case(case=made, resolution="Sent a red lid.", by=alice)
    assert (done.state, done.look_at, done.due_at, open_of(in_a)) == ("resolved", None, None, 0)
    with at(london(33, 11)), pytest.raises(CaseRefused, match="open it again first"):
        answer_case(case=made, by=alice)
    with at(london(36, 16)):  # Saturday: both clocks begin on Monday
        again = reopen_case(case=made, reason="The lid is blue.", by=author_of(in_a.access("bob")))
    assert (again.reopened, points(again)["waiting"], again.state, again.resolution) == (1, 5, "open", "")
    assert (again.priority, again.answer_due_at) == (2, london(38, 11))
    assert open_of(in_a) == 1
    kinds = CaseStep.objects.filter(case=made).order_by("at", "id").values_list("kind", flat=True)
    assert list(kinds) == ["opened", "waiting", "resumed", "resolved", "reopened"]
    assert set(CaseWords.objects.values_list("text", flat=True)) == {
        "Which colour is the lid?", "Red.", "Sent a red lid.", "The lid is blue.",
    }  # fmt: skip
    titles = TimelineEntry.objects.filter(customer=in_a.customer["ada"], kind="case").order_by("at")
    assert [title.split(":")[0] for title in titles.values_list("title", flat=True)] == [
        "Case #1 opened", "Case #1 waits for the customer", "Case #1 resolved", "Case #1 opened again",
    ]  # fmt: skip
    names = (
        OutboxEvent.objects.filter(payload__case_id=str(made.id))
        .order_by("id")
        .values_list("name", flat=True)
    )
    assert [name.removeprefix("interactions.case_") for name in names] == [
        "opened", "changed", "changed", "resolved", "opened",
    ]  # fmt: skip


def test_what_is_refused_and_what_a_key_is_for(in_a: Company) -> None:
    alice = author_of(in_a.access("alice"))
    ada = in_a.customer["ada"]
    said = {"customer": ada, "kind": kind(), "subject": "Late", "by": alice, "key": "shop:77"}
    first, is_new = open_case(**said)
    assert (open_case(**said), is_new) == ((first, False), True)
    for change, code in (
        ({"subject": "Broken"}, "key_reused"),
        ({"key": "", "subject": " "}, "empty"),
        ({"key": "", "subject": "x" * 201}, "too_long"),
        ({"key": "", "text": "x" * 100_001}, "too_long"),
        ({"key": "", "text": "\0"}, "character"),
        ({"key": "", "severity": 4}, "invalid"),
        ({"key": "", "member": in_a.member["bob"]}, "invalid"),
        ({"key": "", "member": in_a.member["fran"]}, "invalid"),
    ):
        with pytest.raises(CaseRefused) as refused:
            open_case(**{**said, **change})
        assert refused.value.code == code
    with pytest.raises(CaseRefused, match="Say how it was resolved"):
        resolve_case(case=first, resolution="  ", by=alice)
    with pytest.raises(CaseRefused, match="It is open"):
        reopen_case(case=first, reason="Again", by=alice)
    resolve_case(case=first, resolution="Came.", by=alice)
    with at(timezone.now() + timedelta(days=31)), pytest.raises(CaseRefused, match="more than 30 days ago"):
        reopen_case(case=first, reason="Again", by=alice)
    note_case(case=first, text="字" * 100_000, by=alice)
    restrict_person(customer_id=ada.id, reason="they contest it")
    with pytest.raises(CustomerRefused, match="restricted"):
        open_case(**{**said, "key": ""})
    trash_customers(customer_ids=[in_a.customer["hal"].id], by=None)
    with pytest.raises(CustomerRefused, match="trash"):
        open_case(**{**said, "key": "", "customer": in_a.customer["hal"]})
    assert Case.objects.count() == 1


def test_the_priority_takes_the_value_into_account_and_says_how(in_a: Company) -> None:
    ada, ben, hal = (in_a.customer[name] for name in ("ada", "ben", "hal"))
    for customer, value in ((ada, 80_000), (ben, 20_000), (hal, 2_000)):
        CustomerSummary.objects.filter(customer=customer).update(value=value)
    worth, average, little = (case(in_a, of) for of in ("ada", "ben", "hal"))
    assert [points(one)["value"] for one in (worth, average, little)] == [15, 10, 0]
    assert worth.score_parts[2]["words"] == "Value of the customer: 2 times that of an average customer"
    record_consent(ConsentEntry(
        customer_id=ada.id, action="object", channel="*", purposes=("profiling",), method="call", source="a call",
    ))  # fmt: skip
    unprofiled = case(in_a, "ada")
    assert unprofiled.score_parts[2] == {
        "key": "value", "points": 10,
        "words": "Value of the customer: not used, they objected to profiling, so it counts as average",
    }  # fmt: skip
    CustomerSummary.objects.filter(customer=ben).update(open_promises=3)
    pressing = case(in_a, "ben", kind=kind("Complaint"), severity=3)
    assert (pressing.score, pressing.priority, points(pressing)["promises"]) == (70, 1, 10)
    assert sum(points(pressing).values()) == pressing.score


def test_another_severity_means_other_limits(in_a: Company) -> None:
    alice = author_of(in_a.access("alice"))
    with at(london(25, 9)):  # a Tuesday
        made = case(in_a)
        wait_for_customer(case=made, by=alice)
    with at(london(25, 10)):
        harm = change_severity(case=made, severity=3, reason="The element caught fire", by=alice)
    assert (harm.priority, harm.state, harm.due_at) == (2, "waiting", None)
    with at(london(25, 11)):
        going = resume_case(case=made, by=alice)
    assert going.resolve_due_at == london(26, 11)  # a day in the office, and two hours of waiting
    assert going.due_at == going.resolve_due_at


def test_it_is_escalated_near_the_limit_and_past_it_once_each(in_a: Company) -> None:
    alice = author_of(in_a.access("alice"))
    with at(london(25, 9)):
        made = case(in_a)  # to be answered in 255 minutes, by 13:15; 80 % have gone at 12:24
    with at(london(25, 12, 23)):
        assert escalate_cases() == 0
    with at(london(25, 12, 24)):
        assert (escalate_cases(), escalate_cases()) == (1, 0)
    assert told(made) == [[in_a.member["alice"].id]]
    with at(london(25, 13, 15)):
        assert (escalate_cases(), escalate_cases()) == (1, 0)
    assert told(made)[1] == [in_a.member["alice"].id, in_a.member["admin"].id]
    assert (fresh(made).escalation, fresh(made).look_at, points(fresh(made))["waiting"]) == (2, None, 5)
    with at(london(25, 14)):
        answered = answer_case(case=made, text="We look into it.", by=alice)
    assert (answered.escalation, answered.due_at) == (0, made.resolve_due_at)
    with at(london(30, 14)):  # nobody looked at it meanwhile: straight past
        assert (escalate_cases(), escalate_cases()) == (1, 0)
    details = CaseStep.objects.filter(case=made, kind="escalated").order_by("at", "id")
    assert [(step.detail["step"], step.detail["clock"]) for step in details] == [
        (1, "answer"), (2, "answer"), (2, "resolve"),
    ]  # fmt: skip


def told(made: Case) -> list[list[Any]]:
    rows = CaseStep.objects.filter(case=made, kind="escalated").order_by("at", "id")
    return list(rows.values_list("told", flat=True))


def test_who_leaves_leaves_the_case_to_the_portfolio(in_a: Company) -> None:
    in_a.add("uma", "administrator")
    made = case(in_a, member=in_a.member["uma"])
    assert made.member_id == in_a.member["uma"].id
    assign_case(case=made, member=in_a.member["alice"], by=author_of(in_a.access("admin")))
    remove_member(member=in_a.member["alice"], successor=in_a.member["bob"])
    assert (fresh(made).member_id, fresh(made).version) == (None, 3)
    last = CaseStep.objects.filter(case=made).order_by("-at", "-id")[0]
    assert (last.kind, last.detail) == ("assigned", {"member": None, "left": True})


@pytest.mark.django_db(transaction=True)
def test_many_at_once() -> None:
    """Numbers without gaps, one case a key, open cases counted right, one escalation, no circle with a closing one."""
    company = make_company("alpha")
    with tenant_context(company.tenant.id):
        for name in ("alice", "bob"):
            company.add_manager(name)
        company.add_customer("ada", "alice")
        alice, delivery = author_of(company.access("alice")), kind()
    ada = company.customer["ada"]

    def opened(key: str, subject: str = "Late") -> Any:
        return lambda: open_case(customer=ada, kind=delivery, subject=subject, by=alice, key=key)[0]

    refused = opened("refused", subject="x" * 300)
    made = at_once_in(company, *[opened(f"k{n % 6}") for n in range(9)], refused)
    cases = [one for one in made if isinstance(one, Case)]
    assert {one.number for one in cases} == set(range(1, 7))
    assert (len(cases), isinstance(made[-1], CaseRefused)) == (9, True)
    by_number = {one.number: one for one in cases}
    at_once_in(
        company,
        *[lambda n=n: resolve_case(case=by_number[n], resolution="Done.", by=alice) for n in (1, 2, 3, 3)],
        opened("another"),
    )  # fmt: skip
    with tenant_context(company.tenant.id):
        assert open_of(company) == 4 == Case.objects.exclude(state="resolved").count()
        Case.objects.exclude(state="resolved").update(look_at=timezone.now() - timedelta(minutes=1))
        Case.objects.exclude(state="resolved").update(
            clock_from=timezone.now() - timedelta(days=30), due_at=timezone.now() - timedelta(days=20)
        )
    assert sum(at_once_in(company, escalate_cases, escalate_cases)) == 4
    with tenant_context(company.tenant.id):
        assert CaseStep.objects.filter(kind="escalated").count() == 4
    first = Paused(company, opened("before it closes"))
    first.commit_soon()
    closed = at_once_in(
        company,
        lambda: close_portfolio(portfolio=company.portfolio["alice"], to=None, reason="closed"),
        opened("while it closes"),
    )
    first.ended()
    assert not [one for one in closed if isinstance(one, Exception)]
    with tenant_context(company.tenant.id):
        assert list(Case.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 10))
        assert open_of(company) == 6


def test_another_company_starts_with_the_usual_and_sees_nothing_of_ours(
    in_a: Company, company_b: Company
) -> None:
    case(in_a)
    with tenant_context(company_b.tenant.id):
        assert (Case.objects.count(), ServiceLevel.objects.count()) == (0, 4)
        assert case(company_b, "cleo", "charlie").number == 1
        row = BusinessCalendar.objects.get()
        assert (row.time_zone, row.hours, row.is_default) == ("Europe/London", HOURS, True)
        assert Customer.objects.filter(id=in_a.customer["ada"].id).count() == 0

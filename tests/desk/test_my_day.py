"""My day: promises, cases, tasks and grants in one ranked list, answered by one key."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.models import CustomerSummary
from interactions.models import Case, CaseKind, Grant, NeedKind, Promise, Task
from interactions.services.authors import author_of
from interactions.services.cases import open_case
from interactions.services.interactions import Contact, record_interaction
from interactions.services.needs import record_need
from interactions.services.promise_sweep import sweep_promises
from interactions.services.promises import make_promise
from interactions.services.tasks import make_task
from tenancy.context import tenant_context
from tests.cast import Company
from tests.desk.conftest import SignIn


@pytest.fixture
def morning(company_a: Company) -> dict[str, Any]:
    """Of Alice's: Ada, worth 1,000 with half of it at stake, has a promise and a task; Abe, worth more, a case."""
    with tenant_context(company_a.tenant.id):
        company_a.add_customer("abe", "alice", name="Abe Anders")
        for key, value in (("ada", 100_000), ("abe", 400_000)):
            CustomerSummary.objects.filter(customer=company_a.customer[key]).update(
                value=value, no_order_90=0.5
            )
        by = author_of(company_a.access("alice"))
        ada, abe = company_a.customer["ada"], company_a.customer["abe"]
        due = timezone.now() + timedelta(minutes=1)
        promise, _ = make_promise(customer=ada, words="Call back about the kettle", due_at=due, by=by)
        task, _ = make_task(subject="Send the list", customer=ada, due_at=due - timedelta(days=3), by=by)
        case, _ = open_case(customer=abe, kind=CaseKind.objects.all()[0], subject="Lid is scratched", by=by)
        Case.objects.filter(id=case.id).update(
            escalation=Case.NEAR, due_at=timezone.now() + timedelta(hours=1)
        )
        return {"promise": promise, "task": task, "case": case}


def lines_of(client: Client, url: str) -> list[tuple[str, str]]:
    return [
        (line.kind, line.who) for line in client.get(url).context["lines"] if line.kind not in ("new", "work")
    ]


def answer(client: Client, company: Company, kind: str, record_id: Any, do: str, **values: Any) -> Any:
    url = reverse("day_answer", args=[company.tenant.slug, kind, record_id])
    return client.post(url, {"do": do, **values}, headers={"HX-Request": "true"})


def test_late_first_then_by_value_at_stake(
    company_a: Company, sign_in: SignIn, morning: dict[str, Any]
) -> None:
    alice, url = sign_in("alice"), company_a.url()
    assert lines_of(alice, url) == [
        ("task", "Ada Lovelace"),
        ("case", "Abe Anders"),
        ("promise", "Ada Lovelace"),
    ]
    with tenant_context(company_a.tenant.id):
        past = timezone.now() - timedelta(minutes=2)
        Promise.objects.filter(id=morning["promise"].id).update(due_at=past, remind_at=past)
        sweep_promises("now")
        CustomerSummary.objects.filter(customer=company_a.customer["ada"]).update(value=None)
    page = alice.get(url)
    assert [line.kind for line in page.context["lines"]][:3] == ["task", "promise", "case"]
    body = page.content.decode()
    for words in ("Promise broken: Call back about the kettle", "no value known yet", "of £4,000 at stake",
                  "£2,000 at stake, about", "How this is ranked", "Case #1: Lid is scratched"):  # fmt: skip
        assert words in body
    assert lines_of(alice, f"{url}?kind=case") == [("case", "Abe Anders")]
    assert lines_of(sign_in("bob"), url) == []
    # Whoever was in touch since has mended what could be mended.
    with tenant_context(company_a.tenant.id):
        contact = Contact(channel="phone", occurred_at=timezone.now())
        record_interaction(
            customer=company_a.customer["ada"], contact=contact, by=author_of(company_a.access("alice"))
        )
    assert ("promise", "Ada Lovelace") not in lines_of(alice, url)


def test_one_key_answers_and_the_next_line_opens(
    company_a: Company, sign_in: SignIn, morning: dict[str, Any]
) -> None:
    alice = sign_in("alice")
    done = answer(alice, company_a, "task", morning["task"].id, "done", at="0")
    assert done.context["open_at"] == 0
    assert done.context["lines"][0].who == "Abe Anders"
    assert "autofocus" in done.content.decode()
    toast = json.loads(done["HX-Trigger"])["toast"]
    assert toast["text"] == "Done: Send the list"
    assert alice.post(toast["undo_url"], headers={"HX-Request": "true"}).status_code == 204
    assert answer(sign_in("bob"), company_a, "task", morning["task"].id, "done").status_code == 404
    assert answer(alice, company_a, "task", morning["task"].id, "tomorrow").status_code == 200
    assert answer(alice, company_a, "promise", morning["promise"].id, "keep").status_code == 200
    # Pressed twice it is kept once.
    assert answer(alice, company_a, "promise", morning["promise"].id, "keep").status_code == 200
    assert answer(alice, company_a, "case", morning["case"].id, "answered").status_code == 200
    assert answer(alice, company_a, "case", morning["case"].id, "wait").status_code == 200
    again = answer(alice, company_a, "case", morning["case"].id, "wait")
    assert "waits for the customer already" in json.loads(again["HX-Trigger"])["toast"]["text"]
    for kind, do in (("case", "keep"), ("nothing", "done")):
        assert answer(alice, company_a, kind, morning["case"].id, do).status_code == 404
    assert lines_of(alice, company_a.url()) == []
    with tenant_context(company_a.tenant.id):
        assert Promise.objects.get(id=morning["promise"].id).state == "kept"
        assert Task.objects.get(id=morning["task"].id).snoozed_until is not None


def test_a_grant_waits_for_a_yes_and_the_frontline_sees_what_became_of_it(
    company_a: Company, sign_in: SignIn
) -> None:
    with tenant_context(company_a.tenant.id):
        grant = Grant.objects.create(
            customer=company_a.customer["ada"], kind="credit", amount=2_500, reason="scratched lid", state="asked",
            asked_of=company_a.member["admin"], asked_at=timezone.now(), author=company_a.access("fran").actor,
            author_name="fran", key="one",
        )  # fmt: skip
        make_task(subject="Count the till", due_at=timezone.now(), by=author_of(company_a.access("fran")))
    fran, admin = sign_in("fran"), sign_in("admin")
    assert lines_of(fran, company_a.url()) == [("task", "Count the till"), ("grant", "Ada Lovelace")]
    assert "waits for admin" in fran.get(company_a.url()).content.decode()
    assert lines_of(admin, company_a.url("?kind=grant")) == [("grant", "Ada Lovelace")]
    assert answer(fran, company_a, "grant", grant.id, "yes").status_code == 404
    assert answer(admin, company_a, "grant", grant.id, "yes").status_code == 200
    assert lines_of(admin, company_a.url("?kind=grant")) == []
    page = fran.get(company_a.url()).content.decode()
    assert "You asked for credit, £25.00; given" in page
    assert "at stake" not in page.replace("value at stake", "")


def test_many_of_a_kind_are_thirty_and_cost_no_more_queries(
    company_a: Company, sign_in: SignIn, morning: dict[str, Any]
) -> None:
    alice = sign_in("alice")
    alice.get(company_a.url())
    with CaptureQueriesContext(
        connection,
    ) as few:
        alice.get(company_a.url())
    with tenant_context(company_a.tenant.id):
        by, now = author_of(company_a.access("alice")), timezone.now()
        for n in range(40):
            make_task(subject=f"Task {n}", customer=company_a.customer["abe"], due_at=now, by=by)
    with CaptureQueriesContext(connection) as many:
        page = alice.get(company_a.url())
    assert sum(line.kind == "task" for line in page.context["lines"]) == 30
    assert len(many) <= len(few) + 1
    assert len(few) <= 75


def test_what_somebody_elses_customer_is_worth_is_not_told(
    company_a: Company, sign_in: SignIn, morning: dict[str, Any]
) -> None:
    """Whoever serves Ada may promise her something in their own name; that opens no figures of hers."""
    with tenant_context(company_a.tenant.id):
        bob, ada = company_a.access("bob"), company_a.customer["ada"]
        due = timezone.now() + timedelta(minutes=1)
        make_promise(customer=ada, words="Find a lid", due_at=due, member=bob.member, by=author_of(bob))
        make_task(subject="Ask about the lid", customer=ada, member=bob.member, due_at=due, by=author_of(bob))
        record_need(customer=ada, kind=NeedKind.objects.all()[0], words="At work all week", by=author_of(bob))
        CustomerSummary.objects.filter(customer=ada).update(orders=7, alive=0.83, margin_year=61_700)
    for at in (0, 1):
        page = sign_in("bob").get(f"{company_a.url()}?at={at}")
        line = page.context["lines"][at]
        assert (line.who, line.value, line.value_words, line.facts) == ("Ada Lovelace", None, "", [])
        assert page.context["may_we"] == []
        assert "at stake" not in page.context["sentence"]
    opened = sign_in("alice").get(company_a.url()).context["lines"][0]
    assert {fact["label"] for fact in opened.facts} >= {
        "Chance alive",
        "Orders",
        "Margin, 12 months",
        "Told us",
    }

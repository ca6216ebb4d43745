"""Pages of cases and their settings: what stands there, who may act, and what a refusal says."""

from typing import Any

import pytest
from django.test import Client

from interactions.models import BusinessCalendar, Case, CaseKind, ServiceLevel
from interactions.services.authors import author_of
from interactions.services.cases import assign_case
from interactions.services.escalations import escalate_cases
from tenancy.context import tenant_context
from tenancy.models import Role
from tests.cast import Company
from tests.interactions.test_cases import at, case, close_on_monday, london


@pytest.fixture
def desk(company_a: Company) -> Any:
    def open_desk(key: str) -> Client:
        client = Client()
        client.force_login(company_a.member[key].user)
        return client

    return open_desk


def text_of(answer: Any) -> str:
    return answer.content.decode()  # type: ignore[no-any-return]


def test_a_case_from_the_customers_page_to_its_end(company_a: Company, desk: Any) -> None:
    alice, ada = desk("alice"), company_a.customer["ada"]
    with tenant_context(company_a.tenant.id):
        close_on_monday()
        kinds = {row.name: str(row.id) for row in CaseKind.objects.all()}
    new = company_a.url(f"customers/{ada.id}/cases/new/")
    said = {
        "key": "form:1",
        "subject": "The lid is missing",
        "kind": kinds["Delivery"],
        "severity": "1",
        "text": "",
    }
    with at(london(28, 16)):
        assert alice.post(new, {**said, "subject": " "}).status_code == 422
        page = alice.post(new, said)["Location"]
        assert alice.post(new, said)["Location"] == page
        shown = text_of(alice.get(page))
    for words in (
        "by <time>Tue 11:45</time>",
        "by <time>Wed 16:00</time>",
        "Why normal",
        "42 of 100",
        "Kind: Delivery",
    ):
        assert words in shown
    with at(london(32, 11)):
        assert alice.post(f"{page}act/", {"do": "resolve", "text": " "}).status_code == 422
        alice.post(f"{page}act/", {"do": "wait", "text": "Which colour?"})
        listed = text_of(alice.get(company_a.url("cases/")))
        assert "The lid is missing" in listed
        assert "the clock stands" in listed
        assert "waits for the customer" in text_of(alice.get(company_a.url(f"customers/{ada.id}/")))
    with at(london(32, 13)):
        alice.post(f"{page}act/", {"do": "resume", "text": "Red."})
        assert "by <time>Thu 09:30</time>" in text_of(alice.get(page))
        alice.post(f"{page}act/", {"do": "severity", "severity": "3", "text": "It is dangerous"})
        alice.post(f"{page}act/", {"do": "assign", "member": str(company_a.member["bob"].id)})
        alice.post(f"{page}act/", {"do": "resolve", "text": "Sent one."})
        assert "No case is open" in text_of(alice.get(company_a.url(f"customers/{ada.id}/")))
        assert "The lid is missing" in text_of(alice.get(company_a.url("cases/?list=resolved&priority=2")))
        alice.post(f"{page}act/", {"do": "reopen", "text": "Blue."})
        shown = text_of(alice.get(page))
    assert "opened again once" in shown
    assert alice.post(f"{page}act/", {"do": "dance"}).status_code == 404
    with tenant_context(company_a.tenant.id):
        found = Case.objects.get()
        assert (found.state, found.reopened, found.severity, found.member_id) == ("open", 1, 3, None)


def test_who_sees_what(company_a: Company, company_b: Company, desk: Any) -> None:
    ada, fran = company_a.customer["ada"], desk("fran")
    new = company_a.url(f"customers/{ada.id}/cases/new/")
    with tenant_context(company_a.tenant.id):
        kind = str(CaseKind.objects.get(name="Bill").id)
    sent = fran.post(new, {"subject": "Paid twice", "kind": kind, "severity": "2", "key": "till:1"})
    assert sent["Location"] == company_a.url(f"customers/{ada.id}/card/")
    card = text_of(fran.get(sent["Location"]))
    assert "Paid twice" in card
    assert "#1, to be answered" in card
    with tenant_context(company_a.tenant.id):
        page = company_a.url(f"cases/{Case.objects.get().id}/")
    assert fran.get(page).status_code == 403
    assert desk("bob").get(page).status_code == 404
    assert desk("bob").post(f"{page}act/", {"do": "note", "text": "x"}).status_code == 404
    charlie = Client()
    charlie.force_login(company_b.member["charlie"].user)
    assert charlie.get(company_b.url(page.removeprefix(company_a.url()))).status_code == 404
    role = company_a.roles["analyst"]
    with tenant_context(company_a.tenant.id):
        left = [code for code in role.permissions if code != "value.view_value"]
        Role.objects.filter(id=role.id).update(permissions=left)
        company_a.add("nina", "analyst")
    nina = desk("nina")
    assert "your role does not see it" in text_of(nina.get(page))
    assert nina.post(f"{page}act/", {"do": "note", "text": "x"}).status_code == 403


def test_an_escalated_case_is_in_the_day_of_who_must_know(in_a: Company, desk: Any) -> None:
    with at(london(25, 9)):
        made = case(in_a, subject="Boils over")
    with at(london(25, 12, 30)):
        escalate_cases()
        assert "comes near its limit: Boils over" in text_of(desk("alice").get(in_a.url()))
        assert "Boils over" not in text_of(desk("admin").get(in_a.url()))
    with at(london(25, 13, 30)):
        escalate_cases()
        for key in ("alice", "admin"):
            assert "is past its limit: Boils over" in text_of(desk(key).get(in_a.url()))
        assign_case(case=made, member=in_a.member["admin"], by=author_of(in_a.access("admin")))
        shown = text_of(desk("admin").get(in_a.url(f"cases/{made.id}/")))
    assert "past the limit of the answer; told " in shown
    assert "past its limit" in shown


def test_the_settings_say_and_keep_what_counts(company_a: Company, desk: Any) -> None:
    admin, here = desk("admin"), company_a.url("settings/cases/")
    shown = text_of(admin.get(here))
    for words in (
        "Monday to Friday 09:00-17:30",
        "Saturday to Sunday closed",
        "4 h 15 min",
        "Urgent from 65",
    ):
        assert words in shown
    with tenant_context(company_a.tenant.id):
        calendar, kind = BusinessCalendar.objects.get(), CaseKind.objects.get(name="Bill")
    page = f"{here}calendars/{calendar.id}/"
    week = {
        "name": "Shop",
        "time_zone": "Europe/London",
        "is_default": "on",
        "day_6": "10:00-13:00, 14:00-16:00",
    }
    for wrong, words in (
        ({"day_6": "10-13"}, "times are written as"),
        ({"day_6": "ten"}, "Write hours as"),
        ({"day_6": "10:00-13:00, 12:00-16:00"}, "overlap"),
        ({"day_6": ""}, "never opens"),
        ({"holidays": "Christmas"}, "A holiday is a date"),
        ({"day_6": "10:00-10:01"}, "five years"),
    ):
        answer = admin.post(page, {**week, **wrong})
        assert (answer.status_code, words in text_of(answer)) == (422, True), wrong
    assert admin.post(page, {**week, "holidays": "2026-12-26 Boxing Day"})["Location"] == here
    assert "10:00-13:00, 14:00-16:00" in text_of(admin.get(page))
    assert "used by nobody" not in text_of(admin.post(f"{page}archive/", follow=True))
    new = {"name": "Warranty", "weight": "41", "calendar": str(calendar.id)}
    assert admin.post(f"{here}kinds/new/", new).status_code == 422
    assert admin.post(f"{here}kinds/new/", {**new, "weight": "40"})["Location"] == here
    assert admin.post(f"{here}kinds/new/", {**new, "weight": "1"}).status_code == 422
    admin.post(f"{here}kinds/{kind.id}/archive/")
    levels = {f"{what}_{at}": "2.5" for what in ("answer", "resolve") for at in range(1, 5)}
    assert admin.post(f"{here}levels/", {**levels, "resolve_2": "1"}).status_code == 422
    assert admin.post(f"{here}levels/", levels)["Location"] == here
    with tenant_context(company_a.tenant.id):
        assert set(ServiceLevel.objects.values_list("answer_minutes", "resolve_minutes")) == {(150, 150)}
        assert CaseKind.objects.get(id=kind.id).archived_at is not None
        assert BusinessCalendar.objects.get(id=calendar.id).archived_at is None
    assert desk("alice").get(here).status_code == 403

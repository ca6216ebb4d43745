"""The quick log through its doors: who may log to whom, what is kept of the text, once however often it is sent."""

import html
import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.services.customers import trash_customers
from interactions.models import Interaction, Need, Promise
from tenancy.context import tenant_context
from tenancy.models import AccessEntry
from tests.cast import Company

SCRIPT: dict[str, Any] = {"HTTP_ACCEPT": "application/json"}
TEXT = "\U0001f956 Liked it. #gift for her sister.\r\n!call back in 3 days"


@pytest.fixture
def fran(company_a: Company) -> Client:
    return signed_in(company_a, "fran")


def signed_in(company: Company, key: str) -> Client:
    client = Client()
    client.force_login(company.member[key].user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def door(company: Company, key: str = "ada", part: str = "") -> str:
    return company.url(f"customers/{company.customer[key].id}/log/{part}")


def told(text: str = TEXT, **more: Any) -> dict[str, Any]:
    return {"channel": "phone", "way": "inbound", "text": text, **more}


def chips_in(page: bytes) -> dict[str, Any]:
    """What the chips of a page carry, as its form would send them."""
    found = re.findall(r'name="(need|promise)" value="([^"]*)"', page.decode())
    return {name: [html.unescape(value) for of, value in found if of == name] for name in ("need", "promise")}


def stored(company: Company) -> tuple[int, int, int]:
    with tenant_context(company.tenant.id):
        return Interaction.objects.count(), Need.objects.count(), Promise.objects.count()


def test_without_a_script_the_chips_come_on_a_second_page(company_a: Company, fran: Client) -> None:
    page = fran.get(door(company_a))
    assert b"alice\xe2\x80\x99s list" in page.content.lower()
    assert b"\xc2\xa3" not in page.content, "no value of somebody whom one only serves"
    second = fran.post(door(company_a), told())
    assert stored(company_a) == (0, 0, 0)
    chips = chips_in(second.content)
    assert b"keep until" in second.content
    saved = fran.post(door(company_a), told(seen="1", promise=chips["promise"]))
    assert saved.status_code == 302
    assert saved["Location"] == company_a.url(f"customers/{company_a.customer['ada'].id}/card/")
    assert stored(company_a) == (1, 0, 1), "the need was not confirmed"
    with tenant_context(company_a.tenant.id):
        looks = AccessEntry.objects.filter(actor=f"member:{company_a.member['fran'].id}", view="service card")
        assert looks.count() == 1, "opening the page is a look, saving is none"


def test_a_script_reads_while_it_is_typed_and_saves_once(company_a: Company) -> None:
    alice = signed_in(company_a, "alice")
    part = alice.post(door(company_a, part="read/"), {"text": TEXT}, headers={"HX-Request": "true"})
    chips, start = chips_in(part.content), int(re.findall(rb'data-start="(\d+)"', part.content)[0])
    assert start == len("\U0001f956 Liked it. ") + 1, "counted as browsers count"
    draft = told(key="draft-1", stay="1", written_at=timezone.now().isoformat(), **chips)
    first, again = (alice.post(door(company_a), draft, **SCRIPT) for _ in range(2))
    assert first.json() == again.json()
    assert first.json()["words"] == "Logged with Ada Lovelace, with a need and a promise"
    assert stored(company_a) == (1, 1, 1)
    page = alice.get(company_a.url(f"customers/{company_a.customer['ada'].id}/")).content.decode()
    page = page.partition('id="timeline"')[2].partition('data-pane="now"')[0]
    assert page.count("Gift") == 1, "the need stands with the contact it came of, not once more beside it"
    assert "Promised: call back" not in page
    other = alice.post(door(company_a), {**draft, "text": "Something else"}, **SCRIPT)
    assert (other.status_code, "was used" in other.json()["why"]) == (422, True)


def test_what_was_kept_without_a_connection_means_the_day_it_was_written(
    company_a: Company, fran: Client
) -> None:
    written = timezone.now() - timedelta(days=1)
    draft = told(key="draft-2", unread="1", written_at=written.isoformat())
    for _ in range(2):
        assert fran.post(door(company_a), draft, **SCRIPT).status_code == 200
    assert stored(company_a) == (1, 1, 1)
    with tenant_context(company_a.tenant.id):
        contact, promise = Interaction.objects.get(), Promise.objects.get()
    assert contact.occurred_at == written
    assert promise.due_at.date() == (written + timedelta(days=3)).date()


def test_what_makes_no_sense_is_refused_in_words_and_nothing_is_kept(company_a: Company) -> None:
    alice = signed_in(company_a, "alice")
    past = json.dumps({"words": "call", "due_at": datetime(2020, 1, 1).astimezone().isoformat()})
    odd = (
        told(""), told("x", channel="pigeon"), told("x", need="{}"), told("x", need="[1]"), told("x", promise="no"),
        told("x", need=json.dumps({"kind": str(company_a.tenant.id), "words": ""})), told("x", promise=past),
        told("x", promise=json.dumps({"words": "call", "due_at": 5})), told("\x00"), told("x", key="k" * 200),
    )  # fmt: skip
    for wrong in odd:
        answer = alice.post(door(company_a), wrong, **SCRIPT)
        assert (answer.status_code, bool(answer.json().get("why"))) == (422, True), wrong
        assert alice.post(door(company_a), {**wrong, "seen": "1"}).status_code == 422
    assert stored(company_a) == (0, 0, 0)


def test_nobody_logs_to_whom_they_may_not_serve(company_a: Company, company_b: Company, fran: Client) -> None:
    charlie = signed_in(company_b, "charlie")
    theirs = company_b.url(f"customers/{company_a.customer['ada'].id}/log/")
    assert charlie.get(theirs).status_code == charlie.post(theirs, told()).status_code == 404
    with tenant_context(company_a.tenant.id):
        trash_customers(customer_ids=[company_a.customer["ada"].id], by=None)
    assert fran.get(door(company_a)).status_code == fran.post(door(company_a), told()).status_code == 404
    found = fran.get(company_a.url("log/"), {"q": "hal"}, headers={"HX-Request": "true"}).content.decode()
    assert door(company_a, "hal") in found
    assert "data-best" in found

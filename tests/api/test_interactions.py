"""Contacts at the machine door: logged once, answered item by item, corrected with the state that was read."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from interactions.models import Interaction
from tenancy.context import tenant_context
from tests.api.conftest import V1
from tests.cast import Company

TALKS = V1 + "interactions/"


def body(company: Company, customer: str = "ada", **values: Any) -> dict[str, Any]:
    return {"customer": str(company.customer[customer].id), "channel": "phone", **values}


def test_a_contact_is_logged_read_and_listed(shop: APIClient, company_a: Company) -> None:
    text = "\u4f60\u597d " * 30_000
    made = shop.post(
        TALKS, body(company_a, text=text, minutes="4.5", occurred_at="2024-03-31T02:30:00+02:00")
    )
    assert (made.status_code, made["ETag"]) == (201, '"v1"')
    assert made.json()["occurred_at"] == "2024-03-31T00:30:00Z"
    read = shop.get(f"{TALKS}{made.json()['id']}/").json()
    assert (read["text"], read["corrections"], read["author"]) == (text, [], "web shop")
    shop.post(TALKS, body(company_a, "ben", channel="shop"))
    listed = shop.get(TALKS, {"customer": str(company_a.customer["ada"].id), "page_size": 1}).json()
    assert [row["excerpt"] for row in listed["results"]] == [text[:400]]
    assert listed["next"] is None
    everybody = shop.get(TALKS, {"page_size": 1}).json()
    assert [row["channel"] for row in everybody["results"]] == ["shop"], "the newest first"
    assert [row["channel"] for row in shop.get(everybody["next"]).json()["results"]] == ["phone"]


def test_the_key_makes_it_one_contact(shop: APIClient, company_a: Company) -> None:
    first = shop.post(TALKS, body(company_a, key="k"))
    again = shop.post(TALKS, body(company_a, key="k"))
    other = shop.post(TALKS, body(company_a, key="k", channel="shop"))
    assert [first.status_code, again.status_code, other.status_code] == [201, 200, 409]
    assert (again.json()["id"], list(other.json()["errors"])) == (first.json()["id"], ["key"])


def test_what_cannot_be_kept_is_said_by_field(
    shop: APIClient, company_a: Company, company_b: Company
) -> None:
    wrong = [
        body(company_a, occurred_at="2024-03-31T02:30:00"), body(company_a, occurred_at="2999-01-01T00:00:00Z"),
        body(company_a, text="x" * 100_001), body(company_a, minutes="NaN"), body(company_a, satisfaction=6),
        {**body(company_a), "customer": str(company_b.customer["cleo"].id)},
    ]  # fmt: skip
    answers = [shop.post(TALKS, one) for one in wrong]
    assert [answer.status_code for answer in answers] == [400] * 6
    fields = ["occurred_at", "occurred_at", "text", "minutes", "satisfaction", "customer"]
    assert [list(answer.json()["errors"]) for answer in answers] == [[field] for field in fields]


def test_frontline_logs_for_whom_they_serve_and_corrects_what_they_wrote(
    fran: APIClient, alice: APIClient, company_a: Company
) -> None:
    made = fran.post(TALKS, body(company_a, subject="the oven"))
    assert made.status_code == 201
    own = f"{TALKS}{made.json()['id']}/"
    corrected = fran.patch(own, {"subject": "the stove", "reason": "misheard"})
    assert (corrected.status_code, corrected.json()["subject"]) == (200, "the stove")
    others = alice.post(TALKS, body(company_a)).json()["id"]
    assert fran.patch(f"{TALKS}{others}/", {"subject": "x", "reason": "r"}).status_code == 404
    assert alice.post(TALKS, body(company_a, "ben")).status_code == 201, "managers open any service card too"


def test_a_correction_names_the_state_it_was_made_from(shop: APIClient, company_a: Company) -> None:
    made = shop.post(TALKS, body(company_a, subject="the oven"))
    here = f"{TALKS}{made.json()['id']}/"
    assert "reason" in shop.patch(here, {"subject": "x"}).json()["errors"]
    change = {"subject": "the stove", "occurred_at": "2024-01-01T00:00:00Z", "reason": "misheard"}
    right = shop.patch(here, change, HTTP_IF_MATCH=made["ETag"])
    assert (right.status_code, right["ETag"]) == (200, '"v2"')
    (correction,) = right.json()["corrections"]
    assert (correction["reason"], correction["before"]["subject"]) == ("misheard", "the oven")
    late = shop.patch(here, {"subject": "the fridge", "reason": "r"}, HTTP_IF_MATCH=made["ETag"])
    assert late.status_code == 412
    assert shop.patch(here, {"sentiment": "bad", "reason": "r"}).json()["version"] == 3


def test_many_are_answered_item_by_item(shop: APIClient, company_a: Company, company_b: Company) -> None:
    items: list[Any] = [body(company_a, key=f"k{n}") for n in range(200)]
    items += [
        {"channel": "phone"},
        body(company_a, channel="pigeon"),
        body(company_b, "cleo"),
        body(company_a, key="k0"),
    ]
    with CaptureQueriesContext(connection) as asked:
        answer = shop.post(f"{TALKS}bulk/", {"items": items})
    said = answer.json()
    assert (said["created"], said["unchanged"], said["refused"]) == (200, 1, 3)
    assert [one["status"] for one in said["results"][200:]] == [400, 400, 400, 200]
    assert said["results"][203]["id"] == said["results"][0]["id"]
    assert len(asked) < 30, "as many statements as for a few"
    with tenant_context(company_a.tenant.id):
        assert Interaction.objects.count() == 200
    assert shop.post(f"{TALKS}bulk/", {"items": items * 5}).status_code == 400

"""rules/: drafts, activations, dry runs, exchange between companies."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from rules.models import RuleSet
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import Job, TenantProfile
from tests.api.conftest import V1, rules_content, session_client, token_client
from tests.cast import Company

RULES = f"{V1}rules/"


def url(rules: dict[str, Any], what: str = "") -> str:
    return f"{RULES}{rules['id']}/{what}"


@pytest.fixture
def made(company_a: Company, admin: APIClient) -> dict[str, Any]:
    """Kinds of customer with a complete draft."""
    answer = admin.post(RULES, {"kind": "value.kind", "name": "Kinds", "content": rules_content(4)})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_draft_is_written_and_its_problems_are_said(admin: APIClient, made: dict[str, Any]) -> None:
    assert (made["draft"]["revision"], made["draft"]["problems"], made["standing"]["seen"]) == (1, [], 0)
    broken = rules_content(4)
    broken["rules"][0]["when"]["all"][0]["value"] = "many"
    answer = admin.patch(url(made), {"content": broken})
    assert answer.status_code == 200
    assert [problem["at"] for problem in answer.json()["draft"]["problems"]] == ["rules.0.when.all.0.value"]
    refused = admin.post(url(made, "activate/"), {"seen": 0})
    assert (refused.status_code, list(refused.json()["errors"])) == (
        422,
        ["content.rules.0.when.all.0.value"],
    )
    assert admin.post(url(made, "dry-run/")).json()["errors"].keys() == refused.json()["errors"].keys()


def test_rules_that_make_little_sense_are_found(admin: APIClient, made: dict[str, Any]) -> None:
    content = rules_content(4)
    content["rules"].append(
        {**rules_content(5)["rules"][0], "id": "r2", "name": "Two", "then": {"kind": "migrator"}}
    )
    draft = admin.patch(url(made), {"content": content}).json()["draft"]
    [found] = draft["findings"]
    assert (draft["problems"], found["at"], found["code"], found["severity"]) == (
        [],
        "rules.1",
        "unreachable",
        "refuse",
    )
    refused = admin.post(url(made, "activate/"), {"seen": 0})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["content.rules.1"])


def test_a_lost_update_is_refused(admin: APIClient, made: dict[str, Any]) -> None:
    tag = admin.get(url(made))["ETag"]
    first = admin.patch(url(made), {"content": rules_content(5)}, headers={"If-Match": tag})
    assert (first.status_code, first.json()["draft"]["revision"]) == (200, 2)
    assert admin.patch(url(made), {"name": "Other"}, headers={"If-Match": tag}).status_code == 412
    assert admin.patch(url(made), {"name": "Other"}, headers={"If-Match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400), ({"kind": "tests.gone", "name": "x"}, 422), ({"kind": "value.kind", "name": "Kinds"}, 422),
        ({"kind": "value.kind", "name": "x", "level": "portfolio"}, 422),
        ({"kind": "value.kind", "name": "x", "id": 1}, 400),
        ({"kind": "value.kind", "name": "x", "content": []}, 400), ({"kind": "value.kind", "name": "\x00"}, 400),
        ({"kind": "value.kind", "name": "x", "portfolios": ["x"]}, 400),
        ({"kind": "value.kind", "name": "x", "content": {"rules": ["x" * 400_000]}}, 400),
        ({"kind": "value.kind", "name": "x", "content": {"rules": ["\x00"]}}, 400),
    ],
)  # fmt: skip
def test_bad_bodies(admin: APIClient, made: dict[str, Any], body: Any, status: int) -> None:
    answer = admin.post(RULES, body)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), (
        answer.content
    )


def test_activate_from_a_day_and_roll_back(admin: APIClient, made: dict[str, Any]) -> None:
    now = admin.post(url(made, "activate/"), {"seen": 0, "comment": "first", "revision": 1})
    assert (now.status_code, now.json()["state"], now.json()["version"]) == (201, "agreed", 1)
    admin.patch(url(made), {"content": rules_content(5)})
    later = admin.post(url(made, "activate/"), {"seen": 1, "starts_on": "2026-12-01"})
    assert later.status_code == (201 if later.json().get("begins", "") else 422)
    admin.post(url(made, "activate/"), {"seen": admin.get(url(made)).json()["standing"]["seen"]})
    seen = admin.get(url(made)).json()["standing"]["seen"]
    back = admin.post(url(made, "rollback/"), {"seen": seen, "to": 1, "comment": "too many"})
    assert (back.status_code, back.json()["is_rollback"]) == (201, True)
    standing = admin.get(url(made)).json()["standing"]
    assert (standing["in_force"]["version"], standing["seen"]) == (1, seen + 1)
    versions = admin.get(url(made, "versions/")).json()["results"]
    assert [version["number"] for version in versions] == [2, 1]
    assert admin.get(url(made, "activations/")).json()["results"][0]["comment"] == "too many"


def test_an_old_view_is_409(admin: APIClient, made: dict[str, Any]) -> None:
    admin.post(url(made, "activate/"), {"seen": 0})
    crossed = admin.post(url(made, "activate/"), {"seen": 0})
    assert (crossed.status_code, crossed.json()["code"]) == (409, "edited_meanwhile")
    assert "a moment ago" in crossed.json()["detail"]


def test_two_people_decide(company_a: Company, admin: APIClient, made: dict[str, Any]) -> None:
    with tenant_context(company_a.tenant.id):
        TenantProfile.objects.update(rules_need_second_person=True)
        company_a.add("nadia", "administrator")
    asked = admin.post(url(made, "activate/"), {"seen": 0})
    assert (asked.json()["state"], admin.get(url(made)).json()["standing"]["in_force"]) == ("waiting", None)
    # The token was made by the administrator: neither it nor she is a second person.
    assert admin.post(url(made, "agree/"), {"seen": 1}).status_code == 403
    assert session_client(company_a, "admin").post(url(made, "agree/"), {"seen": 1}).status_code == 403
    nadia = session_client(company_a, "nadia")
    assert nadia.post(url(made, "agree/"), {"seen": 0}).status_code == 409
    agreed = nadia.post(url(made, "agree/"), {"seen": 1})
    assert (agreed.status_code, agreed.json()["decided_by_name"]) == (200, "Nadia")
    admin.patch(url(made), {"content": rules_content(7)})
    admin.post(url(made, "activate/"), {"seen": 2})
    refused = nadia.post(url(made, "refuse/"), {"reason": "too many"})
    assert (refused.json()["state"], refused.json()["reason"]) == ("refused", "too many")


def test_withdraw_what_is_planned(admin: APIClient, made: dict[str, Any]) -> None:
    planned = admin.post(url(made, "activate/"), {"seen": 0, "starts_on": "2030-01-01"}).json()
    answer = admin.post(url(made, "withdraw/"), {"seen": 1, "activation": planned["id"]})
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")


def test_a_dry_run(company_a: Company, admin: APIClient, made: dict[str, Any]) -> None:
    started = admin.post(url(made, "dry-run/"))
    assert (started.status_code, started.json()["state"], started.json()["result"]) == (202, "queued", None)
    assert admin.post(url(made, "dry-run/")).json()["id"] == started.json()["id"]
    run_job(company_a.tenant.id, started.json()["job"])
    shown = admin.get(url(made, "dry-run/")).json()
    assert shown["error"] == ""
    assert (shown["state"], shown["result"]["customers"], shown["is_stale"]) == ("done", 3, False)
    with tenant_context(company_a.tenant.id):
        assert Job.objects.get(id=shown["job"]).result["customers"] == 3


def test_rules_from_another_company(
    company_a: Company, company_b: Company, admin: APIClient, made: dict[str, Any]
) -> None:
    """What names things of the other company comes in as a draft with marks, and cannot be activated so."""
    content = rules_content(4)
    content["rules"][0]["when"]["all"] += [
        {"fact": "portfolios.portfolio", "is": "one_of", "value": [str(company_a.portfolio["alice"].id)]},
        {"fact": "crm.revenue", "is": "at_least", "value": {"amount": "5.00", "currency": "GBP"}},
    ]
    admin.patch(url(made), {"content": content})
    exported = admin.get(url(made, "export/")).json()
    assert "portfolios" not in exported
    with tenant_context(company_b.tenant.id):
        TenantProfile.objects.update(currency="USD")
    other = token_client(company_b, "administrator")
    brought = other.post(f"{RULES}import/", {"rules": exported, "name": "From Alpha"})
    assert brought.status_code == 201, brought.content
    problems = {problem["code"] for problem in brought.json()["draft"]["problems"]}
    assert problems == {"unknown_option", "currency"}
    assert other.post(url(brought.json(), "activate/"), {"seen": 0}).status_code == 422
    assert brought.json()["standing"]["in_force"] is None
    assert other.get(url(made)).status_code == 404


@pytest.mark.parametrize("raw", [{}, {"format": 1}, {"format": "cornershop.rules/1"},
                                 {"format": "cornershop.rules/1", "kind": [], "name": 3},
                                 {"format": "cornershop.rules/1", "kind": "value.kind", "name": "x", "level": "galaxy"},
                                 {"format": "cornershop.rules/1", "kind": "value.kind", "name": "x", "level": "company",
                                  "content": [1]}])  # fmt: skip
def test_bad_exports(admin: APIClient, raw: Any) -> None:
    assert admin.post(f"{RULES}import/", {"rules": raw}).status_code in {400, 422}


def test_a_manager_writes_rules_of_their_own_portfolio(
    company_a: Company, alice: APIClient, bob: APIClient
) -> None:
    body = {"kind": "portfolios.assignment", "name": "Mine", "level": "portfolio",
            "portfolios": [str(company_a.portfolio["alice"].id)]}  # fmt: skip
    mine = alice.post(RULES, body)
    assert mine.status_code == 201, mine.content
    assert mine.json()["portfolios"] == body["portfolios"]
    assert bob.get(url(mine.json())).status_code == 404
    narrowed = f"{RULES}?kind=portfolios.assignment"
    assert [row["name"] for row in alice.get(narrowed).json()["results"]] == ["Mine"]
    assert bob.get(narrowed).json()["results"] == []
    assert bob.post(RULES, {**body, "name": "Theirs"}).status_code == 422
    assert alice.patch(url(mine.json()), {"description": "d"}).status_code == 200


def test_lists_are_narrowed_and_paged(company_a: Company, admin: APIClient, made: dict[str, Any]) -> None:
    admin.post(RULES, {"kind": "portfolios.assignment", "name": "Places"})
    assert [row["name"] for row in admin.get(RULES).json()["results"]] == [
        "Kinds", "No marketing while a case is open", "Places",
    ]  # fmt: skip
    assert [row["name"] for row in admin.get(f"{RULES}?kind=value.kind").json()["results"]] == ["Kinds"]
    page = admin.get(f"{RULES}?page_size=1").json()
    assert (len(page["results"]), page["next"] is not None) == (1, True)
    assert admin.get(f"{RULES}?kin=x").status_code == 400


def test_archived_rules_leave_the_list(company_a: Company, admin: APIClient, made: dict[str, Any]) -> None:
    assert admin.post(url(made, "archive/"), {"seen": 0}).json()["archived_at"]
    assert admin.get(f"{RULES}?kind={made['kind']}").json()["results"] == []
    assert admin.patch(url(made), {"content": {"rules": []}}).status_code == 422
    with tenant_context(company_a.tenant.id):
        assert RuleSet.objects.filter(kind=made["kind"]).count() == 1


def test_the_catalogue(admin: APIClient) -> None:
    rooms = admin.get(f"{RULES}facts/").json()["rooms"]
    keys = {fact["key"] for room in rooms for fact in room["facts"]}
    assert {"crm.orders", "value.alive", "portfolios.portfolio"} <= keys
    kinds = {kind["key"]: kind for kind in admin.get(f"{RULES}kinds/").json()["kinds"]}
    assert kinds["value.kind"]["outcome_fields"][0]["options"]

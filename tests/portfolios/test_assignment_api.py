"""Programs run the assignment rules, read what they propose, and decide."""

import pytest
from rest_framework.test import APIClient

from portfolios.models import AssignmentRun
from portfolios.services.assignments import transfer_customers
from tenancy.context import tenant_context
from tests.api.conftest import V1, token_client
from tests.cast import Company
from tests.portfolios.assignment import country, draft_rules, portfolio_names, put_in_force, rule, to, work

RUNS = f"{V1}assignment-runs/"


@pytest.fixture
def client(company_a: Company) -> APIClient:
    with tenant_context(company_a.tenant.id):
        for number in range(4):
            company_a.add_customer(f"n{number}", country="DE")
        rules = draft_rules(company_a, rule("Germans", country("DE"), to(company_a.portfolio["alice"])))
        put_in_force(company_a, rules)
    return token_client(company_a, "administrator")


def ran(company: Company, answer: dict[str, str]) -> None:
    with tenant_context(company.tenant.id):
        work(company, AssignmentRun.objects.get(id=answer["id"]))


def test_from_a_run_to_moved_customers(company_a: Company, client: APIClient) -> None:
    made = client.post(RUNS, {"mode": "propose", "reason": "New regions"}, format="json")
    assert (made.status_code, made.json()["state"], made.json()["asked"]) == (202, "working", None)
    run = f"{RUNS}{made.json()['id']}/"
    ran(company_a, made.json())
    assert client.get(run).json()["proposals"] == {
        "open": 4,
        "accepted": 0,
        "moved": 0,
        "declined": 0,
        "stale": 0,
    }
    page = client.get(f"{run}proposals/?state=open&page_size=2").json()
    first, second = page["results"]
    assert first["to"] == str(company_a.portfolio["alice"].id)
    assert first["from"] != first["to"]
    assert first["decision"]["rule_name"] == "Germans"
    assert page["next"]
    done = client.post(f"{run}accept/", {"proposals": [first["id"]]}, format="json").json()
    assert done == {"accepted": 1, "declined": 0, "out_of_date": 0, "job": None}
    assert client.post(f"{run}decline/", {"proposals": [second["id"]]}, format="json").json()["declined"] == 1
    again = client.post(f"{run}accept/", {"proposals": [first["id"]]}, format="json")
    assert (again.status_code, again.json()["detail"][-9:]) == (422, " already.")
    assert client.post(f"{run}accept/", {"all": True}, format="json").json()["accepted"] == 2
    assert client.get(run).json()["state"] == "done"
    with tenant_context(company_a.tenant.id):
        assert list(portfolio_names(company_a).values()).count("Alice's portfolio") == 4


def test_what_is_out_of_date_is_counted_and_says_why(company_a: Company, client: APIClient) -> None:
    made = client.post(RUNS, {"mode": "propose"}, format="json").json()
    ran(company_a, made)
    with tenant_context(company_a.tenant.id):
        transfer_customers(
            customer_ids=[company_a.customer["n0"].id], to=company_a.portfolio["bob"], reason="mine"
        )
    done = client.post(f"{RUNS}{made['id']}/accept/", {"all": True}, format="json").json()
    assert (done["accepted"], done["out_of_date"]) == (3, 1)
    [stale] = client.get(f"{RUNS}{made['id']}/proposals/?state=stale").json()["results"]
    assert stale["why"] == "somebody moved them meanwhile"


@pytest.mark.parametrize(
    "body",
    [{}, {"all": False}, {"all": True, "proposals": ["0192f0c1-2b3c-7d4e-8f50-617283940a1b"]}, {"to": "x"}],
)
def test_an_answer_says_which(company_a: Company, client: APIClient, body: dict[str, object]) -> None:
    made = client.post(RUNS, {"mode": "propose"}, format="json").json()
    assert client.post(f"{RUNS}{made['id']}/accept/", body, format="json").status_code == 400


def test_bad_runs(company_a: Company, client: APIClient) -> None:
    assert client.post(RUNS, {"mode": "quickly"}, format="json").status_code == 400
    nobody = {"mode": "propose", "draft_of": "0192f0c1-2b3c-7d4e-8f50-617283940a1b"}
    assert client.post(RUNS, nobody, format="json").status_code == 400
    cancelled = client.post(RUNS, {"mode": "automatic"}, format="json").json()
    assert client.post(f"{RUNS}{cancelled['id']}/cancel/", format="json").status_code == 202

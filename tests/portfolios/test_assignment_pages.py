"""Assignment pages: administrators propose and decide; Alice opens decisions about her own; Bob and Charlie get 404."""

import pytest
from django.test import Client

from portfolios.models import AssignmentDecision, AssignmentFacts, AssignmentProposal, AssignmentRun
from portfolios.services.assignments import transfer_customers
from portfolios.services.rules import policy
from tenancy.context import tenant_context
from tests.cast import Company, make_company_a
from tests.portfolios.assignment import (
    EVERYBODY,
    country,
    draft_rules,
    portfolio_names,
    put_in_force,
    rewrite,
    rule,
    rules_in_force,
    run_rules,
    to,
    work,
)
from tests.portfolios.test_pages import signed_in
from tests.stock import stocked


@pytest.fixture
def shop(db: None) -> Company:
    return stocked("shop with Germans", _shop)


def _shop() -> Company:
    company = make_company_a()
    with tenant_context(company.tenant.id):
        for number in range(4):
            company.add_customer(f"n{number}", country="DE")
        rules_in_force(company, rule("Germans", country("DE"), to(company.portfolio["alice"])))
    return company


@pytest.fixture
def admin(shop: Company) -> Client:
    return signed_in(shop, "admin")


def proposed(shop: Company) -> AssignmentRun:
    with tenant_context(shop.tenant.id):
        return run_rules(shop)


def test_the_overview_reads_the_rules_back(shop: Company, admin: Client) -> None:
    page = admin.get(shop.url("portfolios/assignment/")).content.decode()
    for words in ("Germans", "in Germany", "to Alice&#x27;s portfolio", "version 1", "orders a year"):
        assert words in page
    mine = signed_in(shop, "alice").get(shop.url("portfolios/assignment/")).content.decode()
    assert "Germans" in mine
    assert "Try the rules" not in mine
    assert "Bob&#x27;s portfolio" not in mine


def test_from_trying_to_accepting(shop: Company, admin: Client) -> None:
    answer = admin.post(
        shop.url("portfolios/assignment/new/"), {"mode": "propose", "draft_of": "", "reason": ""}
    )
    assert answer.status_code == 302
    with tenant_context(shop.tenant.id):
        run = AssignmentRun.objects.get()
    assert "Cancel" in admin.get(answer["Location"]).content.decode()
    with tenant_context(shop.tenant.id):
        work(shop, run)
    page = admin.get(answer["Location"]).content.decode()
    assert "Accept all 4" in page
    assert "House to Alice" in page
    assert "Country is Germany" in page
    admin.post(f"{answer['Location']}decide/", {"answer": "accept"})
    with tenant_context(shop.tenant.id):
        assert portfolio_names(shop)["n1"] == "Alice's portfolio"
    assert "is done" in admin.get(answer["Location"]).content.decode()


def test_one_by_one_from_the_list_of_a_group(shop: Company, admin: Client) -> None:
    run = proposed(shop)
    with tenant_context(shop.tenant.id):
        first, second = AssignmentProposal.objects.filter(run=run).order_by("customer_id")[:2]
    group = f"?home={first.home_id}&to={first.to_id}"
    url = shop.url(f"portfolios/assignment/{run.id}/")
    assert "Accept 4" in admin.get(f"{url}proposals/{group}").content.decode()
    shown = {"from": "proposals", "home_shown": first.home_id, "to_shown": first.to_id}
    back = admin.post(f"{url}decide/", {"answer": "accept", "proposal": first.id, **shown})
    assert back["Location"].endswith(f"proposals/{group}")
    admin.post(f"{url}decide/", {"answer": "decline", "proposal": second.id, **shown})
    page = admin.get(f"{url}proposals/{group}").content.decode()
    assert "moved" in page
    assert "declined" in page
    again = admin.post(f"{url}decide/", {"answer": "accept", "proposal": first.id}, follow=True)
    assert "accepted this already" in again.content.decode()


def test_what_is_out_of_date_says_why(shop: Company, admin: Client) -> None:
    run = proposed(shop)
    with tenant_context(shop.tenant.id):
        transfer_customers(customer_ids=[shop.customer["n0"].id], to=shop.portfolio["bob"], reason="mine")
    url = shop.url(f"portfolios/assignment/{run.id}/")
    answer = admin.post(f"{url}decide/", {"answer": "accept"}, follow=True).content.decode()
    assert "3 customers moved. 1 customer left where they are: somebody moved them meanwhile." in answer


def test_proposals_of_other_rules_cannot_be_accepted(shop: Company, admin: Client) -> None:
    with tenant_context(shop.tenant.id):
        draft = draft_rules(shop, rule("All", EVERYBODY, to(shop.portfolio["bob"])), name="Second")
        tried = run_rules(shop, draft_of=draft)
    url = shop.url(f"portfolios/assignment/{tried.id}/")
    page = admin.get(url).content.decode()
    assert "This is a draft" in page
    assert "Accept all" not in page
    refused = admin.post(f"{url}decide/", {"answer": "accept"}, follow=True).content.decode()
    assert "come from a draft" in refused
    run = proposed(shop)
    with tenant_context(shop.tenant.id):
        rules = draft_rules(shop, rule("x", EVERYBODY, to(shop.portfolio["bob"])), name="Third")
        rewrite(shop, rules, rule("x", EVERYBODY, to(shop.portfolio["bob"])))
    assert (
        "rules have changed since" in admin.get(shop.url(f"portfolios/assignment/{run.id}/")).content.decode()
    )


def test_a_decision_for_whoever_sees_the_customer(shop: Company, company_b: Company, admin: Client) -> None:
    run = proposed(shop)
    admin.post(shop.url(f"portfolios/assignment/{run.id}/decide/"), {"answer": "accept"})
    with tenant_context(shop.tenant.id):
        made = AssignmentDecision.objects.get(customer=shop.customer["n1"])
        shop.customer["n1"].__class__.objects.filter(id=shop.customer["n1"].id).update(country="FR")
    url = shop.url(f"portfolios/decisions/{made.id}/")
    page = signed_in(shop, "alice").get(url).content.decode()
    for words in ("“Germans”", "version 1", "Put in force by", "Country is Germany", "Germany", "France"):
        assert words in page, words
    assert signed_in(shop, "bob").get(url).status_code == 404
    assert (
        signed_in(company_b, "charlie").get(company_b.url(f"portfolios/decisions/{made.id}/")).status_code
        == 404
    )
    customer = signed_in(shop, "alice").get(shop.url(f"customers/{made.customer_id}/")).content.decode()
    assert f"portfolios/decisions/{made.id}/" in customer


def test_a_decision_by_a_draft_names_the_version_that_came_of_it(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        rules = draft_rules(company_a, rule("All", EVERYBODY, to(company_a.portfolio["bob"])))
        run = run_rules(company_a, draft_of=rules)
        made = AssignmentDecision.objects.filter(run=run, customer=company_a.customer["hal"]).get()
    url = company_a.url(f"portfolios/decisions/{made.id}/")
    admin = signed_in(company_a, "admin")
    assert "a draft that was tried" in admin.get(url).content.decode()
    with tenant_context(company_a.tenant.id):
        put_in_force(company_a, rules)
    page = admin.get(url).content.decode()
    assert "version 1, tried as a draft first" in page
    assert "Put in force by" in page


def test_a_decision_whose_facts_were_erased_stays(shop: Company) -> None:
    with tenant_context(shop.tenant.id):
        dora = shop.add_customer("dora", country="DE")
        AssignmentFacts.objects.filter(customer=dora).delete()
    page = signed_in(shop, "alice").get(shop.url(f"portfolios/decisions/{dora.id}/")).content.decode()
    assert "has been erased" in page


def test_the_policy_and_unpinning(shop: Company, admin: Client) -> None:
    url = shop.url("portfolios/assignment/policy/")
    assert admin.post(url, {"nightly": "propose", "pin_months": "6"}).status_code == 302
    assert admin.post(url, {"nightly": "propose", "pin_months": "1000"}).status_code == 422
    with tenant_context(shop.tenant.id):
        assert (policy().nightly, policy().pin_months) == ("propose", 6)
        n1 = shop.customer["n1"]
        transfer_customers(
            customer_ids=[n1.id], to=shop.portfolio["bob"], reason="asked for Bob", author_name="Bob"
        )
    with tenant_context(shop.tenant.id, actor=f"member:{shop.member['bob'].id}"):
        transfer_customers(
            customer_ids=[shop.customer["n2"].id], to=shop.portfolio["bob"], reason="asked for Bob"
        )
    bob = signed_in(shop, "bob")
    overview = shop.url("portfolios/assignment/")
    assert "Pinned by a transfer" in bob.get(overview).content.decode()
    assert "Pinned by a transfer" not in signed_in(shop, "alice").get(overview).content.decode()
    pin = shop.url(f"portfolios/assignment/pins/{shop.customer['n2'].id}/")
    assert signed_in(shop, "alice").post(pin).status_code == 404
    assert bob.post(pin, follow=True).status_code == 200
    assert "Pinned by a transfer" not in bob.get(overview).content.decode()


def test_bad_addresses(shop: Company, admin: Client) -> None:
    run = proposed(shop)
    url = shop.url(f"portfolios/assignment/{run.id}/")
    assert admin.get(f"{url}proposals/?home=nonsense").status_code == 404
    assert admin.post(f"{url}decide/", {"proposal": "nonsense"}).status_code == 404
    assert admin.post(shop.url("portfolios/assignment/new/"), {"mode": "quickly"}).status_code == 422

"""The value pages: what they say to whom, and what they say when there is nothing."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from crm.models import CustomerSummary
from portfolios.selectors.value import fiscal_quarter, portfolio_value, portfolio_values
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import Job
from tests.cast import Company, make_company_a
from tests.stock import stocked
from tests.value.shop import LAST_DAY, Bought, cdnow, load
from value.models import ModelFit
from value.selectors.equity import customer_equity
from value.services.recompute import start_history, start_recompute


def recompute(company: Company) -> None:
    with tenant_context(company.tenant.id):
        job = start_recompute()
        run_job(company.tenant.id, job.id)
        job.refresh_from_db()
        assert job.state == Job.State.DONE, job.error


@pytest.fixture
def valued(db: None) -> Company:
    """Company A with the CDNOW customers, two thirds of them Alice's, the rest in the house."""
    return stocked("valued", _valued)


def _valued() -> Company:
    company, rows = make_company_a(), cdnow()
    with tenant_context(company.tenant.id):
        load([b for b in rows if int(b.customer) % 3], portfolio_id=company.portfolio["alice"].id)
        load([b for b in rows if int(b.customer) % 3 == 0])
    recompute(company)
    return company


def page(company: Company, client: Client, who: str, path: str) -> Any:
    client.force_login(company.member[who].user)
    return client.get(company.url(path))


def words(response: Any) -> str:
    return response.content.decode()


def test_alice_sees_the_equity_of_her_customers_only(valued: Company, client: Client) -> None:
    with tenant_context(valued.tenant.id):
        hers = CustomerSummary.objects.filter(portfolio_id=valued.portfolio["alice"].id)
        count, scored = hers.count(), hers.exclude(value=None).count()
        found = customer_equity(valued.access("alice"))
        whole = customer_equity(valued.access("admin"))
        expected = sum(hers.exclude(value=None).values_list("value", flat=True))
    assert (found.worth.value, found.worth.customers, found.worth.scored) == (expected, count, scored)
    assert whole.worth.customers == 2360
    assert whole.worth.low < whole.worth.value < whole.worth.high
    assert [row.portfolio_id for row in found.portfolios] == [valued.portfolio["alice"].id]
    text = words(page(valued, client, "alice", "value/"))
    assert f"Only the {count:,} customers in your scope" in text
    assert "House" not in text
    assert "Compute again" not in text
    assert "All 2,360 customers" in words(page(valued, client, "admin", "value/"))


def test_bob_with_an_empty_portfolio_sees_nothing_of_hers(valued: Company, client: Client) -> None:
    response = page(valued, client, "bob", "value/")
    assert response.status_code == 200
    assert "Only the 1 customers" in words(response)
    with tenant_context(valued.tenant.id):
        assert customer_equity(valued.access("bob")).worth.value == 0


@pytest.mark.parametrize("path", ["value/", "value/evidence/", "value/progress/"])
def test_charlie_finds_nothing_and_fran_may_not(
    company_a: Company, company_b: Company, client: Client, path: str
) -> None:
    client.force_login(company_b.member["charlie"].user)
    assert client.get(company_a.url(path)).status_code == 404
    assert page(company_a, client, "fran", path).status_code == 403


def test_recompute_is_asked_for_by_post_and_permission(company_a: Company, client: Client) -> None:
    client.force_login(company_a.member["alice"].user)
    assert client.post(company_a.url("value/recompute/")).status_code == 403
    client.force_login(company_a.member["admin"].user)
    assert client.get(company_a.url("value/recompute/")).status_code == 405
    assert client.post(company_a.url("value/recompute/")).status_code == 302
    with tenant_context(company_a.tenant.id):
        job = Job.objects.get(kind="value.recompute")
        assert job.created_by_id == company_a.member["admin"].id
    text = words(client.get(company_a.url("value/")))
    assert "waits for a worker" in text
    assert "HX-Refresh" not in client.get(company_a.url("value/progress/")).headers
    with tenant_context(company_a.tenant.id):
        run_job(company_a.tenant.id, job.id)
    assert client.get(company_a.url("value/progress/")).headers["HX-Refresh"] == "true"


def test_the_empty_states_say_what_to_do(company_a: Company, client: Client) -> None:
    for path in ("value/", "value/evidence/"):
        assert "there are no orders" in words(page(company_a, client, "admin", path))
    with tenant_context(company_a.tenant.id):
        load([Bought("A", date(2026, 1, 5), 900)])
    assert "Compute now" in words(page(company_a, client, "admin", "value/"))
    assert "Compute now" not in words(page(company_a, client, "alice", "value/"))
    recompute(company_a)
    assert "26 weeks" in words(page(company_a, client, "admin", "value/"))


def test_the_evidence_answers_first(valued: Company, client: Client) -> None:
    response = page(valued, client, "alice", "value/evidence/")
    text = words(response)
    assert "Mostly. For the whole company" in text
    assert "We hid the last 25 weeks" in text
    tracking = json.loads(text.split('id="tracking-data" type="application/json">')[1].split("</script>")[0])
    assert len(tracking["labels"]) == len(tracking["lines"][0]["values"])
    assert tracking["hidden_from"] == len(tracking["labels"]) - 25
    with tenant_context(valued.tenant.id):
        fit = ModelFit.objects.get(is_current=True)
    assert f"?fit={fit.id}" not in text
    assert client.get(valued.url(f"value/evidence/?fit={fit.id}")).status_code == 200
    assert client.get(valued.url(f"value/evidence/?fit={valued.tenant.id}")).status_code == 404
    assert client.get(valued.url("value/evidence/?fit=nonsense")).status_code == 404


def test_where_dropout_cannot_be_identified_nobody_is_alive_for_certain(
    company_a: Company, client: Client
) -> None:
    with tenant_context(company_a.tenant.id):
        load(faithful())
    recompute(company_a)
    with tenant_context(company_a.tenant.id):
        fit = ModelFit.objects.get(is_current=True)
        assert fit.chosen == "nbd"
        rows = CustomerSummary.objects.filter(score="scored")
        assert rows.exists()
        assert not rows.exclude(alive=None).exists()
    assert "On this data dropout cannot be identified" in words(
        page(company_a, client, "admin", "value/evidence/")
    )
    assert "dropout cannot be identified" in words(page(company_a, client, "admin", "value/"))


def faithful() -> list[Bought]:
    """Customers who order at their own pace for two years, and none of whom ever leaves."""
    import numpy as np

    random = np.random.default_rng(3)
    rows = []
    for n in range(600):
        gap = 7 / random.gamma(2.0, 0.06)
        day = int(random.integers(0, 200))
        while day < 730:
            rows.append(Bought(str(n), date(2024, 1, 1) + timedelta(days=day), int(random.gamma(4, 900))))
            day += 1 + int(random.exponential(gap))
    return rows


def test_a_portfolio_has_a_value_today(valued: Company) -> None:
    with tenant_context(valued.tenant.id):
        run_history(valued, date(1998, 5, 31))
        alice, house = valued.portfolio["alice"], valued.access("admin")
        found = portfolio_value(alice, LAST_DAY)
        rows = CustomerSummary.objects.filter(portfolio_id=alice.id)
        assert found.value == sum(v or 0 for v in rows.values_list("value", flat=True))
        assert found.margin_3y == sum(v or 0 for v in rows.values_list("margin_3y", flat=True))
        assert found.low < found.value < found.high
        assert (found.quarter_from, found.quarter_margin > 0) == (date(1998, 4, 1), True)
        assert found.since == date(1998, 5, 31)
        assert found.change == found.value - found.history[-1][1]
        assert set(portfolio_values([alice.id, house.tenant.id], LAST_DAY)) == {alice.id, house.tenant.id}


def run_history(company: Company, day: date) -> None:
    job = start_history(taken_on=day)
    run_job(company.tenant.id, job.id)


@pytest.mark.parametrize(
    ("day", "starts", "first"),
    [
        (date(2026, 3, 31), 1, date(2026, 1, 1)),
        (date(2026, 1, 15), 2, date(2025, 11, 1)),
        (date(2026, 12, 1), 4, date(2026, 10, 1)),
        (date(2026, 2, 1), 12, date(2025, 12, 1)),
    ],
)
def test_a_fiscal_quarter_begins_with_the_tenants_year(day: date, starts: int, first: date) -> None:
    assert fiscal_quarter(day, starts) == first

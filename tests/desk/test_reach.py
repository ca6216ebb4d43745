"""What Alice does to all and sees of others ends where her scope ends."""

import pytest
from django.test import Client

from crm.models import CustomerSummary
from portfolios.models import Portfolio
from portfolios.services.assignments import transfer_customers
from tenancy.context import tenant_context
from tenancy.models import Job
from tests.cast import Company
from tests.desk.conftest import SignIn


@pytest.fixture
def alice(sign_in: SignIn) -> Client:
    return sign_in("alice")


@pytest.mark.parametrize("query", ["portfolio={bob}", "status=nonsense", "value_from=much", "orders_from=-1"])
def test_all_that_match_a_filter_that_does_not_hold_are_not_everybody(
    company_a: Company, alice: Client, query: str
) -> None:
    query = query.format(bob=company_a.portfolio["bob"].id)
    to = str(company_a.portfolio["bob"].id)
    asked = {"all": "1", "query": query, "to": to, "reason": "tidying", "purpose": "other", "note": "a test"}
    for url in ("customers/transfer/", "customers/export/"):
        answer = alice.post(company_a.url(url), asked, follow=True)
        assert "cannot be read, so “all” would mean others" in answer.content.decode(), url
    with tenant_context(company_a.tenant.id):
        ada = CustomerSummary.objects.get(customer=company_a.customer["ada"])
        assert ada.portfolio_id == company_a.portfolio["alice"].id
        assert not Job.objects.exists()


@pytest.fixture
def parted(company_a: Company) -> Company:
    """Alice's organisation Acme; Paul acts for it, and was given to Bob."""
    with tenant_context(company_a.tenant.id):
        acme = company_a.add_customer("acme", "alice", name="Acme Works", kind="organisation")
        paul = company_a.add_customer("paul", "alice", name="Paul Hidden", acts_for_id=acme.id)
        bobs = Portfolio.objects.get(id=company_a.portfolio["bob"].id)
        transfer_customers(customer_ids=[paul.id], to=bobs, reason="parted")
    return company_a


def test_a_person_elsewhere_is_not_named_on_their_organisation(parted: Company, alice: Client) -> None:
    page = alice.get(parted.url(f"customers/{parted.customer['acme'].id}/"))
    assert page.status_code == 200
    assert "Paul Hidden" not in page.content.decode()


def test_an_organisation_elsewhere_is_not_named_and_is_kept(parted: Company, sign_in: SignIn) -> None:
    bob, url = sign_in("bob"), parted.url(f"customers/{parted.customer['paul'].id}/")
    assert "Acme Works" not in bob.get(url).content.decode()
    form = bob.get(f"{url}edit/").context["form"]
    assert "acme-1" not in bob.get(f"{url}edit/").content.decode()
    given = {name: form.initial.get(name) or "" for name in form.fields} | {"name": "Paul Known"}
    assert bob.post(f"{url}edit/", given).status_code == 302
    with tenant_context(parted.tenant.id):
        paul = parted.customer["paul"]
        paul.refresh_from_db()
        assert (paul.name, paul.acts_for_id) == ("Paul Known", parted.customer["acme"].id)


def test_what_another_form_saw_does_not_do_for_the_whole_record(company_a: Company, alice: Client) -> None:
    url = company_a.url(f"customers/{company_a.customer['ada'].id}/")
    seen = alice.get(f"{url}attributes/country/").context["seen"]
    given = {"name": "Ada", "kind": "person", "external_id": "", "country": "", "seen": seen}
    answer = alice.post(f"{url}edit/", given)
    assert answer.status_code == 422
    assert "too old" in answer.content.decode()

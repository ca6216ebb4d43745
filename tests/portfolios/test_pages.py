"""Portfolio and transfer pages: it works for Alice, Bob gets what his role allows, Charlie gets 404."""

import pytest
from django.test import Client

from crm.models import CustomerSummary
from portfolios.models import Assignment, Portfolio, Transfer
from portfolios.services.assignments import transfer_customers
from tenancy.context import tenant_context
from tests.cast import Company


def signed_in(company: Company, key: str) -> Client:
    client = Client()
    client.force_login(
        company.member[key].user, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


@pytest.fixture
def alice(company_a: Company) -> Client:
    return signed_in(company_a, "alice")


@pytest.fixture
def admin(company_a: Company) -> Client:
    return signed_in(company_a, "admin")


def value_customer(company: Company, key: str, value: int, no_order: float = 0.9) -> None:
    with tenant_context(company.tenant.id):
        CustomerSummary.objects.filter(customer=company.customer[key]).update(
            value=value, value_low=value // 2, value_high=value * 2, margin_3y=value, no_order_90=no_order,
            alive=0.4, score="scored",
        )  # fmt: skip


def test_the_list_shows_what_the_scope_reaches(company_a: Company, alice: Client, admin: Client) -> None:
    value_customer(company_a, "ada", 61_200)
    mine = alice.get(company_a.url("portfolios/")).content.decode()
    assert "Alice&#x27;s portfolio" in mine
    assert "612" in mine
    assert "Bob&#x27;s" not in mine
    assert ">House<" not in mine
    everybody = admin.get(company_a.url("portfolios/")).content.decode()
    assert "Bob&#x27;s portfolio" in everybody
    assert ">House<" in everybody
    assert "3 portfolios, 3 customers" in everybody


@pytest.mark.parametrize("sort", ["name", "-name", "customers", "-value", "margin", "nonsense"])
def test_the_list_sorts_by_each_column(company_a: Company, admin: Client, sort: str) -> None:
    assert admin.get(company_a.url(f"portfolios/?sort={sort}&after=nothing")).status_code == 200


def test_one_portfolio(company_a: Company, company_b: Company, alice: Client) -> None:
    value_customer(company_a, "ada", 61_200)
    url = company_a.url(f"portfolios/{company_a.portfolio['alice'].id}/")
    page = alice.get(url).content.decode()
    for words in ("£612", "306 to 1,224", "Ada Lovelace", "See today", "£612</", "Worth most"):
        assert words in page, words
    assert "Margin is net sales less the cost of the goods." in page
    assert signed_in(company_a, "bob").get(url).status_code == 404
    assert signed_in(company_a, "fran").get(url).status_code == 403
    assert signed_in(company_b, "charlie").get(url).status_code == 404
    assert alice.get(company_a.url("portfolios/not-an-id/")).status_code == 404


def test_an_empty_portfolio_says_so(company_a: Company, alice: Client) -> None:
    page = alice.get(company_a.url(f"portfolios/{company_a.portfolio['alice'].id}/")).content.decode()
    assert "not computed yet" in page
    assert "No customer has a score yet" in page
    assert "Nobody moved." in page


def test_who_came_and_who_went_this_month(company_a: Company, alice: Client) -> None:
    with tenant_context(company_a.tenant.id):
        transfer_customers(
            customer_ids=[company_a.customer["ada"].id], to=company_a.portfolio["bob"], reason="moved to Leeds",
            author_name="Alice",
        )  # fmt: skip
    page = alice.get(company_a.url(f"portfolios/{company_a.portfolio['alice'].id}/")).content.decode()
    assert "0 moved in and 1 moved out" in page
    assert "1 customer went to Bob&#x27;s portfolio" in page
    assert "moved to Leeds, Alice" in page
    bob = signed_in(company_a, "bob")
    page = bob.get(company_a.url(f"portfolios/{company_a.portfolio['bob'].id}/")).content.decode()
    assert "1 moved in and 0 moved out" in page


def test_a_portfolio_opens_changes_and_closes(company_a: Company, admin: Client, alice: Client) -> None:
    new = company_a.url("portfolios/new/")
    assert alice.get(new).status_code == 403
    manager = str(company_a.member["alice"].id)
    response = admin.post(new, {"name": "North", "manager": manager, "unit": ""})
    with tenant_context(company_a.tenant.id):
        north = Portfolio.objects.get(name="North")
    assert response.headers["Location"] == company_a.url(f"portfolios/{north.id}/")
    again = admin.post(new, {"name": "North", "manager": manager, "unit": ""})
    assert (again.status_code, "already a portfolio called North" in again.content.decode()) == (422, True)
    assert admin.post(new, {"name": "", "manager": "nobody"}).status_code == 422

    edit = company_a.url(f"portfolios/{north.id}/edit/")
    assert admin.get(edit).status_code == 200
    bob = str(company_a.member["bob"].id)
    assert admin.post(edit, {"name": "Far north", "manager": bob, "unit": ""}).status_code == 302
    with tenant_context(company_a.tenant.id):
        north.refresh_from_db()
        assert (north.name, north.manager.name) == ("Far north", "Bob")


def test_closing_moves_everybody_with_a_reason(company_a: Company, admin: Client) -> None:
    source, target = company_a.portfolio["alice"], company_a.portfolio["bob"]
    close = company_a.url(f"portfolios/{source.id}/close/")
    assert "1 customer would move" in admin.get(close).content.decode()
    assert admin.post(close, {"to": str(target.id), "reason": ""}).status_code == 422
    assert admin.post(close, {"to": str(target.id), "reason": "Alice moves on"}).status_code == 302
    with tenant_context(company_a.tenant.id):
        source.refresh_from_db()
        assert source.closed_at
        moved = Assignment.objects.get(customer=company_a.customer["ada"], period__endswith=None)
        assert (moved.portfolio, moved.reason) == (target, "Alice moves on")
        house = Portfolio.objects.get(is_house=True)
    refused = admin.post(
        company_a.url(f"portfolios/{house.id}/close/"), {"to": str(target.id), "reason": "why"}
    )
    assert (refused.status_code, "stays open" in refused.content.decode()) == (422, True)


def test_a_transfer_is_shown_before_it_is_made(company_a: Company, alice: Client) -> None:
    value_customer(company_a, "ada", 61_200)
    ada, bob = str(company_a.customer["ada"].id), str(company_a.portfolio["bob"].id)
    url = company_a.url("transfers/new/")
    assert "Ada Lovelace" in alice.get(url, {"q": "lovel"}).content.decode()
    asked = {"customer": [ada], "to": bob, "reason": "moved to Leeds"}
    preview = alice.post(url, asked).content.decode()
    assert "1 would move to Bob" in preview
    assert "1 from Alice" in preview
    assert "£612 together" in preview
    with tenant_context(company_a.tenant.id):
        assert not Transfer.objects.exists()
    assert alice.post(url, {**asked, "confirmed": "yes"}).headers["Location"] == company_a.url("transfers/")
    with tenant_context(company_a.tenant.id):
        made = Transfer.objects.get()
        assert (made.author_name, made.reason, made.customers) == ("Alice", "moved to Leeds", 1)
    bobs = signed_in(company_a, "bob").get(company_a.url(f"transfers/{made.id}/")).content.decode()
    assert "Ada Lovelace" in bobs
    mine = alice.get(company_a.url(f"transfers/{made.id}/")).content.decode()
    assert "None of them is in your reach now" in mine


def test_nobody_transfers_what_they_do_not_see(company_a: Company, company_b: Company, alice: Client) -> None:
    mine = str(company_a.portfolio["alice"].id)
    for stranger in (company_a.customer["ben"], company_b.customer["cleo"]):
        asked = {"customer": [str(stranger.id)], "to": mine, "reason": "mine now", "confirmed": "yes"}
        assert alice.post(company_a.url("transfers/new/"), asked).status_code == 422
    foreign = {"customer": [str(company_a.customer["ada"].id)], "to": str(company_b.portfolio["charlie"].id),
               "reason": "out", "confirmed": "yes"}  # fmt: skip
    assert alice.post(company_a.url("transfers/new/"), foreign).status_code == 422
    assert "Ben" not in alice.get(company_a.url("transfers/new/"), {"q": "bernanke"}).content.decode()
    assert signed_in(company_a, "fran").get(company_a.url("transfers/new/")).status_code == 403
    with tenant_context(company_a.tenant.id):
        assert not Transfer.objects.exists()


def test_the_list_of_transfers_is_paged_by_key(company_a: Company, alice: Client) -> None:
    with tenant_context(company_a.tenant.id):
        for number in range(53):
            target = company_a.portfolio["bob" if number % 2 else "alice"]
            transfer_customers(
                customer_ids=[company_a.customer["ada"].id],
                to=target,
                reason=f"turn {number}",
                author_name="A",
            )
    admin = signed_in(company_a, "admin")
    first = admin.get(company_a.url("transfers/"))
    assert "turn 52" in first.content.decode()
    assert "turn 2," not in first.content.decode()
    later = first.context["pager"]["later_url"]
    second = admin.get(company_a.url("transfers/") + later)
    assert "turn 2," in second.content.decode()
    assert "turn 52" not in second.content.decode()
    earlier = second.context["pager"]["earlier_url"]
    assert admin.get(company_a.url("transfers/") + earlier).context["transfers"] == first.context["transfers"]
    assert admin.get(company_a.url("transfers/?at=nonsense")).status_code == 200
    with tenant_context(company_a.tenant.id):
        made = Transfer.objects.order_by("at").first()
    assert signed_in(company_a, "bob").get(company_a.url(f"transfers/{made.id}/")).status_code == 404
    assert alice.get(company_a.url(f"transfers/{made.id}/")).status_code == 200


def test_a_delegate_sees_the_portfolio_of_the_absent(company_a: Company) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from tenancy.services.delegations import add_delegation

    url = company_a.url(f"portfolios/{company_a.portfolio['alice'].id}/")
    bob = signed_in(company_a, "bob")
    assert bob.get(url).status_code == 404
    with tenant_context(company_a.tenant.id):
        now = timezone.now()
        add_delegation(
            member=company_a.member["alice"], delegate=company_a.member["bob"], starts_at=now,
            ends_at=now + timedelta(days=7), reason="holiday",
        )  # fmt: skip
    assert bob.get(url).status_code == 200

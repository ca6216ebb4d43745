"""Portfolios close while people come in, into each other, and with more customers than a request should move."""

from collections.abc import Iterator

import pytest
from django.db.models import Count

from crm.models import Customer
from crm.services.customers import open_customer
from portfolios.models import Assignment, Portfolio, Transfer
from portfolios.services import closing
from portfolios.services.assignments import TransferRefused, transfer_customers
from portfolios.services.closing import KIND
from portfolios.services.portfolios import PortfolioRefused, close_portfolio
from tenancy.context import tenant_context
from tenancy.jobs import cancel_job, resume_job, run_job
from tenancy.models import AuditEntry, Job, Member
from tenancy.services.members import MemberRefused, remove_member
from tests.at_once import Paused, at_once_in
from tests.cast import Company, make_company
from tests.stock import stocked
from tests.tenancy.test_settings_pages import signed_in

committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Company:
    return stocked("shop that closes portfolios", _shop)


def _shop() -> Company:
    company = make_company("alpha")
    with tenant_context(company.tenant.id):
        for name in ("alice", "bob", "carol"):
            company.add_manager(name)
        company.add_customer("acme", "alice", kind="organization")
        for number in range(6):
            company.add_customer(f"c{number}", "alice")
    return company


def where(customer: Customer) -> str:
    return Assignment.objects.get(customer=customer, period__endswith=None).portfolio.name


def nobody_in_closed_portfolios() -> bool:
    return not Assignment.objects.filter(portfolio__closed_at__isnull=False, period__endswith=None).exists()


def close(shop: Company, key: str, to: str | None) -> Job | None:
    target = shop.portfolio[to] if to else None
    return close_portfolio(portfolio=shop.portfolio[key], to=target, reason=f"{key} moves on")


def follower(shop: Company, name: str) -> Customer:
    return open_customer(name=name, source="member", acts_for_id=shop.customer["acme"].id)


@committed
def test_who_follows_an_organisation_out_of_a_closing_portfolio(shop: Company) -> None:
    """The portfolio has been emptied and closed, but not committed, when the new person comes."""
    closer = Paused(shop, lambda: close(shop, "alice", "bob"))
    closer.commit_soon()
    (came,) = at_once_in(shop, lambda: follower(shop, "Pia"))
    closer.ended()
    with tenant_context(shop.tenant.id):
        assert nobody_in_closed_portfolios()
        assert where(came) == "Bob's portfolio"


@committed
def test_who_came_in_just_before_it_closes_moves_too(shop: Company) -> None:
    comer = Paused(shop, lambda: follower(shop, "Pia"))
    comer.commit_soon()
    at_once_in(shop, lambda: close(shop, "alice", "bob"))
    comer.ended()
    with tenant_context(shop.tenant.id):
        assert nobody_in_closed_portfolios()
        assert where(comer.result) == "Bob's portfolio"


@committed
def test_many_come_while_it_closes(shop: Company) -> None:
    works = [lambda n=n: follower(shop, f"P{n}") for n in range(6)]
    results = at_once_in(shop, lambda: close(shop, "alice", "bob"), *works)
    assert not [result for result in results if isinstance(result, Exception)]
    with tenant_context(shop.tenant.id):
        assert nobody_in_closed_portfolios()


@committed
def test_closing_into_each_other_at_once(shop: Company) -> None:
    for _ in range(3):
        results = at_once_in(shop, lambda: close(shop, "alice", "bob"), lambda: close(shop, "bob", "alice"))
        refused = [result for result in results if isinstance(result, Exception)]
        assert [type(error) for error in refused] == [PortfolioRefused]
        assert "closed" in str(refused[0])
        with tenant_context(shop.tenant.id):
            assert nobody_in_closed_portfolios()
            closed = Portfolio.objects.filter(closed_at__isnull=False)
            assert closed.count() == 1
            closed.update(closed_at=None)


@committed
def test_closing_into_a_portfolio_that_is_closing(shop: Company) -> None:
    closer = Paused(shop, lambda: close(shop, "bob", "carol"))
    closer.commit_soon()
    (refused,) = at_once_in(shop, lambda: close(shop, "alice", "bob"))
    closer.ended()
    assert isinstance(refused, PortfolioRefused)
    assert "Bob's portfolio is closed, or just closing" in str(refused)


@committed
def test_closing_leaves_those_alone_whom_somebody_moved_meanwhile(shop: Company) -> None:
    acme = shop.customer["acme"].id
    mover = Paused(
        shop, lambda: transfer_customers(customer_ids=[acme], to=shop.portfolio["carol"], reason="hers")
    )
    mover.commit_soon()
    at_once_in(shop, lambda: close(shop, "alice", "bob"))
    mover.ended()
    with tenant_context(shop.tenant.id):
        assert where(shop.customer["acme"]) == "Carol's portfolio"
        assert where(shop.customer["c1"]) == "Bob's portfolio"


@committed
def test_everything_at_once_neither_deadlocks_nor_leaves_anybody(shop: Company) -> None:
    ids = [customer.id for customer in shop.customer.values()]
    results = at_once_in(
        shop,
        lambda: close(shop, "alice", "carol"),
        lambda: close(shop, "bob", "alice"),
        lambda: remove_member(member=Member.objects.select_related("role").get(name="Bob")),
        lambda: transfer_customers(customer_ids=ids, to=shop.portfolio["bob"], reason="to Bob"),
        lambda: follower(shop, "Pia"),
        lambda: open_customer(name="Quin", source="member", portfolio_id=shop.portfolio["alice"].id),
    )
    errors = [result for result in results if isinstance(result, Exception)]
    allowed = (PortfolioRefused, TransferRefused, MemberRefused)
    assert all(isinstance(error, allowed) for error in errors), errors
    with tenant_context(shop.tenant.id):
        assert nobody_in_closed_portfolios()


# Large ones close as a job.


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(closing, "AT_ONCE", 3)
    monkeypatch.setattr("portfolios.views.portfolios.AT_ONCE", 3)
    monkeypatch.setattr(closing, "PART", 2)
    return


@pytest.fixture
def large(in_a: Company, few: None) -> Company:
    in_a.add_customer("acme", "alice", kind="organization")
    for number in range(5):
        in_a.add_customer(f"c{number}", "alice")
    return in_a


def run(company: Company, job: Job) -> Job:
    run_job(company.tenant.id, job.id)
    job.refresh_from_db()
    return job


def counts() -> dict[str, int]:
    rows = Assignment.objects.filter(period__endswith=None).values_list("portfolio__name")
    return dict(rows.annotate(Count("id")))


def test_a_large_portfolio_closes_as_a_job(large: Company) -> None:
    job = close(large, "alice", "bob")
    assert job is not None
    assert job.title == "Close Alice's portfolio: 7 customers move to Bob's portfolio"
    assert job.created_by_id == large.member["alice"].id
    alices = large.portfolio["alice"]
    alices.refresh_from_db()
    assert (alices.closed_at, alices.closing_to_id) == (None, large.portfolio["bob"].id)
    assert counts()["Alice's portfolio"] == 7
    assert run(large, job).state == Job.State.DONE, job.error
    alices.refresh_from_db()
    assert alices.closed_at is not None
    assert alices.closing_to_id is None
    assert counts() == {"Bob's portfolio": 8, "House": 1}
    made = Transfer.objects.filter(to=large.portfolio["bob"])
    assert {row.author for row in made} == {f"member:{large.member['alice'].id}"}
    assert sum(row.customers for row in made) == 7


def test_nobody_comes_in_while_it_closes_and_followers_go_where_it_goes(large: Company) -> None:
    job = close(large, "alice", "bob")
    alices = large.portfolio["alice"]
    with pytest.raises(TransferRefused, match="closing"):
        transfer_customers(customer_ids=[large.customer["ben"].id], to=alices, reason="back")
    with pytest.raises(TransferRefused, match="closing"):
        open_customer(name="Quin", source="member", portfolio_id=alices.id)
    assert where(follower(large, "Pia")) == "Bob's portfolio"
    with pytest.raises(PortfolioRefused, match="being closed already"):
        close(large, "alice", None)
    with pytest.raises(PortfolioRefused, match="just closing"):
        close(large, "bob", "alice")
    with pytest.raises(PortfolioRefused, match="just moving into"):
        close(large, "bob", None)
    with pytest.raises(MemberRefused, match="successor"):
        remove_member(member=large.member["bob"])
    run(large, job)
    assert counts() == {"Bob's portfolio": 9, "House": 1}


def test_a_stopped_closing_leaves_it_open_and_may_be_asked_for_again(large: Company) -> None:
    job = close(large, "alice", "bob")
    cancel_job(job=job)
    assert run(large, job).state == Job.State.CANCELLED
    alices = large.portfolio["alice"]
    alices.refresh_from_db()
    assert alices.closing_to_id is None
    transfer_customers(customer_ids=[large.customer["ben"].id], to=alices, reason="open again")
    resume_job(job=job)
    assert run(large, job).state == Job.State.FAILED
    assert "close it anew" in job.error
    again = close(large, "alice", None)
    assert run(large, again).state == Job.State.DONE, again.error
    assert counts() == {"House": 9}


def test_a_job_that_gave_up_can_be_replaced(large: Company) -> None:
    job = close(large, "alice", "bob")
    Job.objects.filter(id=job.id).update(state=Job.State.FAILED)
    again = close(large, "alice", None)
    assert run(large, again).state == Job.State.DONE, again.error
    resume_job(job=job)
    assert run(large, job).state == Job.State.FAILED
    assert counts() == {"Bob's portfolio": 1, "House": 8}


def test_who_is_moved_or_gone_before_their_part_is_left_alone(large: Company) -> None:
    job = close(large, "alice", "bob")
    closing_plan = list(closing.CLOSE.plan(job))
    assert [part.rows for part in closing_plan] == [2, 2, 2, 1]
    carol = large.add_manager("carol")
    transfer_customers(customer_ids=[large.customer["c1"].id], to=carol, reason="hers")
    run(large, job)
    assert counts() == {"Bob's portfolio": 7, "House": 1, "Carol's portfolio": 1}


def test_a_leaving_member_with_many_customers(large: Company) -> None:
    remove_member(member=large.member["alice"])
    job = Job.objects.get(kind=KIND)
    assert counts()["Alice's portfolio"] == 7
    run(large, job)
    assert counts() == {"Bob's portfolio": 1, "House": 8}
    assert AuditEntry.objects.filter(table="portfolios_portfolio").exists()


def test_the_pages_say_so(company_a: Company, few: None) -> None:
    with tenant_context(company_a.tenant.id):
        for number in range(5):
            company_a.add_customer(f"c{number}", "alice")
    admin = signed_in(company_a, "admin")
    page, bobs = (company_a.url(f"portfolios/{company_a.portfolio[key].id}/") for key in ("alice", "bob"))
    assert "in the background" in admin.get(f"{page}close/").content.decode()
    asked = {"to": str(company_a.portfolio["bob"].id), "reason": "Alice moves on"}
    with tenant_context(company_a.tenant.id):
        assert not Job.objects.exists()
    response = admin.post(f"{page}close/", asked)
    with tenant_context(company_a.tenant.id):
        job = Job.objects.get(kind=KIND)
    assert response.headers["Location"] == company_a.url(f"jobs/{job.id}/")
    shown = admin.get(page).content.decode()
    assert "move to Bob" in shown
    assert "nobody comes in" in shown
    assert f"jobs/{job.id}/" in shown
    assert "Alice" not in str(admin.get(f"{bobs}close/").context["form"].fields["to"].choices)
    assert admin.post(f"{page}close/", asked).status_code == 422
    with tenant_context(company_a.tenant.id):
        run(company_a, job)
    assert "nobody comes in" not in admin.get(page).content.decode()
    assert admin.get(f"{page}close/").status_code == 404

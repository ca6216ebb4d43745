"""Hand-overs: written where there is something to say, read by the next manager, with words of the former one."""

from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from interactions.models import HandOver, Need, NeedKind, Promise
from interactions.services.authors import author_of
from interactions.services.hand_overs import MANY, write_hand_overs
from interactions.services.needs import record_need
from interactions.services.promises import make_promise
from portfolios.models import Transfer
from portfolios.services.assignments import transfer_customers
from tenancy.context import tenant_context
from tests.cast import Company


def client_of(company: Company, key: str) -> Client:
    client = Client()
    client.force_login(company.member[key].user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def moved(company: Company, *customer_ids: UUID, to: str = "bob") -> Transfer:
    with tenant_context(company.tenant.id, actor=f"member:{company.member['admin'].id}"):
        return transfer_customers(
            customer_ids=customer_ids,
            to=company.portfolio[to],
            reason="Alice moves to Leeds",
            author_name="admin",
        )


def tell(company: Company, key: str = "ada") -> None:
    by, customer = author_of(company.access("alice")), company.customer[key]
    make_promise(
        customer=customer, words="Call about the kettle", due_at=timezone.now() + timedelta(days=2), by=by
    )
    kind = NeedKind.objects.order_by("position")[0]
    record_need(customer=customer, kind=kind, words="No calls before noon", by=by)
    record_need(customer=customer, kind=kind, words="Their mother is ill", visibility="portfolio", by=by)


def test_the_next_manager_reads_what_stands_open(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        tell(company_a)
    preview = company_a.url(f"customers/{company_a.customer['ada'].id}/hand-over/preview/")
    assert "promised: 1" in client_of(company_a, "alice").get(preview).content.decode()
    assert client_of(company_a, "bob").get(preview).status_code == 404
    transfer = moved(company_a, company_a.customer["ada"].id)
    with tenant_context(company_a.tenant.id):
        assert write_hand_overs(transfer_id=transfer.id) == 1
        assert write_hand_overs(transfer_id=transfer.id) == 0
        one = HandOver.objects.get()
        assert [chapter["key"] for chapter in one.content] == ["promises", "needs"]
        private = Need.objects.get(visibility="portfolio")
        assert private.portfolio_id == company_a.portfolio["bob"].id
    bob, alice, admin = (client_of(company_a, key) for key in ("bob", "alice", "admin"))
    day = bob.get(company_a.url("?kind=hand_over"))
    assert [line.why for line in day.context["lines"]] == [
        "Hand-over to read from admin: promised: 1, what they told us they need: 2"
    ]
    url = company_a.url(f"customers/{one.customer_id}/hand-over/{one.id}/")
    page = bob.get(url).content.decode()
    for words in ("Call about the kettle", "Their mother is ill", "Alice moves to Leeds"):
        assert words in page
    assert alice.get(url).status_code == 404
    assert client_of(company_a, "fran").get(url).status_code == 403
    assert admin.post(url).status_code == 404
    # Alice had the customer: she adds words, and does not see what became of them.
    words = company_a.url(f"transfers/{transfer.id}/words/")
    assert "Ada Lovelace" in alice.get(words).content.decode()
    added = alice.post(f"{words}{one.customer_id}/", {"words": "They like to be asked about the garden"})
    assert added.status_code == 302
    assert bob.get(words).status_code == 404
    assert bob.post(f"{words}{one.customer_id}/", {"words": "Mine"}).status_code == 404
    assert "asked about the garden" in bob.get(url).content.decode()
    assert bob.post(url).status_code == 302
    with tenant_context(company_a.tenant.id):
        one.refresh_from_db()
        assert (one.read_by_id, one.read_at is None) == (company_a.member["bob"].id, False)
    assert not bob.get(company_a.url("?kind=hand_over")).context["lines"]


def test_words_may_come_before_the_books_and_nothing_to_say_is_no_hand_over(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        company_a.add_customer("quiet", "alice", name="Quiet Quentin")
        tell(company_a)
    transfer = moved(company_a, company_a.customer["ada"].id, company_a.customer["quiet"].id)
    words = company_a.url(f"transfers/{transfer.id}/words/{company_a.customer['ada'].id}/")
    assert client_of(company_a, "alice").post(words, {"words": "Speak slowly"}).status_code == 302
    with tenant_context(company_a.tenant.id):
        assert write_hand_overs(transfer_id=transfer.id) == 1
        one = HandOver.objects.get()
        assert (one.words, len(one.content)) == ("Speak slowly", 2)
        # Two transfers in a row: the private need ends where the customer is, whichever is looked at first.
        back = moved(company_a, one.customer_id, to="alice")
    with tenant_context(company_a.tenant.id):
        write_hand_overs(transfer_id=back.id)
        write_hand_overs(transfer_id=transfer.id)
        assert Need.objects.get(visibility="portfolio").portfolio_id == company_a.portfolio["alice"].id


def test_of_many_only_what_is_open_is_passed_on_in_few_statements(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        keys = [company_a.add_customer(f"m{n}", "alice", name=f"Many {n}").id for n in range(MANY + 1)]
        by, alice = author_of(company_a.access("alice")), company_a.portfolio["alice"]
        now = timezone.now()
        Promise.objects.bulk_create(
            [Promise(customer_id=key, words="Send it", due_at=now + timedelta(days=1), first_due_at=now,
                     portfolio=alice, made_at=now, author=by.actor, key=f"p{key}") for key in keys[:150]]
        )  # fmt: skip
    transfer = moved(company_a, *keys)
    with tenant_context(company_a.tenant.id), CaptureQueriesContext(connection) as queries:
        assert write_hand_overs(transfer_id=transfer.id) == 150
    assert len(queries) <= 30

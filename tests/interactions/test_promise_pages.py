"""The pages of promises and needs: what whoever sees, answers from the list, with htmx and without."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from interactions.models import Need, NeedKind, NeedTreatment, Promise
from interactions.services.authors import SYSTEM
from interactions.services.needs import end_need, record_need
from interactions.services.promises import keep_promise, make_promise
from tenancy.context import tenant_context
from tests.cast import Company

HTMX = {"HTTP_HX_REQUEST": "true"}


def client_of(company: Company, key: str) -> Client:
    client = Client()
    client.force_login(company.member[key].user)
    return client


@pytest.fixture
def alice(company_a: Company) -> Client:
    return client_of(company_a, "alice")


def promise(company: Company, of: str, words: str, **values: Any) -> Promise:
    values = {"due_at": timezone.now() + timedelta(days=3), **values}
    with tenant_context(company.tenant.id):
        return make_promise(customer=company.customer[of], words=words, by=SYSTEM, **values)[0]


def need(company: Company, of: str, **values: Any) -> Need:
    with tenant_context(company.tenant.id):
        kind = NeedKind.objects.order_by("position")[0]
        return record_need(customer=company.customer[of], kind=kind, by=SYSTEM, **values)[0]


def now(company: Company, row: Promise | Need) -> Any:
    with tenant_context(company.tenant.id):
        return type(row).objects.get(id=row.id)


def test_the_list_shows_whose_and_in_which_state(
    company_a: Company, company_b: Company, alice: Client
) -> None:
    mine, over = promise(company_a, "ada", "Call Ada"), promise(company_a, "ada", "Too late for Ada")
    promise(company_a, "ben", "Call Ben")
    promise(company_b, "cleo", "Call Cleo")
    with tenant_context(company_a.tenant.id):
        Promise.objects.filter(id=over.id).update(due_at=timezone.now() - timedelta(seconds=1))

    def words(client: Client, query: str) -> str:
        return client.get(company_a.url(f"promises/?{query}")).content.decode()

    page = words(alice, "")
    assert "Call Ada" in page
    assert not {"Call Ben", "Call Cleo", "Too late"} & {
        word for word in ("Call Ben", "Call Cleo", "Too late") if word in page
    }
    broken = words(alice, "state=broken")
    assert "Too late for Ada" in broken, "also before the sweep has come by"
    assert "Call Ada" not in broken
    everybody = words(client_of(company_a, "admin"), "")
    assert "Call Ada" in everybody
    assert "Call Ben" in everybody
    assert "Cleo" not in everybody
    assert "Nothing is due today" in words(alice, "state=due")
    assert "Call Ada" in words(alice, f"customer={mine.customer_id}&state=all&at=fnonsense")
    other = company_a.customer["ben"].id
    assert alice.get(company_a.url(f"promises/?customer={other}")).status_code == 404
    assert alice.get(company_a.url("promises/?customer=x")).status_code == 404


def test_pages_go_by_key_in_both_directions(company_a: Company, alice: Client) -> None:
    due = timezone.now() + timedelta(days=1)
    for number in range(60):
        promise(company_a, "ada", f"Number {number:02}.", due_at=due + timedelta(minutes=number))
    first = alice.get(company_a.url("promises/"))
    assert [line.promise.words for line in first.context["lines"]] == [f"Number {n:02}." for n in range(50)]
    later = alice.get(first.context["pager"]["later_url"])
    assert [line.promise.words for line in later.context["lines"]] == [
        f"Number {n:02}." for n in range(50, 60)
    ]
    back = alice.get(later.context["pager"]["earlier_url"])
    assert back.context["lines"] == first.context["lines"]


def test_it_is_answered_from_the_list_and_from_the_customer(company_a: Company, alice: Client) -> None:
    one, two, three = (promise(company_a, "ada", words) for words in ("One", "Two", "Three"))
    row = alice.post(company_a.url(f"promises/{one.id}/keep/?in=row"), **HTMX).content.decode()
    assert row.lstrip().startswith(f'<tbody id="promise-{one.id}">')
    assert "kept" in row
    form = alice.get(company_a.url(f"promises/{two.id}/move/?in=part"), **HTMX).content.decode()
    assert form.lstrip().startswith(f'<li id="promise-{two.id}"')
    url = company_a.url(f"promises/{two.id}/move/?in=part")
    wrong = alice.post(url, {"due_on": "2020-01-01", "reason": "asked"}, **HTMX)
    assert wrong.status_code == 422
    assert "what is to come" in wrong.content.decode()
    day = timezone.localdate() + timedelta(days=9)
    moved = alice.post(url, {"due_on": day.isoformat(), "due_time": "15:00", "reason": "asked"}, **HTMX)
    assert moved.status_code == 200
    assert now(company_a, two).renegotiated == 1
    plain = alice.post(company_a.url(f"promises/{two.id}/release/"), {"reason": "she has one now"})
    assert plain.status_code == 302
    assert now(company_a, two).state == "released"
    page = alice.get(plain["Location"]).content.decode()
    assert "she has one now" in page
    assert alice.post(company_a.url(f"promises/{three.id}/break/"), {"reason": ""}).status_code == 422
    assert alice.post(company_a.url(f"promises/{three.id}/break/"), {"reason": "sold out"}).status_code == 302
    assert now(company_a, three).state == "broken"
    record = alice.get(company_a.url(f"customers/{one.customer_id}/")).content.decode()
    assert "Three" in record
    assert "Kept after all" in record


def test_others_do_not_answer(company_a: Company, company_b: Company) -> None:
    one = promise(company_a, "ada", "One")
    for company, key in ((company_a, "bob"), (company_b, "charlie")):
        client = client_of(company, key)
        for door in ("", "keep/", "move/", "break/", "release/"):
            assert client.get(company.url(f"promises/{one.id}/{door}")).status_code == 404
    assert now(company_a, one).state == "open"


def test_whoever_serves_promises_and_notes_a_need(company_a: Company) -> None:
    fran, ada = client_of(company_a, "fran"), company_a.customer["ada"].id
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    with tenant_context(company_a.tenant.id):
        kind = NeedKind.objects.order_by("position")[0]
    answer = fran.post(
        company_a.url(f"customers/{ada}/promises/new/"), {"words": "Call back", "due_on": tomorrow}
    )
    assert answer["Location"] == company_a.url(f"customers/{ada}/card/")
    given = {"kind": str(kind.id), "words": "on Saturdays", "strength": "3", "visibility": "shared"}
    assert fran.post(company_a.url(f"customers/{ada}/needs/new/"), given).status_code == 302
    card = fran.get(answer["Location"]).content.decode()
    assert "Call back" in card
    assert "on Saturdays" in card
    assert "Kept" not in card, "who serves may see it, not settle it"
    refused = fran.post(
        company_a.url(f"customers/{ada}/promises/new/"), {"words": "", "due_on": "2020-01-01"}
    )
    assert refused.status_code == 422


def test_needs_are_listed_ended_and_change_what_we_do(company_a: Company, alice: Client) -> None:
    shared, private = (
        need(company_a, "ada", words="At work"),
        need(company_a, "ben", words="Ill", visibility="portfolio"),
    )
    page = alice.get(company_a.url("needs/")).content.decode()
    assert "At work" in page
    assert "Ill" not in page
    assert alice.get(company_a.url(f"needs/{private.id}/")).status_code == 404
    assert (
        alice.post(company_a.url(f"needs/{shared.id}/treatments/"), {"words": "Saturdays"}).status_code == 302
    )
    with tenant_context(company_a.tenant.id):
        assert NeedTreatment.objects.get().author_name == "Alice"
    url = company_a.url(f"needs/{shared.id}/")
    assert alice.post(url, {"status": "unmet", "because": ""}).status_code == 422
    assert alice.post(url, {"status": "unmet", "because": "no van"}).status_code == 302
    assert "no van" in alice.get(url).content.decode()
    admin = client_of(company_a, "admin")
    figures = admin.get(company_a.url("needs/unmet/"))
    for part, words in (("refused", "At work"), ("waiting", "Ill")):
        (one,) = figures.context[part]
        listed = admin.get(one["url"])
        assert len(listed.context["rows"]) == one["row"].needs
        assert words in listed.content.decode()
    assert alice.get(company_a.url("needs/unmet/")).status_code == 403


def test_the_share_kept_is_said_with_how_it_is_counted(company_a: Company, alice: Client) -> None:
    with tenant_context(company_a.tenant.id):
        for number in range(9):
            keep_promise(promise=promise(company_a, "ada", f"No {number}"), by=SYSTEM)
    few = alice.get(company_a.url("promises/kept/")).content.decode()
    assert "too few to say" in few
    with tenant_context(company_a.tenant.id):
        keep_promise(promise=promise(company_a, "ada", "The tenth"), by=SYSTEM)
    page = client_of(company_a, "admin").get(company_a.url("promises/kept/?days=30")).content.decode()
    assert "100\N{NO-BREAK SPACE}%" in page.replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}")
    assert "Kept after its hour counts as broken" in page


def test_the_catalogue_is_kept_in_the_settings(company_a: Company, alice: Client) -> None:
    admin = client_of(company_a, "admin")
    made = admin.post(company_a.url("settings/needs/new/"), {"name": "Quiet hours", "lasts_days": "90"})
    assert made.status_code == 302
    again = admin.post(company_a.url("settings/needs/new/"), {"name": "quiet HOURS", "lasts_days": "90"})
    assert again.status_code == 422
    with tenant_context(company_a.tenant.id):
        kind = NeedKind.objects.get(name="Quiet hours")
        with_need = record_need(customer=company_a.customer["ada"], kind=kind, by=SYSTEM)[0]
    url = company_a.url(f"settings/needs/{kind.id}/")
    assert admin.post(url, {"name": "Quiet", "lasts_days": "0"}).status_code == 422
    assert admin.post(f"{url}aside/").status_code == 302
    assert "Put aside" in admin.get(company_a.url("settings/needs/")).content.decode()
    assert admin.post(f"{url}aside/").status_code == 302
    with tenant_context(company_a.tenant.id):
        assert NeedKind.objects.get(id=kind.id).archived_at is None
        end_need(need=with_need, status="met", by=SYSTEM)
    assert alice.get(url).status_code == 403

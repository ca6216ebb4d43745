"""The list, bulk work, search, my day and the frame, with the cast."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.models import Customer, CustomerSummary, Order
from crm.selectors import lists
from crm.selectors.lists import COLUMNS
from crm.services.exports import formula_safe
from crm.services.summaries import refresh_summaries
from desk.context import COMMANDS
from portfolios.models import Assignment, Transfer
from portfolios.services import bulk
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import AccessEntry, Job, TenantProfile
from tenancy.registries import navigation
from tests.cast import Company
from tests.desk.conftest import SignIn

# base64 of ["a\u0000b", "<id>"] and of [10**40, "<id>"]
_ID = "ICIwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDEiXQ"
NUL_PLACE = f"after=WyJhXHUwMDAwYiIs{_ID}"
HUGE_PLACE = f"sort=-value&after=WzEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAs{_ID}"
FORMULA = '=HYPERLINK("http://evil.example")'


def body(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return str(response.content.decode())


def rows_of(client: Client, url: str) -> list[str]:
    return [row["name"] for row in client.get(url).context["rows"]]


@pytest.fixture
def crowd(company_a: Company) -> Company:
    with tenant_context(company_a.tenant.id):
        for number in range(60):
            company_a.add_customer(f"c{number:02}", "alice", name=f"Customer {number:02}")
    return company_a


# --- the list


def test_everybody_sees_their_own(company_a: Company, sign_in: SignIn) -> None:
    url = company_a.url("customers/")
    assert rows_of(sign_in("alice"), url) == ["Ada Lovelace"]
    assert rows_of(sign_in("bob"), url) == ["Ben Bernanke"]
    assert rows_of(sign_in("admin"), url) == ["Ada Lovelace", "Ben Bernanke", "Hal House"]
    assert sign_in("fran").get(url).status_code == 403
    assert sign_in("charlie").get(url).status_code == 404


def test_the_address_holds_the_view(crowd: Company, sign_in: SignIn) -> None:
    alice, url = sign_in("alice"), crowd.url("customers/")
    page = alice.get(f"{url}?starts_with=customer&sort=-name&columns=orders&columns=country")
    assert [column["label"] for column in page.context["columns"]] == ["Customer", "Country", "Orders"]
    assert [chip.value for chip in page.context["filters"]] == ["customer"]
    assert page.context["rows"][0]["name"] == "Customer 59"
    assert page.context["view"]["words"] == "60 customers"
    later = alice.get(url + page.context["pager"]["later_url"])
    assert later.context["rows"][0]["name"] == "Customer 09"
    assert len(later.context["rows"]) == 10
    assert "columns=orders&columns=country" in page.context["pager"]["later_url"]
    back = alice.get(url + later.context["pager"]["earlier_url"])
    assert back.context["rows"][0]["name"] == "Customer 59"
    assert back.context["pager"]["edges"] == "Customer 59 to Customer 10"


@pytest.mark.parametrize("key", [column.key for column in COLUMNS.values() if column.field])
def test_each_column_sorts_and_shows(crowd: Company, sign_in: SignIn, key: str) -> None:
    page = sign_in("alice").get(crowd.url(f"customers/?sort=-{key}&columns={key}"))
    assert len(page.context["rows"]) == 50
    later = sign_in("alice").get(crowd.url("customers/" + page.context["pager"]["later_url"]))
    assert len(later.context["rows"]) == 11


@pytest.mark.parametrize(
    "query",
    [
        "status=nonsense", "portfolio=x", "manager=1", "country=GBR", "value_from=NaN", "value_from=1e400",
        "alive_below=-4", "orders_from=99999999999", "sort=%00", "after=%00", "before=zzz", "columns=%3Cscript%3E",
        "starts_with=%00", "ordered_within=7", "score=1%27--", NUL_PLACE,
        HUGE_PLACE,
    ],
)  # fmt: skip
def test_an_address_that_makes_no_sense_shows_the_list(
    company_a: Company, sign_in: SignIn, query: str
) -> None:
    response = sign_in("alice").get(company_a.url(f"customers/?{query}"))
    assert response.status_code == 200
    assert [row["name"] for row in response.context["rows"]] == ["Ada Lovelace"]


def test_another_managers_portfolio_is_no_filter(company_a: Company, sign_in: SignIn) -> None:
    bobs = company_a.portfolio["bob"].id
    page = sign_in("alice").get(company_a.url(f"customers/?portfolio={bobs}"))
    assert page.context["filters"] == []
    assert [row["name"] for row in page.context["rows"]] == ["Ada Lovelace"]


def test_filters_that_find_nobody_say_which_to_drop(crowd: Company, sign_in: SignIn) -> None:
    page = sign_in("alice").get(crowd.url("customers/?starts_with=customer&status=lost"))
    assert page.context["drop_hint"]["count"] == 60
    assert "Nobody matches these 2 filters" in page.content.decode()


def test_a_fresh_company_is_told_what_to_do_first(company_a: Company, sign_in: SignIn) -> None:
    with tenant_context(company_a.tenant.id):
        company_a.add_manager("newcomer")
    assert "The customers of Alpha stand here" in body(sign_in("newcomer"), company_a.url("customers/"))


def test_totals_come_later_where_they_are_dear(
    crowd: Company, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "EXACT_COST", 0.0)
    alice = sign_in("alice")
    page = alice.get(crowd.url("customers/?starts_with=customer"))
    assert not page.context["view"]["exact"]
    part = body(alice, page.context["totals_url"])
    assert "60 customers" in part
    assert "hx-get" not in part
    assert sign_in("charlie").get(page.context["totals_url"]).status_code == 404


def test_a_list_asks_as_many_questions_for_fifty_as_for_one(
    crowd: Company, sign_in: SignIn, django_assert_num_queries: Any
) -> None:
    alice, counts = sign_in("alice"), []
    alice.get(crowd.url("customers/"))
    for query in ("?starts_with=ada", "?starts_with=customer"):
        with django_assert_num_queries(BASELINE) as asked:
            alice.get(crowd.url(f"customers/{query}"))
        counts.append(len(asked))


BASELINE = 24
"""Queries of one list page, those of the frame and of its transaction included."""


# --- bulk: transfer


def transfer(client: Client, company: Company, whose: str, **data: Any) -> Any:
    given = {"to": company.portfolio[whose].id, "reason": "holiday", **data}
    return client.post(company.url("customers/transfer/"), given)


def where(company: Company, key: str) -> Any:
    with tenant_context(company.tenant.id):
        return Assignment.objects.get(customer=company.customer[key], period__endswith=None).portfolio_id


def test_chosen_customers_are_transferred(company_a: Company, sign_in: SignIn) -> None:
    alice = sign_in("alice")
    response = transfer(alice, company_a, "bob", customer=[company_a.customer["ada"].id])
    assert response.status_code == 302
    assert where(company_a, "ada") == company_a.portfolio["bob"].id
    with tenant_context(company_a.tenant.id):
        moved = Transfer.objects.get()
        assert (moved.reason, moved.author_name) == ("holiday", "Alice")
    assert rows_of(alice, company_a.url("customers/")) == []


def test_nobody_outside_the_scope_is_transferred(
    company_a: Company, company_b: Company, sign_in: SignIn
) -> None:
    strangers = (company_a.customer["ben"].id, company_b.customer["cleo"].id, uuid4())
    for stranger in strangers:
        transfer(sign_in("alice"), company_a, "alice", customer=[company_a.customer["ada"].id, stranger])
    assert where(company_a, "ben") == company_a.portfolio["bob"].id
    assert where(company_b, "cleo") == company_b.portfolio["charlie"].id
    to_b = {
        "to": company_b.portfolio["charlie"].id,
        "reason": "theft",
        "customer": company_a.customer["ada"].id,
    }
    assert sign_in("alice").post(company_a.url("customers/transfer/"), to_b).status_code == 404
    assert (
        transfer(sign_in("fran"), company_a, "bob", customer=[company_a.customer["ada"].id]).status_code
        == 403
    )
    assert transfer(sign_in("alice"), company_a, "bob").status_code == 404
    assert transfer(sign_in("alice"), company_a, "bob", customer=["nonsense"]).status_code == 404
    assert where(company_a, "ada") == company_a.portfolio["alice"].id


@pytest.mark.parametrize("data", [{"reason": ""}, {"reason": "x"}, {"to": ""}, {"to": "x"}])
def test_a_transfer_without_target_or_reason_is_refused(
    company_a: Company, sign_in: SignIn, data: dict[str, str]
) -> None:
    transfer(sign_in("alice"), company_a, "bob", customer=[company_a.customer["ada"].id], **data)
    assert where(company_a, "ada") == company_a.portfolio["alice"].id


def test_all_that_match_move_as_a_job(
    crowd: Company, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 5)
    monkeypatch.setattr(bulk, "PART", 7)
    response = transfer(sign_in("alice"), crowd, "bob", all="1", query="starts_with=customer 1")
    assert response.status_code == 302
    # One of them leaves Alice's reach before the job runs: it stays where it is.
    transfer(sign_in("admin"), crowd, "bob", customer=[crowd.customer["c11"].id])
    job = run_of_kind(crowd, bulk.KIND)
    assert job.state == Job.State.DONE, job.error
    assert job.result == {"customers": 9}
    assert where(crowd, "c10") == crowd.portfolio["bob"].id
    assert where(crowd, "c20") == crowd.portfolio["alice"].id


def run_of_kind(company: Company, kind: str) -> Job:
    with tenant_context(company.tenant.id):
        job = Job.objects.get(kind=kind)
    run_job(company.tenant.id, job.id)
    with tenant_context(company.tenant.id):
        return Job.objects.get(id=job.id)


def test_a_job_of_somebody_who_lost_the_permission_fails_in_words(
    crowd: Company, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 10)
    transfer(sign_in("alice"), crowd, "bob", all="1", query="")
    with tenant_context(crowd.tenant.id):
        role = crowd.roles["relationship-manager"]
        role.permissions = [code for code in role.permissions if code != "portfolios.transfer_customer"]
        role.save()
    job = run_of_kind(crowd, bulk.KIND)
    assert (job.state, where(crowd, "c01")) == (Job.State.FAILED, crowd.portfolio["alice"].id)
    assert "may not do it any more" in job.error


# --- bulk: export


def export(client: Client, company: Company, **data: Any) -> Any:
    given = {"purpose": "accounting", "note": "the yearly statement", **data}
    return client.post(company.url("customers/export/"), given)


def test_an_export_names_its_purpose_and_is_logged(crowd: Company, sign_in: SignIn) -> None:
    with tenant_context(crowd.tenant.id):
        crowd.add_customer("evil", "alice", name=FORMULA, external_id="+1")
    alice = sign_in("alice")
    assert export(alice, crowd, all="1", query="").status_code == 302
    job = run_of_kind(crowd, "crm.export_customers")
    assert job.state == Job.State.DONE, job.error
    response = alice.get(crowd.url(f"exports/{job.id}/"))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert len(lines) == 62
    assert {line["name"] for line in lines} >= {"Ada Lovelace", "'" + FORMULA}
    assert "'+1" in {line["number"] for line in lines}
    assert not {line["name"] for line in lines} & {"Ben Bernanke", "Hal House", "Cleo Canary"}
    with tenant_context(crowd.tenant.id):
        looks = AccessEntry.objects.filter(view__startswith="export").order_by("at")
        assert [look.view for look in looks] == ["export", "export fetched"]
        assert looks[0].purpose == "Accounting or tax: the yearly statement"


def test_an_export_is_its_askers_alone(crowd: Company, sign_in: SignIn) -> None:
    export(sign_in("alice"), crowd, customer=[crowd.customer["ada"].id])
    job = run_of_kind(crowd, "crm.export_customers")
    path = crowd.url(f"exports/{job.id}/")
    assert sign_in("alice").get(path).status_code == 200
    for key, status in (("bob", 404), ("admin", 404), ("fran", 403), ("charlie", 404)):
        assert sign_in(key).get(path).status_code == status
    assert "Get the file" in body(sign_in("alice"), crowd.url(f"jobs/{job.id}/"))
    assert "Get the file" not in body(sign_in("admin"), crowd.url(f"jobs/{job.id}/"))


def test_foreign_customers_are_not_exported(company_a: Company, company_b: Company, sign_in: SignIn) -> None:
    wanted = [
        company.customer[key].id
        for company, key in ((company_a, "ada"), (company_a, "ben"), (company_b, "cleo"))
    ]
    export(sign_in("alice"), company_a, customer=wanted)
    job = run_of_kind(company_a, "crm.export_customers")
    assert job.result["customers"] == 1


@pytest.mark.parametrize("data", [{"purpose": ""}, {"purpose": "fun"}, {"note": ""}])
def test_no_export_without_a_purpose(company_a: Company, sign_in: SignIn, data: dict[str, str]) -> None:
    export(sign_in("alice"), company_a, all="1", **data)
    with tenant_context(company_a.tenant.id):
        assert not Job.objects.exists()


def test_no_export_without_the_permission(company_a: Company, sign_in: SignIn) -> None:
    assert export(sign_in("fran"), company_a, all="1").status_code == 403
    assert sign_in("alice").get(company_a.url(f"exports/{uuid4()}/")).status_code == 404


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "|x", "%x", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert formula_safe(text) == f"'{text}"
    assert formula_safe("Ada") == "Ada"
    assert formula_safe("") == ""


# --- search


def test_the_palette_and_the_page_find_alike(company_a: Company, sign_in: SignIn) -> None:
    for key, door in (("alice", ""), ("bob", "card/"), ("fran", "card/")):
        client, url = sign_in(key), company_a.url("search/?q=lovel")
        assert f'customers/{company_a.customer["ada"].id}/{door}"' in body(client, url)
        part = client.get(url, headers={"HX-Request": "true"}).content.decode()
        assert "<mark>Lovel</mark>" in part
        assert "<html" not in part
    assert "Lovelace" not in sign_in("charlie").get(company_a.url("search/?q=lovel")).content.decode()


def test_what_lies_outside_is_found_without_its_worth(company_a: Company, sign_in: SignIn) -> None:
    with tenant_context(company_a.tenant.id):
        CustomerSummary.objects.update(value=987_600)
    assert "9,876" in body(sign_in("alice"), company_a.url("search/?q=ada"))
    assert "9,876" not in body(sign_in("fran"), company_a.url("search/?q=ada"))


# --- my day


def late_customer(company: Company, key: str, value: int) -> None:
    for number, days in enumerate((200, 180, 160, 140)):
        moment = timezone.now() - timedelta(days=days)
        Order.objects.create(
            external_id=f"{key}-o{number}", customer=company.customer[key], ordered_at=moment, ordered_on=moment.date(),
            currency="GBP", gross=1000, net=1000, margin=300, margin_is_estimate=True, source="api",
        )  # fmt: skip
    refresh_summaries([company.customer[key].id])
    CustomerSummary.objects.filter(customer=company.customer[key]).update(
        value=value, value_low=value // 2, value_high=value * 2, no_order_90=0.5, alive=0.4, score="scored"
    )


def test_my_day_ranks_who_is_late_by_value_at_stake(company_a: Company, sign_in: SignIn) -> None:
    with tenant_context(company_a.tenant.id):
        company_a.add_customer("abe", "alice", name="Abe Anders")
        for key, value in (("ada", 50_000), ("abe", 90_000), ("ben", 99_000)):
            late_customer(company_a, key, value)
    page = sign_in("alice").get(company_a.url())
    overdue = [line for line in page.context["lines"] if line.kind == "overdue"]
    assert [(line.who, line.value) for line in overdue] == [("Abe Anders", 45_000), ("Ada Lovelace", 25_000)]
    assert "Overdue: an order every 20 days, silent for 140" in overdue[0].why
    assert page.context["worth"]["value"] == 140_000
    assert "£700 at stake" in page.content.decode()
    assert "Ben Bernanke" not in page.content.decode()
    everybody = sign_in("admin").get(company_a.url()).content.decode()
    assert "Ben Bernanke" in everybody


def test_my_day_shows_who_came_to_me(company_a: Company, sign_in: SignIn) -> None:
    transfer(sign_in("admin"), company_a, "alice", customer=[company_a.customer["ben"].id])
    page = body(sign_in("alice"), company_a.url("?kind=new"))
    assert "Transferred to you by admin: holiday" in page
    assert "A new customer, yours from the start" in page


def test_many_of_one_transfer_are_one_line(crowd: Company, sign_in: SignIn) -> None:
    transfer(sign_in("alice"), crowd, "bob", customer=[crowd.customer[f"c{n:02}"].id for n in range(7)])
    lines = [
        line for line in sign_in("bob").get(crowd.url("?kind=new")).context["lines"] if "Alice" in line.who
    ]
    assert [(line.who, line.why) for line in lines] == [
        ("7 customers from Alice", "Transferred to you: holiday")
    ]


def test_my_day_begins_with_what_to_do_first(company_b: Company, sign_in: SignIn) -> None:
    with tenant_context(company_b.tenant.id):
        TenantProfile.objects.update(demo_note=["Every name is invented."])
    page = body(sign_in("charlie"), company_b.url())
    assert "Every name is invented." in page
    with tenant_context(company_b.tenant.id):
        Customer.objects.update(trashed_at=timezone.now())
        CustomerSummary.objects.update(trashed=True)
    assert "Begin with your customers" in body(sign_in("charlie"), company_b.url("?kind=overdue"))


def test_my_day_of_the_frontline_is_the_search(company_a: Company, sign_in: SignIn) -> None:
    page = body(sign_in("fran"), company_a.url())
    assert "Find who stands before you" in page
    assert "My portfolio" not in page


def test_work_that_waits_stands_on_top(company_a: Company, sign_in: SignIn) -> None:
    with tenant_context(company_a.tenant.id):
        Job.objects.create(
            kind="crm.export_customers", title="Export customers", state="failed", error="disk full",
            finished_at=timezone.now(), due_at=timezone.now(), created_by=company_a.member["alice"],
        )  # fmt: skip
    assert sign_in("alice").get(company_a.url()).context["lines"][0].who == "Export customers"
    assert "disk full" in body(sign_in("admin"), company_a.url())
    assert "disk full" not in body(sign_in("bob"), company_a.url())


# --- the frame


def test_the_navigation_shows_what_one_may_use(company_a: Company, sign_in: SignIn) -> None:
    def entries(key: str) -> list[str]:
        shown = sign_in(key).get(company_a.url()).context["navigation"]
        return [item["label"] for group in [*shown["groups"], shown["foot"]] for item in group]

    assert entries("alice") == ["My day", "Customers", "Portfolios", "Value", "Settings"]
    assert entries("fran") == ["My day", "Settings"]
    assert entries("admin") == ["My day", "Customers", "Portfolios", "Imports", "Value", "Settings"]


def test_every_door_of_the_frame_stands(company_a: Company) -> None:
    names = [entry.url_name for entry in navigation] + [command[2] for command in COMMANDS]
    for name in names:
        assert reverse(name, args=["alpha"]).startswith("/t/alpha/")


def test_the_frame_says_for_whom_one_stands_in(company_a: Company, sign_in: SignIn) -> None:
    from tenancy.models import Delegation

    now = timezone.now()
    with tenant_context(company_a.tenant.id):
        Delegation.objects.create(
            member=company_a.member["alice"], delegate=company_a.member["bob"], starts_at=now - timedelta(days=1),
            ends_at=now + timedelta(days=5), reason="leave",
        )  # fmt: skip
    bob = sign_in("bob")
    assert "You stand in for Alice" in body(bob, company_a.url())
    page = body(bob, company_a.url(f"customers/{company_a.customer['ada'].id}/"))
    assert "stands in for Alice until" in page

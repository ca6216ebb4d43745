"""The list, bulk work, search, my day and the frame, with the cast."""

import csv
import io
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.models import Customer, CustomerSummary, Order
from crm.selectors import lists
from crm.selectors.columns import columns_for
from crm.selectors.where import line
from crm.services.summaries import refresh_summaries
from desk.context import COMMANDS
from portfolios.models import Transfer
from portfolios.services import bulk
from tenancy.context import tenant_context
from tenancy.models import AccessEntry, Job, TenantProfile
from tenancy.registries import navigation
from tenancy.sheets import safe_cell
from tests.cast import Company
from tests.desk.conftest import SignIn
from tests.desk.lists import CUSTOMERS, LOST, body, export, home_of, rows_of, run_of_kind, those, transfer

# base64 of ["a\u0000b", "<id>"] and of [10**40, "<id>"]
_ID = "ICIwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDEiXQ"
NUL_PLACE = f"after=WyJhXHUwMDAwYiIs{_ID}"
HUGE_PLACE = f"sort=-value.lifetime_value&after=WzEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAs{_ID}"
FORMULA = '=HYPERLINK("http://evil.example")'


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
    page = alice.get(f"{url}{those(CUSTOMERS, sort='-crm.name')}&columns=crm.orders&columns=crm.country")
    assert [column["label"] for column in page.context["columns"]] == ["Customer", "Orders", "Country"]
    assert [chip.value for chip in page.context["filters"]] == ["“customer”"]
    assert page.context["rows"][0]["name"] == "Customer 59"
    assert page.context["view"]["words"] == "60 customers"
    later = alice.get(url + page.context["pager"]["later_url"])
    assert later.context["rows"][0]["name"] == "Customer 09"
    assert len(later.context["rows"]) == 10
    assert "columns=crm.orders&columns=crm.country" in page.context["pager"]["later_url"]
    back = alice.get(url + later.context["pager"]["earlier_url"])
    assert back.context["rows"][0]["name"] == "Customer 59"
    assert back.context["pager"]["edges"] == "Customer 59 to Customer 10"


def test_each_column_shows_and_each_indexed_one_sorts(crowd: Company, sign_in: SignIn) -> None:
    alice = sign_in("alice")
    with tenant_context(crowd.tenant.id):
        columns = columns_for(crowd.access("alice"))
    everything = alice.get(crowd.url(f"customers/?{urlencode([('columns', key) for key in columns])}"))
    assert len(everything.context["columns"]) == len(columns)
    assert {len(row["cells"]) for row in everything.context["rows"]} == {len(columns) - 1}
    for column in (column for column in columns.values() if column.field):
        page = alice.get(crowd.url(f"customers/?sort=-{column.key}&columns={column.key}"))
        assert len(page.context["rows"]) == 50
        later = alice.get(crowd.url("customers/" + page.context["pager"]["later_url"]))
        assert len(later.context["rows"]) == 11


@pytest.mark.parametrize(
    "query",
    [
        "sort=%00", "after=%00", "before=zzz", "columns=%3Cscript%3E", "columns=%00", NUL_PLACE, HUGE_PLACE,
    ],
)  # fmt: skip
def test_an_address_that_makes_no_sense_shows_the_list(
    company_a: Company, sign_in: SignIn, query: str
) -> None:
    response = sign_in("alice").get(company_a.url(f"customers/?{query}"))
    assert response.status_code == 200
    assert [row["name"] for row in response.context["rows"]] == ["Ada Lovelace"]


def test_filters_that_find_nobody_say_which_to_drop(crowd: Company, sign_in: SignIn) -> None:
    page = sign_in("alice").get(crowd.url("customers/" + those(CUSTOMERS, LOST)))
    assert page.context["drop_hint"]["count"] == 60
    assert page.context["drop_hint"]["label"] == "Status is lost"
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
    page = alice.get(crowd.url("customers/" + those(CUSTOMERS)))
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
    for query in (those(line("crm.name", "starts_with", "ada")), those(CUSTOMERS)):
        with django_assert_num_queries(BASELINE) as asked:
            alice.get(crowd.url(f"customers/{query}"))
        counts.append(len(asked))


BASELINE = 34
"""Queries of one list page, those of the frame (three for the bell) and of its transaction included."""


# --- bulk: transfer


def test_chosen_customers_are_transferred(company_a: Company, sign_in: SignIn) -> None:
    alice = sign_in("alice")
    response = transfer(alice, company_a, "bob", customer=[company_a.customer["ada"].id])
    assert response.status_code == 302
    assert home_of(company_a, "ada") == company_a.portfolio["bob"].id
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
    assert home_of(company_a, "ben") == company_a.portfolio["bob"].id
    assert home_of(company_b, "cleo") == company_b.portfolio["charlie"].id
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
    assert home_of(company_a, "ada") == company_a.portfolio["alice"].id


@pytest.mark.parametrize("data", [{"reason": ""}, {"reason": "x"}, {"to": ""}, {"to": "x"}])
def test_a_transfer_without_target_or_reason_is_refused(
    company_a: Company, sign_in: SignIn, data: dict[str, str]
) -> None:
    transfer(sign_in("alice"), company_a, "bob", customer=[company_a.customer["ada"].id], **data)
    assert home_of(company_a, "ada") == company_a.portfolio["alice"].id


def test_all_that_match_move_as_a_job(
    crowd: Company, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 5)
    monkeypatch.setattr(bulk, "PART", 7)
    response = transfer(
        sign_in("alice"),
        crowd,
        "bob",
        all="1",
        query=those(line("crm.name", "starts_with", "customer 1"))[1:],
    )
    assert response.status_code == 302
    # One of them leaves Alice's reach before the job runs: it stays where it is.
    transfer(sign_in("admin"), crowd, "bob", customer=[crowd.customer["c11"].id])
    job = run_of_kind(crowd, bulk.KIND)
    assert job.state == Job.State.DONE, job.error
    assert job.result == {"customers": 9}
    assert home_of(crowd, "c10") == crowd.portfolio["bob"].id
    assert home_of(crowd, "c20") == crowd.portfolio["alice"].id


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
    assert (job.state, home_of(crowd, "c01")) == (Job.State.FAILED, crowd.portfolio["alice"].id)
    assert "may not do it any more" in job.error


# --- bulk: export


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
    assert {row["Name"] for row in lines} >= {"Ada Lovelace", "'" + FORMULA}
    assert "'+1" in {row["Number"] for row in lines}
    assert not {row["Name"] for row in lines} & {"Ben Bernanke", "Hal House", "Cleo Canary"}
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
    assert safe_cell(text, is_text=True) == f"'{text}"
    assert safe_cell("Ada", is_text=True) == "Ada"
    assert safe_cell("") == ""
    assert safe_cell("-12.50") == "-12.50"
    assert safe_cell("-12+3") == "'-12+3"


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

    assert entries("alice") == [
        "My day", "Customers", "Portfolios", "Segments", "Tasks", "Promises", "Cases", "Needs", "Stories",
        "Rules", "Value", "Settings",
    ]  # fmt: skip
    assert entries("fran") == ["My day", "Tasks", "Stories", "Settings"]
    assert entries("admin") == [
        "My day", "Customers", "Portfolios", "Segments", "Tasks", "Promises", "Cases", "Needs", "Stories",
        "Imports", "Privacy", "Rules", "Value", "Settings",
    ]  # fmt: skip


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

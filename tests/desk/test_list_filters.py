"""The filter of the customers list: chips, the panel, what cannot be read, and what somebody may not see."""

import pytest

from crm.selectors.where import all_of, in_address, line
from tenancy.context import tenant_context
from tenancy.models import Job
from tests.cast import Company
from tests.crm.shelves import define
from tests.desk.conftest import SignIn
from tests.desk.lists import CUSTOMERS, LOST, body, export, home_of, run_of_kind, those, transfer

UNREADABLE = [
    "status=lost", "portfolio=x", "where=nonsense", "where=[]", "where=null", "where=%00", "where=" + "[" * 9000,
    in_address({"all": "x"}), in_address({"all": [7]}), in_address({"all": [{}]}), in_address({"some": []}),
    in_address(all_of(line("crm.gone", "one_of", ["x"]))), in_address(all_of(line("crm.status", "one_of", ["asleep"]))),
    in_address(all_of(line("crm.orders", "at_least", "many"))), in_address({"any": [line("crm.gone", "yes")]}),
    in_address(all_of(line("crm.name", "equals", "a\x00b"))), in_address({"none": [{"all": [{"fact": []}]}]}),
]  # fmt: skip


@pytest.mark.parametrize("query", UNREADABLE)
def test_a_filter_that_cannot_be_read_is_said_and_does_nothing_to_all(
    company_a: Company, sign_in: SignIn, query: str
) -> None:
    alice = sign_in("alice")
    page = alice.get(company_a.url(f"customers/?{query}"))
    assert page.status_code == 200
    assert page.context["unreadable"]["messages"]
    assert [row["name"] for row in page.context["rows"]] == ["Ada Lovelace"]
    transfer(alice, company_a, "bob", all="1", query=query)
    export(alice, company_a, all="1", query=query)
    with tenant_context(company_a.tenant.id):
        assert not Job.objects.exists()
    assert home_of(company_a, "ada") == company_a.portfolio["alice"].id
    mended = alice.get(company_a.url("customers/" + page.context["unreadable"]["without_url"]))
    assert mended.context["unreadable"] is None


def test_what_can_be_read_of_a_filter_still_holds(crowd: Company, sign_in: SignIn) -> None:
    url = crowd.url("customers/" + those(CUSTOMERS, line("crm.gone", "one_of", ["x"])))
    page = sign_in("alice").get(url)
    assert page.context["view"]["count"] == 60
    assert page.context["unreadable"]["remains"] == 1
    assert [bool(chip.why) for chip in page.context["filters"]] == [False, True]
    assert "A part of this filter cannot be read" in page.content.decode()


def test_nobody_finds_out_by_filter_what_they_may_not_see(crowd: Company, sign_in: SignIn) -> None:
    blind(crowd)
    alice = sign_in("alice")
    page = alice.get(crowd.url("customers/" + those(line("value.alive", "less_than", "0.5"))))
    assert page.context["unreadable"]
    page = alice.get(
        crowd.url(
            "customers/?sort=-value.lifetime_value&columns=value.alive&columns=crm.orders&columns=range"
        )
    )
    assert str(page.context["state"].ordering) == "crm.name"
    assert [column["label"] for column in page.context["columns"]] == ["Customer", "Orders"]
    assert {row["value_minor"] for row in page.context["rows"]} == {None}
    text = body(alice, crowd.url("customers/"))
    assert "ifetime value" not in text
    assert "Slipping away" not in text


def blind(company: Company) -> None:
    """Managers may not see values any more."""
    with tenant_context(company.tenant.id):
        role = company.roles["relationship-manager"]
        role.permissions = [code for code in role.permissions if code != "value.view_value"]
        role.save()


def test_a_file_has_no_column_that_its_asker_may_not_see(company_a: Company, sign_in: SignIn) -> None:
    alice = sign_in("alice")
    export(alice, company_a, all="1", query="", columns="every")
    blind(company_a)
    job = run_of_kind(company_a, "crm.export_customers")
    assert job.state == Job.State.FAILED
    assert "not there any more, or not for you" in job.error
    with tenant_context(company_a.tenant.id):
        Job.objects.all().delete()
    export(alice, company_a, all="1", query="", columns="every")
    job = run_of_kind(company_a, "crm.export_customers")
    assert job.state == Job.State.DONE, job.error
    text = b"".join(alice.get(company_a.url(f"exports/{job.id}/")).streaming_content).decode()
    assert "Orders ever" in text
    assert "ifetime value" not in text


def test_a_chip_says_fact_operator_and_value(crowd: Company, sign_in: SignIn) -> None:
    ordered = {"count": "crm.orders", "is": "at_least", "value": 3}
    money = {"amount": "12.50", "currency": "GBP"}
    lines = (
        LOST, line("crm.last_order_on", "within_last", {"months": 24}),
        line("crm.last_order_on", "longer_ago", {"days": 9}),
        line("value.lifetime_value", "at_least", money), line("value.alive", "less_than", "0.5"),
        line("crm.last_order_on", "unknown"), line("crm.revenue", "between", [money, money]), ordered,
        {"any": [LOST, line("crm.country", "one_of", ["DE", "FR"])]},
    )  # fmt: skip
    page = sign_in("alice").get(crowd.url("customers/" + those(*lines)))
    assert [(chip.label, chip.operator, chip.value) for chip in page.context["filters"]] == [
        ("Status", "is", "lost"),
        ("Last order", "is in the last", "24 months"),
        ("Last order", "is at least", "9 days ago"),
        ("Lifetime value", "is", "£12.50 or more"),
        ("Chance of being alive", "is less than", "50\N{NO-BREAK SPACE}%"),
        ("Last order", "is", "not known"),
        ("Revenue in all", "is exactly", "£12.50"),
        ("", "", "At least 3 orders"),
        ("", "", "customers who are lost or in Germany or France"),
    ]


def test_a_chip_dropped_leaves_the_others(crowd: Company, sign_in: SignIn) -> None:
    alice = sign_in("alice")
    page = alice.get(crowd.url("customers/" + those(CUSTOMERS, LOST, sort="-crm.name")))
    rest = alice.get(crowd.url("customers/" + page.context["filters"][1].remove_url))
    assert [chip.label for chip in rest.context["filters"]] == ["Name"]
    assert rest.context["rows"][0]["name"] == "Customer 59"
    none = alice.get(crowd.url("customers/" + rest.context["filters"][0].remove_url))
    assert none.context["view"]["count"] == 61
    either = {"any": [CUSTOMERS, LOST]}
    one = alice.get(crowd.url(f"customers/?{in_address(either)}"))
    assert [chip.value for chip in one.context["filters"]] == [
        "customers whose name begins with “customer” or who are lost"
    ]


def test_segments_stand_beside_the_ready_made_views(crowd: Company, sign_in: SignIn) -> None:
    with tenant_context(crowd.tenant.id):
        define(crowd, "Called customer", all_of(CUSTOMERS))
    alice, url = sign_in("alice"), crowd.url("customers/")
    tab = alice.get(url).context["tabs"][-1]
    assert tab["label"] == "Called customer"
    page = alice.get(url + tab["url"])
    assert page.context["tabs"][-1]["active"]
    assert [(chip.label, chip.value) for chip in page.context["filters"]] == [("Segments", "Called customer")]
    assert page.context["view"]["count"] == 60
    opened = body(alice, crowd.url("customers/filter/" + those(CUSTOMERS)))
    assert "Save as segment" not in opened
    assert "Save as segment" in body(sign_in("admin"), crowd.url("customers/filter/" + those(CUSTOMERS)))


# --- the filter, opened


def condition(*lines: dict[str, str]) -> dict[str, str]:
    """The fields of a condition in which all lines must hold."""
    fields = {"where_kind": "group", "where_mode": "all", "where_n": str(len(lines))}
    return fields | {
        f"where-{n}_{key}": value for n, given in enumerate(lines) for key, value in given.items()
    }


NAMED = {"kind": "test", "fact": "crm.name", "is": "starts_with", "value": "customer"}


def test_the_filter_is_edited_and_becomes_the_address(crowd: Company, sign_in: SignIn) -> None:
    alice, url = sign_in("alice"), crowd.url("customers/filter/")
    opened = body(alice, url + those(LOST, sort="-crm.orders"))
    assert 'name="where-0_fact" value="crm.status"' in opened
    assert 'data-kind="blank"' in opened
    blank = {"kind": "blank"}
    sent = alice.post(url, {**condition(NAMED, blank), "query": "sort=-crm.orders&columns=crm.orders"})
    assert sent.status_code == 302
    page = alice.get(sent["Location"])
    assert page.context["view"]["count"] == 60
    assert [column["label"] for column in page.context["columns"]] == ["Customer", "Orders"]
    part = alice.post(url, {**condition(NAMED), "query": ""}, headers={"HX-Request": "true"})
    assert part["HX-Redirect"].startswith(crowd.url("customers/?where="))


def test_the_panel_counts_while_somebody_writes(crowd: Company, sign_in: SignIn) -> None:
    alice, url = sign_in("alice"), crowd.url("customers/filter/")
    unfinished = {"kind": "test", "fact": "crm.orders", "is": "at_least", "value": ""}
    counted = alice.post(url, {**condition(NAMED), "count": "1"}, headers={"HX-Request": "true"})
    assert counted.content.decode() == "60 customers"
    counted = alice.post(url, {**condition(NAMED, unfinished), "count": "1"})
    assert counted.content.decode() == "60 customers, without what is not finished"


def test_a_filter_that_is_not_finished_is_not_shown_yet(crowd: Company, sign_in: SignIn) -> None:
    alice, url = sign_in("alice"), crowd.url("customers/filter/")
    refused = alice.post(url, condition({**NAMED, "value": ""}), headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "The filter is not finished" in refused.content.decode()
    long = {**NAMED, "is": "one_of", "values": [f"{'ü' * 90}{n}" for n in range(99)]}
    too_long = alice.post(url, condition(long))
    assert "too long for an address" in too_long.content.decode()
    assert alice.post(url, {"query": ""})["Location"] == crowd.url("customers/?")

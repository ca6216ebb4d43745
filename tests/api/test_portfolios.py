"""portfolios/ and transfers/."""

from datetime import date

from rest_framework.test import APIClient

from crm.models import CustomerSummary
from tenancy.context import tenant_context
from tests.api.conftest import V1
from tests.cast import Company
from value.models import EquityPoint

PORTFOLIOS, TRANSFERS = f"{V1}portfolios/", f"{V1}transfers/"


def names(client: APIClient) -> list[str]:
    return [row["name"] for row in client.get(PORTFOLIOS).json()["results"]]


def test_portfolios_in_scope(
    company_a: Company, shop: APIClient, alice: APIClient, charlie: APIClient
) -> None:
    assert names(shop) == ["Alice's portfolio", "Bob's portfolio", "House"]
    assert names(alice) == ["Alice's portfolio"]
    assert names(charlie) == ["Charlie's portfolio", "House"]
    bobs = f"{PORTFOLIOS}{company_a.portfolio['bob'].id}/"
    assert shop.get(bobs).json()["manager"]["name"] == "Bob"
    assert alice.get(bobs).status_code == 404
    assert charlie.get(bobs).status_code == 404
    assert [r["name"] for r in shop.get(f"{bobs}customers/").json()["results"]] == ["Ben Bernanke"]
    assert alice.get(f"{bobs}customers/").status_code == 404


def test_opening_and_changing(
    company_a: Company, admin: APIClient, alice: APIClient, company_b: Company
) -> None:
    body = {"name": "North", "manager": str(company_a.member["bob"].id)}
    assert alice.post(PORTFOLIOS, body).status_code == 403
    made = admin.post(PORTFOLIOS, body)
    assert made.status_code == 201, made.content
    assert admin.post(PORTFOLIOS, body).status_code == 422
    foreign = admin.post(PORTFOLIOS, {"name": "Far", "manager": str(company_b.member["charlie"].id)})
    assert (foreign.status_code, list(foreign.json()["errors"])) == (400, ["manager"])
    one = f"{PORTFOLIOS}{made.json()['id']}/"
    renamed = admin.patch(one, {"name": "South"}, headers={"If-Match": made["ETag"]})
    assert renamed.json()["manager"]["name"] == "Bob"
    assert admin.patch(one, {"name": "East"}, headers={"If-Match": made["ETag"]}).status_code == 412
    assert admin.patch(one, {"manager": None}, format="json").status_code == 422
    assert admin.patch(one, {"is_house": True}, format="json").status_code == 400


def test_value_now_and_then(company_a: Company, shop: APIClient, alice: APIClient) -> None:
    with tenant_context(company_a.tenant.id):
        CustomerSummary.objects.filter(customer=company_a.customer["ada"]).update(
            value=10_000, value_low=8_000, value_high=12_000, margin_3y=11_000
        )
        EquityPoint.objects.create(
            taken_on=date(2026, 6, 30), portfolio_id=company_a.portfolio["alice"].id, customers=1, value=9_000,
            variance=100.0,
        )  # fmt: skip
    path = f"{PORTFOLIOS}{company_a.portfolio['alice'].id}/value/"
    now = alice.get(path).json()
    assert (now["customers"], now["value"], now["margin_3y"], now["margin_quarter"]) == (
        1,
        "100.00",
        "110.00",
        "0.00",
    )
    assert (now["low"], now["high"]) == ("80.00", "120.00")
    then = alice.get(path, {"as_of": "2026-08-01"}).json()
    assert (then["as_of"], then["value"], then["margin_3y"]) == ("2026-06-30", "90.00", None)
    assert alice.get(path, {"as_of": "2020-01-01"}).status_code == 404
    assert alice.get(path, {"as_of": "soon"}).status_code == 400
    assert shop.get(path, {"asof": "2026-08-01"}).status_code == 400


def test_transfers(company_a: Company, company_b: Company, alice: APIClient, bob: APIClient, charlie: APIClient,
                   shop: APIClient) -> None:  # fmt: skip
    ada, bobs = str(company_a.customer["ada"].id), str(company_a.portfolio["bob"].id)
    body = {"customers": [ada], "to": bobs, "reason": "moved to Leeds"}
    assert bob.post(TRANSFERS, body).status_code == 400
    assert charlie.post(TRANSFERS, body).status_code == 400
    assert alice.post(TRANSFERS, {**body, "reason": " "}).status_code == 400
    foreign = shop.post(TRANSFERS, {**body, "to": str(company_b.portfolio["charlie"].id)})
    assert list(foreign.json()["errors"]) == ["to"]
    mixed = shop.post(TRANSFERS, {**body, "customers": [ada, str(company_b.customer["cleo"].id)]})
    assert (mixed.status_code, list(mixed.json()["errors"])) == (400, ["customers"])
    made = alice.post(TRANSFERS, body)
    assert (made.status_code, made.json()["customers"], made.json()["author_name"]) == (201, 1, "Alice")
    assert alice.get(f"{V1}customers/{ada}/").status_code == 404
    assert bob.get(f"{V1}customers/{ada}/").status_code == 200
    assert [t["reason"] for t in bob.get(TRANSFERS).json()["results"]] == ["moved to Leeds"]
    assert charlie.get(TRANSFERS).json()["results"] == []
    assert charlie.get(f"{TRANSFERS}{made.json()['id']}/").status_code == 404


def test_customer_value(company_a: Company, alice: APIClient, bob: APIClient) -> None:
    path = f"{V1}customers/{company_a.customer['ada'].id}/value/"
    assert alice.get(path).json() == {"now": alice.get(path).json()["now"], "history": [], "withheld": ""}
    assert bob.get(path).status_code == 404

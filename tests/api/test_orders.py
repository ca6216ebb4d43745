"""orders/, costs/ and the bulks."""

from typing import Any

from rest_framework.test import APIClient

from crm.models import Order
from tenancy.context import tenant_context
from tests.api.conftest import V1, session_client, token_client
from tests.cast import Company

ORDERS, COSTS = f"{V1}orders/", f"{V1}costs/"


def sale(number: str = "S-1", **values: Any) -> dict[str, Any]:
    line = {"product": "SKU-7", "description": "Loaf", "quantity": "2", "unit_price": "4.50"}
    return {"external_id": number, "ordered_at": "2026-05-01T12:00:00Z", "lines": [line],
            "customer_external_id": "ada-1", **values}  # fmt: skip


def test_an_order_is_recorded_read_and_seen_by_its_scope(
    company_a: Company, shop: APIClient, alice: APIClient, bob: APIClient, charlie: APIClient
) -> None:
    made = shop.post(ORDERS, sale(discount="1.00"))
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["gross"], body["net"], body["currency"]) == ("9.00", "8.00", "GBP")
    assert (body["lines"][0]["product"], body["lines"][0]["amount"]) == ("SKU-7", "9.00")
    path = f"{ORDERS}{body['id']}/"
    assert alice.get(path).json() == body
    assert (bob.get(path).status_code, charlie.get(path).status_code) == (404, 404)
    assert [row["id"] for row in alice.get(ORDERS).json()["results"]] == [body["id"]]
    assert (bob.get(ORDERS).json()["results"], charlie.get(ORDERS).json()["results"]) == ([], [])
    assert alice.post(ORDERS, sale("S-2")).status_code == 403
    facts = alice.get(f"{V1}customers/{company_a.customer['ada'].id}/").json()["facts"]
    assert (facts["orders"], facts["revenue"], facts["last_order_on"]) == (1, "8.00", "2026-05-01")


def test_the_same_order_is_one_and_another_content_a_conflict(company_a: Company, shop: APIClient) -> None:
    assert shop.post(ORDERS, sale()).status_code == 201
    assert shop.post(ORDERS, sale()).status_code == 200
    other = shop.post(ORDERS, sale(discount="2"))
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


def test_a_return_is_matched(company_a: Company, shop: APIClient, charlie: APIClient) -> None:
    order = shop.post(ORDERS, sale()).json()
    back = {"external_id": "R-1", "returned_at": "2026-05-02T12:00:00Z",
            "lines": [{"product": "SKU-7", "quantity": "1", "unit_price": "4.50"}]}  # fmt: skip
    path = f"{ORDERS}{order['id']}/return/"
    assert charlie.post(path, back).status_code == 404
    made = shop.post(path, back)
    assert made.status_code == 201, made.content
    assert (made.json()["kind"], made.json()["net"], made.json()["returns"]) == (
        "return",
        "-4.50",
        order["id"],
    )
    too_much = shop.post(
        path, {**back, "external_id": "R-2", "lines": [{"quantity": "9", "unit_price": "9"}]}
    )
    assert (too_much.status_code, too_much.json()["code"]) == (422, "refused")


def test_an_order_of_a_customer_who_is_not_there(
    company_a: Company, company_b: Company, shop: APIClient
) -> None:
    foreign = shop.post(
        ORDERS, {**sale(), "customer_external_id": None, "customer": str(company_b.customer["cleo"].id)}
    )
    assert (foreign.status_code, list(foreign.json()["errors"])) == (400, ["customer"])
    unknown = shop.post(ORDERS, sale(customer_external_id="nobody"))
    assert list(unknown.json()["errors"]) == ["customer_external_id"]
    twice = shop.post(ORDERS, sale(customer=str(company_a.customer["ada"].id)))
    assert twice.status_code == 400


def test_an_anonymous_sale_is_seen_by_those_who_see_all(
    company_a: Company, shop: APIClient, alice: APIClient
) -> None:
    made = shop.post(ORDERS, sale(customer_external_id=None)).json()
    assert made["customer"] is None
    assert shop.get(f"{ORDERS}{made['id']}/").status_code == 200
    assert alice.get(f"{ORDERS}{made['id']}/").status_code == 404


def test_bad_orders_are_refused_with_the_field(company_a: Company, shop: APIClient) -> None:
    bad = {
        "lines": sale(lines=[]),
        "lines.0.quantity": sale(lines=[{"quantity": "many", "unit_price": "1"}]),
        "lines.0.price": sale(lines=[{"quantity": "1", "unit_price": "1", "price": "1"}]),
        "ordered_at": sale(ordered_at="yesterday"),
        "currency": sale(currency="USD"),
        "discount": sale(discount="NaN"),
    }
    for field, body in bad.items():
        answer = shop.post(ORDERS, body)
        assert answer.status_code in (400, 422), (field, answer.content)
        assert field in answer.json()["errors"], answer.content
    assert shop.post(ORDERS, sale(ordered_at="2999-01-01T00:00:00Z")).status_code == 422
    with tenant_context(company_a.tenant.id):
        assert Order.objects.count() == 0


def test_costs(
    company_a: Company, shop: APIClient, alice: APIClient, bob: APIClient, charlie: APIClient
) -> None:
    body = {"customer": str(company_a.customer["ada"].id), "key": "call-1", "kind": "call", "amount": "3.50",
            "occurred_at": "2026-09-30T12:00:00Z", "minutes": "7"}  # fmt: skip
    made = shop.post(COSTS, body)
    assert (made.status_code, made.json()["amount"]) == (201, "3.50"), made.content
    assert shop.post(COSTS, body).status_code == 200
    assert shop.post(COSTS, {**body, "amount": "4"}).status_code == 422
    assert shop.post(COSTS, {**body, "key": "c2", "amount": "3.505"}).status_code == 400
    path = f"{COSTS}{made.json()['id']}/"
    assert alice.get(path).status_code == 200
    assert (bob.get(path).status_code, charlie.get(path).status_code) == (404, 404)
    assert charlie.post(COSTS, body).status_code == 400


def test_a_bulk_of_orders_is_answered_item_by_item(company_a: Company, shop: APIClient) -> None:
    items = [
        sale("S-1"),
        sale("S-2", lines=[]),
        sale("S-1"),
        sale("S-1", discount="1"),
        {"external_id": 5},
        sale("S-3"),
    ]
    body = shop.post(f"{ORDERS}bulk/", {"items": items}).json()
    assert [row["status"] for row in body["results"]] == [201, 400, 200, 409, 400, 201]
    assert (body["created"], body["unchanged"], body["refused"]) == (2, 1, 3)
    assert body["results"][1]["problem"]["errors"]["lines"]
    with tenant_context(company_a.tenant.id):
        assert sorted(Order.objects.values_list("external_id", flat=True)) == ["S-1", "S-3"]


def test_a_bulk_of_customers_mixes_companies_never(
    company_a: Company, company_b: Company, charlie: APIClient, shop: APIClient
) -> None:
    foreign = {"name": "Foreign", "acts_for": str(company_a.customer["ada"].id)}
    items = [{"name": "Ada of B", "external_id": "ada-1"}, {"name": "Ben of B", "external_id": "ben-1"},
             foreign, {"name": ""}, {"tenant": "x"}]  # fmt: skip
    body = charlie.post(f"{V1}customers/bulk/", {"items": items}).json()
    assert [row["status"] for row in body["results"]] == [200, 201, 400, 400, 400]
    assert body["results"][0]["id"] == str(company_b.customer["cleo"].id)
    assert shop.get(f"{V1}customers/by-external-id/ben-1/").json()["name"] == "Ben Bernanke"


def test_a_bulk_has_limits(company_a: Company, shop: APIClient) -> None:
    for items in ([], [{}] * 1001, "x", [1]):
        assert shop.post(f"{ORDERS}bulk/", {"items": items}, format="json").status_code == 400


def test_a_role_without_creation_may_still_update_in_bulk(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        role = company_a.roles["api-client"]
        role.permissions = [p for p in role.permissions if p != "crm.add_customer"]
        role.save()
    client = token_client(company_a)
    items = [
        {"name": "Ada King", "external_id": "ada-1"},
        {"name": "New", "external_id": "n-1"},
        {"name": "New"},
    ]
    body = client.post(f"{V1}customers/bulk/", {"items": items}).json()
    assert [row["status"] for row in body["results"]] == [200, 403, 403]


def test_a_session_outside_the_scope_finds_no_order(company_a: Company, shop: APIClient) -> None:
    shop.post(ORDERS, sale())
    assert session_client(company_a, "bob").get(ORDERS, {"external_id": "S-1"}).json()["results"] == []

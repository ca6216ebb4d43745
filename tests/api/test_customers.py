"""customers/: it works for Alice; Bob gets what his scope allows; Charlie gets 404."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from crm.models import Customer, CustomerSummary, TimelineEntry
from crm.services.customers import change_customer
from tenancy.context import tenant_context
from tenancy.models import AccessEntry
from tests.api.conftest import V1, token_client
from tests.cast import Company

CUSTOMERS = f"{V1}customers/"


def url(company: Company, key: str, rest: str = "") -> str:
    return f"{CUSTOMERS}{company.customer[key].id}/{rest}"


def names(client: APIClient, **query: str) -> list[str]:
    answer = client.get(CUSTOMERS, query)
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


def test_everybody_lists_their_own_scope(
    company_a: Company, shop: APIClient, alice: APIClient, bob: APIClient, charlie: APIClient
) -> None:
    assert names(shop) == ["Ada Lovelace", "Ben Bernanke", "Hal House"]
    assert names(alice) == ["Ada Lovelace"]
    assert names(bob) == ["Ben Bernanke"]
    assert names(charlie) == ["Cleo Canary"]


def test_one_customer_is_read_by_its_scope_only(
    company_a: Company, shop: APIClient, alice: APIClient, bob: APIClient, charlie: APIClient, fran: APIClient
) -> None:
    path = url(company_a, "ada")
    body = alice.get(path).json()
    assert (body["name"], body["external_id"], body["facts"]["currency"]) == ("Ada Lovelace", "ada-1", "GBP")
    assert shop.get(path).status_code == 200
    assert bob.get(path).status_code == 404
    assert charlie.get(path).status_code == 404
    assert fran.get(path).status_code == 403
    assert APIClient().get(path).status_code == 401


def test_a_foreign_answer_is_the_same_as_none(company_a: Company, charlie: APIClient) -> None:
    foreign = charlie.get(url(company_a, "ada"))
    nothing = charlie.get(f"{CUSTOMERS}00000000-0000-7000-8000-000000000000/")
    assert foreign.content == nothing.content
    assert foreign["Content-Type"] == "application/problem+json"


def test_a_token_cannot_choose_another_company(
    company_a: Company, company_b: Company, charlie: APIClient
) -> None:
    answer = charlie.get(CUSTOMERS, headers={"X-Tenant": company_a.tenant.slug})
    assert [row["name"] for row in answer.json()["results"]] == ["Cleo Canary"]


def test_a_session_cannot_choose_a_company_it_is_not_in(company_b: Company, alice: APIClient) -> None:
    alice.credentials(HTTP_X_TENANT=company_b.tenant.slug)
    assert alice.get(CUSTOMERS).status_code == 401


def test_a_session_needs_the_csrf_token_to_write(company_a: Company) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(company_a.member["alice"].user)
    client.credentials(HTTP_X_TENANT="alpha")
    assert client.get(CUSTOMERS).status_code == 200
    refused = client.post(CUSTOMERS, {"name": "X"})
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")


def test_creating_puts_a_customer_into_a_portfolio_with_its_addresses(
    company_a: Company, shop: APIClient
) -> None:
    answer = shop.post(
        CUSTOMERS,
        {"name": " Zoë Åkerman ", "external_id": "z-1", "country": "SE",
         "portfolio": str(company_a.portfolio["bob"].id),
         "contact_points": [{"kind": "email", "value": "Zoe@Example.COM"}]},
    )  # fmt: skip
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["name"] == "Zoë Åkerman"
    assert (body["source"], body["source_detail"]) == ("api", "web shop")
    assert body["portfolio"] == str(company_a.portfolio["bob"].id)
    assert answer["ETag"] == '"v1"'
    points = shop.get(f"{CUSTOMERS}{body['id']}/contact-points/").json()["results"]
    assert [(p["value_key"], p["is_primary"]) for p in points] == [("zoe@example.com", True)]


def test_nothing_is_created_when_one_address_is_wrong(company_a: Company, shop: APIClient) -> None:
    body = {"name": "Half", "contact_points": [{"kind": "email", "value": "no address"}]}
    answer = shop.post(CUSTOMERS, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "refused")
    with tenant_context(company_a.tenant.id):
        assert not Customer.objects.filter(name="Half").exists()


def test_mass_assignment_is_refused(company_a: Company, company_b: Company, shop: APIClient) -> None:
    for field, value in {
        "tenant": str(company_b.tenant.id), "tenant_id": str(company_b.tenant.id), "id": str(company_b.tenant.id),
        "portfolio_id": str(company_a.portfolio["bob"].id), "version": 9, "status": "lost", "worth": {"value": "9"},
        "trashed_at": None, "source": "member",
    }.items():  # fmt: skip
        answer = shop.patch(url(company_a, "ada"), {field: value}, format="json")
        assert answer.status_code == 400, field
        assert list(answer.json()["errors"]) == [field]
    assert shop.patch(url(company_a, "ada"), {"portfolio": "x"}, format="json").status_code == 400


def test_a_taken_number_is_a_conflict_here_and_nothing_there(
    company_a: Company, shop: APIClient, charlie: APIClient
) -> None:
    taken = shop.post(CUSTOMERS, {"name": "Other", "external_id": "ben-1"})
    assert (taken.status_code, taken.json()["code"]) == (409, "conflict")
    assert list(taken.json()["errors"]) == ["external_id"]
    assert charlie.post(CUSTOMERS, {"name": "Other", "external_id": "ben-1"}).status_code == 201


def test_an_upsert_by_a_foreign_number_makes_an_own_customer(
    company_a: Company, company_b: Company, shop: APIClient, charlie: APIClient
) -> None:
    path = f"{CUSTOMERS}by-external-id/ben-1/"
    assert charlie.get(path).status_code == 404
    made = charlie.put(path, {"name": "Another Ben"})
    assert made.status_code == 201
    assert shop.get(path).json()["name"] == "Ben Bernanke"
    assert charlie.put(path, {"name": "Another Ben", "country": "FR"}).status_code == 200
    assert charlie.get(path).json()["country"] == "FR"
    assert made.json()["id"] != str(company_a.customer["ben"].id)


def test_an_upsert_outside_the_scope_changes_nothing(
    company_a: Company, bob: APIClient, shop: APIClient
) -> None:
    refused = bob.put(f"{CUSTOMERS}by-external-id/ada-1/", {"name": "Mine"})
    assert refused.status_code == 409
    assert shop.get(url(company_a, "ada")).json()["name"] == "Ada Lovelace"


def test_if_match_refuses_a_lost_update(company_a: Company, shop: APIClient, alice: APIClient) -> None:
    path = url(company_a, "ada")
    tag = alice.get(path)["ETag"]
    assert shop.patch(path, {"country": "GB"}).status_code == 200
    late = alice.patch(path, {"name": "Ada King"}, headers={"If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert alice.patch(path, {"name": "Ada King"}).json()["version"] == 3
    fresh = alice.patch(path, {"language": "en"}, headers={"If-Match": '"v3"'})
    assert (fresh.status_code, fresh["ETag"]) == (200, '"v4"')


def test_a_change_notes_its_source(company_a: Company, shop: APIClient) -> None:
    shop.patch(url(company_a, "ada"), {"country": "GB"})
    rows = {row["field"]: row for row in shop.get(url(company_a, "ada", "sources/")).json()["attributes"]}
    assert rows["country"]["source"] == "api"
    assert rows["name"]["source"] == "member"


def test_two_editors_of_one_field_get_a_conflict(company_a: Company, in_a: Company) -> None:
    """The service's Conflict: the same field changed since it was read."""
    seen = Customer.objects.get(id=in_a.customer["ada"].id)
    change_customer(customer=Customer.objects.get(id=seen.id), version=1, changes={"name": "A"}, source="api")
    from tenancy.api.problems import problem_of

    try:
        change_customer(customer=seen, version=1, changes={"name": "B"}, source="api")
    except Exception as error:
        assert problem_of(error).status == 409


def test_the_trash_hides_and_gives_back(company_a: Company, admin: APIClient, shop: APIClient) -> None:
    path = url(company_a, "ada")
    assert shop.delete(path).status_code == 403
    assert admin.delete(path, headers={"If-Match": '"v7"'}).status_code == 412
    assert admin.delete(path).status_code == 204
    assert shop.get(path).status_code == 404
    assert admin.post(f"{path}restore/").json()["name"] == "Ada Lovelace"
    assert admin.post(f"{path}restore/").status_code == 404


def test_filters(company_a: Company, shop: APIClient) -> None:
    shop.patch(url(company_a, "ada"), {"country": "GB"})
    assert names(shop, country="GB") == ["Ada Lovelace"]
    assert names(shop, external_id="ben-1") == ["Ben Bernanke"]
    assert names(shop, portfolio=str(company_a.portfolio["bob"].id)) == ["Ben Bernanke"]
    assert names(shop, status="active") == []
    assert names(shop, q="hal") == ["Hal House"]
    assert names(shop, updated_after="2999-01-01T00:00:00Z") == []
    misspelt = shop.get(CUSTOMERS, {"contry": "GB"})
    assert (misspelt.status_code, list(misspelt.json()["errors"])) == (400, ["contry"])


def test_values_are_hidden_from_a_role_that_may_not_see_them(company_a: Company) -> None:
    client = token_client(company_a, scope="all")
    assert client.get(url(company_a, "ada")).json()["worth"]["score"] == "none"
    with tenant_context(company_a.tenant.id):
        role = company_a.roles["api-client"]
        role.permissions = [p for p in role.permissions if p != "value.view_value"]
        role.save()
    blind = token_client(company_a)
    assert blind.get(url(company_a, "ada")).json()["worth"] is None
    assert blind.get(url(company_a, "ada", "summary/")).json()["worth"] is None
    assert blind.get(url(company_a, "ada", "value/")).status_code == 403


def test_a_look_is_logged(company_a: Company, shop: APIClient) -> None:
    shop.get(url(company_a, "ada"))
    with tenant_context(company_a.tenant.id):
        entry = AccessEntry.objects.get(subject_id=company_a.customer["ada"].id)
    assert entry.actor.startswith("token:")


def test_the_card(company_a: Company, shop: APIClient, alice: APIClient, bob: APIClient, fran: APIClient,
                  charlie: APIClient) -> None:  # fmt: skip
    path = url(company_a, "ada", "summary/")
    card = alice.get(path).json()
    assert card["portfolio"]["manager"]["name"] == "Alice"
    assert card["in_scope"] is True
    served = fran.get(path)
    assert (served.status_code, served.json()["in_scope"], served.json()["worth"]) == (200, False, None)
    beyond = bob.get(path).json()
    assert (beyond["in_scope"], beyond["worth"]) == (False, None)
    assert charlie.get(path).status_code == 404
    with tenant_context(company_a.tenant.id):
        looks = AccessEntry.objects.filter(subject_id=company_a.customer["ada"].id)
        assert looks.filter(actor=f"member:{company_a.member['fran'].id}").count() == 1
        assert looks.count() == 3


def test_timeline(company_a: Company, alice: APIClient, bob: APIClient) -> None:
    body = alice.get(url(company_a, "ada", "timeline/")).json()
    assert [row["kind"] for row in body["results"]] == ["created"]
    assert bob.get(url(company_a, "ada", "timeline/")).status_code == 404
    with tenant_context(company_a.tenant.id):
        assert TimelineEntry.objects.count() == 3


def test_the_list_takes_few_queries(company_a: Company, shop: APIClient, alice: APIClient) -> None:
    for client in (shop, alice):
        client.get(CUSTOMERS)  # the first use of a token in a while is noted
        with CaptureQueriesContext(connection) as captured:
            assert client.get(CUSTOMERS).status_code == 200
        asked = [q["sql"] for q in captured if "SAVEPOINT" not in q["sql"]]
        assert len(asked) <= (8 if client is shop else 10), "\n".join(s[:150] for s in asked)


def test_count_is_exact_when_asked(company_a: Company, shop: APIClient) -> None:
    assert shop.get(CUSTOMERS, {"count": "exact", "page_size": 1}).json()["count"] == 3
    assert "count" not in shop.get(CUSTOMERS).json()
    with tenant_context(company_a.tenant.id):
        assert CustomerSummary.objects.count() == 3


# --- by a condition over the facts


def test_a_condition_keeps_whom_it_names(company_a: Company, shop: APIClient) -> None:
    named = {"all": [{"fact": "crm.name", "is": "starts_with", "value": "ada"}]}
    found = shop.get(CUSTOMERS, {"where": json.dumps(named), "kind": "person"}).json()
    assert [row["name"] for row in found["results"]] == ["Ada Lovelace"]
    without = {"none": [{"count": "crm.orders", "is": "at_least", "value": 1}]}
    page = shop.get(CUSTOMERS, {"where": json.dumps(without), "page_size": 2}).json()
    assert len(page["results"]) == 2
    assert [row["name"] for row in shop.get(page["next"]).json()["results"]] == ["Hal House"]


@pytest.mark.parametrize(
    ("where", "at"),
    [
        ("nonsense", "where"), ("[]", "where"), ('{"all": [{"fact": "crm.gone", "is": "yes"}]}', "where.all.0.fact"),
        ('{"all": [{"fact": "crm.orders", "is": "at_least", "value": "many"}]}', "where.all.0.value"),
        ('{"any": [{"all": [{}]}]}', "where.any.0.all.0"),
    ],
)  # fmt: skip
def test_a_condition_that_cannot_be_read_is_refused_with_its_place(
    shop: APIClient, where: str, at: str
) -> None:
    refused = shop.get(CUSTOMERS, {"where": where})
    assert refused.status_code == 400
    assert refused["Content-Type"] == "application/problem+json"
    assert at in refused.json()["errors"]


def test_nobody_learns_a_value_by_asking_for_it(company_a: Company, alice: APIClient) -> None:
    with tenant_context(company_a.tenant.id):
        role = company_a.roles["relationship-manager"]
        role.permissions = [code for code in role.permissions if code != "value.view_value"]
        role.save()
    secret = {"all": [{"fact": "value.alive", "is": "at_least", "value": "0.1"}]}
    asked = (
        {"where": json.dumps(secret)},
        {"ordering": "-value"},
        {"ordering": "alive"},
        {"score": "scored"},
    )
    assert [alice.get(CUSTOMERS, query).status_code for query in asked] == [400, 400, 400, 403]
    assert alice.get(CUSTOMERS, {"ordering": "-orders"}).json()["results"][0]["worth"] is None

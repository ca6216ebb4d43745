"""Segments at the machine door."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from crm.models import Segment
from tenancy.context import tenant_context
from tests.api.conftest import V1
from tests.cast import Company
from tests.crm.shelves import AT_LEAST_ONE, define, finish_jobs, follow, line, order, within


@pytest.fixture
def buyers(company_a: Company) -> Segment:
    with tenant_context(company_a.tenant.id):
        order(company_a.customer["ada"])
        segment = define(company_a, "Buyers", AT_LEAST_ONE)
        order(company_a.customer["ben"])
        follow()
        return segment


def one(segment: Segment, path: str = "") -> str:
    return f"{V1}segments/{segment.id}/{path}"


def test_each_sees_their_own_share(admin: APIClient, alice: APIClient, buyers: Segment) -> None:
    assert admin.get(one(buyers)).json()["customers"] == 2
    assert alice.get(one(buyers)).json()["customers"] == 1
    assert alice.get(f"{V1}segments/").json()["results"][0]["customers"] == 1
    names = [row["name"] for row in alice.get(one(buyers, "members/")).json()["results"]]
    assert names == ["Ada Lovelace"]
    assert alice.get(one(buyers, "sizes/?days=7")).json()["days"][-1]["customers"] == 1
    last = admin.get(one(buyers, "sizes/")).json()["days"][-1]
    assert (last["customers"], last["entered"], last["left"]) == (2, 1, 0)


def test_members_come_in_pages(admin: APIClient, buyers: Segment) -> None:
    first = admin.get(one(buyers, "members/?page_size=1")).json()
    second = admin.get(first["next"]).json()
    assert [len(page["results"]) for page in (first, second)] == [1, 1]
    assert first["results"] != second["results"]
    assert second["next"] is None


def test_define_change_and_take_away(company_a: Company, admin: APIClient, shop: APIClient) -> None:
    body = {"name": "Buyers", "condition": AT_LEAST_ONE}
    made = admin.post(f"{V1}segments/", body, format="json")
    assert (made.status_code, made.json()["filled_at"], made["ETag"]) == (201, None, '"v1"')
    address = f"{V1}segments/{made.json()['id']}/"
    assert admin.post(f"{V1}segments/", body, format="json").status_code == 409
    assert shop.post(f"{V1}segments/", body, format="json").status_code == 403
    changes: dict[str, Any] = {"condition": {"all": []}}
    changed = admin.patch(address, changes, format="json", HTTP_IF_MATCH='"v1"')
    assert (changed.status_code, changed.json()["version"], changed.json()["name"]) == (200, 2, "Buyers")
    assert admin.patch(address, changes, format="json", HTTP_IF_MATCH='"v1"').status_code == 412
    with tenant_context(company_a.tenant.id):
        finish_jobs(company_a)
    assert admin.get(address).json()["customers"] == 3
    assert admin.post(f"{address}refresh/").status_code == 422
    assert admin.patch(address, {"mode": "frozen"}, format="json").status_code == 200
    assert admin.post(f"{address}refresh/").status_code == 202
    assert admin.delete(address).status_code == 204
    assert admin.get(address).status_code == 404


def test_what_is_wrong_is_said_where_it_stands(admin: APIClient) -> None:
    wrong = {
        "name": "Odd",
        "condition": {"all": [line("crm.gone", "at_least", 1), line("crm.orders", "at_least", "x")]},
    }
    answer = admin.post(f"{V1}segments/", wrong, format="json")
    assert answer.status_code == 400
    assert {"condition.all.0.fact", "condition.all.1.value"} <= set(answer.json()["errors"])
    for body in ({"name": "Odd"}, {"name": "Odd", "condition": AT_LEAST_ONE, "colour": "red"},
                 {"name": "Odd", "condition": "crm.orders"}, {"name": "Odd", "condition": None}):  # fmt: skip
        assert admin.post(f"{V1}segments/", body, format="json").status_code == 400


def test_what_is_used_stays(company_a: Company, admin: APIClient, buyers: Segment) -> None:
    with tenant_context(company_a.tenant.id):
        define(company_a, "Readers", within(buyers))
    answer = admin.delete(one(buyers))
    assert answer.status_code == 422
    assert "the segment Readers" in answer.json()["detail"]


def test_two_beside_each_other(
    company_a: Company, admin: APIClient, alice: APIClient, charlie: APIClient, buyers: Segment
) -> None:
    with tenant_context(company_a.tenant.id):
        everybody = define(company_a, "Everybody", {"all": []})
    parts = admin.get(one(everybody, f"overlap/?with={buyers.id}")).json()
    assert [parts[name]["customers"] for name in ("only_this", "both", "only_other")] == [1, 2, 0]
    assert parts["both"]["value"] == "0.00"
    parts = alice.get(one(everybody, f"overlap/?with={buyers.id}")).json()
    assert [parts[name]["customers"] for name in ("only_this", "both", "only_other")] == [0, 1, 0]
    assert charlie.get(one(everybody, f"overlap/?with={buyers.id}")).status_code == 404
    assert admin.get(one(everybody, f"overlap/?with={company_a.tenant.id}")).status_code == 404
    for path in ("overlap/", "overlap/?with=x", "sizes/?days=0", "sizes/?days=9999", "sizes/?dais=1"):
        assert admin.get(one(buyers, path)).status_code == 400

"""customers/<id>/contact-points/: normalised, one primary a kind, in the scope."""

import pytest
from rest_framework.test import APIClient

from crm.models import ContactPoint, TimelineEntry
from tenancy.context import tenant_context
from tests.api.conftest import V1
from tests.cast import Company


@pytest.fixture
def path(company_a: Company) -> str:
    return f"{V1}customers/{company_a.customer['ada'].id}/contact-points/"


def test_addresses_are_normalised_and_one_is_primary(path: str, alice: APIClient) -> None:
    first = alice.post(path, {"kind": "phone", "value": "020 7946 0000"}).json()
    assert (first["value_key"], first["is_primary"], first["source"]) == ("+442079460000", True, "member")
    second = alice.post(path, {"kind": "phone", "value": "+49 30 901820"}).json()
    assert second["is_primary"] is False
    changed = alice.patch(f"{path}{second['id']}/", {"is_primary": True})
    assert changed.json()["is_primary"] is True
    assert alice.get(f"{path}{first['id']}/").json()["is_primary"] is False
    assert alice.delete(f"{path}{second['id']}/").status_code == 204
    assert alice.get(f"{path}{first['id']}/").json()["is_primary"] is True


def test_the_same_address_twice_is_a_conflict(path: str, alice: APIClient) -> None:
    assert alice.post(path, {"kind": "email", "value": "ada@example.com"}).status_code == 201
    twice = alice.post(path, {"kind": "email", "value": "ADA@Example.com"})
    assert (twice.status_code, twice.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize("body", [
    {"kind": "email", "value": "nobody"}, {"kind": "phone", "value": "12"}, {"kind": "fax", "value": "1"},
    {"kind": "email", "value": ""}, {"kind": "post", "value": "   "}, {"kind": "post", "value": "\u0301"},
    {"kind": "email", "value": "x" * 401}, {"kind": "email"},
])  # fmt: skip
def test_bad_addresses(path: str, alice: APIClient, body: dict[str, str]) -> None:
    assert alice.post(path, body).status_code in (400, 422)


def test_the_scope_and_other_companies(
    path: str, company_a: Company, alice: APIClient, bob: APIClient, charlie: APIClient, fran: APIClient
) -> None:
    point = alice.post(path, {"kind": "email", "value": "ada@example.com"}).json()
    for client in (bob, charlie):
        assert client.get(path).status_code == 404
        assert client.post(path, {"kind": "email", "value": "x@example.com"}).status_code in (403, 404)
        assert client.delete(f"{path}{point['id']}/").status_code in (403, 404)
    assert fran.get(path).status_code == 403
    own = path.replace(str(company_a.customer["ada"].id), str(company_a.customer["ben"].id))
    assert bob.get(f"{own}{point['id']}/").status_code == 404


def test_etags_and_invalid(path: str, alice: APIClient) -> None:
    made = alice.post(path, {"kind": "email", "value": "ada@example.com"})
    one = f"{path}{made.json()['id']}/"
    assert alice.get(one)["ETag"] == made["ETag"]
    bounced = alice.patch(one, {"invalid": True}, headers={"If-Match": made["ETag"]})
    assert bounced.json()["invalid_at"] is not None
    assert alice.patch(one, {"invalid": False}, headers={"If-Match": made["ETag"]}).status_code == 412
    moved = alice.patch(one, {"value": "ada@example.org"}).json()
    assert (moved["value_key"], moved["invalid_at"]) == ("ada@example.org", None)
    assert alice.patch(one, {"is_primary": False}).status_code == 422


def test_the_timeline_says_so_without_the_address(path: str, company_a: Company, alice: APIClient) -> None:
    alice.post(path, {"kind": "email", "value": "ada@example.com"})
    with tenant_context(company_a.tenant.id):
        entry = TimelineEntry.objects.get(kind="change")
        assert (entry.title, entry.who) == ("E-mail added", "Alice")
        assert "ada@" not in entry.title + entry.text
        assert ContactPoint.objects.count() == 1

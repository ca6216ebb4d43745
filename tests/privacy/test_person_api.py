"""`customers/<id>/person/`: what protects a customer, noted by programs."""

from tests.api.conftest import V1, session_client
from tests.cast import Company


def test_a_program_notes_and_takes_back(company_a: Company) -> None:
    alice = session_client(company_a, "alice")
    there = f"{V1}customers/{company_a.customer['ada'].id}/person/"
    first = alice.get(there)
    assert first.json()["born_on"] is None
    changed = alice.patch(there, {"born_on": "1987-04-12", "residences": ["EU-DE"]}, format="json")
    assert changed.json()["residences"] == ["EU-DE"]
    stale = alice.patch(
        there, {"kind": "consumer"}, format="json", headers={"If-Match": first.headers["ETag"]}
    )
    assert stale.status_code == 412
    dead = alice.patch(there, {"deceased": True, "reason": "her daughter"}, format="json").json()
    assert dead["deceased_reported_by"] == "her daughter"
    assert (
        alice.patch(there, {"deceased": False, "reason": "a namesake"}, format="json").json()["deceased_at"]
        is None
    )
    restricted = alice.patch(there, {"restricted": True, "reason": "contested"}, format="json").json()
    assert restricted["note"] == "contested"


def test_what_cannot_be_is_refused_by_field(company_a: Company) -> None:
    alice = session_client(company_a, "alice")
    there = f"{V1}customers/{company_a.customer['ada'].id}/person/"
    for body, field in (
        ({"born_on": "2999-01-01"}, "born_on"), ({"residences": ["Germany"]}, "residences"),
        ({"deceased": True}, "reason"), ({"deceased_at": "2026-01-01T00:00:00Z"}, "deceased_at"),
    ):  # fmt: skip
        refused = alice.patch(there, body, format="json")
        assert refused.status_code in (400, 422)
        assert field in refused.json()["errors"], body

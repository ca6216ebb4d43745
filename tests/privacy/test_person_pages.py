"""Rights and protection, lists and looks in the browser's words: Alice notes, Bob and Charlie find nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from crm.services.contact_points import add_contact_point
from privacy.models import Capture, ListUpload, Person, Suppression
from privacy.services.persons import report_death, restrict_person
from privacy.services.suppressions import suppress_address
from tenancy.context import tenant_context
from tenancy.models import AccessEntry
from tests.cast import Company
from tests.desk.conftest import SignIn, sign_in  # noqa: F401

PARTS = ("person/", "person/death/", "person/restriction/")


def at(company: Company, part: str = "", key: str = "ada") -> str:
    return company.url(f"customers/{company.customer[key].id}/{part}")


def person(company: Company) -> Person:
    with tenant_context(company.tenant.id):
        return Person.objects.get(customer=company.customer["ada"])


@pytest.mark.parametrize("part", PARTS)
def test_only_who_answers_for_them_may_note_it(company_a: Company, sign_in: SignIn, part: str) -> None:  # noqa: F811
    assert sign_in("alice").get(at(company_a, part)).status_code == 200
    assert sign_in("bob").get(at(company_a, part)).status_code == 404
    assert sign_in("charlie").get(at(company_a, part)).status_code == 404


def test_noting_who_they_are(company_a: Company, sign_in: SignIn) -> None:  # noqa: F811
    alice, there = sign_in("alice"), at(company_a, "person/")
    given = {"kind": "consumer", "residences": ["EU-DE", "UK"], "born_on": "2014-03-01"}
    assert alice.post(there, given).status_code == 302
    assert person(company_a).residences == ["EU-DE", "UK"]
    page = alice.get(at(company_a)).content.decode()
    assert "born 1 Mar 2014; no parent agreed" in page
    wrong = alice.post(there, given | {"parent_agreed_on": "2026-01-05"})
    assert wrong.status_code == 422
    assert b"Say how it was verified" in wrong.content
    assert alice.post(there, given | {"born_on": "2999-01-01"}).status_code == 422
    agreed = given | {"parent_agreed_on": "2026-01-05", "parental_evidence": "call, file 12"}
    assert alice.post(there, agreed).status_code == 302
    assert "a parent agreed: call, file 12" in alice.get(at(company_a)).content.decode()


def test_a_death_marks_the_page_the_card_and_the_list(company_a: Company, sign_in: SignIn) -> None:  # noqa: F811
    alice = sign_in("alice")
    assert alice.post(at(company_a, "person/death/"), {"reported_by": ""}).status_code == 422
    assert alice.post(at(company_a, "person/death/"), {"reported_by": "her daughter"}).status_code == 302
    assert "Reported dead: no contact" in alice.get(at(company_a)).content.decode()
    assert "Reported dead: no contact" in alice.get(company_a.url("customers/")).content.decode()
    assert "Reported dead: no contact" in sign_in("bob").get(at(company_a, "card/")).content.decode()
    assert alice.post(at(company_a, "person/death/"), {"reason": "a namesake"}).status_code == 302
    assert person(company_a).deceased_at is None


def test_a_restriction_begins_and_ends_with_a_reason(company_a: Company, sign_in: SignIn) -> None:  # noqa: F811
    alice, there = sign_in("alice"), at(company_a, "person/restriction/")
    assert alice.post(there, {"reason": "  "}).status_code == 422
    assert alice.post(there, {"reason": "accuracy contested"}).status_code == 302
    assert (
        "Restricted: stored, not used. Accuracy contested, since" in alice.get(at(company_a)).content.decode()
    )
    assert alice.post(there, {"reason": "checked, told by letter"}).status_code == 302
    assert person(company_a).restricted_at is None


def test_how_we_came_by_an_address(company_a: Company, sign_in: SignIn) -> None:  # noqa: F811
    with tenant_context(company_a.tenant.id):
        ada, ben = company_a.customer["ada"], company_a.customer["ben"]
        point = add_contact_point(customer=ada, kind="email", value="ada@alpha.example", source="member")
        other = add_contact_point(customer=ben, kind="email", value="ben@alpha.example", source="member")
    alice, there = sign_in("alice"), at(company_a, f"points/{point.id}/origin/")
    assert alice.get(at(company_a, f"points/{other.id}/origin/")).status_code == 404
    given = {"origin": "sale", "collected_on": "2026-03-02", "way_out_offered": "on"}
    assert alice.post(there, given | {"collected_on": "2999-03-02"}).status_code == 422
    assert alice.post(there, given).status_code == 302
    assert "at a sale, 2 Mar 2026; a way out was offered" in alice.get(at(company_a)).content.decode()
    assert alice.post(there, {"do": "bounced"}).status_code == 302
    assert "messages come back since" in alice.get(at(company_a)).content.decode()
    assert alice.post(there, {"do": "works"}).status_code == 302
    with tenant_context(company_a.tenant.id):
        assert Capture.objects.get(contact_point=point).hard_bounced_at is None


def test_lists_are_looked_up_without_an_address_in_a_url(company_a: Company, sign_in: SignIn) -> None:  # noqa: F811
    with tenant_context(company_a.tenant.id):
        suppress_address(kind="email", value="eve@alpha.example", source="letter 12")
    admin, there = sign_in("admin"), company_a.url("privacy/lists/look-up/")
    found = admin.post(there, {"kind": "email", "value": "Eve@alpha.example"}).content.decode()
    assert "must not be used" in found
    assert "letter 12" in found
    assert (
        "is on no list" in admin.post(there, {"kind": "email", "value": "no@alpha.example"}).content.decode()
    )
    assert admin.post(there, {"kind": "email", "value": "nothing"}).status_code == 422
    assert sign_in("alice").post(there, {"kind": "email", "value": "eve@alpha.example"}).status_code == 403
    other = sign_in("charlie")
    with tenant_context(company_a.tenant.id):
        row = Suppression.objects.get()
    assert other.get(company_a.url(f"privacy/lists/{row.id}/lift/")).status_code == 404
    assert (
        admin.post(company_a.url(f"privacy/lists/{row.id}/lift/"), {"why": "asked again"}).status_code == 302
    )
    assert not _suppressions(company_a)


def _suppressions(company: Company) -> list[Any]:
    with tenant_context(company.tenant.id):
        return list(Suppression.objects.all())


def test_loading_a_list(company_a: Company, sign_in: SignIn) -> None:  # noqa: F811
    admin, there = sign_in("admin"), company_a.url("privacy/lists/upload/")

    def sent(text: bytes, day: Any) -> int:
        file = SimpleUploadedFile("tps.txt", text)
        given = {"list": "UK-TPS", "mode": "replace", "as_of": day.isoformat(), "file": file}
        return admin.post(there, given).status_code

    today = timezone.localdate()
    assert sent(b"020 7946 0001\n020 7946 0002\n", today) == 302
    assert sent(b"nothing\nat all\n", today) == 422
    assert sent(b"020 7946 0001\n", today + timedelta(days=2)) == 422
    with tenant_context(company_a.tenant.id):
        assert ListUpload.objects.get().lines == 2
    shown = admin.get(company_a.url("privacy/lists/"))
    assert [(row["list"], row["lines"]) for row in shown.context["uploads"]] == [
        ("UK Telephone Preference Service", 2)
    ]
    assert b"tps.txt" not in shown.content


def test_the_log_of_looks_by_customer_and_by_hour(company_a: Company, sign_in: SignIn) -> None:  # noqa: F811
    ada, fran = company_a.customer["ada"], company_a.member["fran"]
    with tenant_context(company_a.tenant.id):
        many = [company_a.add_customer(f"c{n}", "alice", name=f"Many {n}") for n in range(60)]
        AccessEntry.objects.bulk_create(
            AccessEntry(actor=f"member:{fran.id}", view="service card", subject_id=one.id)
            for one in [*many, ada]
        )
    admin, there = sign_in("admin"), company_a.url("privacy/looks/")
    for odd in ("day=9999-12-31", "hour=9999-12-31T23:59:59%2B0000", "hour=0001-01-01T00:00:00%2B1400"):
        assert admin.get(f"{there}?{odd}").status_code == 200, odd
    page = admin.get(there).content.decode()
    assert "Unusually many" in page
    theirs = admin.get(there, {"customer": str(ada.id)}).content.decode()
    assert "Ada Lovelace" in theirs
    assert "Many 3" not in theirs
    assert sign_in("alice").get(there).status_code == 403


def test_a_service_card_says_what_it_was_opened_for(company_a: Company, sign_in: SignIn) -> None:  # noqa: F811
    sign_in("bob").get(at(company_a, "card/"))
    sign_in("alice").get(at(company_a, "card/"))
    with tenant_context(company_a.tenant.id):
        said = list(
            AccessEntry.objects.filter(view="service card").order_by("at").values_list("purpose", flat=True)
        )
    assert said == ["serving a customer outside their scope", "serving a customer in their scope"]


def test_marks_are_of_these_customers_only(company_a: Company, company_b: Company) -> None:
    from privacy.selectors.persons import marks_of

    with tenant_context(company_a.tenant.id):
        report_death(customer_id=company_a.customer["ada"].id, reported_by="x")
        restrict_person(customer_id=company_a.customer["ben"].id, reason="y")
        ids = [customer.id for customer in company_a.customer.values()]
        assert {mark.word for mark in marks_of(ids).values()} == {"dead", "restricted"}
    with tenant_context(company_b.tenant.id):
        assert marks_of(ids) == {}

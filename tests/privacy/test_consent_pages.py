"""The page of what one customer said: Alice records for Ada; Bob and Charlie find nothing."""

import json
from datetime import timedelta
from typing import Any

from django.utils import timezone

from crm.models import Customer
from privacy.models import ConsentEvent
from privacy.selectors.call_records import need_a_record
from privacy.services.consents import record_consent
from privacy.services.persons import change_person
from privacy.services.regimes import save_regime
from tenancy.context import tenant_context
from tenancy.models import AccessEntry
from tests.cast import Company
from tests.desk.conftest import SignIn, sign_in
from tests.privacy.test_recording import entry

__all__ = ["sign_in"]
XSS = "<script>alert(1)</script>"


def at(company: Company, part: str = "") -> str:
    return company.url(f"customers/{company.customer['ada'].id}/consents/{part}")


def typed(**values: Any) -> dict[str, Any]:
    now = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    return {"action": "grant", "purposes": ["newsletter"], "channel": "email", "method": "call", "told": "own",
            "occurred_at": now, "words": f"May we send the letter? {XSS}", "source": "service line",
            "evidence": "recording 7", "key": "page:1", **values}  # fmt: skip


def test_who_needs_a_record_of_their_consent_to_calls_stands_in_the_policy(in_a: Company) -> None:
    """Germany by what ships; Switzerland once the company says so: no country is known to the code."""
    ada, ben, hal = (in_a.customer[name].id for name in ("ada", "ben", "hal"))
    Customer.objects.filter(id=ada).update(country="DE")
    Customer.objects.filter(id=ben).update(country="CH")
    Customer.objects.filter(id=hal).update(country="DE")
    change_person(customer_id=hal, changes={"residences": ["EU-FR"]})
    assert need_a_record([ada, ben, hal]) == {ada}
    row = {"channels": ["phone"], "from": None, "source": "a rule of our own", "sure": "K"}
    save_regime(content={"code": "CH", "name": "Switzerland", "bases": [{**row, "try": ["consent"]}],
                         "records": [{**row, "kinds": ["consumer"]}]})  # fmt: skip
    assert need_a_record([ada, ben, hal]) == {ada, ben}
    change_person(customer_id=ada, changes={"kind": "company_contact"})
    assert need_a_record([ada, ben, hal]) == {ben}
    assert need_a_record([]) == set()


def test_alice_records_what_was_said_on_the_phone(company_a: Company, sign_in: SignIn) -> None:
    alice = sign_in("alice")
    assert "Nothing recorded yet" in alice.get(at(company_a)).content.decode()
    answer = alice.post(at(company_a), typed())
    assert answer.status_code == 302, answer.content.decode()
    alice.post(at(company_a), typed())  # pressed twice
    page = alice.get(at(company_a)).content.decode()
    assert "Agreed: Newsletter by e-mail" in page
    assert "proven" in page
    assert XSS not in page
    with tenant_context(company_a.tenant.id):
        event = ConsentEvent.objects.get()
        assert (event.method, event.wording, event.evidence) == ("call", "specific", ["recording 7"])
        assert event.actor == f"member:{company_a.member['alice'].id}"
        assert AccessEntry.objects.filter(view="consents").exists()


def test_a_consent_without_proof_says_what_is_missing(company_a: Company, sign_in: SignIn) -> None:
    sign_in("alice").post(at(company_a), typed(evidence="", told="none", words=""))
    page = sign_in("alice").get(at(company_a)).content.decode()
    assert "claimed, not proven" in page
    assert "its time, source, wording or evidence is missing" in page


def test_bad_input_is_told_beside_the_field_and_nothing_is_recorded(
    company_a: Company, sign_in: SignIn
) -> None:
    soon = (timezone.localtime() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    bad = {
        "Choose for what.": {"purposes": []},
        "Choose by which channel.": {"channel": ""},
        "That is in the future": {"occurred_at": soon},
        "Say until when.": {"action": "pause"},
        "Write the words": {"words": ""},
        "Select a valid choice": {"purposes": ["newsletters"]},
    }
    for words, values in bad.items():
        answer = sign_in("alice").post(at(company_a), typed(**values))
        assert (answer.status_code, words in answer.content.decode()) == (422, True), words
    with tenant_context(company_a.tenant.id):
        assert not ConsentEvent.objects.exists()


def test_an_objection_and_a_revocation_need_no_channel(company_a: Company, sign_in: SignIn) -> None:
    for action, channel in (("object", "*"), ("revoke", "phone"), ("restrict", "*")):
        answer = sign_in("alice").post(
            at(company_a), typed(action=action, channel="", purposes=[], told="none", key=action)
        )
        assert answer.status_code == 302, answer.content.decode()
        with tenant_context(company_a.tenant.id):
            assert ConsentEvent.objects.get(key=action).channel == channel


def test_who_may(company_a: Company, sign_in: SignIn) -> None:
    with tenant_context(company_a.tenant.id):
        event = record_consent(entry(company_a, words="I agree.")).event
    receipt = at(company_a, f"{event.id}/receipt/")
    for stranger in ("bob", "fran", "charlie"):
        for path in (at(company_a), receipt):
            assert sign_in(stranger).get(path).status_code in (403, 404), stranger
        assert sign_in(stranger).post(at(company_a), typed()).status_code in (403, 404)
    bens = company_a.url(f"customers/{company_a.customer['ben'].id}/consents/{event.id}/receipt/")
    assert sign_in("bob").get(bens).status_code == 404
    page = sign_in("alice").get(receipt).content.decode()
    assert "ISO/IEC TS 27560:2023" in page
    assert "I agree." in page
    file = sign_in("alice").get(f"{receipt}?format=json")
    assert "attachment" in file["Content-Disposition"]
    assert json.loads(file.content)["record_header"]["record_id"] == str(event.id)

"""What the gate reads of a customer, and what it answers and logs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.models import Customer
from privacy.gate import Ask, AskRefused, check, check_many, replay
from privacy.keys import address_hash
from privacy.models import (
    Capture,
    Contact,
    GateAnswer,
    GateFacts,
    Person,
    PolicyVersion,
    PrivacyProfile,
    Suppression,
)
from privacy.services.policy import publish_policy
from tenancy.context import tenant_context
from tenancy.db.ids import new_id
from tests.cast import Company
from tests.privacy.gate.asking import MAY, give_address, may, reachable, say


def codes(*asks: Ask) -> list[str]:
    return [given.answer.code for given in check_many(asks)]


def test_a_sound_consent_is_a_yes_and_its_evidence(in_a: Company) -> None:
    ada = in_a.customer["ada"]
    give_address(ada, "ada@example.org")
    event = say(ada)
    given = check(may(ada, asked_for="test"))
    assert (given.may, given.answer.code, given.answer.evidence_ids) == (
        True,
        "CONSENT_EXPRESS",
        (str(event.id),),
    )
    row = GateAnswer.objects.get(id=given.answer_id)
    assert (row.decision, row.code, row.asked_for, row.is_permit) == (
        "allow",
        "CONSENT_EXPRESS",
        "test",
        False,
    )
    assert row.asked_by == f"member:{in_a.member['alice'].id}"
    assert row.policy.version == given.answer.policy_version
    assert "ada@example.org" not in str(GateFacts.objects.get(answer=row).facts)


def test_nothing_said_is_a_no_and_a_stop_outdoes_a_yes(in_a: Company) -> None:
    ada = in_a.customer["ada"]
    assert codes(may(ada)) == ["JURISDICTION_UNKNOWN"]
    reachable(in_a)
    assert codes(may(ada), may(ada, purpose="marketing"), may(ada, channel="sms")) == [
        "CONSENT_EXPRESS", "JURISDICTION_UNKNOWN", "JURISDICTION_UNKNOWN",
    ]  # fmt: skip
    say(ada, "withdraw")
    assert codes(may(ada)) == ["CONSENT_WITHDRAWN"]


def test_who_is_of_another_company_is_nobody(in_a: Company, company_b: Company) -> None:
    with tenant_context(company_b.tenant.id):
        reachable(company_b, "cleo")
    asked = check_many([may(company_b.customer["cleo"]), may(new_id()), may(in_a.customer["ada"])])
    assert [given.answer.code for given in asked[:2]] == ["NOT_FOUND", "NOT_FOUND"]
    assert [given.answer_id for given in asked[:2]] == [None, None]
    assert [given.answer.to_json() | {"as_of": ""} for given in asked[:1]] == [
        given.answer.to_json() | {"as_of": ""} for given in asked[1:2]
    ]
    assert GateAnswer.objects.count() == 1


def test_who_is_in_the_trash_is_nobody(in_a: Company) -> None:
    ada = reachable(in_a)
    Customer.objects.filter(id=ada.id).update(trashed_at=timezone.now())
    assert codes(may(ada)) == ["NOT_FOUND"]


def test_one_round_trip_reads_and_one_logs(in_a: Company) -> None:
    customers = [reachable(in_a, key) for key in ("ada", "ben", "hal")]
    asks = [
        may(customer, purpose=purpose) for customer in customers for purpose in ("newsletter", "marketing")
    ]
    check(asks[0])
    with CaptureQueriesContext(connection) as seen:
        check_many(asks)
    assert len(seen) == 2, [query["sql"][:80] for query in seen]
    assert GateAnswer.objects.count() == 1 + len(asks)
    with CaptureQueriesContext(connection) as seen:
        check_many(asks, logged=False)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"deceased_at": MAY}, "DECEASED"),
        ({"restricted_at": MAY}, "PROCESSING_RESTRICTED"),
        ({"erased_at": MAY}, "ERASED_SUPPRESSED"),
        ({"born_on": date(2020, 1, 1)}, "MINOR_NO_PARENTAL"),
        ({"born_on": date(2020, 1, 1), "parental_authorisation_at": MAY}, "CONSENT_EXPRESS"),
        ({"residences": ["US", "EU-DE"]}, "CONSENT_EXPRESS"),
    ],
    ids=str,
)
def test_what_protects_a_person_counts(in_a: Company, values: dict[str, Any], code: str) -> None:
    ada = reachable(in_a)
    Person.objects.create(customer=ada, **values)
    assert codes(may(ada)) == [code]


def test_the_country_of_the_address_is_where_they_live(in_a: Company) -> None:
    for key, country, residences in (("ada", "FR", ["EU-FR"]), ("ben", "GB", ["UK"]), ("hal", "JP", ["JP"])):
        Customer.objects.filter(id=in_a.customer[key].id).update(country=country)
        given = check(may(in_a.customer[key]))
        assert GateFacts.objects.get(answer_id=given.answer_id).facts["person"]["residences"] == residences


def test_an_unknown_time_zone_is_no_statement(in_a: Company) -> None:
    ada = in_a.customer["ada"]
    for country, stated, zones in (
        ("FR", "Mars/Olympus", ["Europe/Paris"]), ("FR", "America/New_York", ["America/New_York"]),
        ("", "", ["Europe/London"]), ("NZ", "Nowhere", ["Pacific/Auckland", "Pacific/Chatham"]),
    ):  # fmt: skip
        Customer.objects.filter(id=ada.id).update(country=country, time_zone=stated)
        given = check(may(ada))
        assert GateFacts.objects.get(answer_id=given.answer_id).facts["person"]["time_zones"] == zones


def test_a_call_waits_for_the_hour_in_every_zone(in_a: Company) -> None:
    ada = in_a.customer["ada"]
    Customer.objects.filter(id=ada.id).update(country="US")
    give_address(ada, "+12125550100", "phone")
    at_three = datetime(2026, 6, 2, 13, tzinfo=UTC)  # 09:00 in New York, 03:00 in Honolulu
    given = check(may(ada, "phone", "marketing", at=at_three))
    assert (given.answer.decision, given.answer.code) == ("defer", "TIMEZONE_AMBIGUOUS")
    Customer.objects.filter(id=ada.id).update(time_zone="America/New_York")
    assert check(may(ada, "phone", "marketing", at=at_three)).answer.code == "OPT_OUT_REGIME"


def test_an_address_that_bounced_is_no_address(in_a: Company) -> None:
    ada = reachable(in_a)
    point = ada.contact_points.get()
    capture = Capture.objects.create(contact_point=point, origin="sale", collected_on=date(2026, 1, 1))
    assert codes(may(ada)) == ["CONSENT_EXPRESS"]
    Capture.objects.filter(id=capture.id).update(hard_bounced_at=MAY)
    assert codes(may(ada)) == ["CONTACT_POINT_INVALID"]
    assert codes(may(in_a.customer["ben"], contact_point_id=point.id)) == ["JURISDICTION_UNKNOWN"]


def test_the_soft_opt_in_stands_on_how_the_address_came(in_a: Company) -> None:
    ada = in_a.customer["ada"]
    Customer.objects.filter(id=ada.id).update(country="ES")
    point = give_address(ada)
    similar = may(ada, purpose="marketing")
    message = type(similar.message)(
        has_sender_identity=True, has_opt_out=True, similar_to_purchase=True, product_owner="self"
    )
    asks = may(ada, purpose="marketing", message=message)
    assert codes(asks) == ["NO_LEGAL_BASIS"]
    capture = Capture.objects.create(contact_point=point, origin="sale", collected_on=date(2026, 1, 1))
    assert codes(asks) == ["SOFT_OPT_IN_CONDITIONS"]
    Capture.objects.filter(id=capture.id).update(way_out_offered=True)
    assert codes(asks) == ["SOFT_OPT_IN"]


def test_one_address_in_three_records_has_one_say(in_a: Company) -> None:
    for key in ("ada", "ben", "hal"):
        reachable(in_a, key, value="family@example.org")
    asks = [may(in_a.customer[key]) for key in ("ada", "ben", "hal")]
    assert codes(*asks) == ["CONSENT_EXPRESS"] * 3
    say(in_a.customer["ben"], "opt_out", address=("email", "Family@example.org"))
    assert codes(*asks) == ["OPTED_OUT"] * 3
    assert codes(
        may(in_a.customer["ada"], contact_point_id=give_address(in_a.customer["ada"], "own@example.org").id)
    ) == ["CONSENT_EXPRESS"]


def test_the_suppression_list_and_national_lists_are_read_by_hash(in_a: Company) -> None:
    ada = reachable(in_a, value="ada@example.org")
    line = {"since": MAY, "actor": "system"}
    own = address_hash(in_a.tenant.id, "email", "ada@example.org")
    Suppression.objects.create(address_hash=own, reason="do_not_contact", **line)
    assert codes(may(ada)) == ["OPTED_OUT"]
    Suppression.objects.create(address_hash=own, reason="erased", **line)
    assert codes(may(ada)) == ["ERASED_SUPPRESSED"]
    ben = in_a.customer["ben"]
    Customer.objects.filter(id=ben.id).update(country="GB")
    give_address(ben, "+442079460000", "phone")
    Suppression.objects.create(
        address_hash=address_hash(in_a.tenant.id, "phone", "+442079460000"), reason="UK-TPS", **line
    )
    assert codes(may(ben, "phone", "marketing")) == ["NATIONAL_DNC"]


def test_what_was_hashed_under_an_older_key_still_counts(in_a: Company, settings: Any) -> None:
    ada = reachable(in_a, value="ada@example.org")
    say(in_a.customer["ben"], "opt_out", address=("email", "ada@example.org"))
    Suppression.objects.create(
        address_hash=address_hash(in_a.tenant.id, "email", "ada@example.org"),
        reason="erased",
        since=MAY,
        actor="x",
    )
    settings.PRIVACY_KEYS = ["a new key, long enough", *settings.PRIVACY_KEYS]
    given = check(may(ada))
    assert (given.answer.code, "OPTED_OUT" in given.answer.all_codes) == ("ERASED_SUPPRESSED", True)


def test_an_order_that_is_open_carries_its_messages(in_a: Company, order_of: Any) -> None:
    ada = reachable(in_a)
    service = may(ada, purpose="order_confirmation")
    assert codes(service) == ["NO_LEGAL_BASIS"]
    order_of(ada, timezone.now() - timedelta(days=29))
    assert codes(service) == ["CONTRACT_SERVICE"]
    PrivacyProfile.objects.update(order_days=20)
    assert codes(service) == ["NO_LEGAL_BASIS"]
    Person.objects.create(customer=ada, contract_until=timezone.now().date() + timedelta(days=5))
    assert codes(service) == ["CONTRACT_SERVICE"]


def test_contacts_count_but_not_those_that_were_let_go(in_a: Company) -> None:
    ada = reachable(in_a)
    common = {"customer": ada, "channel": "email", "purpose": "newsletter", "is_marketing": True}
    Contact.objects.create(key="1", at=timezone.now(), state="sent", outcome="delivered", **common)
    Contact.objects.create(key="2", at=timezone.now(), state="let_go", **common)
    Contact.objects.create(key="3", at=timezone.now(), state="reserved", **common)
    facts = GateFacts.objects.get(answer_id=check(may(ada)).answer_id).facts
    assert [contact.get("outcome") for contact in facts["contacts"]] == ["delivered", None]


def test_a_policy_that_cannot_be_read_is_a_no(in_a: Company) -> None:
    ada = reachable(in_a)
    assert codes(may(ada)) == ["CONSENT_EXPRESS"]
    broken = PolicyVersion.objects.create(version="broken", content={"engine": "unknown"}, made_by="test")
    PrivacyProfile.objects.update(policy=broken)
    given = check(may(ada, purpose="security_breach_notice"))
    assert (given.answer.decision, given.answer.code) == ("deny", "POLICY_UNAVAILABLE")
    assert GateAnswer.objects.get(id=given.answer_id).policy is None
    assert replay(given.answer_id).is_same
    publish_policy()
    assert codes(may(ada)) == ["CONSENT_EXPRESS"]


def test_a_company_without_a_policy_gets_one_at_its_first_question(in_a: Company) -> None:
    PrivacyProfile.objects.all().delete()
    assert codes(may(reachable(in_a))) == ["CONSENT_EXPRESS"]
    assert PolicyVersion.objects.count() == 1


def test_the_same_policy_is_the_same_version(in_a: Company) -> None:
    assert publish_policy() == publish_policy()
    assert PolicyVersion.objects.count() == 1


def test_questions_about_another_moment(in_a: Company) -> None:
    ada = reachable(in_a)
    say(ada, "withdraw")
    assert check(may(ada, at=timezone.now() + timedelta(days=2))).answer.code == "CONSENT_WITHDRAWN"
    assert check(may(ada, at=MAY)).answer.code == "JURISDICTION_UNKNOWN"  # nothing was recorded yet
    for wrong in ({"channel": "fax"}, {"purpose": ""}, {"at": datetime(2026, 1, 1)}):  # noqa: DTZ001
        with pytest.raises(AskRefused):
            may(ada, **wrong)


def test_who_asked_to_be_erased_is_left_in_peace(in_a: Company) -> None:
    from privacy.models.requests import PersonRequest

    ada = reachable(in_a)
    asked = PersonRequest.objects.create(
        customer=ada, kind="erasure", state="open", came="member", regime="UK", received_at=MAY,
        due_at=MAY + timedelta(days=31),
    )  # fmt: skip
    assert codes(may(ada), may(ada, purpose="security_breach_notice")) == [
        "ERASURE_PENDING",
        "LEGAL_OBLIGATION",
    ]
    PersonRequest.objects.filter(id=asked.id).update(state="refused", closed_at=timezone.now())
    assert codes(may(ada)) == ["CONSENT_EXPRESS"]

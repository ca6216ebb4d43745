"""What protects a person: what may be said of them, who learns of it, and that it can be taken back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from crm.models import ContactPoint, TimelineEntry
from crm.services.contact_points import add_contact_point, change_contact_point
from privacy.gate import Ask, check
from privacy.models import Capture, ConsentChain, ConsentEvent, Person
from privacy.selectors.persons import age_on, marks_of
from privacy.services.captures import (
    Captured,
    CaptureRefused,
    forgive_bounce,
    note_capture,
    note_captures,
    note_hard_bounce,
)
from privacy.services.consents import ConsentEntry, record_consent
from privacy.services.persons import (
    PersonRefused,
    change_person,
    lift_restriction,
    note_last_contact,
    report_death,
    restrict_person,
    take_back_death,
)
from privacy.services.verification import verify_chains
from tenancy.models import AuditEntry, OutboxEvent
from tests.cast import Company


def test_completed_years() -> None:
    assert age_on(date(2010, 5, 17), date(2026, 5, 16)) == 15
    assert age_on(date(2010, 5, 17), date(2026, 5, 17)) == 16
    assert age_on(date(2012, 2, 29), date(2026, 2, 28)) == 13
    assert age_on(date(2012, 2, 29), date(2026, 3, 1)) == 14


def test_what_is_noted_is_told_and_audited(in_a: Company) -> None:
    ada = in_a.customer["ada"].id
    change_person(
        customer_id=ada, changes={"born_on": date(2012, 3, 1), "residences": ["eu-de"]}, who="Alice"
    )
    person = Person.objects.get(customer_id=ada)
    assert (person.born_on, person.residences) == (date(2012, 3, 1), ["EU-DE"])
    entry = TimelineEntry.objects.get(customer_id=ada, kind="protection")
    assert (entry.title, entry.who) == ("Noted for their protection: date of birth, residence", "Alice")
    assert "2012" not in entry.title + entry.text
    event = OutboxEvent.objects.get(name="privacy.person_changed")
    assert event.payload["fields"] == ["born_on", "residences"]
    assert AuditEntry.objects.filter(table="privacy_person", row_id=person.id).exists()
    change_person(customer_id=ada, changes={"residences": ["EU-DE"]})
    assert OutboxEvent.objects.filter(name="privacy.person_changed").count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"born_on": date(2999, 1, 1)}, "born_on"),
        ({"born_on": date(1066, 10, 14)}, "born_on"),
        ({"residences": ["Germany"]}, "residences"),
        ({"residences": [f"EU-{a}{b}" for a in "AB" for b in "ABCDEF"]}, "residences"),
        ({"kind": "robot"}, "kind"),
        ({"parental_authorisation_at": datetime(2026, 1, 1, tzinfo=UTC)}, "parental_evidence"),
        ({"deceased_at": None}, "deceased_at"),
    ],
)
def test_what_cannot_be_is_refused_whole(in_a: Company, changes: dict[str, object], field: str) -> None:
    ada = in_a.customer["ada"].id
    with pytest.raises(PersonRefused) as refused:
        change_person(customer_id=ada, changes={"contract_until": date(2030, 1, 1), **changes})
    assert refused.value.field == field
    assert not Person.objects.filter(customer_id=ada, contract_until__isnull=False).exists()


def test_parental_authorisation_goes_with_its_evidence(in_a: Company) -> None:
    ada = in_a.customer["ada"].id
    agreed = {
        "parental_authorisation_at": timezone.now(),
        "parental_evidence": "call with the father, file 12",
    }
    assert change_person(customer_id=ada, changes=agreed).parental_evidence == "call with the father, file 12"
    taken_back = change_person(customer_id=ada, changes={"parental_authorisation_at": None})
    assert taken_back.parental_evidence == ""


def test_death_is_reported_by_somebody_and_can_be_taken_back(in_a: Company) -> None:
    ada = in_a.customer["ada"].id
    with pytest.raises(PersonRefused):
        report_death(customer_id=ada, reported_by="  ")
    report_death(customer_id=ada, reported_by="her daughter, by phone", who="Alice")
    report_death(customer_id=ada, reported_by="somebody else")
    assert Person.objects.get(customer_id=ada).deceased_reported_by == "her daughter, by phone"
    assert marks_of([ada])[ada].sentence == "Reported dead: no contact"
    with pytest.raises(PersonRefused):
        take_back_death(customer_id=ada, reason="")
    take_back_death(customer_id=ada, reason="a namesake")
    assert marks_of([ada]) == {}
    titles = TimelineEntry.objects.filter(customer_id=ada, kind="protection").order_by("at", "id")
    assert [row.title for row in titles] == [
        "Reported dead: no contact",
        "The report of their death was wrong",
    ]


def test_restriction_has_a_ground_and_an_end(in_a: Company) -> None:
    ada = in_a.customer["ada"].id
    with pytest.raises(PersonRefused):
        restrict_person(customer_id=ada, reason="")
    with pytest.raises(PersonRefused):
        restrict_person(customer_id=ada, reason="contested", at=timezone.now() + timedelta(days=1))
    restrict_person(customer_id=ada, reason="accuracy contested", who="Alice")
    restrict_person(customer_id=ada, reason="said twice")
    assert marks_of([ada])[ada].word == "restricted"
    assert lift_restriction(customer_id=ada, reason="checked, told by letter").note == ""
    assert marks_of([ada]) == {}


def test_a_restriction_is_proven_by_the_ledger_and_lifted_by_no_other_door(in_a: Company) -> None:
    ada = in_a.customer["ada"].id
    ask = Ask(customer_id=ada, channel="email", purpose="newsletter")
    restrict_person(customer_id=ada, reason="accuracy contested", who="Alice")
    event = ConsentEvent.objects.get(customer_id=ada)
    assert (event.action, event.personal.words) == ("restrict", "accuracy contested")
    assert [one.title for one in TimelineEntry.objects.filter(customer_id=ada, who="Alice")] == [
        "Restricted: everything"
    ]
    assert OutboxEvent.objects.filter(name="privacy.person_changed").count() == 1
    refused = check(ask).answer
    assert (refused.code, refused.evidence_ids) == ("PROCESSING_RESTRICTED", (str(event.id),))
    record_consent(ConsentEntry(customer_id=ada, action="release", channel="*", purposes=("*",),
                                occurred_at=timezone.now()))  # fmt: skip
    assert check(ask).answer.code == "PROCESSING_RESTRICTED"
    lift_restriction(customer_id=ada, reason="checked, told by letter", who="Alice")
    assert check(ask).answer.code != "PROCESSING_RESTRICTED"
    assert list(ConsentEvent.objects.order_by("sequence").values_list("action", flat=True)) == [
        "restrict", "release", "release",
    ]  # fmt: skip
    assert verify_chains().differences == ()


def test_the_newest_contact_counts(in_a: Company) -> None:
    ada, day = in_a.customer["ada"].id, datetime(2026, 3, 1, tzinfo=UTC)
    note_last_contact(customer_id=ada, at=day)
    note_last_contact(customer_id=ada, at=day - timedelta(days=9))
    assert ConsentChain.objects.get(customer_id=ada).last_contact_at == day


@pytest.fixture
def mail(in_a: Company) -> ContactPoint:
    ada = in_a.customer["ada"]
    return add_contact_point(customer=ada, kind="email", value="ada@alpha.example", source="member")


def test_how_we_came_by_an_address(in_a: Company, mail: ContactPoint) -> None:
    with pytest.raises(CaptureRefused):
        note_capture(captured=Captured(mail.id, "sale", date(2999, 1, 1), True))
    with pytest.raises(CaptureRefused):
        note_capture(captured=Captured(mail.id, "found", date(2026, 1, 1), True))
    assert not Capture.objects.exists()
    note_captures(
        [
            Captured(mail.id, "negotiation", date(2026, 1, 2), False),
            Captured(mail.id, "sale", date(2026, 1, 1), True),
        ]
    )
    found = Capture.objects.get(contact_point=mail)
    assert (found.origin, found.collected_on, found.way_out_offered) == ("sale", date(2026, 1, 1), True)


def test_another_address_was_not_come_by_so(in_a: Company, mail: ContactPoint) -> None:
    note_capture(captured=Captured(mail.id, "sale", date(2026, 1, 1), True))
    change_contact_point(point=mail, changes={"value": "ADA@alpha.example"}, source="member")
    assert Capture.objects.filter(contact_point=mail).exists()
    change_contact_point(point=mail, changes={"value": "lovelace@alpha.example"}, source="member")
    assert not Capture.objects.filter(contact_point=mail).exists()


def test_an_address_that_bounces_bounces_for_everybody(in_a: Company, mail: ContactPoint) -> None:
    ben = add_contact_point(
        customer=in_a.customer["ben"], kind="email", value="Ada@Alpha.example", source="member"
    )
    note_capture(captured=Captured(mail.id, "sale", date(2026, 1, 1), True))
    assert note_hard_bounce(kind="email", value_key="ada@alpha.example") == 2
    assert Capture.objects.filter(hard_bounced_at__isnull=False).count() == 2
    assert Capture.objects.get(contact_point=mail).origin == "sale"
    forgive_bounce(contact_point_id=ben.id)
    assert Capture.objects.get(contact_point=ben).hard_bounced_at is None

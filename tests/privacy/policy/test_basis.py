"""Step 8 cell by cell, both sides of every window and date."""

from datetime import date, datetime
from typing import Any

import pytest

from privacy.policy.facts import Relationship, Sender
from tests.privacy.policy.people import ask, code, event, facts, grant, lives

LIA = {"legitimate_interest_assessment": "LIA-1"}
SALE = {
    "address_source": "sale",
    "opt_out_offered_at_capture": True,
    "opt_out_offered_each_message": True,
    "purchases": (datetime.fromisoformat("2026-05-12T15:40:00+02:00"),),
}
SIMILAR = {"similar_to_purchase": True}


def bought(day: str) -> dict[str, Any]:
    return {"purchases": (datetime.fromisoformat(f"{day}T12:00:00+00:00"),)}


def asked(day: str) -> dict[str, Any]:
    return {"inquiries": (datetime.fromisoformat(f"{day}T12:00:00+00:00"),)}


@pytest.mark.parametrize(
    ("place", "channel", "answer"),
    [
        *[("EU", channel, "NO_LEGAL_BASIS") for channel in ("email", "sms", "push", "phone", "ad_audience")],
        ("EU", "post", "LIA_MISSING"),
        *[("EU-IT", channel, "NO_LEGAL_BASIS") for channel in ("email", "phone")],
        *[("UK", channel, "NO_LEGAL_BASIS") for channel in ("email", "sms", "push", "ad_audience")],
        ("UK", "post", "LIA_MISSING"),
        ("UK", "phone", "LIA_MISSING"),
        *[("BR", channel, "NO_LEGAL_BASIS") for channel in ("email", "sms", "push", "phone", "ad_audience")],
        ("BR", "post", "LIA_MISSING"),
        *[("CA", channel, "NO_LEGAL_BASIS") for channel in ("email", "sms", "push", "ad_audience")],
        ("CA", "phone", "OPT_OUT_REGIME"),
        ("CA", "post", "OPT_OUT_REGIME"),
        *[("US", channel, "OPT_OUT_REGIME") for channel in ("email", "push", "phone", "post", "ad_audience")],
        ("US-TX", "email", "OPT_OUT_REGIME"),
        ("US", "sms", "NO_PEWC"),
        *[("JP", channel, "JURISDICTION_UNKNOWN") for channel in ("email", "sms", "phone", "post")],
        ("EU-XX", "post", "JURISDICTION_UNKNOWN"),
        ("unknown", "ad_audience", "JURISDICTION_UNKNOWN"),
    ],
)
def test_nothing_given(place: str, channel: str, answer: str) -> None:
    assert code(channel, person=lives(place)) == answer


@pytest.mark.parametrize("place", ["EU", "EU-DE", "UK", "BR", "CA", "US", "JP"])
@pytest.mark.parametrize("channel", ["email", "sms", "push", "phone", "post", "ad_audience"])
def test_a_sound_consent_comes_first(place: str, channel: str) -> None:
    given = grant(channel, documentation_record="doc-1", written_agreement=True)
    expected = "CONSENT_PEWC" if (place, channel) == ("US", "sms") else "CONSENT_EXPRESS"
    assert code(channel, person=lives(place), events=(given,), now="2026-11-24T16:00:00+00:00") == expected


@pytest.mark.parametrize("place", ["EU", "UK", "BR"])
def test_legitimate_interest_by_post(place: str) -> None:
    assert code("post", person=lives(place), sender=LIA) == "LEGITIMATE_INTEREST"


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, "LEGITIMATE_INTEREST"),
        ({"message": {"automated": True}}, "NO_LEGAL_BASIS"),
        ({"contact_point": {"national_lists": ("UK-TPS",)}}, "NATIONAL_DNC"),
        ({"contact_point": {"national_lists": ("UK-TPS",)}, "events": (grant("phone"),)}, "CONSENT_EXPRESS"),
        ({"contact_point": {"national_lists": ("US-DNC",)}}, "LEGITIMATE_INTEREST"),
    ],
)
def test_british_calls(changes: dict[str, Any], answer: str) -> None:
    assert code("phone", person=lives("UK"), sender=LIA, **changes) == answer


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, "SOFT_OPT_IN"),
        ({"channel": "sms"}, "SOFT_OPT_IN"),
        ({"channel": "push"}, "NO_LEGAL_BASIS"),
        ({"purpose": "newsletter"}, "SOFT_OPT_IN"),
        ({"purpose": "partner_offers"}, "NO_LEGAL_BASIS"),
        ({"person": lives("EU", kind="company_contact")}, "NO_LEGAL_BASIS"),
        ({"person": lives("BR")}, "NO_LEGAL_BASIS"),
        ({"relationship": SALE | {"opt_out_offered_at_capture": False}}, "SOFT_OPT_IN_CONDITIONS"),
        ({"relationship": SALE | {"opt_out_offered_each_message": False}}, "SOFT_OPT_IN_CONDITIONS"),
        ({"relationship": SALE | {"address_source": "negotiation"}}, "NO_LEGAL_BASIS"),
        (
            {"relationship": SALE | {"address_source": "negotiation"}, "person": lives("UK")},
            "SOFT_OPT_IN",
        ),
        ({"channel": "push", "person": lives("UK")}, "SOFT_OPT_IN"),
        ({"channel": "push", "person": lives("UK"), "now": "2026-02-04T11:00:00+00:00"}, "SOFT_OPT_IN"),
        ({"channel": "push", "person": lives("UK", kind="company_contact")}, "NO_LEGAL_BASIS"),
        ({"message": SIMILAR | {"product_owner": "partner"}}, "SOFT_OPT_IN_NOT_SIMILAR"),
        ({"message": {}}, "SOFT_OPT_IN_NOT_SIMILAR"),
    ],
)
def test_soft_opt_in(changes: dict[str, Any], answer: str) -> None:
    assert code(**({"message": SIMILAR, "relationship": SALE} | changes)) == answer


SUPPORT = {
    "address_source": "charity_support",
    "address_collected_at": date(2026, 2, 5),
    "opt_out_offered_at_capture": True,
    "opt_out_offered_each_message": True,
}


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, "SOFT_OPT_IN_CHARITY"),
        ({"address_collected_at": date(2026, 2, 4)}, "SOFT_OPT_IN_CONDITIONS"),
        ({"address_collected_at": None}, "SOFT_OPT_IN_CONDITIONS"),
        ({"opt_out_offered_at_capture": False}, "SOFT_OPT_IN_CONDITIONS"),
        ({"address_source": "other"}, "NO_LEGAL_BASIS"),
    ],
)
def test_charities(changes: dict[str, Any], answer: str) -> None:
    given = {"person": lives("UK"), "sender": Sender(is_charity=True), "relationship": SUPPORT | changes}
    assert code("email", "charity_purpose", **given) == answer
    assert code("push", "charity_purpose", **given) == answer
    assert code("email", "marketing", **given) == "NO_LEGAL_BASIS"
    assert code("email", "charity_purpose", **(given | {"person": lives("EU")})) == "NO_LEGAL_BASIS"
    assert code("email", "charity_purpose", now="2026-02-04T11:00:00+00:00", **given) == "NO_LEGAL_BASIS"


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_an_address_at_a_british_company(channel: str) -> None:
    answer = ask(facts(channel, person=lives("UK", kind="company_contact")))
    assert (answer.code, answer.obligations) == ("CORPORATE_SUBSCRIBER", ("OPT_OUT_LINK",))
    assert code("push", person=lives("UK", kind="company_contact")) == "NO_LEGAL_BASIS"


@pytest.mark.parametrize(
    ("relationship", "answer"),
    [
        (bought("2024-11-24"), "IMPLIED_EBR"),
        (bought("2024-11-23"), "IMPLIED_EXPIRED"),
        (bought("2026-11-30"), "NO_LEGAL_BASIS"),
        ({"contract": "current"}, "IMPLIED_EBR"),
        (asked("2026-05-24"), "IMPLIED_INQUIRY"),
        (asked("2026-05-23"), "IMPLIED_EXPIRED"),
        (asked("2026-05-24") | bought("2020-01-01"), "IMPLIED_INQUIRY"),
    ],
)
def test_implied_consent_in_canada(relationship: dict[str, Any], answer: str) -> None:
    given = {"person": lives("CA", zone="America/Toronto"), "relationship": relationship}
    assert code(now="2026-11-24T11:00:00-05:00", **given) == answer


def test_a_window_at_the_end_of_a_month() -> None:
    given = {"person": lives("CA"), "now": "2026-08-31T11:00:00-05:00"}
    assert code(relationship=asked("2026-02-28"), **given) == "IMPLIED_INQUIRY"
    assert code(relationship=asked("2026-02-27"), **given) == "IMPLIED_EXPIRED"


@pytest.mark.parametrize(
    ("place", "relationship", "answer"),
    [
        ("CA", bought("2025-05-24"), "EBR_DNC_EXEMPT"),
        ("CA", bought("2025-05-23"), "NATIONAL_DNC"),
        ("CA", asked("2026-05-24"), "EBR_DNC_EXEMPT"),
        ("CA", asked("2026-05-23"), "NATIONAL_DNC"),
        ("US", bought("2025-05-24"), "EBR_DNC_EXEMPT"),
        ("US", bought("2025-05-23"), "NATIONAL_DNC"),
        ("US", asked("2026-08-24"), "EBR_DNC_EXEMPT"),
        ("US", asked("2026-08-23"), "NATIONAL_DNC"),
        ("US", {}, "NATIONAL_DNC"),
    ],
)
def test_national_lists(place: str, relationship: dict[str, Any], answer: str) -> None:
    listed = {"national_lists": (f"{place}-DNC" if place == "US" else "CA-DNCL",)}
    given = {"person": lives(place), "contact_point": listed, "relationship": relationship}
    assert code("phone", now="2026-11-24T11:00:00-05:00", **given) == answer


@pytest.mark.parametrize(
    ("events", "automated", "answer"),
    [
        ((grant("phone", written_agreement=True),), True, "CONSENT_PEWC"),
        ((grant("phone"),), True, "NO_PEWC"),
        ((grant("sms", written_agreement=True),), True, "NO_PEWC"),
        ((grant("phone", written_agreement=True, evidence=()),), True, "NO_PEWC"),
        ((grant("phone"),), False, "CONSENT_EXPRESS"),
        ((), False, "OPT_OUT_REGIME"),
    ],
)
def test_american_calls(events: Any, automated: bool, answer: str) -> None:
    given = {"person": lives("US"), "message": {"automated": automated}, "events": events}
    assert code("phone", now="2026-11-24T11:00:00-05:00", **given) == answer


CONTRACT = {"message": {"relates_to_contract": True}, "relationship": {"contract": "current"}}


@pytest.mark.parametrize(
    ("now", "changes", "answer"),
    [
        ("2026-08-10T11:00:00+02:00", {}, "OPT_OUT_REGIME"),
        ("2026-08-11T11:00:00+02:00", {}, "NO_LEGAL_BASIS"),
        ("2026-08-10T11:00:00+02:00", {"contact_point": {"national_lists": ("FR-BLOCTEL",)}}, "NATIONAL_DNC"),
        (
            "2026-08-11T11:00:00+02:00",
            {"contact_point": {"national_lists": ("FR-BLOCTEL",)}},
            "NO_LEGAL_BASIS",
        ),
        ("2026-08-10T11:00:00+02:00", CONTRACT, "ONGOING_CONTRACT"),
        ("2026-11-24T11:00:00+01:00", CONTRACT, "ONGOING_CONTRACT"),
        ("2026-11-24T11:00:00+01:00", CONTRACT | {"message": {}}, "NO_LEGAL_BASIS"),
        ("2026-11-24T11:00:00+01:00", CONTRACT | {"relationship": {}}, "NO_LEGAL_BASIS"),
    ],
)
def test_french_calls_before_and_since_opt_in(now: str, changes: dict[str, Any], answer: str) -> None:
    assert code("phone", now=now, person=lives("EU-FR", zone="Europe/Paris"), **changes) == answer


def test_the_date_of_a_rule_is_the_recipients() -> None:
    """23:00 in Paris is the tenth still, though it is the eleventh in Tokyo; the strictest counts."""
    night = "2026-08-10T18:30:00+02:00"
    assert code("phone", now=night, person=lives("EU-FR", zone="Europe/Paris")) == "OPT_OUT_REGIME"
    both = {"residences": ("EU-FR",), "time_zones": ("Europe/Paris", "Asia/Tokyo")}
    assert code("phone", now=night, person=both) == "NO_LEGAL_BASIS"


@pytest.mark.parametrize(
    ("said", "changes", "answer"),
    [
        ("2023-11-24T09:00:00+01:00", {}, "CONSENT_EXPRESS"),
        ("2023-11-23T23:00:00+01:00", {}, "CONSENT_STALE"),
        ("2023-11-23T23:00:00+01:00", {"relationship": {"contract": "current"}}, "CONSENT_EXPRESS"),
        ("2023-11-23T23:00:00+01:00", {"relationship": bought("2024-01-01")}, "CONSENT_EXPRESS"),
        (
            "2023-11-23T23:00:00+01:00",
            {
                "relationship": Relationship(
                    last_mail_open_at=datetime.fromisoformat("2026-11-01T00:00:00+00:00")
                )
            },
            "CONSENT_STALE",
        ),
        ("2023-11-23T23:00:00+01:00", {"person": lives("EU-DE")}, "CONSENT_EXPRESS"),
        ("2017-11-23T23:00:00+01:00", {"person": lives("CA")}, "CONSENT_EXPRESS"),
    ],
)
def test_consent_ages_in_france(said: str, changes: dict[str, Any], answer: str) -> None:
    old = grant(at=datetime.fromisoformat(said))
    given = {"person": lives("EU-FR", zone="Europe/Paris"), "events": (old,)} | changes
    assert code(**given) == answer


def test_somebody_never_heard_of_is_not_fresh_in_france() -> None:
    assert code("post", person=lives("EU-FR"), sender=LIA) == "CONSENT_STALE"
    assert (
        code("post", person=lives("EU-FR"), sender=LIA, relationship=asked("2024-01-01"))
        == "LEGITIMATE_INTEREST"
    )


@pytest.mark.parametrize(
    ("events", "answer"),
    [
        ((grant("email", "newsletter"),), "PURPOSE_MISMATCH"),
        ((grant("sms"),), "CHANNEL_MISMATCH"),
        ((grant("sms"), grant("email", "newsletter")), "PURPOSE_MISMATCH"),
        ((grant("email", "newsletter", evidence=()),), "NO_LEGAL_BASIS"),
        ((grant(evidence=()), grant("email", "newsletter")), "CONSENT_UNPROVEN"),
        ((grant("*", "*"),), "CONSENT_EXPRESS"),
        ((grant("sms", "newsletter"),), "NO_LEGAL_BASIS"),
        ((event("grant"),), "CONSENT_UNPROVEN"),
    ],
)
def test_consent_to_something_else(events: Any, answer: str) -> None:
    assert code(events=events) == answer


def test_an_unknown_country_knows_only_the_defect() -> None:
    assert code(person=lives(), events=(grant("email", "newsletter"),)) == "JURISDICTION_UNKNOWN"
    assert code(person=lives(), events=(grant(source=None),)) == "CONSENT_UNPROVEN"
    assert code(person=lives(), events=(grant(),)) == "CONSENT_EXPRESS"


@pytest.mark.parametrize(
    ("place", "channel", "changes", "answer"),
    [
        ("EU", "email", {}, "CONSENT_REQUEST_IS_CEM"),
        ("EU", "email", {"events": (grant(),)}, "CONSENT_EXPRESS"),
        ("EU", "email", {"events": (grant(evidence=()),)}, "CONSENT_REQUEST_IS_CEM"),
        ("CA", "email", {"relationship": bought("2026-01-01")}, "IMPLIED_EBR"),
        ("CA", "email", {"relationship": bought("2006-01-01")}, "CONSENT_REQUEST_IS_CEM"),
        ("JP", "email", {}, "CONSENT_REQUEST_IS_CEM"),
        ("US", "sms", {}, "NO_PEWC"),
    ],
)
def test_asking_for_consent(place: str, channel: str, changes: dict[str, Any], answer: str) -> None:
    assert code(channel, "consent_request", person=lives(place), **changes) == answer


@pytest.mark.parametrize(
    ("places", "sender", "answer"),
    [
        (("US",), None, "OPT_OUT_REGIME"),
        (("US", "EU"), None, "NO_LEGAL_BASIS"),
        (("US", "JP"), None, "JURISDICTION_UNKNOWN"),
        (("US",), "EU", "NO_LEGAL_BASIS"),
        (("EU", "CA"), "US", "NO_LEGAL_BASIS"),
        (("CA", "US"), None, "NO_LEGAL_BASIS"),
    ],
)
def test_every_regime_must_agree(places: tuple[str, ...], sender: str | None, answer: str) -> None:
    assert code(person=lives(*places), sender={"country": sender}) == answer


def test_the_first_regime_in_order_gives_the_code() -> None:
    given = {"person": lives("US", "CA", "EU"), "message": SIMILAR, "relationship": SALE}
    answer = ask(facts(**given))
    assert answer.code == "SOFT_OPT_IN"
    assert answer.all_codes == ("SOFT_OPT_IN", "IMPLIED_EBR", "OPT_OUT_REGIME")

"""Ages, content, caps, hours, pauses, profiling: steps 7 and 10 to 13, and the extensions."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from privacy.policy import extend, shipped_policy
from privacy.policy.facts import Cap, Contact, ContactPoint, Hours
from tests.privacy.policy.people import NOW, ago, ask, code, event, facts, grant, lives

AGES = {
    12: ["BR"],
    13: ["EU-BE", "EU-EE", "EU-FI", "EU-LV", "EU-MT", "EU-PT", "EU-SE", "UK", "US", "CA"],
    14: ["EU-AT", "EU-BG", "EU-CY", "EU-LT", "EU-IT", "EU-ES"],
    15: ["EU-CZ", "EU-FR", "EU-GR", "EU-DK", "EU-SI"],
    16: ["EU-DE", "EU-HU", "EU-IE", "EU-LU", "EU-NL", "EU-PL", "EU-RO", "EU-SK", "EU-HR", "EU", "JP"],
}


@pytest.mark.parametrize(("place", "age"), [(place, age) for age, places in AGES.items() for place in places])
def test_own_consent_counts_from_this_age(place: str, age: int) -> None:
    given = {"events": (grant(),)}
    assert code(person=lives(place, age=age - 1), **given) == "MINOR_NO_PARENTAL"
    assert code(person=lives(place, age=age - 1, parental_authorisation=True), **given) == "CONSENT_EXPRESS"
    answer = ask(facts(person=lives(place, age=age), **given))
    assert (answer.code, answer.obligations) == ("CONSENT_EXPRESS", ("NO_PROFILING_MINOR",))


def test_the_highest_age_counts() -> None:
    assert code(person=lives("EU-ES", "EU-FR", age=14), events=(grant(),)) == "MINOR_NO_PARENTAL"
    assert (
        code(person=lives("EU-ES", age=15), sender={"country": "EU-DE"}, events=(grant(),))
        == "MINOR_NO_PARENTAL"
    )


def test_children() -> None:
    assert code(person={"age": None}, sender={"directed_at_children": True}) == "AGE_UNKNOWN"
    by_profile = {"message": {"audience": "profile"}, "events": (grant(),)}
    assert code(person={"age": 17}, **by_profile) == "MINOR_PROFILING"
    assert code(person={"age": 18}, **by_profile) == "CONSENT_EXPRESS"
    sharing = {"person": lives("US", age=15), "message": {"shares_with_third_party": True}}
    assert code("ad_audience", "share_third_party", **sharing) == "MINOR_OPT_IN_REQUIRED"
    assert code(**sharing) == "MINOR_OPT_IN_REQUIRED"
    older = {**sharing, "person": lives("US", age=16)}
    assert code("ad_audience", "share_third_party", **older) == "OPT_OUT_REGIME"
    given = (grant("ad_audience", "share_third_party"),)
    assert code("ad_audience", "share_third_party", events=given, **sharing) == "CONSENT_EXPRESS"


@pytest.mark.parametrize(
    ("place", "channel", "missing", "lacks"),
    [
        ("EU", "email", "has_sender_identity", True),
        ("EU", "email", "has_opt_out", True),
        ("EU", "email", "has_postal_address", False),
        ("US", "email", "has_postal_address", True),
        ("US", "push", "has_postal_address", False),
        ("CA", "email", "has_postal_address", True),
        ("CA", "sms", "has_postal_address", True),
        ("CA", "push", "has_postal_address", False),
        ("EU", "post", "has_opt_out", True),
        ("EU", "phone", "has_sender_identity", True),
        ("EU", "phone", "has_opt_out", False),
        ("EU", "ad_audience", "has_sender_identity", False),
    ],
)
def test_content(place: str, channel: str, missing: str, lacks: bool) -> None:
    given = {"person": lives(place), "events": (grant(channel),), "message": {missing: False}}
    assert (code(channel, **given) == "CONTENT_REQUIREMENTS") is lacks


def test_dead_addresses() -> None:
    for dead in ({"valid": False}, {"hard_bounced": True}):
        assert (
            code(events=(grant(),), contact_point=ContactPoint("k1:5d1f0c", **dead))
            == "CONTACT_POINT_INVALID"
        )


def call(day: str, outcome: str = "no_answer", **more: Any) -> Contact:
    at = datetime.fromisoformat(f"{day}T12:00:00+01:00")
    return Contact(**{"at": at, "channel": "phone", "purpose": "marketing", "outcome": outcome} | more)


FRENCH: dict[str, Any] = {
    "person": lives("EU-FR", zone="Europe/Paris"),
    "message": {"relates_to_contract": True},
    "relationship": {"contract": "current"},
}


@pytest.mark.parametrize(
    ("contacts", "answer"),
    [
        ([call("2026-10-26")] * 4, "FREQ_CAP_LEGAL"),
        ([call("2026-10-25")] * 4, "ONGOING_CONTRACT"),
        ([call("2026-10-26")] * 3, "ONGOING_CONTRACT"),
        ([call("2026-10-26", purpose="order_confirmation")] * 4, "ONGOING_CONTRACT"),
        ([call("2026-10-26", channel="sms")] * 4, "ONGOING_CONTRACT"),
        ([call("2026-09-26", "refused")], "COOLING_OFF_60D"),
        ([call("2026-09-25", "refused")], "ONGOING_CONTRACT"),
        ([call("2026-11-20", "refused")] * 4, "COOLING_OFF_60D"),
    ],
)
def test_french_caps(contacts: list[Contact], answer: str) -> None:
    assert code("phone", contacts=tuple(contacts), **FRENCH) == answer


@pytest.mark.parametrize(
    ("seconds", "subjects", "answer"),
    [
        (86_399, ["sale"] * 3, "FREQ_CAP_LEGAL"),
        (86_400, ["sale"] * 3, "CONSENT_PEWC"),
        (60, ["sale"] * 2, "CONSENT_PEWC"),
        (60, ["sale", "sale", "other"], "CONSENT_PEWC"),
        (60, [None] * 3, "CONSENT_PEWC"),
    ],
)
def test_florida_caps(seconds: int, subjects: list[str | None], answer: str) -> None:
    contacts = tuple(call("2026-11-24", at=ago(seconds=seconds - 5 * 3600), subject=s) for s in subjects)
    given = {"person": lives("US-FL"), "events": (grant("sms", written_agreement=True),)}
    now = "2026-11-24T10:00:00-05:00"
    assert code("sms", now=now, contacts=contacts, message={"subject": "sale"}, **given) == answer


def mails(*hours: float) -> tuple[Contact, ...]:
    return tuple(Contact(ago(hours=h), "email", "newsletter") for h in hours)


@pytest.mark.parametrize(
    ("caps", "sent", "waits"),
    [
        ((Cap("email", 2, 1),), (5, 10), 14),
        ((Cap("email", 2, 1),), (5, 24), None),
        ((Cap("email", 1, 1),), (5, 10), 19),
        ((Cap("*", 2, 1),), (5, 10), 14),
        ((Cap("sms", 1, 1),), (5, 10), None),
        ((Cap("email", 1, 1), Cap("*", 2, 7)), (5, 10), 158),
    ],
)
def test_caps_of_the_company(caps: tuple[Cap, ...], sent: tuple[float, ...], waits: float | None) -> None:
    answer = ask(facts(events=(grant(),), caps=caps, contacts=mails(*sent)))
    if waits is None:
        assert answer.code == "CONSENT_EXPRESS"
    else:
        assert (answer.code, answer.until) == ("FREQ_CAP_POLICY", ago(hours=-waits))


def test_a_cap_that_ends_at_night_waits_for_the_morning() -> None:
    given = {"caps": (Cap("email", 1, 1),), "hours": Hours(time(9), time(18), (1, 2, 3, 4, 5))}
    answer = ask(facts(events=(grant(),), contacts=mails(13.0), **given))
    assert answer.code == "FREQ_CAP_POLICY"
    assert answer.until == datetime.fromisoformat("2026-11-25T09:00:00+01:00")
    odd = ask(facts(events=(grant(),), contacts=mails(22.9999), caps=given["caps"]))
    assert odd.until == ago(hours=-1, minutes=-1)


def test_neither_caps_nor_hours_hold_back_a_service_message() -> None:
    given = {"caps": (Cap("*", 0, 1),), "hours": Hours(time(1), time(2)), "paused_until": ago(days=-3)}
    assert (
        code("email", "order_confirmation", relationship={"open_order": True}, **given) == "CONTRACT_SERVICE"
    )


def test_a_cap_of_none_is_a_no() -> None:
    answer = ask(facts(events=(grant(),), caps=(Cap("email", 0, 7),)))
    assert (answer.decision, answer.code, answer.until) == ("deny", "FREQ_CAP_POLICY", None)


def test_legal_hours_decide_before_those_of_the_company() -> None:
    given = {
        "person": lives("US", zone="America/New_York"),
        "events": (grant("sms", written_agreement=True),),
    }
    answer = ask(facts("sms", now="2026-11-24T07:00:00-05:00", hours=Hours(time(9), time(12)), **given))
    assert answer.all_codes == ("QUIET_HOURS_LEGAL", "QUIET_HOURS_POLICY")
    assert answer.until == datetime.fromisoformat("2026-11-24T09:00:00-05:00")


def test_every_plausible_zone_must_be_inside() -> None:
    places = {"residences": ("US",), "time_zones": ("America/New_York", "America/Los_Angeles")}
    for now, answer, until in (
        ("2026-11-24T07:30:00-05:00", "QUIET_HOURS_LEGAL", "2026-11-24T11:00:00-05:00"),
        ("2026-11-24T22:30:00-05:00", "TIMEZONE_AMBIGUOUS", "2026-11-25T11:00:00-05:00"),
        ("2026-11-24T11:00:00-05:00", "OPT_OUT_REGIME", None),
    ):
        given = ask(facts("phone", now=now, person=places))
        assert given.code == answer
        assert given.until == (datetime.fromisoformat(until) if until else None)


def test_a_zone_nobody_knows_is_a_no() -> None:
    assert code(events=(grant(),), person={"time_zones": ("Mars/Olympus",)}) == "POLICY_UNAVAILABLE"


@pytest.mark.parametrize(
    ("pauses", "until"),
    [
        ([(9, -30, "email")], -30),
        ([(9, -30, "*")], -30),
        ([(9, -30, "sms")], None),
        ([(9, -30, "*"), (5, 5, "email")], None),
        ([(9, 9, "email"), (5, -10, "*")], -10),
        ([(9, -30, "email"), (9, -60, "email")], -60),
    ],
)
def test_a_pause_of_the_person(pauses: list[tuple[int, int, str]], until: int | None) -> None:
    events = tuple(event("pause", where, at=at, until=ago(days=end)) for at, end, where in pauses)
    answer = ask(facts(events=(grant(), *events)))
    if until is None:
        assert answer.code == "CONSENT_EXPRESS"
    else:
        assert (answer.code, answer.until) == ("PAUSED_BY_PERSON", ago(days=until))


def test_a_pause_of_the_company() -> None:
    answer = ask(facts(events=(grant(),), paused_until=ago(days=-2, seconds=-30)))
    assert (answer.code, answer.until) == ("PAUSED_BY_POLICY", ago(days=-2, minutes=-1))
    assert code(events=(grant(),), paused_until=ago(days=2)) == "CONSENT_EXPRESS"


@pytest.mark.parametrize(
    ("place", "changes", "answer"),
    [
        ("EU", {}, "LIA_MISSING"),
        ("EU", {"sender": {"legitimate_interest_assessment": "LIA-1"}}, "LEGITIMATE_INTEREST"),
        ("EU", {"events": (grant("*", "profiling"),)}, "CONSENT_EXPRESS"),
        ("US", {}, "OPT_OUT_REGIME"),
        ("JP", {}, "JURISDICTION_UNKNOWN"),
        ("US", {"events": (event("object", "email", "profiling"),)}, "OBJECTED_PROFILING"),
        ("US", {"events": (event("withdraw", "email", "profiling"),)}, "CONSENT_WITHDRAWN"),
        ("US", {"events": (event("object"),)}, "OPT_OUT_REGIME"),
        ("US", {"events": (event("opt_out", "*", "*"),)}, "OBJECTED_PROFILING"),
        (
            "US",
            {"events": (event("object", "*", "profiling", at=9), grant("*", "profiling", at=3))},
            "CONSENT_EXPRESS",
        ),
        ("US", {"events": (event("object", "*", "profiling", at=9), grant("*", at=3))}, "OBJECTED_PROFILING"),
        ("US", {"person": {"residences": ("US",), "age": 17}}, "MINOR_PROFILING"),
        ("US", {"person": {"deceased": True}}, "DECEASED"),
    ],
)
def test_may_we_profile(place: str, changes: dict[str, Any], answer: str) -> None:
    assert code("*", "profiling", **({"person": lives(place)} | changes)) == answer


def test_purposes_of_the_company() -> None:
    policy = extend(
        shipped_policy(), purposes={"club_news": "marketing", "swap": "sharing", "recall": "legal_duty"}
    )
    news = facts("email", "club_news", events=(grant("email", "club_news"),))
    assert ask(news).code == "POLICY_UNAVAILABLE"
    assert ask(news, policy).code == "CONSENT_EXPRESS"
    assert ask(replace(news, events=(*news.events, event("object"))), policy).code == "OBJECTED_DM"
    assert ask(facts("email", "club_news", events=(grant(),)), policy).code == "PURPOSE_MISMATCH"
    signal = event("privacy_signal", "*", "sale")
    assert (
        ask(facts("email", "swap", person=lives("US"), events=(signal,)), policy).code == "OPT_OUT_SALE_SHARE"
    )
    assert ask(facts("email", "recall"), policy).code == "LEGAL_OBLIGATION"


def test_reasons_that_end_the_asking() -> None:
    secret = facts(person={"tenant": "other", "deceased": True}, events=(event("object", id=9),))
    assert (ask(secret).all_codes, ask(secret).evidence_ids) == (("NOT_FOUND",), ())
    assert ask(facts(policy_readable=False, person={"deceased": True})).all_codes == (
        "DECEASED",
        "POLICY_UNAVAILABLE",
    )


def test_the_answer_is_as_of_its_moment() -> None:
    answer = ask(facts(events=(grant(id="e-7"),))).to_json()
    assert answer["as_of"] == NOW.astimezone(UTC).isoformat()
    assert answer["evidence_ids"] == ["e-7"]
    assert answer["policy_version"] == shipped_policy().version
    late = facts(events=(grant(),), paused_until=NOW + timedelta(hours=1))
    assert ask(late).to_json()["until"] == "2026-11-24T11:00:00+00:00"

"""Reading the ledger: reach, proof, order, ties, merges; and what passes or stops by it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from privacy.policy import standing
from privacy.policy.facts import Contact, Event, Request, Suppressed
from privacy.policy.ledger import LedgerUnreadable
from tests.privacy.policy.people import NOW, ago, ask, code, event, facts, grant, lives


@pytest.mark.parametrize(
    ("poorer", "answer"),
    [
        ({"method": "preticked_box"}, "CONSENT_INVALID_METHOD"),
        ({"wording": "generic"}, "CONSENT_INVALID_METHOD"),
        ({"wording": "generic", "method": "double_opt_in"}, "CONSENT_INVALID_METHOD"),
        ({"method": "double_opt_in", "evidence": ()}, "DOI_PENDING"),
        ({"occurred_at": None}, "CONSENT_UNPROVEN"),
        ({"occurred_at": ago(days=-1)}, "CONSENT_UNPROVEN"),
        ({"source": None}, "CONSENT_UNPROVEN"),
        ({"evidence": ()}, "CONSENT_UNPROVEN"),
        ({"wording": "none"}, "CONSENT_UNPROVEN"),
        ({"method": "import"}, "CONSENT_EXPRESS"),
    ],
)
def test_proof(poorer: dict[str, Any], answer: str) -> None:
    assert code(events=(replace(grant(), **poorer),)) == answer


@pytest.mark.parametrize(
    ("place", "kind", "record", "answer"),
    [
        ("EU-DE", "consumer", None, "CONSENT_UNDOCUMENTED"),
        ("EU-DE", "consumer", "doc-1", "CONSENT_EXPRESS"),
        ("EU-DE", "company_contact", None, "CONSENT_EXPRESS"),
        ("EU", "consumer", None, "CONSENT_EXPRESS"),
    ],
)
def test_german_calls_need_their_record(place: str, kind: str, record: str | None, answer: str) -> None:
    given = grant("phone", documentation_record=record)
    assert code("phone", person=lives(place, kind=kind), events=(given,)) == answer


def test_a_mail_needs_no_record_of_calls() -> None:
    assert code(person=lives("EU-DE"), events=(grant("*"),)) == "CONSENT_EXPRESS"
    assert code("phone", person=lives("EU-DE"), events=(grant("*"),)) == "CONSENT_UNDOCUMENTED"


@pytest.mark.parametrize(
    ("confirm", "answer"),
    [
        (event("confirm", at=9), "CONSENT_EXPRESS"),
        (event("confirm", "*", "*", at=9), "CONSENT_EXPRESS"),
        (event("confirm", at=10), "DOI_PENDING"),
        (event("confirm", at=11), "DOI_PENDING"),
        (event("confirm", "sms", at=9), "DOI_PENDING"),
        (event("confirm", "email", "newsletter", at=9), "DOI_PENDING"),
        (event("confirm", at=9, record="2"), "DOI_PENDING"),
    ],
)
def test_double_opt_in(confirm: Event, answer: str) -> None:
    signed = grant(at=10, method="double_opt_in", id=7)
    assert code(events=(confirm, signed)) == answer
    if answer == "CONSENT_EXPRESS":
        assert ask(facts(events=(confirm, signed))).evidence_ids == (1, 7)


def test_a_sign_up_for_all_channels_is_confirmed_where_the_person_confirmed() -> None:
    signed = grant("*", at=10, method="double_opt_in", id=7)
    by_mail = event("confirm", "email", at=9, id=8)
    assert code("email", events=(signed, by_mail)) == "CONSENT_EXPRESS"
    assert code("sms", events=(signed, by_mail)) == "DOI_PENDING"
    assert code("sms", "doi_request", events=(signed, by_mail)) == "DOI_REQUEST"
    assert code("sms", events=(signed, event("confirm", "*", at=9))) == "CONSENT_EXPRESS"
    other_link = event("confirm", "email", at=8, id=9)
    for confirms in ((by_mail, other_link), (other_link, by_mail)):
        assert ask(facts(events=(signed, *confirms))).evidence_ids == (7, 8)


def test_a_sign_up_for_profiling_is_confirmed_by_any_channel() -> None:
    signed = grant("*", "profiling", at=10, method="double_opt_in")
    by_mail = event("confirm", "email", "profiling", at=9)
    assert code("*", "profiling", events=(signed, by_mail)) == "CONSENT_EXPRESS"
    assert code("*", "profiling", events=(signed,)) == "DOI_PENDING"


@pytest.mark.parametrize(
    ("stop", "stopped"),
    [
        (event("withdraw", "email"), {"email"}),
        (event("withdraw", "*"), {"email", "sms", "phone", "post"}),
        (event("opt_out", "sms"), {"sms"}),
        (event("object", "sms"), {"email", "sms", "phone", "post"}),
        (event("complain", "email"), {"email", "sms", "phone", "post"}),
        (event("revoke", "sms"), {"sms", "phone"}),
        (event("revoke", "phone"), {"sms", "phone"}),
        (event("revoke", "email"), {"email", "sms", "phone"}),
        (event("object", "*", "*"), {"email", "sms", "phone", "post"}),
        (event("object", "*", "newsletter"), set()),
        (event("opt_out", "*", "sale", "share_third_party"), set()),
        (event("privacy_signal", "*", "sale"), set()),
        (event("object", "*", "profiling"), set()),
        (event("expire", "*", "*"), set()),
    ],
)
def test_reach_of_a_stop(stop: Event, stopped: set[str]) -> None:
    for channel in ("email", "sms", "phone", "post"):
        answer = code(channel, events=(grant(channel, "*", at=200), stop))
        assert (answer != "CONSENT_EXPRESS") is (channel in stopped), channel


@pytest.mark.parametrize(
    ("purpose", "named", "stopped"),
    [
        ("newsletter", "marketing", True),
        ("newsletter", "*", True),
        ("newsletter", "newsletter", True),
        ("newsletter", "partner_offers", False),
        ("marketing", "newsletter", False),
        ("consent_request", "marketing", True),
        ("consent_request", "consent_request", True),
        ("order_confirmation", "*", False),
    ],
)
def test_purposes_of_a_stop(purpose: str, named: str, stopped: bool) -> None:
    given = {"events": (grant("email", "*"), event("withdraw", "email", named))}
    answer = ask(facts("email", purpose, relationship={"open_order": True}, **given))
    assert (answer.decision == "deny") is stopped


@pytest.mark.parametrize(
    ("granted", "stopped", "answer"),
    [(5, 6, "CONSENT_EXPRESS"), (6, 5, "CONSENT_WITHDRAWN"), (5, 5, "CONSENT_WITHDRAWN")],
)
def test_only_a_later_grant_lifts(granted: int, stopped: int, answer: str) -> None:
    both = (grant(at=granted), event("withdraw", at=stopped))
    assert code(events=both) == code(events=both[::-1]) == answer


def test_what_does_not_lift_a_stop() -> None:
    stop = event("object", "*", at=10)
    for later in (
        grant(at=5, evidence=()),
        grant("sms", at=5),
        grant("email", "newsletter", at=5),
        grant(at=5, record="2"),
        grant(at=ago(days=-3)),
    ):
        assert code(events=(stop, later)) == "OBJECTED_DM"
    assert code(events=(replace(stop, occurred_at=None), grant(at=5))) == "CONSENT_EXPRESS"


@pytest.mark.parametrize(
    ("merged", "answer"), [(4, "CONSENT_WITHDRAWN"), (5, "CONSENT_WITHDRAWN"), (6, "CONSENT_EXPRESS")]
)
def test_after_a_merge_the_strictest_wins(merged: int, answer: str) -> None:
    events = (event("withdraw", at=10, record="2"), grant(at=5, record="1"))
    assert code(events=events, merge_at=ago(days=merged)) == answer


def test_what_reached_us_later_is_not_known_yet() -> None:
    later = event("withdraw", at=3, recorded_at=NOW + timedelta(seconds=1))
    assert code(events=(grant(), later)) == "CONSENT_EXPRESS"


def test_stops_decide_in_their_order() -> None:
    stops = tuple(
        event(a, "*", id=n) for n, a in enumerate(["revoke", "opt_out", "withdraw", "complain", "object"])
    )
    answer = ask(facts(events=stops))
    assert answer.all_codes[:5] == ("OBJECTED_DM", "COMPLAINED", "CONSENT_WITHDRAWN", "OPTED_OUT", "REVOKED")
    assert answer.evidence_ids == (4,)


@pytest.mark.parametrize(
    ("address", "reason", "answer"),
    [
        ("k1:5d1f0c", "erased", "ERASED_SUPPRESSED"),
        ("k1:5d1f0c", "do_not_contact", "OPTED_OUT"),
        ("k1:other", "erased", "CONSENT_EXPRESS"),
    ],
)
def test_suppression(address: str, reason: str, answer: str) -> None:
    assert code(events=(grant(),), suppression=(Suppressed(address, reason),)) == answer


def test_state() -> None:
    erasure = (Request("erasure", ago(days=1), "open"),)
    assert code(events=(grant(),), requests=erasure) == "ERASURE_PENDING"
    assert code(events=(grant(),), requests=(replace(erasure[0], state="done"),)) == "CONSENT_EXPRESS"
    assert code(events=(grant(), event("restrict", "*", "*"))) == "PROCESSING_RESTRICTED"
    assert (
        code(events=(grant(), event("restrict", "*", "*"), event("release", "*", "*", at=1)))
        == "CONSENT_EXPRESS"
    )
    assert (
        code("email", "security_breach_notice", requests=erasure, person={"restricted": True})
        == "LEGAL_OBLIGATION"
    )
    assert code("email", "security_breach_notice", person={"deceased": True}) == "DECEASED"
    assert ask(facts(requests=erasure, message={"has_promotion": True})).code == "ERASURE_PENDING"


@pytest.mark.parametrize(
    ("stop", "shares", "answer"),
    [
        (event("privacy_signal", "*", "sale"), True, "OPT_OUT_SALE_SHARE"),
        (event("opt_out", "*", "sale", "share_third_party"), True, "OPT_OUT_SALE_SHARE"),
        (event("privacy_signal", "*", "sale"), False, "OPT_OUT_REGIME"),
    ],
)
def test_sharing(stop: Event, shares: bool, answer: str) -> None:
    given = {"person": lives("US-CA"), "message": {"shares_with_third_party": shares}, "events": (stop,)}
    assert code(**given) == answer
    consented = {**given, "events": (stop, grant(at=5))}
    assert code(**consented) == (answer if shares else "CONSENT_EXPRESS")
    shared = {**given, "events": (stop, grant("email", "marketing", "share_third_party", at=5))}
    assert code(**shared) == "CONSENT_EXPRESS"


@pytest.mark.parametrize(("now", "waits"), [("2027-05-23", True), ("2027-05-24", False)])
def test_asking_again_after_twelve_months(now: str, waits: bool) -> None:
    stop = event("opt_out", "*", "sale", at=NOW.replace(month=5))
    given = {"person": lives("US-CA"), "events": (stop,), "now": f"{now}T11:00:00+01:00"}
    assert (code("email", "reoptin_prompt_sale", **given) == "REOPTIN_WAIT_12M") is waits


def test_one_mail_asks_to_confirm() -> None:
    signed = grant(at=2, method="double_opt_in")
    sent = Contact(ago(days=1), "email", "doi_request")
    assert ask(facts("email", "doi_request", events=(signed,))).obligations == ("NO_PROMOTION", "SEND_ONCE")
    assert code("email", "doi_request", events=(signed,), contacts=(sent,)) == "DOI_PENDING"
    again = (signed, grant(at=0.5, method="double_opt_in"))
    assert code("email", "doi_request", events=again, contacts=(sent,)) == "DOI_REQUEST"
    assert code("sms", "doi_request", events=(signed,)) == "NO_LEGAL_BASIS"
    promoted = facts("email", "doi_request", events=(signed,), message={"has_promotion": True})
    assert ask(promoted).all_codes[:2] == ("TRANSACTIONAL_WITH_PROMO", "DOI_PENDING")


def test_one_message_confirms_a_stop() -> None:
    def confirming(*ages: int, sent: int | None = None, **more: Any) -> str:
        stops = tuple(event("opt_out", at=ago(seconds=age)) for age in ages)
        contacts = () if sent is None else (Contact(ago(seconds=sent), "email", "opt_out_confirmation"),)
        return code("email", "opt_out_confirmation", events=stops, contacts=contacts, **more)

    assert confirming(300) == "OPT_OUT_CONFIRMATION"
    assert confirming(301) == "OPTED_OUT"
    assert confirming(100, sent=50) == "OPTED_OUT"
    assert confirming(100, sent=200) == "OPT_OUT_CONFIRMATION"
    assert confirming(100, 20, sent=50) == "OPTED_OUT"
    assert confirming(100, message={"has_promotion": True}) == "TRANSACTIONAL_WITH_PROMO"
    assert code("email", "opt_out_confirmation", person=lives("US")) == "OPT_OUT_REGIME"


@pytest.mark.parametrize(
    ("events", "state", "why"),
    [
        ((), "none", None),
        ((grant(),), "granted", None),
        ((grant(evidence=()),), "claimed", "CONSENT_UNPROVEN"),
        ((grant(), event("withdraw")), "stopped", "CONSENT_WITHDRAWN"),
        ((grant(), event("pause", until=ago(days=-9))), "paused", "PAUSED_BY_PERSON"),
        ((grant(), event("pause", until=ago(days=9))), "granted", None),
        ((event("object", "*", at=9), event("opt_out", at=3)), "stopped", "OBJECTED_DM"),
    ],
)
def test_standing(events: tuple[Event, ...], state: str, why: str | None) -> None:
    found = standing(events, "email", "marketing", now=NOW)
    assert (found.state, found.code, found.provable) == (state, why, state == "granted")
    assert (found.event is None) is (state == "none")
    assert found.since == (found.event.occurred_at if found.event else None)


def test_standing_of_sharing_and_profiling() -> None:
    signal = event("privacy_signal", "*", "sale")
    assert standing((signal,), "email", "share_third_party", now=NOW).code == "OPT_OUT_SALE_SHARE"
    objection = event("object", "*", "profiling")
    asked = {"now": NOW, "marketing": False}
    assert standing((objection,), "*", "profiling", **asked).state == "stopped"
    assert standing((objection, grant("*", "profiling", at=3)), "*", "profiling", **asked).state == "granted"


def test_an_action_nobody_knows_is_no_ledger_to_read() -> None:
    assert code(events=(grant(), event("bless"))) == "POLICY_UNAVAILABLE"
    with pytest.raises(LedgerUnreadable):
        standing((event("bless"),), "email", "marketing", now=NOW)

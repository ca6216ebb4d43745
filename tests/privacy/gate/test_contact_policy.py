"""The contact policy as rules: caps, hours, pauses and what is kept for important messages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.models import Customer
from privacy.gate import Permit, check, check_many, permit
from privacy.models import Contact, GateAnswer, PrivacyProfile, Purpose
from privacy.rule_kinds import CONTACT_POLICY, outcome_words, read_outcome
from rules.language.problems import RuleInvalid
from rules.models import Activation, RuleDraft
from rules.selectors.rulesets import standing_of
from rules.services.activations import archive_rule_set
from rules.services.dry_runs import start_dry_run
from rules.services.rule_sets import save_draft
from tenancy.jobs import run_job
from tests.cast import Company
from tests.privacy.gate.asking import give_address, may, reachable, say
from tests.privacy.gate.limits import limit_contacts, rule

FRENCH = {"all": [{"fact": "crm.country", "is": "one_of", "value": ["FR"]}]}


@pytest.mark.parametrize(
    ("outcome", "place"),
    [
        ({}, "all_most"),
        ({"email_most": 0}, "email_most"),
        ({"email_most": 1001}, "email_most"),
        ({"email_most": "2.5"}, "email_most"),
        ({"email_most": 2, "email_days": 367}, "email_days"),
        ({"sms_days": 3}, "sms_most"),
        ({"from": "9:00"}, "from"),
        ({"from": "24:00"}, "from"),
        ({"from": "20:00", "to": "08:00"}, "to"),
        ({"from": "10:00", "to": "10:00"}, "to"),
        ({"weekdays": ["8"]}, "weekdays"),
        ({"kept_for_important": 1}, "kept_for_important"),
        ({"all_most": 2, "kept_for_important": 3}, "kept_for_important"),
        ({"fax_most": 1}, "fax_most"),
    ],
    ids=str,
)
def test_what_no_contact_policy_can_say(db: None, outcome: dict[str, Any], place: str) -> None:
    with pytest.raises(RuleInvalid) as refused:
        CONTACT_POLICY.read_outcome(outcome)
    assert place in [problem.at for problem in refused.value.problems]


def test_what_it_says_in_words(db: None) -> None:
    said = {"all_most": 4, "email_most": 2, "email_days": 7, "kept_for_important": 1, "from": "09:00", "to": "20:00",
            "weekdays": ["1", "5"]}  # fmt: skip
    assert CONTACT_POLICY.read_outcome(said)
    assert outcome_words(said) == (
        "at most 4 contacts in 30 days, at most 2 e-mails in 7 days, the last 1 for what is important; "
        "09:00 to 20:00 on Monday, Friday"
    )
    assert outcome_words({"paused": True}) == "no marketing"
    assert read_outcome({"to": "24:00", "from": "08:00"}).hours is not None


def test_a_dry_run_tells_what_differs_from_what_is_in_force(in_a: Company) -> None:
    """What is written differently and means the same is no change."""
    access = in_a.access("admin")
    Customer.objects.filter(id=in_a.customer["ben"].id).update(country="FR")
    made = limit_contacts(in_a, {"all_most": 2})

    def tried(*rules: dict[str, Any], otherwise: dict[str, Any]) -> dict[str, Any]:
        draft = RuleDraft.objects.get(rule_set=made)
        content = {"rules": list(rules), "otherwise": otherwise}
        save_draft(access=access, rule_set=made, content=content, revision=draft.revision)
        run = start_dry_run(access=access, rule_set=made)
        run_job(in_a.tenant.id, run.job.id)
        run.refresh_from_db()
        assert run.result is not None
        return run.result

    same = tried(otherwise={"all_most": 2, "all_days": 30, "from": "00:00", "weekdays": list("7654321")})
    assert (same["ways"]["stays"]["customers"], same["changes"]) == (3, [])
    other = tried(rule("french", {"paused": True, "all_most": 1}, FRENCH), otherwise={"all_most": 2})
    assert [(one["from_words"], one["to_words"], one["customers"]) for one in other["changes"]] == [
        ("at most 2 contacts in 30 days", "no marketing", 1)
    ]


def contact(customer: Customer, *, days_ago: float = 0, channel: str = "email") -> None:
    at = timezone.now() - timedelta(days=days_ago)
    Contact.objects.create(
        customer=customer, key=str(Contact.objects.count()), at=at, channel=channel, purpose="newsletter",
        is_marketing=True, state="sent",
    )  # fmt: skip


def test_the_first_rule_that_holds_decides(in_a: Company) -> None:
    ada, ben = reachable(in_a), reachable(in_a, "ben")
    Customer.objects.filter(id=ben.id).update(country="FR")
    limit_contacts(
        in_a, {"email_most": 1, "email_days": 7}, rule("french", {"email_most": 2, "email_days": 7}, FRENCH)
    )
    for customer in (ada, ben):
        contact(customer)
    answers = check_many([may(ada), may(ben)])
    assert [one.answer.code for one in answers] == ["FREQ_CAP_POLICY", "CONSENT_EXPRESS"]
    contact(ben, days_ago=6.9)
    given = check(may(ben))
    assert given.answer.decision == "defer"
    assert given.answer.until is not None
    assert abs(given.answer.until - timezone.now() - timedelta(days=0.1)) < timedelta(minutes=2)


def test_an_old_contact_is_still_in_a_long_window(in_a: Company) -> None:
    ada = reachable(in_a)
    contact(ada, days_ago=200)
    assert check(may(ada)).may
    limit_contacts(in_a, {"all_most": 1, "all_days": 365})
    assert check(may(ada)).answer.code == "FREQ_CAP_POLICY"


def test_new_rules_hold_from_the_next_question_on(in_a: Company) -> None:
    ada = reachable(in_a)
    contact(ada)
    assert check(may(ada)).may
    made = limit_contacts(in_a, {"all_most": 1})
    assert not check(may(ada)).may
    made.refresh_from_db()
    archive_rule_set(access=in_a.access("admin"), rule_set=made, seen=standing_of(made).seen)
    assert check(may(ada)).may


def test_channels_have_caps_of_their_own(in_a: Company) -> None:
    ada = reachable(in_a)
    give_address(ada, "+442079460000", "phone")
    say(ada, channel="phone", purposes=("newsletter",))
    limit_contacts(in_a, {"phone_most": 1, "all_most": 2})
    contact(ada, channel="phone")
    assert [one.may for one in check_many([may(ada), may(ada, "phone")])] == [True, False]
    contact(ada)
    assert not check(may(ada)).may


def test_a_part_of_the_cap_is_kept_for_what_is_important(in_a: Company) -> None:
    ada = reachable(in_a)
    say(ada, purposes=("marketing",))
    limit_contacts(in_a, {"all_most": 2, "kept_for_important": 1})
    Purpose.objects.filter(key="marketing").update(is_important=True)
    contact(ada)
    assert [one.may for one in check_many([may(ada), may(ada, purpose="marketing")])] == [False, True]


def test_hours_are_those_of_the_customer(in_a: Company) -> None:
    ada = reachable(in_a)
    limit_contacts(in_a, {"from": "09:00", "to": "17:00", "weekdays": ["1", "2", "3", "4", "5"]})
    morning = datetime(2027, 1, 4, 8, 30, tzinfo=UTC)  # a Monday
    given = check(may(ada, at=morning))
    assert (given.answer.code, given.answer.until) == (
        "QUIET_HOURS_POLICY",
        datetime(2027, 1, 4, 9, 0, tzinfo=UTC),
    )
    Customer.objects.filter(id=ada.id).update(time_zone="Europe/Paris")
    assert check(may(ada, at=morning)).may
    assert check(may(ada, at=morning + timedelta(days=5))).answer.code == "QUIET_HOURS_POLICY"


def test_pauses_hold_back_marketing_and_nothing_else(in_a: Company, order_of: Any) -> None:
    ada = reachable(in_a)
    order_of(ada, timezone.now())
    asks = [may(ada), may(ada, purpose="order_confirmation")]
    PrivacyProfile.objects.update(marketing_paused_until=timezone.now() + timedelta(days=3))
    assert [one.answer.code for one in check_many(asks)] == ["PAUSED_BY_POLICY", "CONTRACT_SERVICE"]
    PrivacyProfile.objects.update(marketing_paused_until=None)
    limit_contacts(in_a, {"paused": True})
    assert [one.answer.code for one in check_many(asks)] == ["PAUSED_BY_POLICY", "CONTRACT_SERVICE"]


def test_a_rule_cannot_loosen_the_law(in_a: Company) -> None:
    ada = in_a.customer["ada"]
    Customer.objects.filter(id=ada.id).update(country="US", time_zone="America/New_York")
    give_address(ada, "+12125550100", "phone")
    limit_contacts(in_a, {"from": "00:00", "to": "24:00", "all_most": 1000})
    at_night = datetime(2027, 1, 4, 7, 0, tzinfo=UTC)
    assert check(may(ada, "phone", "marketing", at=at_night)).answer.code == "QUIET_HOURS_LEGAL"


def test_a_rule_that_cannot_be_read_any_more_is_a_no(in_a: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    from rules.catalogue import facts

    ada = reachable(in_a)
    made = limit_contacts(in_a, None, rule("french", {"email_most": 2}, FRENCH))
    # Not taken out and put back: the order of the catalogue is what people see.
    others = {key: facts[key] for key in facts.keys() if key != "crm.country"}  # noqa: SIM118  (a Registry)
    monkeypatch.setattr(facts, "_entries", others)
    given = check(may(ada))
    assert given.answer.code == "POLICY_UNAVAILABLE"
    assert GateAnswer.objects.get(id=given.answer_id).policy is None
    assert Activation.objects.filter(rule_set=made).count() == 1


def test_permits_use_up_the_cap(in_a: Company) -> None:
    ada = reachable(in_a)
    limit_contacts(in_a, {"email_most": 2})
    got = [permit(may(ada), key=f"letter-{n}") for n in range(3)]
    assert [isinstance(one, Permit) for one in got] == [True, True, False]

"""An open case pauses marketing, by a rule that says so; a service message passes."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from crm.models import Customer
from interactions.case_facts import CASE_FACTS
from interactions.contact_policy import RULE, bring_case_pause
from interactions.models import Case, CaseKind
from interactions.services.authors import author_of
from interactions.services.cases import open_case, reopen_case, resolve_case
from privacy.gate import check
from privacy.models import GateAnswer, GateFacts, Person
from privacy.rule_kinds import KIND
from privacy.selectors.may_we import may_we
from rules.models import RuleDraft, RuleSet
from rules.moment import setting_now
from rules.selectors.records import read_facts
from rules.selectors.rulesets import standing_of
from rules.services.activations import activate_rules, archive_rule_set
from rules.services.brought import bring_rules
from rules.services.rule_sets import change_rule_set, create_rule_set, save_draft
from tenancy.models import TenantProfile
from tests.cast import Company
from tests.privacy.gate.asking import may, reachable, say
from tests.privacy.gate.limits import limit_contacts, rule


def opened(company: Company, key: str = "ada") -> Case:
    kind = CaseKind.objects.select_related("calendar").get(name="Complaint")
    alice = author_of(company.access("alice"))
    return open_case(customer=company.customer[key], kind=kind, subject="No lid", by=alice)[0]


def pause() -> RuleSet:
    return RuleSet.objects.get(name="No marketing while a case is open")


def test_a_case_pauses_marketing_and_the_gate_says_so(in_a: Company, client: Client) -> None:
    ada, ben = reachable(in_a), reachable(in_a, "ben")
    say(ada, purposes=("marketing",))
    limit_contacts(in_a, {"all_most": 5}, rule("all", {"all_most": 9}))
    assert check(may(ada)).may
    made = opened(in_a)
    held = check(may(ada))
    assert (held.answer.decision, held.answer.code, held.because) == (
        "defer", "PAUSED_BY_POLICY", "a case of theirs is open",
    )  # fmt: skip
    assert GateFacts.objects.get(answer_id=held.answer_id).facts["policy"]["paused_by"] == held.because
    assert check(may(ben)).because == ""
    Customer.objects.filter(id=ada.id).update(time_zone="Europe/London")
    chips = {one.channel: one for one in may_we(in_a.access("alice"), ada, asked_for="a test")}
    assert chips["email"].reason.startswith("paused: a case of theirs is open")
    client.force_login(in_a.member["alice"].user)
    answer = GateAnswer.objects.get(id=chips["email"].answer_id)
    page = client.get(in_a.url(f"customers/{ada.id}/may-we/{answer.id}/")).content.decode()
    assert "A rule of your contact policy holds for them: a case of theirs is open." in page
    assert "paused by the rule “a case of theirs is open”" in page
    Person.objects.create(customer=ada, contract_until=timezone.now().date() + timedelta(days=9))
    assert check(may(ada, purpose="order_confirmation")).may
    resolve_case(case=made, resolution="Sent a lid.", by=author_of(in_a.access("alice")))
    assert check(may(ada)).may


def test_the_company_may_change_it_and_gets_it_once(in_a: Company) -> None:
    ada = reachable(in_a)
    opened(in_a)
    assert bring_case_pause() is None
    admin = in_a.access("admin")
    held = pause()
    change_rule_set(access=admin, rule_set=held, name="Peace")
    draft = RuleDraft.objects.get(rule_set=held)
    content = {"rules": [{**RULE, "then": {"email_most": 3}}], "otherwise": None}
    save_draft(access=admin, rule_set=held, content=content, revision=draft.revision)
    activate_rules(access=admin, rule_set=held, seen=standing_of(held).seen)
    assert check(may(ada)).may
    held.refresh_from_db()
    archive_rule_set(access=admin, rule_set=held, seen=standing_of(held).seen)
    assert bring_case_pause() is None


def test_it_waits_where_two_people_decide(in_a: Company) -> None:
    TenantProfile.objects.update(rules_need_second_person=True)
    brought = bring_rules(kind=KIND, name=pause().name, description="", rule={**RULE, "id": "another"})
    assert brought is not None
    assert (brought.name, standing_of(brought).in_force) == ("No marketing while a case is open (2)", None)
    assert standing_of(brought).waiting is not None
    assert (
        RuleSet.objects.filter(id__lt=limit_contacts_later(in_a).id).count() == 2
    )  # asked before all others


def limit_contacts_later(company: Company) -> RuleSet:
    return create_rule_set(access=company.access("admin"), kind=KIND, name="Ours")


def test_what_rules_know_of_cases(in_a: Company) -> None:
    ada, ben = in_a.customer["ada"], in_a.customer["ben"]
    first, alice = opened(in_a), author_of(in_a.access("alice"))
    resolve_case(case=first, resolution="Done.", by=alice)
    reopen_case(case=first, reason="Not done.", by=alice)
    old = opened(in_a)
    Case.objects.filter(id=old.id).update(opened_at=timezone.now() - timedelta(days=400))
    known = read_facts(CASE_FACTS, [ada.id, ben.id], setting_now())
    assert list(known[ada.id].values()) == [2, 1, 1]
    assert list(known[ben.id].values()) == [0, 0, 0]

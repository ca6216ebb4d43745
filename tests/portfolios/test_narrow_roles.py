"""What roles that may do less, or see less, learn from rules about portfolios and do with them."""

from datetime import timedelta
from typing import Any

import pytest

from crm.models import CustomerSummary
from portfolios.models import AssignmentDecision
from portfolios.rule_kinds import KIND
from portfolios.selectors.decisions import reasons_in_words
from portfolios.selectors.runs import line_of, proposals_of, ruling_of_run
from portfolios.services.rules import policy
from rules.models import RuleSet
from rules.moment import setting_now
from rules.selectors.dry_runs import latest_dry_run
from rules.selectors.rulesets import standing_of
from rules.selectors.trials import trial_of
from rules.services.activations import activate_rules
from rules.services.dry_runs import start_dry_run
from rules.services.rule_sets import RulesRefused, change_rule_set, create_rule_set
from tenancy.jobs import run_job
from tenancy.models import Role, TenantProfile
from tests.cast import Company
from tests.portfolios.assignment import put_in_force, rule, rules_in_force, run_rules, to
from tests.portfolios.test_pages import signed_in

RICH: dict[str, Any] = {
    "all": [{"fact": "value.lifetime_value", "is": "at_least", "value": {"amount": "100", "currency": "GBP"}}]
}


@pytest.fixture
def rich(in_a: Company) -> Company:
    """Hal is worth 123.45, and a rule that reads what somebody is worth brings him to Alice."""
    CustomerSummary.objects.filter(customer=in_a.customer["hal"]).update(value=12345)
    rules_in_force(in_a, rule("Rich", RICH, to(in_a.portfolio["alice"])))
    return in_a


def without_value(company: Company, key: str, *more: str) -> None:
    role = company.member[key].role
    kept = {code for code in role.permissions if code != "value.view_value"} | set(more)
    Role.objects.filter(id=role.id).update(permissions=sorted(kept))


def test_a_decision_names_no_value_to_who_may_not_see_values(rich: Company) -> None:
    run_rules(rich)
    found = AssignmentDecision.objects.get(customer=rich.customer["hal"])
    rich.add("anna", "analyst")
    without_value(rich, "anna", "portfolios.assign_customers")
    anna, admin = signed_in(rich, "anna"), signed_in(rich, "admin")
    page = rich.url(f"portfolios/decisions/{found.id}/")
    assert "£123.45" in admin.get(page).content.decode()
    text = anna.get(page).content.decode()
    assert "Rich" in text
    assert "123" not in text.replace(str(found.customer_id), "")


def test_a_proposal_names_no_value_as_the_reason(rich: Company) -> None:
    run = run_rules(rich)
    proposals = list(proposals_of(rich.access("admin"), run))
    nodes = [line.node if (line := line_of(ruling_of_run(run), one)) else None for one in proposals]
    rich.add("anna", "analyst")
    without_value(rich, "anna", "portfolios.assign_customers")
    said = {
        key: " ".join(reasons_in_words(rich.access(key), proposals, nodes, setting_now(run.at)).values())
        for key in ("admin", "anna")
    }
    assert "123.45" in said["admin"]
    assert said["anna"] == ""


def test_a_dry_run_gives_no_value_as_the_reason(rich: Company) -> None:
    rules = create_rule_set(
        access=rich.access("admin"), kind="value.kind", name="Kinds",
        content={"rules": [rule("Richer", RICH, {"kind": "most_valuable"})], "otherwise": None},
    )  # fmt: skip
    run = start_dry_run(access=rich.access("admin"), rule_set=rules)
    run_job(rich.tenant.id, run.job_id)
    rich.add("anna", "analyst")
    without_value(rich, "anna")
    newest = latest_dry_run(rules)
    assert newest is not None
    seen = [trial_of(rich.access(key), newest) for key in ("admin", "anna")]
    reasons = [" ".join(change.why for change in trial.changes) if trial else "" for trial in seen]
    assert "123.45" in reasons[0]
    assert "123" not in reasons[1]


def test_an_older_role_that_sees_only_some_customers_assigns_nobody(in_a: Company) -> None:
    """Runs show the whole company's figures, and what happens at night happens to everybody."""
    role = in_a.member["alice"].role
    Role.objects.filter(id=role.id).update(permissions=[*role.permissions, "portfolios.assign_customers"])
    alice, sent = signed_in(in_a, "alice"), {"nightly": "automatic", "pin_months": "1"}
    answer = alice.post(in_a.url("portfolios/assignment/policy/"), sent)
    assert answer.status_code == 403
    assert "sees only some of them" in answer.content.decode()
    assert policy().nightly == "off"
    assert (
        in_a.url("portfolios/assignment/new/")
        not in alice.get(in_a.url("portfolios/assignment/")).content.decode()
    )


@pytest.fixture
def alices(in_a: Company) -> RuleSet:
    return create_rule_set(
        access=in_a.access("admin"), kind=KIND, name="Hers", level="portfolio",
        portfolios=[in_a.portfolio["alice"].id],
        content={"rules": [rule("Takes", {"all": []}, {"answer": "take"})], "otherwise": None},
    )  # fmt: skip


def reach(company: Company, rules: RuleSet, by: str) -> None:
    rules = RuleSet.objects.get(id=rules.id)
    change_rule_set(
        access=company.access(by), rule_set=rules, name="Hers", portfolios=[company.portfolio["bob"].id]
    )


def test_who_may_only_write_does_not_say_for_whom_rules_in_force_are(in_a: Company, alices: RuleSet) -> None:
    in_a.add("anna", "analyst")
    role = in_a.member["anna"].role
    Role.objects.filter(id=role.id).update(permissions=[*role.permissions, "rules.edit"])
    reach(in_a, alices, "anna")
    put_in_force(in_a, RuleSet.objects.get(id=alices.id))
    rules = RuleSet.objects.get(id=alices.id)
    with pytest.raises(RulesRefused, match="put rules in force"):
        change_rule_set(
            access=in_a.access("anna"), rule_set=rules, name="Hers",
            portfolios=[in_a.portfolio["alice"].id],
        )  # fmt: skip
    assert change_rule_set(access=in_a.access("anna"), rule_set=rules, name="Another name")


@pytest.mark.parametrize("begins", [0, 3])
def test_where_two_decide_nobody_turns_what_waits_or_is_planned_to_others(
    in_a: Company, alices: RuleSet, begins: int
) -> None:
    """Else one asks, the other agrees to rules of Alice's portfolio, and they are Bob's when they begin."""
    if not begins:
        TenantProfile.objects.update(rules_need_second_person=True)
    day = setting_now().today + timedelta(days=begins) if begins else None
    activate_rules(access=in_a.access("admin"), rule_set=alices, seen=standing_of(alices).seen, starts_on=day)
    TenantProfile.objects.update(rules_need_second_person=True)
    with pytest.raises(RulesRefused, match="Two people decide"):
        reach(in_a, alices, "admin")

"""Kinds of customer: what the rules in force say, written where lists and other rules read it, with the reason."""

from typing import Any

import pytest

from crm.models import Customer, CustomerSummary
from crm.services.customers import trash_customers
from rules.models import RuleSet
from rules.selectors.rulesets import standing_of
from rules.services.activations import activate_rules, roll_back
from rules.services.rule_sets import create_rule_set, save_draft
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import Job, OutboxEvent
from tests.cast import Company
from value.models import KindDecision
from value.rule_kinds import KIND
from value.selectors.kinds import kind_history
from value.services.kinds import decide_kinds, start_deciding


def rule(name: str, kind: str, *lines: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "name": name, "when": {"all": list(lines)}, "then": {"kind": kind}, "binding": False}


def at_least(fact: str, pounds: int) -> dict[str, Any]:
    return {"fact": fact, "is": "at_least", "value": {"amount": str(pounds), "currency": "GBP"}}


def put_in_force(company: Company, *rules: dict[str, Any], otherwise: str | None = None) -> RuleSet:
    access = company.access("admin")
    rule_set = RuleSet.objects.filter(kind=KIND).first() or create_rule_set(
        access=access, kind=KIND, name="Kinds"
    )
    content = {"rules": list(rules), "otherwise": {"kind": otherwise} if otherwise else None}
    save_draft(access=access, rule_set=rule_set, revision=rule_set.draft.revision, content=content)
    activate_rules(access=access, rule_set=rule_set, seen=standing_of(rule_set).seen)
    return RuleSet.objects.select_related("draft").get(id=rule_set.id)


def kind_of(customer: Customer) -> str | None:
    return CustomerSummary.objects.get(customer=customer).customer_kind


def worth(customer: Customer, pounds: int | None) -> None:
    CustomerSummary.objects.filter(customer=customer).update(
        value=None if pounds is None else pounds * 100, score="scored"
    )


VALUABLE = rule("top", "most_valuable", at_least("value.lifetime_value", 100))


def test_the_first_rule_that_holds_says_the_kind_and_why_is_kept(in_a: Company) -> None:
    put_in_force(in_a, VALUABLE, otherwise="low_maintenance")
    ada, ben, hal = (in_a.customer[name] for name in ("ada", "ben", "hal"))
    worth(ada, 612)
    worth(ben, 99)
    assert decide_kinds([ada.id, ben.id, hal.id]) == 3
    assert [kind_of(c) for c in (ada, ben, hal)] == ["most_valuable", "low_maintenance", "low_maintenance"]
    decision = KindDecision.objects.get(customer=ada)
    assert (decision.before, decision.kind, decision.rule_id) == (None, "most_valuable", "top")
    assert decision.version.number == 1
    assert decision.facts["facts"] == {"value.lifetime_value": 61200}


def test_why_can_be_opened_later_with_the_values_of_then(in_a: Company) -> None:
    put_in_force(in_a, VALUABLE)
    ada = in_a.customer["ada"]
    worth(ada, 612)
    decide_kinds([ada.id])
    worth(ada, 5)
    decide_kinds([ada.id])
    now, then = kind_history(ada.id)
    assert (now.before, now.kind, now.kept) == ("most valuable", "no kind", None)
    assert then.kept is not None
    assert (then.kept.rule.name, then.kept.version.number) == ("top", 1)
    assert [(line.holds, line.condition, line.value) for _, line in then.lines] == [
        (True, "Lifetime value is £100 or more", "£612")
    ]


def test_asking_again_changes_and_tells_nothing(in_a: Company) -> None:
    put_in_force(in_a, otherwise="low_maintenance")
    ada = in_a.customer["ada"]
    assert decide_kinds([ada.id]) == 1
    assert decide_kinds([ada.id]) == 0
    assert KindDecision.objects.count() == 1
    assert OutboxEvent.objects.filter(name="value.kinds_changed").count() == 1


def test_a_job_asks_about_everybody_but_the_trash(in_a: Company) -> None:
    ada, ben = in_a.customer["ada"], in_a.customer["ben"]
    trash_customers(customer_ids=[ben.id], by=in_a.member["admin"])
    put_in_force(in_a, otherwise="low_maintenance")
    job = start_deciding(slot="once")
    assert start_deciding(slot="once").id == job.id
    run_job(in_a.tenant.id, job.id)
    assert Job.objects.get(id=job.id).state == Job.State.DONE
    assert (kind_of(ada), kind_of(ben)) == ("low_maintenance", None)


def test_taking_the_rules_back_takes_the_kinds_back(in_a: Company) -> None:
    put_in_force(in_a, otherwise="low_maintenance")
    ada = in_a.customer["ada"]
    decide_kinds([ada.id])
    rules = put_in_force(in_a, otherwise="below_zero")
    decide_kinds([ada.id])
    assert kind_of(ada) == "below_zero"
    roll_back(access=in_a.access("admin"), rule_set=rules, to=1, seen=standing_of(rules).seen)
    decide_kinds([ada.id])
    assert kind_of(ada) == "low_maintenance"
    kinds = KindDecision.objects.order_by("decided_at").values_list("before", "kind")
    assert list(kinds) == [
        (None, "low_maintenance"), ("low_maintenance", "below_zero"), ("below_zero", "low_maintenance"),
    ]  # fmt: skip


def test_whoever_objected_has_no_kind_by_value(in_a: Company) -> None:
    """No score is unknown, and what is unknown holds for no rule."""
    put_in_force(in_a, VALUABLE)
    ada = in_a.customer["ada"]
    worth(ada, 612)
    decide_kinds([ada.id])
    CustomerSummary.objects.filter(customer=ada).update(score="objected", value=None)
    decide_kinds([ada.id])
    assert kind_of(ada) is None
    assert KindDecision.objects.filter(customer=ada).order_by("-decided_at").first().version is None


def test_another_companys_customer_is_not_there(in_a: Company, company_b: Company) -> None:
    put_in_force(in_a, otherwise="low_maintenance")
    cleo = company_b.customer["cleo"]
    assert decide_kinds([cleo.id]) == 0
    with tenant_context(company_b.tenant.id):
        assert kind_of(cleo) is None


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_customers(
    in_a: Company, count: int, django_assert_max_num_queries: Any
) -> None:
    put_in_force(in_a, VALUABLE, otherwise="low_maintenance")
    ids = [in_a.customer[name].id for name in ("ada", "ben", "hal")][:count]
    with django_assert_max_num_queries(16):
        decide_kinds(ids)

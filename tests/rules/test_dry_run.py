"""A dry run counts for everybody what a draft would change, as a job; and changes nothing."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from crm.models import CustomerSummary
from rules.models import DryRun, RuleSet
from rules.registries import summed_fact
from rules.selectors.dry_runs import is_stale, latest_dry_run, rules_of_job, shown_run
from rules.services import dry_runs
from rules.services.dry_runs import DryRunRefused, start_dry_run
from rules.services.rule_sets import RulesRefused
from tenancy.context import tenant_context
from tenancy.jobs import cancel_job, resume_job, run_job
from tenancy.models import Job, JobPart, Role
from tests.cast import Company
from tests.rules.crowd import Crowd
from tests.rules.grades import COSTS, GOLD, SILVER, activate, at_least, grades, make_rules, redraft, rule

__all__ = ["grades"]
pytestmark = pytest.mark.usefixtures("grades")


@pytest.fixture
def shop(in_a: Company) -> Company:
    """Ada ordered five times, Ben twice, Hal never."""
    for name, orders, value in (("ada", 5, 5000), ("ben", 2, 200), ("hal", 0, None)):
        rows = CustomerSummary.objects.filter(customer=in_a.customer[name])
        rows.update(orders=orders, value=value)
    return in_a


def run_it(company: Company, run: DryRun) -> dict[str, Any]:
    run_job(company.tenant.id, run.job_id)
    run.refresh_from_db()
    job = Job.objects.get(id=run.job_id)
    assert (job.state, job.error) == (Job.State.DONE, "")
    assert run.result is not None
    return run.result


def try_it(company: Company, rule_set: RuleSet, by: str = "admin") -> dict[str, Any]:
    return run_it(company, start_dry_run(access=company.access(by), rule_set=rule_set))


def counts(ways: dict[str, Any]) -> dict[str, int]:
    return {way: tally["customers"] for way, tally in ways.items() if tally["customers"]}


def test_with_nothing_in_force_everybody_enters(shop: Company) -> None:
    result = try_it(shop, make_rules(shop, GOLD, SILVER))
    assert (result["customers"], result["value"]) == (3, 5200)
    assert counts(result["ways"]) == {"enters": 2, "nothing": 1}
    assert [(row["rule"], row["customers"], row["value"]) for row in result["rules"]] == [
        ("r1", 1, 5000), ("r2", 1, 200),
    ]  # fmt: skip
    assert not CustomerSummary.objects.exclude(portfolio_id__isnull=False).exists()


def test_beside_the_version_in_force(shop: Company) -> None:
    rule_set = make_rules(shop, GOLD, SILVER)
    activate(shop, rule_set)
    redraft(shop, rule_set, rule("r1", at_least("crm.orders", 2), "gold"), otherwise="bronze")
    result = try_it(shop, rule_set)
    assert counts(result["ways"]) == {"stays": 1, "moves": 1, "enters": 1}
    rows = {row["outcome"]: row for row in result["outcomes"]}
    assert {key: (row["before"]["customers"], row["after"]["customers"], row["stays"], row["enters"], row["leaves"])
            for key, row in rows.items()} == {
        "gold": (1, 2, 1, 1, 0), "silver": (1, 0, 0, 0, 1), "bronze": (0, 1, 0, 1, 0), None: (1, 0, 0, 0, 1),
    }  # fmt: skip
    assert {(row["from_words"], row["to_words"], row["way"], row["customers"]) for row in result["changes"]} == {
        ("nothing decided", "grade bronze", "enters", 1), ("grade silver", "grade gold", "moves", 1),
    }  # fmt: skip


def test_what_it_costs(shop: Company) -> None:
    rule_set = make_rules(shop, GOLD, SILVER)
    activate(shop, rule_set)
    redraft(shop, rule_set, rule("r1", at_least("crm.orders", 2), "gold"))
    result = try_it(shop, rule_set)
    assert result["cost"] == {"before": 600, "after": 1000}
    assert [row["cost_after"] for row in result["outcomes"] if row["outcome"] == "gold"] == [1000]


def test_without_a_fact_to_sum_it_only_counts(shop: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summed_fact, "_entries", {})
    result = try_it(shop, make_rules(shop, GOLD))
    assert (result["customers"], result["value"]) == (3, None)


def test_beside_what_is_today(shop: Company) -> None:
    """Today whoever ordered is silver, whatever rules say."""
    result = try_it(shop, make_rules(shop, GOLD, SILVER, otherwise="bronze"))
    changes = [(row["from"], row["to"], row["customers"]) for row in result["today"]["changes"]]
    assert (result["today"]["same"], changes) == (1, [("silver", "gold", 1), (None, "bronze", 1)])


def test_examples_name_the_lines(shop: Company) -> None:
    rule_set = make_rules(shop, GOLD)
    activate(shop, rule_set)
    redraft(shop, rule_set, SILVER)
    result = try_it(shop, rule_set)
    [moved] = [row for row in result["changes"] if row["way"] == "moves"]
    [example] = moved["examples"]
    assert example["customer"] == str(shop.customer["ada"].id)
    assert (example["before"]["rule"], example["before"]["version"]) == ("r1", 1)
    assert (example["after"]["rule"], example["after"]["version"]) == ("r2", None)


def test_per_portfolio_in_scope_and_value_for_who_may_see_it(shop: Company) -> None:
    run = start_dry_run(access=shop.access("admin"), rule_set=make_rules(shop, GOLD, SILVER))
    run_it(shop, run)
    Role.objects.filter(key="relationship-manager").update(permissions=["rules.view"])
    everything, hers = (
        shown_run(shop.access("admin"), run).result,
        shown_run(shop.access("alice"), run).result,
    )
    assert [row["customers"] for row in everything["portfolios"]] == [1, 1, 1]
    assert [row["portfolio"] for row in hers["portfolios"]] == [str(shop.portfolio["alice"].id)]
    assert (everything["value"], hers["value"], hers["ways"]["enters"]["value"]) == (5200, None, None)
    assert hers["ways"]["enters"]["customers"] == hers["customers"] == 1


def test_nothing_of_the_rest_of_the_company_in_a_narrow_scope(shop: Company) -> None:
    """Neither counts nor sums nor ids: "Bob's portfolio" as a condition would else tell what it is worth."""
    run = start_dry_run(access=shop.access("admin"), rule_set=make_rules(shop, GOLD, SILVER))
    run_it(shop, run)
    hers = shown_run(shop.access("alice"), run).result
    assert (hers["customers"], hers["value"], hers["ways"]["enters"]["value"]) == (1, 5000, 5000)
    assert (hers["outcomes"], hers["rules"], hers["stopped"], hers["today"], hers["cost"]) == (
        [],
        [],
        [],
        None,
        None,
    )
    [change] = hers["changes"]
    assert (change["customers"], change["value"]) == (None, None)
    assert [example["customer"] for example in change["examples"]] == [str(shop.customer["ada"].id)]
    nobody = shown_run(shop.access("fran"), run).result
    assert (nobody["customers"], nobody["value"], nobody["changes"]) == (0, None, [])


def test_a_portfolios_rules_are_tried_on_its_customers(shop: Company) -> None:
    company = make_rules(
        shop, rule("r0", at_least("crm.orders", 5), "bronze", binding=True), name="Company's"
    )
    activate(shop, company)
    mine = make_rules(shop, GOLD, level="portfolio", portfolios=[shop.portfolio["alice"].id])
    result = try_it(shop, mine)
    assert (result["customers"], counts(result["ways"])) == (1, {"stays": 1})
    [stopped] = result["stopped"]
    assert (stopped["stopped"]["rule"], stopped["by"]["set_name"], stopped["customers"]) == (
        "r1",
        "Company's",
        1,
    )


def test_an_incomplete_draft_is_not_tried(shop: Company) -> None:
    rule_set = make_rules(shop, rule("r1", {"all": [{"fact": "crm.orders"}]}, "gold"))
    with pytest.raises(DryRunRefused) as refused:
        start_dry_run(access=shop.access("admin"), rule_set=rule_set)
    assert [problem.code for problem in refused.value.problems] == ["operator"]
    assert not DryRun.objects.exists()


def test_who_may_not_write_does_not_try(shop: Company) -> None:
    with pytest.raises(PermissionDenied):
        start_dry_run(access=shop.access("alice"), rule_set=make_rules(shop, GOLD))


def test_an_archived_rule_set_is_not_tried(shop: Company) -> None:
    rule_set = make_rules(shop, GOLD)
    RuleSet.objects.update(archived_at="2026-01-01T00:00Z")
    with pytest.raises(RulesRefused):
        start_dry_run(access=shop.access("admin"), rule_set=RuleSet.objects.get(id=rule_set.id))


def test_the_same_draft_twice_is_one_run_and_an_older_one_is_cancelled(shop: Company) -> None:
    rule_set = make_rules(shop, GOLD)
    admin = shop.access("admin")
    first = start_dry_run(access=admin, rule_set=rule_set)
    assert start_dry_run(access=admin, rule_set=rule_set).id == first.id
    redraft(shop, rule_set, SILVER)
    second = start_dry_run(access=admin, rule_set=rule_set)
    assert second.id != first.id
    run_job(shop.tenant.id, first.job_id)
    assert Job.objects.get(id=first.job_id).state == Job.State.CANCELLED
    assert latest_dry_run(rule_set) == second


def test_a_draft_that_changed_since_is_said(shop: Company) -> None:
    rule_set = make_rules(shop, GOLD)
    run = start_dry_run(access=shop.access("admin"), rule_set=rule_set)
    assert not is_stale(run)
    redraft(shop, rule_set, SILVER)
    assert is_stale(run)
    redraft(shop, rule_set, GOLD)
    assert not is_stale(run)
    activate(shop, rule_set)
    assert is_stale(run)


def test_the_job_leads_to_the_rules(shop: Company) -> None:
    mine = make_rules(shop, GOLD, level="portfolio", portfolios=[shop.portfolio["alice"].id])
    job = start_dry_run(access=shop.access("admin"), rule_set=mine).job
    assert rules_of_job(shop.access("admin"), job) == ("Open the rules", shop.url(f"rules/{mine.id}/"))
    assert rules_of_job(shop.access("bob"), job) is None
    assert rules_of_job(shop.access("fran"), job) is None


def test_nobody_to_try_it_on(company_b: Company) -> None:
    with tenant_context(company_b.tenant.id):
        CustomerSummary.objects.update(trashed=True)
        result = try_it(company_b, make_rules(company_b, GOLD))
        assert (result["customers"], result["value"], result["changes"]) == (0, None, [])


def test_rules_that_decide_nothing_can_be_tried(shop: Company) -> None:
    assert counts(try_it(shop, make_rules(shop))["ways"]) == {"nothing": 3}


def test_it_is_cancelled_and_goes_on(shop: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry_runs, "RANGE", 1)
    run = start_dry_run(access=shop.access("admin"), rule_set=make_rules(shop, GOLD, SILVER))
    calm = dry_runs._counted
    seen: list[Any] = []

    def cancel_after_one(*given: Any) -> Any:
        seen.append(given)
        if len(seen) == 1:
            cancel_job(job=Job.objects.get(id=run.job_id))
        return calm(*given)

    monkeypatch.setattr(dry_runs, "_counted", cancel_after_one)
    run_job(shop.tenant.id, run.job_id)
    assert Job.objects.get(id=run.job_id).state == Job.State.CANCELLED
    assert DryRun.objects.get(id=run.id).result is None
    resume_job(job=Job.objects.get(id=run.job_id))
    result = run_it(shop, run)
    assert (len(seen), counts(result["ways"])) == (3, {"enters": 2, "nothing": 1})


def test_many_parts_say_what_one_part_says(shop: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    Crowd(shop, 5).fill(120)
    rule_set = make_rules(
        shop,
        rule("r1", {"all": [{"count": "crm.orders", "is": "at_least", "value": 2}]}, "gold"),
        rule("r2", {"none": [{"fact": "value.alive", "is": "at_least", "value": "0.3"}]}, "silver"),
    )
    activate(shop, rule_set)
    redraft(shop, rule_set, rule("r1", at_least("crm.returns", 2), "gold"), SILVER, otherwise="bronze")
    whole = try_it(shop, rule_set)
    DryRun.objects.all().delete()
    monkeypatch.setattr(dry_runs, "RANGE", 7)
    assert try_it(shop, rule_set) == whole
    assert JobPart.objects.exclude(done_at=None).count() > 15
    assert {row["outcome"] for row in whole["outcomes"]} <= {*COSTS, None}
    assert sum(row["customers"] for row in whole["portfolios"]) == whole["customers"]


def test_rules_that_change_while_they_are_tried_fail_readably(
    shop: Company, grades: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(dry_runs, "RANGE", 1)
    mine = make_rules(shop, GOLD, level="portfolio", portfolios=[shop.portfolio["alice"].id])
    run = start_dry_run(access=shop.access("admin"), rule_set=mine)
    calm = dry_runs._counted

    def changed_meanwhile(*given: Any) -> Any:
        grades[mine.id] = frozenset({shop.portfolio["bob"].id})
        return calm(*given)

    monkeypatch.setattr(dry_runs, "_counted", changed_meanwhile)
    run_job(shop.tenant.id, run.job_id)
    assert "start again" in Job.objects.get(id=run.job_id).error


def test_another_company_finds_no_run(shop: Company, company_b: Company) -> None:
    rule_set = make_rules(shop, GOLD)
    start_dry_run(access=shop.access("admin"), rule_set=rule_set)
    with tenant_context(company_b.tenant.id):
        assert latest_dry_run(rule_set) is None
        assert connection.in_atomic_block

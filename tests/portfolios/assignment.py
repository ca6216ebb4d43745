"""Rules about portfolios as an administrator writes them, and runs of them, for the tests."""

from typing import Any

from django.db import connection

from portfolios.models import AssignmentRun
from portfolios.rule_kinds import KIND
from portfolios.services.runs import start_run
from rules.models import RuleSet
from rules.selectors.rulesets import standing_of
from rules.services.activations import activate_rules
from rules.services.rule_sets import create_rule_set, save_draft
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tests.cast import Company


def country(code: str) -> dict[str, Any]:
    return {"all": [{"fact": "crm.country", "is": "one_of", "value": [code]}]}


def to(*portfolios: Any, **more: Any) -> dict[str, Any]:
    return {"portfolios": [str(portfolio.id) for portfolio in portfolios], **more}


def rule(name: str, when: Any, then: Any, *, binding: bool = False) -> dict[str, Any]:
    return {
        "id": name.lower().replace(" ", "-"),
        "name": name,
        "when": when,
        "then": then,
        "binding": binding,
    }


EVERYBODY: dict[str, Any] = {"all": []}


def draft_rules(
    company: Company, *rules: Any, name: str = "Distribution", otherwise: Any = None, portfolio: str = ""
) -> RuleSet:
    """A rule set with a draft; with `portfolio` that portfolio's own."""
    own = [company.portfolio[portfolio].id] if portfolio else []
    return create_rule_set(
        access=company.access("admin"), kind=KIND, name=name, level="portfolio" if portfolio else "company",
        portfolios=own, content={"rules": list(rules), "otherwise": otherwise},
    )  # fmt: skip


def rules_in_force(company: Company, *rules: Any, **values: Any) -> RuleSet:
    rule_set = draft_rules(company, *rules, **values)
    put_in_force(company, rule_set)
    return rule_set


def put_in_force(company: Company, rule_set: RuleSet) -> None:
    activate_rules(
        access=company.access("admin"), rule_set=rule_set, seen=standing_of(rule_set).seen, comment="go"
    )
    rule_set.refresh_from_db()


def rewrite(company: Company, rule_set: RuleSet, *rules: Any, otherwise: Any = None) -> None:
    """Another version in force."""
    rule_set.refresh_from_db()
    save_draft(
        access=company.access("admin"), rule_set=rule_set, revision=rule_set.draft.revision,
        content={"rules": list(rules), "otherwise": otherwise},
    )  # fmt: skip
    put_in_force(company, RuleSet.objects.get(id=rule_set.id))


def run_rules(company: Company, mode: str = "propose", **values: Any) -> AssignmentRun:
    """A run, worked out to its end."""
    run = start_run(access=company.access("admin"), mode=mode, **values)
    work(company, run)
    return run


def work(company: Company, run: AssignmentRun) -> None:
    assert run.job is not None
    run_job(company.tenant.id, run.job.id)
    run.job.refresh_from_db()
    assert run.job.state == "done", run.job.error
    run.refresh_from_db()


def portfolio_names(company: Company) -> dict[str, str]:
    """First name of each customer -> name of the portfolio they are in."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.external_id, p.name FROM crm_customer c"
            " JOIN portfolios_assignment a ON a.customer_id = c.id AND upper_inf(a.period)"
            " JOIN portfolios_portfolio p ON p.id = a.portfolio_id JOIN crm_customersummary s"
            " ON s.customer_id = c.id AND s.portfolio_id = p.id"
        )
        return {number.removesuffix("-1"): name for number, name in cursor.fetchall()}


def require_one_portfolio_each(company: Company) -> None:
    """Never two, never none, no gap: for everybody, over all time."""
    with tenant_context(company.tenant.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE held = tstzmultirange(tstzrange(born, NULL, '[)'))) FROM ("
            " SELECT c.created_at AS born, range_agg(a.period) AS held FROM crm_customer c"
            " LEFT JOIN portfolios_assignment a ON a.tenant_id = c.tenant_id AND a.customer_id = c.id"
            " GROUP BY c.tenant_id, c.id) AS each"
        )
        everybody, held = cursor.fetchone()
        assert everybody == held
        cursor.execute(
            "SELECT count(*) FROM crm_customersummary s JOIN portfolios_assignment a ON a.tenant_id = s.tenant_id"
            " AND a.customer_id = s.customer_id AND upper_inf(a.period) AND a.portfolio_id = s.portfolio_id"
        )
        assert cursor.fetchone()[0] == everybody

"""A dry run whose worker, broker and database are killed finds what a calm one finds."""

import uuid
from typing import Any, Final

import pytest
from django.db import connection

from crm.models import Customer
from crm.services.customers import open_customers
from rules.models import DryRun, RuleSet
from rules.services.activations import activate_rules
from rules.services.dry_runs import LEAST, start_dry_run
from rules.services.rule_sets import create_rule_set, save_draft
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import JobPart
from tests.cast import Company, make_company
from tests.chaos.house import House, until
from tests.chaos.test_import_and_recompute import at_rows, is_done, strike

pytestmark = pytest.mark.chaos

CUSTOMERS: Final = 6_000
KIND: Final = "value.kind"


def with_customers(name: str) -> Company:
    """A company with customers who ordered; the same numbers at every call."""
    company = make_company(f"{name}-{uuid.uuid4().hex[:8]}")
    with tenant_context(company.tenant.id):
        for start in range(0, CUSTOMERS, 1000):
            rows = [
                Customer(name=f"C {start + n}", external_id=f"K{start + n}", source="import")
                for n in range(1000)
            ]
            open_customers(rows, portfolio_id=None)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE crm_customersummary SET orders = abs(hashtext(name_key)) % 8,"
                " value = abs(hashtext(name_key)) % 10000"
            )
    return company


def rules(first: int, second: int) -> dict[str, Any]:
    """Two rules by orders, of a kind that every company has."""
    from rules.kinds import find_kind

    kind = find_kind(KIND)
    assert kind is not None
    outcomes = [{kind.fields[0].name: value} for value, _ in kind.fields[0].options()]
    return {
        "rules": [
            {"id": f"r{n}", "name": f"Rule {n}", "then": outcomes[n],
             "when": {"all": [{"fact": "crm.orders", "is": "at_least", "value": least},
                              {"count": "crm.orders", "is": "at_most", "value": 3},
                              {"sum": "crm.costs", "of": "crm.costs.amount", "is": "at_most",
                               "value": {"amount": "5", "currency": "GBP"}}]}}
            for n, least in enumerate((first, second))
        ],
        "otherwise": outcomes[-1],
    }  # fmt: skip


def tried(company: Company) -> DryRun:
    """A draft beside a version in force."""
    with tenant_context(company.tenant.id):
        access = company.access("admin")
        rule_set = create_rule_set(access=access, kind=KIND, name="Kinds", content=rules(5, 2))
        activate_rules(access=access, rule_set=rule_set, seen=0)
        rule_set = RuleSet.objects.get(id=rule_set.id)
        save_draft(access=access, rule_set=rule_set, content=rules(4, 1), revision=1)
        return start_dry_run(access=access, rule_set=rule_set)


def found(company: Company, run: DryRun) -> dict[str, Any]:
    """The result without what two companies cannot share: ids."""
    with tenant_context(company.tenant.id):
        result = DryRun.objects.get(id=run.id).result
    assert result is not None
    names = ("customers", "value", "ways", "outcomes", "cost")
    return {name: result[name] for name in names} | {"rules": [row["customers"] for row in result["rules"]]}


def test_a_dry_run_that_is_struck_finds_the_same(home: House) -> None:
    calm, struck = with_customers("calm"), with_customers("struck")
    run = tried(calm)
    run_job(calm.tenant.id, run.job_id)
    assert is_done(calm, run.job)()

    for name in ("worker1", "worker2", "beat1"):
        home.start(name)
    run_struck = tried(struck)
    struck_at = []
    for share, fault in ((0.1, "worker"), (0.3, "postgres"), (0.5, "valkey"), (0.6, "worker")):
        assert until(at_rows(struck, run_struck.job, share), seconds=120, every=0.02)
        struck_at.append(run_struck.job.rows_done)
        strike(home, fault)
    assert until(is_done(struck, run_struck.job), seconds=180)
    assert struck_at[0] < CUSTOMERS
    with tenant_context(struck.tenant.id):
        assert JobPart.objects.filter(job=run_struck.job).count() == CUSTOMERS // LEAST
    assert found(struck, run_struck) == found(calm, run)
    assert found(calm, run)["customers"] == CUSTOMERS

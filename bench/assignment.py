"""New customers under assignment rules, and everybody at once: `python -m bench.assignment --customers 100000`.

`assignment.import`: the load of a file of new customers with rules in force (a boundary, four rules, one that spreads
over four portfolios), beside the same file without rules in the same run; the two take turns, the best of each counts.
`assignment.run`: a run of the same rules over everybody, proposals with their reasons included, beside a plain UPDATE
of as many rows of the summaries.
"""

import argparse
import json
import time
from typing import Any
from uuid import UUID

from bench import imports as importing
from bench._database import open_database, superuser
from bench.imports import bring_in, customer_file, new_tenant, settle

DATABASE = "bench_assignment"
MANAGERS = 4


def write_rules(tenant_id: UUID, slug: str) -> None:
    """In force from now on."""
    from portfolios.rule_kinds import KIND  # noqa: PLC0415
    from portfolios.services.portfolios import open_portfolio  # noqa: PLC0415
    from rules.services.activations import activate_rules  # noqa: PLC0415
    from rules.services.rule_sets import create_rule_set  # noqa: PLC0415
    from tenancy.access import access_of_member  # noqa: PLC0415
    from tenancy.context import tenant_context  # noqa: PLC0415
    from tenancy.models import Member, Role, Tenant, Unit  # noqa: PLC0415
    from tenancy.services.members import add_member  # noqa: PLC0415

    with tenant_context(tenant_id):
        role, unit = Role.objects.get(key="relationship-manager"), Unit.objects.get(parent=None)
        targets = []
        for number in range(MANAGERS):
            email = f"m{number}@{slug}.example"
            member = add_member(
                email=email, name=f"M {number}", role=role, unit=unit, password="no secrets here"
            )
            targets.append(str(open_portfolio(name=f"P {number}", manager=member).id))
        admin = access_of_member(Tenant.objects.get(id=tenant_id), Member.objects.select_related("role").get(
            user__email=f"admin@{slug}.example"), [])  # fmt: skip
        content = {"rules": rules_to(targets), "otherwise": {"portfolios": targets, "balance": "customers"}}
        rule_set = create_rule_set(access=admin, kind=KIND, name="Distribution", content=content)
        activate_rules(access=admin, rule_set=rule_set, seen=0)


def rules_to(targets: list[str]) -> list[dict[str, Any]]:
    def rule(key: str, when: list[dict[str, Any]], to: list[str], *, binding: bool = False) -> dict[str, Any]:
        return {"id": key, "name": key, "when": {"all": when}, "then": {"portfolios": to}, "binding": binding}

    country = {"fact": "crm.country", "is": "one_of"}
    return [
        rule("boundary", [country | {"value": ["CH", "AT"]}], targets[:1], binding=True),
        rule("organisations", [{"fact": "crm.kind", "is": "one_of", "value": ["organisation"]}], targets[:2]),
        rule("buyers", [{"fact": "crm.orders", "is": "at_least", "value": 3}], targets[1:2]),
        rule("french", [country | {"value": ["FR", "BE"]}], targets[2:3]),
        rule("large", [{"fact": "crm.revenue", "is": "at_least", "value": {"amount": "500", "currency": "GBP"}}],
             targets[3:]),
    ]  # fmt: skip


def imports(customers: int, rounds: int) -> tuple[dict[str, Any], UUID]:
    data = customer_file(customers)
    plain, ruled, tenant = [], [], None
    for number in range(rounds):
        plain.append(bring_in(new_tenant(f"plain-{number}")[0], "customers", data, 1)["load"])
        slug = f"ruled-{number}"
        tenant = new_tenant(slug)[0]
        write_rules(tenant, slug)
        ruled.append(bring_in(tenant, "customers", data, 1)["load"])
    assert tenant is not None
    line = {
        "what": "assignment.import", "size": customers, "seconds": min(ruled), "rate": round(customers / min(ruled)),
        "yardstick": "the same load without rules", "yardstick_seconds": min(plain),
        "ratio": round(min(ruled) / min(plain), 2),
    }  # fmt: skip
    return line, tenant


def everybody(tenant_id: UUID, customers: int) -> dict[str, Any]:
    """The rule for everybody else becomes one that moves all to one portfolio, so that most would move."""
    from portfolios.services.runs import start_run  # noqa: PLC0415
    from rules.models import RuleSet  # noqa: PLC0415
    from tenancy.access import access_of_member  # noqa: PLC0415
    from tenancy.context import tenant_context  # noqa: PLC0415
    from tenancy.jobs import run_job  # noqa: PLC0415
    from tenancy.models import Member, Role, Tenant  # noqa: PLC0415

    with tenant_context(tenant_id):
        draft = RuleSet.objects.select_related("draft").get()
        content = draft.draft.content
        content["otherwise"] = {"portfolios": content["otherwise"]["portfolios"][:1]}
        draft.draft.save()
        admin = (
            Member.objects.select_related("role")
            .filter(role__in=Role.objects.filter(key="administrator"))
            .first()
        )
        assert admin is not None
        access = access_of_member(Tenant.objects.get(id=tenant_id), admin, [])
        run = start_run(access=access, mode="propose", draft_of=draft)
    started = time.perf_counter()
    assert run.job is not None
    run_job(tenant_id, run.job.id)
    seconds = time.perf_counter() - started
    with tenant_context(tenant_id):
        run.refresh_from_db()
    moving = run.result["moving"]
    with superuser(DATABASE) as server, server.cursor() as cursor:
        started = time.perf_counter()
        cursor.execute(
            "UPDATE crm_customersummary SET portfolio_id = portfolio_id WHERE tenant_id = %s",
            [str(tenant_id)],
        )
        yard = time.perf_counter() - started
    return {
        "what": "assignment.run", "size": customers, "seconds": round(seconds, 2), "rate": round(customers / seconds),
        "moving": moving, "yardstick": "UPDATE of every summary", "yardstick_seconds": round(yard, 2),
        "ratio": round(seconds / yard, 2),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    importing.DATABASE = DATABASE
    open_database(DATABASE, fresh=True)
    settle()
    line, tenant = imports(options.customers, options.rounds)
    print(json.dumps(line), flush=True)
    print(json.dumps(everybody(tenant, options.customers)), flush=True)


if __name__ == "__main__":
    main()

"""Programs at the machine door: a token of company A that sees all, Alice's and Bob's sessions, Charlie's token."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from crm.models import CustomerSummary
from crm.services.contact_points import add_contact_point
from crm.services.costs import record_cost
from crm.services.imports import upload_import
from crm.services.orders import Line, record_order
from crm.services.segments.definitions import Definition, create_segment
from interactions.models import CaseKind, NeedKind
from interactions.services.authors import SYSTEM
from interactions.services.cases import open_case
from interactions.services.grants import give_grant
from interactions.services.interactions import Contact, record_interaction
from interactions.services.messages import queue_message
from interactions.services.needs import record_need
from interactions.services.promises import make_promise
from interactions.services.tasks import make_task
from portfolios.models import AssignmentRun
from portfolios.services.assignments import transfer_customers
from privacy.gate import Ask, check
from privacy.services.consents import ConsentEntry, record_consent
from privacy.services.requests import open_request
from rules.models import RuleSet
from rules.services.activations import activate_rules
from rules.services.dry_runs import start_dry_run
from rules.services.rule_sets import create_rule_set, save_draft
from tenancy.context import tenant_context
from tenancy.models import Job, Role
from tenancy.services.tokens import create_token
from tests.cast import Company

V1 = "/api/v1/"


def token_client(company: Company, role: str = "api-client", **changes: Any) -> APIClient:
    """A client with a token of that role (`scope=`: of a copy of the role with another scope)."""
    with tenant_context(company.tenant.id):
        chosen = company.roles[role]
        if changes:
            key = "-".join([role, *changes.values()])
            values = {"name": key, "permissions": chosen.permissions, "scope": chosen.scope, **changes}
            chosen, _ = Role.objects.get_or_create(key=key, defaults=values)
        _, secret = create_token(name="web shop", role=chosen, created_by=company.member["admin"])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def session_client(company: Company, key: str) -> APIClient:
    """A browser signed in as that member, which sends X-Tenant and no CSRF checks of its own."""
    client = APIClient()
    client.force_login(company.member[key].user)
    client.credentials(HTTP_X_TENANT=company.tenant.slug)
    return client


@pytest.fixture
def shop(company_a: Company) -> APIClient:
    return token_client(company_a)


@pytest.fixture
def alice(company_a: Company) -> APIClient:
    return session_client(company_a, "alice")


@pytest.fixture
def bob(company_a: Company) -> APIClient:
    return session_client(company_a, "bob")


@pytest.fixture
def fran(company_a: Company) -> APIClient:
    return session_client(company_a, "fran")


@pytest.fixture
def charlie(company_b: Company) -> APIClient:
    return token_client(company_b)


@pytest.fixture
def admin(company_a: Company) -> APIClient:
    return token_client(company_a, "administrator")


def rules_in_force(company: Company) -> RuleSet:
    """The company's kinds of customer: version 2 in force, version 1 to go back to, a dry run begun."""
    access = company.access("admin")
    content = rules_content(4)
    made = create_rule_set(access=access, kind="value.kind", name="Kinds", content=content)
    activate_rules(access=access, rule_set=made, seen=0)
    save_draft(access=access, rule_set=made, content=rules_content(5), revision=1)
    activate_rules(access=access, rule_set=made, seen=1)
    start_dry_run(access=access, rule_set=made)
    return RuleSet.objects.select_related("draft").get(id=made.id)


def rules_content(least: int) -> dict[str, Any]:
    """Whoever ordered so often is of the first kind there is."""
    kind = CustomerSummary.Kind.values[0]
    when = {"all": [{"fact": "crm.orders", "is": "at_least", "value": least}]}
    return {
        "rules": [{"id": "r1", "name": "Regulars", "when": when, "then": {"kind": kind}}],
        "otherwise": None,
    }


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def things(company_a: Company, company_b: Company) -> dict[str, str]:
    """Ids that fill the table's addresses and bodies; all of company A."""
    ada = company_a.customer["ada"]
    with tenant_context(company_a.tenant.id):
        point = add_contact_point(customer=ada, kind="email", value="ada@example.com", source="member")
        order = record_order(
            external_id="S-0",
            customer=ada,
            ordered_at=timezone.now(),
            lines=[Line(Decimal(1), Decimal(5))],
            source="api",
        ).order
        cost, _ = record_cost(customer=ada, key="c", kind="call", amount=1, occurred_at=timezone.now())
        transfer = transfer_customers(
            customer_ids=[company_a.customer["hal"].id], to=company_a.portfolio["bob"], reason="r"
        )
        run = upload_import(
            kind="customers",
            name="c.csv",
            chunks=[b"number,name\n1,One\n"],
            created_by=company_a.member["admin"],
        )
        rules = rules_in_force(company_a)
        everybody = Definition("Everybody", {"all": []})
        segment = create_segment(access=company_a.access("admin"), definition=everybody)
        assignment = AssignmentRun.objects.create(
            mode="propose",
            state="ready",
            rules=[],
            fingerprint="none",
            reason="r",
            at=timezone.now(),
            author="system",
        )
        said = ConsentEntry(customer_id=ada.id, action="grant", channel="email", purposes=("newsletter",))
        consent = record_consent(said).event
        answer = check(Ask(customer_id=ada.id, channel="email", purpose="newsletter")).answer_id
        request = open_request(kind="access", came="api")
        task, _ = make_task(subject="Call", customer=ada, by=SYSTEM)
        message, _ = queue_message(
            customer=ada,
            channel="email",
            purpose="newsletter",
            subject="s",
            body="b",
            language="en",
            by=SYSTEM,
        )
        case_kind = CaseKind.objects.select_related("calendar").get(name="Bill")
        case, _ = open_case(customer=ada, kind=case_kind, subject="Paid twice", by=SYSTEM)
        talk, _ = record_interaction(customer=ada, contact=Contact("phone", text="Wants bread."), by=SYSTEM)
        grant, _ = give_grant(
            access=company_a.access("admin"), customer=ada, kind="credit", amount=500, reason="r"
        )
        kind = NeedKind.objects.order_by("position")[0]
        need, _ = record_need(customer=ada, kind=kind, by=SYSTEM)
        promise, _ = make_promise(
            customer=ada, words="Call", due_at=timezone.now() + timedelta(days=3), by=SYSTEM
        )
        job = Job.objects.create(kind="none", title="t", due_at=timezone.now())
    found = {"ada": ada, "point": point, "order": order, "cost": cost, "transfer": transfer, "job": job, "run": run,
             "assignment": assignment, "bobs": company_a.portfolio["bob"], "alices": company_a.portfolio["alice"],
             "alice": company_a.member["alice"], "rules": rules, "segment": segment,
             "consent": consent, "request": request, "talk": talk, "task": task, "message": message,
             "grant": grant, "kind": kind, "need": need, "promise": promise, "case": case,
             "case_kind": case_kind}  # fmt: skip
    return {name: str(thing.id) for name, thing in found.items()} | {"answer": str(answer)}

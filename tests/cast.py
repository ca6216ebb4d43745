"""The cast. Alice: manager in tenant A. Bob: the same tenant, another portfolio. Charlie: tenant B.

Every test about what people may see says: it works for Alice; Bob gets what his role allows; Charlie gets 404.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from crm.models import Customer
from crm.services.customers import open_customer
from portfolios.models import Portfolio
from portfolios.services.portfolios import open_portfolio
from tenancy.access import Access, access_of_member
from tenancy.context import tenant_context
from tenancy.models import Member, Role, Tenant, Unit
from tenancy.services.members import add_member
from tenancy.services.tenants import create_tenant
from tests.stock import stocked

PASSWORD = "a corner shop knows its regulars"


@dataclass
class Company:
    """A tenant with its people. `member[key]`, `portfolio[key]` and `customer[key]` by first name."""

    tenant: Tenant
    roles: dict[str, Role]
    root: Unit
    member: dict[str, Member] = field(default_factory=dict)
    portfolio: dict[str, Portfolio] = field(default_factory=dict)
    customer: dict[str, Customer] = field(default_factory=dict)

    def url(self, path: str = "") -> str:
        return f"/t/{self.tenant.slug}/{path}"

    def access(self, key: str) -> Access:
        member = Member.objects.select_related("role", "unit").get(id=self.member[key].id)
        return access_of_member(self.tenant, member, [])

    def add(self, key: str, role: str, unit: Unit | None = None) -> Member:
        email = f"{key}@{self.tenant.slug}.example"
        self.member[key] = add_member(
            email=email,
            name=key.capitalize(),
            role=self.roles[role],
            unit=unit or self.root,
            password=PASSWORD,
        )
        return self.member[key]

    def add_manager(self, key: str) -> Portfolio:
        member = self.add(key, "relationship-manager")
        self.portfolio[key] = open_portfolio(name=f"{key.capitalize()}'s portfolio", manager=member)
        return self.portfolio[key]

    def add_customer(self, key: str, portfolio: str | None = None, **values: Any) -> Customer:
        target = self.portfolio[portfolio].id if portfolio else None
        values = {"name": key.capitalize(), "source": "member", "external_id": f"{key}-1", **values}
        self.customer[key] = open_customer(portfolio_id=target, **values)
        return self.customer[key]


def make_company(slug: str, **values: Any) -> Company:
    """A company with an administrator, made by the service that makes every tenant."""
    values = {"country": "GB", "currency": "GBP", "time_zone": "Europe/London", **values}
    made = create_tenant(
        slug=slug,
        name=slug.capitalize(),
        admin_email=f"admin@{slug}.example",
        admin_password=PASSWORD,
        **values,
    )
    company = Company(made.tenant, made.roles, made.root)
    with tenant_context(made.tenant.id):
        company.member["admin"] = Member.objects.select_related("role").get(
            user__email=f"admin@{slug}.example"
        )
    return company


def make_company_a() -> Company:
    company = make_company("alpha")
    with tenant_context(company.tenant.id):
        company.add_manager("alice")
        company.add_manager("bob")
        company.add("fran", "frontline")
        company.add_customer("ada", "alice", name="Ada Lovelace")
        company.add_customer("ben", "bob", name="Ben Bernanke")
        company.add_customer("hal", name="Hal House")
    return company


def make_company_b() -> Company:
    company = make_company("beta")
    with tenant_context(company.tenant.id):
        company.add_manager("charlie")
        company.add_customer("cleo", "charlie", name="Cleo Canary", external_id="ada-1")
    return company


@pytest.fixture
def company_a(db: None) -> Company:
    """Alice with customer Ada; Bob with customer Ben; Fran at the counter; Hal in the house."""
    return stocked("company_a", make_company_a)


@pytest.fixture
def company_b(db: None) -> Company:
    """Charlie with customer Cleo, whose number is the same as Ada's: another company's business."""
    return stocked("company_b", make_company_b)


@pytest.fixture
def in_a(company_a: Company) -> Iterator[Company]:
    """Inside company A's context."""
    with tenant_context(company_a.tenant.id, actor=f"member:{company_a.member['alice'].id}"):
        yield company_a

"""Programs at the machine door: a token of company A that sees all, Alice's and Bob's sessions, Charlie's token."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from tenancy.context import tenant_context
from tenancy.models import Role
from tenancy.services.tokens import create_token
from tests.cast import PASSWORD, Company

Program = APIClient
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


@pytest.fixture
def within() -> Callable[[Company], Any]:
    return lambda company: tenant_context(company.tenant.id)


def sign_in(client: APIClient, company: Company, key: str) -> None:
    client.login(email=f"{key}@{company.tenant.slug}.example", password=PASSWORD)

"""Everybody of the cast, signed in."""

from collections.abc import Callable

import pytest
from django.test import Client

from tenancy.context import tenant_context
from tests.cast import Company, make_company_a
from tests.stock import stocked

SignIn = Callable[..., Client]


@pytest.fixture
def sign_in(company_a: Company, company_b: Company) -> SignIn:
    """`sign_in("alice")`; Charlie is of the other company."""

    def signed_in(key: str) -> Client:
        company = company_b if key == "charlie" else company_a
        client = Client()
        client.force_login(company.member[key].user, "allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture
def company_a(db: None, request: pytest.FixtureRequest) -> Company:
    """The cast's; with sixty customers more of Alice's where a test asks for the crowd."""
    if "crowd" in request.fixturenames:
        return stocked("crowd of the desk", _crowded)
    return stocked("company_a", make_company_a)


@pytest.fixture
def crowd(company_a: Company) -> Company:
    return company_a


def _crowded() -> Company:
    company = make_company_a()
    with tenant_context(company.tenant.id):
        for number in range(60):
            company.add_customer(f"c{number:02}", "alice", name=f"Customer {number:02}")
    return company

"""Importing reaches every customer: only a role that sees every customer has it, whoever made the role, and when."""

import pytest
from django.test import Client

from tenancy.context import tenant_context
from tenancy.models import Role
from tenancy.services.roles import BUILTIN_ROLES, RoleRefused, add_role, require_fitting, save_role
from tenancy.services.tokens import create_token
from tests.cast import Company
from tests.tenancy.test_settings_pages import signed_in

CODES = ["crm.import", "crm.view_customer"]


@pytest.fixture
def old(company_a: Company) -> Role:
    """A role from before the rule: it was saved with both."""
    with tenant_context(company_a.tenant.id):
        made = Role.objects.create(key="loader", name="Loader", scope="own_portfolio", permissions=CODES)
        company_a.roles["loader"] = made
        company_a.add("lou", "loader")
    return made


@pytest.mark.parametrize("scope", ["none", "own_portfolio", "own_unit"])
def test_no_role_gets_it_with_a_narrower_view(in_a: Company, scope: str) -> None:
    role = in_a.roles["analyst"]
    with pytest.raises(RoleRefused, match="must see all customers"):
        save_role(role=role, name="Analyst", scope=scope, permissions=CODES)
    role.refresh_from_db()
    assert role.scope == "all"
    save_role(role=role, name="Analyst", scope="all", permissions=CODES)


def test_nor_by_copying(in_a: Company, old: Role) -> None:
    with pytest.raises(RoleRefused, match="must see all customers"):
        add_role(name="Loader too", like=old)


def test_the_roles_we_begin_with_fit() -> None:
    for role in BUILTIN_ROLES:
        require_fitting(scope=role.scope, permissions=role.permissions or CODES)


def test_the_page_says_why_before_it_is_saved_and_after(company_a: Company) -> None:
    admin = signed_in(company_a, "admin")
    url = company_a.url(f"settings/roles/{company_a.roles['relationship-manager'].id}/")
    asked = {"name": "Relationship manager", "scope": "own_portfolio", "permissions": CODES}
    for given in (asked, {**asked, "confirmed": "yes"}):
        answer = admin.post(url, given)
        assert answer.status_code == 422
        assert "must see all customers" in answer.content.decode()
    assert admin.post(url, {**asked, "scope": "all"}).status_code == 200


def test_an_older_role_is_stopped_at_every_door(company_a: Company, old: Role) -> None:
    lou = signed_in(company_a, "lou")
    answer = lou.get(company_a.url("imports/"))
    assert answer.status_code == 403
    assert "Loader, sees only some of them" in answer.content.decode()
    assert company_a.url("imports/") not in lou.get(company_a.url("customers/")).content.decode()
    with tenant_context(company_a.tenant.id):
        assert not company_a.access("lou").may("crm.import")
        _, secret = create_token(name="Loader", role=old, created_by=None)
        _, wide = create_token(name="Till", role=company_a.roles["api-client"], created_by=None)
    for token, status in ((secret, 403), (wide, 200)):
        api = Client(headers={"authorization": f"Bearer {token}"})
        answer = api.get("/api/v1/imports/")
        assert answer.status_code == status, answer.content
    assert (
        "sees only some"
        in Client(headers={"authorization": f"Bearer {secret}"}).get("/api/v1/imports/").json()["detail"]
    )


def test_it_works_again_once_the_role_sees_everybody(company_a: Company, old: Role) -> None:
    with tenant_context(company_a.tenant.id):
        save_role(role=old, name="Loader", scope="all", permissions=CODES)
    assert signed_in(company_a, "lou").get(company_a.url("imports/")).status_code == 200

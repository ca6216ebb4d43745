"""An administrator of a part: may manage members there, and gets no wider view by it."""

import pytest
from django.test import Client
from django.utils import timezone

from tenancy.context import tenant_context
from tenancy.models import Delegation, Member, Role, Unit
from tenancy.services.units import add_unit
from tests.cast import Company
from tests.tenancy.test_settings_pages import signed_in

MANAGES = ["tenancy.manage_members", "tenancy.manage_units", "crm.view_customer"]


@pytest.fixture
def north(company_a: Company) -> Unit:
    """Nora administers the north, and nothing beside it."""
    with tenant_context(company_a.tenant.id):
        unit = add_unit(name="North", parent=company_a.root)
        company_a.roles["regional"] = Role.objects.create(
            key="regional", name="Regional", scope=Role.Scope.OWN_UNIT, permissions=MANAGES
        )
        company_a.add("nora", "regional", unit)
    return unit


@pytest.fixture
def nora(company_a: Company, north: Unit) -> Client:
    return signed_in(company_a, "nora")


def test_nobody_moves_themselves_up_to_a_wider_unit(company_a: Company, nora: Client, north: Unit) -> None:
    me = company_a.member["nora"]
    given = {"name": "Nora", "role": str(company_a.roles["regional"].id), "unit": str(company_a.root.id)}
    answer = nora.post(company_a.url(f"settings/members/{me.id}/"), given)
    assert answer.status_code == 422
    assert "wider view" in answer.content.decode()
    with tenant_context(company_a.tenant.id):
        assert Member.objects.get(id=me.id).unit_id == north.id


def test_nobody_invites_a_second_self_into_a_wider_unit(
    company_a: Company, nora: Client, north: Unit
) -> None:
    given = {"name": "Nora too", "email": "two@alpha.example", "role": str(company_a.roles["regional"].id)}
    url = company_a.url("settings/members/new/")
    assert nora.post(url, given | {"unit": str(company_a.root.id)}).status_code == 422
    assert nora.post(url, given | {"unit": str(north.id)}).status_code == 302


def test_nobody_hangs_other_units_below_their_own(company_a: Company, nora: Client, north: Unit) -> None:
    with tenant_context(company_a.tenant.id):
        south = add_unit(name="South", parent=company_a.root)
    url = company_a.url(f"settings/units/{south.id}/")
    assert nora.post(url, {"name": "South", "parent": str(north.id)}).status_code == 422
    with tenant_context(company_a.tenant.id):
        assert Unit.objects.get(id=south.id).parent_id == company_a.root.id
    answer = signed_in(company_a, "admin").post(url, {"name": "South", "parent": str(north.id)})
    assert answer.status_code == 302


def test_nobody_makes_themselves_the_delegate_of_another(company_a: Company, nora: Client) -> None:
    today = str(timezone.localdate())
    given = {
        "first_day": today,
        "last_day": today,
        "reason": "Holiday",
        "member": str(company_a.member["bob"].id),
    }
    url = company_a.url("settings/absences/")
    assert nora.post(url, given | {"delegate": str(company_a.member["nora"].id)}).status_code == 422
    alice = given | {"delegate": str(company_a.member["alice"].id)}
    assert signed_in(company_a, "admin").post(url, alice).status_code == 302
    with tenant_context(company_a.tenant.id):
        assert Delegation.objects.get().delegate_id == company_a.member["alice"].id

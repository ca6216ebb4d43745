"""A tenant from before an upgrade: its built-in roles get the new permissions, what it changed stays."""

import pytest
from django.core.management import call_command

from tenancy.context import tenant_context
from tenancy.models import AuditEntry, Role
from tenancy.permissions import all_permissions
from tenancy.services.new_permissions import _FIRST, bring_new_permissions
from tenancy.services.roles import BUILTIN_ROLES, save_role
from tests.cast import Company


@pytest.fixture
def older(in_a: Company) -> Company:
    """Company A as it was before what roles were brought was written down."""
    for key, codes in _FIRST.items():
        Role.objects.filter(key=key).update(permissions=sorted(codes), brought=None)
    return in_a


def permissions(key: str) -> set[str]:
    return set(Role.objects.get(key=key).permissions)


def test_untouched_roles_become_what_new_tenants_get(older: Company) -> None:
    assert bring_new_permissions() >= 6
    for builtin in BUILTIN_ROLES:
        assert permissions(builtin.key) == set(builtin.codes()), builtin.key
    assert permissions("administrator") == {permission.code for permission in all_permissions()}
    assert bring_new_permissions() == 0


def test_what_the_tenant_changed_stays(older: Company) -> None:
    role = Role.objects.get(key="analyst")
    save_role(role=role, name="Analyst", scope=role.scope, permissions=["crm.view_customer"])
    Role.objects.filter(key="executive").update(scope=Role.Scope.OWN_UNIT)
    bring_new_permissions()
    assert permissions("analyst") == {"crm.view_customer"}
    assert permissions("executive") == _FIRST["executive"]
    assert "rules.view" in permissions("relationship-manager")


def test_a_permission_taken_away_after_the_upgrade_does_not_come_back(older: Company) -> None:
    bring_new_permissions()
    role = Role.objects.get(key="executive")
    kept = [code for code in role.permissions if code != "rules.view"]
    save_role(role=role, name=role.name, scope=role.scope, permissions=kept)
    assert bring_new_permissions() == 0
    assert "rules.view" not in permissions("executive")


def test_administrators_get_what_is_new_and_keep_what_they_gave_up(older: Company) -> None:
    role = Role.objects.get(key="administrator")
    Role.objects.filter(id=role.id).update(
        permissions=[code for code in role.permissions if code != "crm.trash_customer"]
    )
    bring_new_permissions()
    assert "rules.activate" in permissions("administrator")
    assert "crm.trash_customer" not in permissions("administrator")


def test_a_role_that_was_removed_stays_removed(older: Company) -> None:
    Role.objects.filter(key="capabilities-manager").delete()
    bring_new_permissions()
    assert not Role.objects.filter(key="capabilities-manager").exists()


def test_it_is_audited_and_a_new_tenant_needs_nothing(older: Company, company_b: Company) -> None:
    bring_new_permissions()
    assert AuditEntry.objects.filter(table="tenancy_role", action="update").exists()
    with tenant_context(company_b.tenant.id):
        assert bring_new_permissions() == 0


@pytest.mark.django_db(transaction=True)
def test_migrate_does_it_for_every_tenant(company_a: Company, company_b: Company) -> None:
    for company in (company_a, company_b):
        with tenant_context(company.tenant.id):
            Role.objects.filter(key="analyst").update(permissions=sorted(_FIRST["analyst"]), brought=None)
    call_command("migrate", verbosity=0)
    for company in (company_a, company_b):
        with tenant_context(company.tenant.id):
            assert "rules.view" in permissions("analyst")
            assert bring_new_permissions() == 0

"""After an upgrade: what a new company would get, the companies that are there get too."""

from tenancy.context import tenant_context
from tenancy.models import Tenant
from tenancy.registries import tenant_upgrades
from tenancy.services.new_permissions import bring_new_permissions


def upgrade_companies() -> int:
    """Run by `migrate`, company by company, each in one transaction; how many there are. Harmless when run again."""
    tenants = list(Tenant.objects.order_by("id").values_list("id", flat=True))
    for tenant_id in tenants:
        with tenant_context(tenant_id):
            bring_new_permissions()
            for upgrade in tenant_upgrades:
                upgrade()
    return len(tenants)

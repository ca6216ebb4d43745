"""A new company: its profile, roles, root unit, schedules, and what every room opens for it."""

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from tenancy.context import tenant_context
from tenancy.models import Role, Tenant, TenantProfile, Unit
from tenancy.registries import tenant_openers
from tenancy.schedules import open_schedules
from tenancy.services.members import add_member
from tenancy.services.roles import create_builtin_roles
from tenancy.services.units import add_unit


class TenantRefused(ValueError):
    """The tenant cannot be made; the message says why and what to do."""


@dataclass(frozen=True)
class NewTenant:
    tenant: Tenant
    roles: dict[str, Role]
    root: Unit


def create_tenant(
    *, slug: str, name: str, country: str, currency: str, time_zone: str, admin_email: str, admin_name: str = "",
    admin_password: str | None = None,
) -> NewTenant:  # fmt: skip
    """Open a tenant with its roles, house portfolio and first administrator, in one transaction."""
    _require_time_zone(time_zone)
    _require_sense(Tenant(slug=slug, name=name), country, currency)
    with transaction.atomic():
        try:
            with transaction.atomic():
                tenant = Tenant.objects.create(slug=slug, name=name)
        except IntegrityError:
            raise TenantRefused(f"The address {slug!r} is taken; choose another slug.") from None
        with tenant_context(tenant.id):
            TenantProfile.objects.create(country=country, currency=currency, time_zone=time_zone)
            roles = create_builtin_roles()
            root = add_unit(name=name, parent=None)
            open_schedules()
            for open_room in tenant_openers:
                open_room()
            add_member(
                email=admin_email, name=admin_name or admin_email.split("@")[0], role=roles["administrator"],
                unit=root, password=admin_password,
            )  # fmt: skip
    return NewTenant(tenant=tenant, roles=roles, root=root)


def _require_time_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise TenantRefused(f"{name!r} is not a time zone; use a name such as Europe/Berlin.") from None


def _require_sense(tenant: Tenant, country: str, currency: str) -> None:
    tenant.name = tenant.name.strip()
    try:
        tenant.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        field, texts = next(iter(error.message_dict.items()))
        raise TenantRefused(f"{field}: {texts[0]}") from None
    if not re.fullmatch("[A-Z]{2}", country):
        raise TenantRefused(f"{country!r} is not a country; use two letters such as GB.")
    if not re.fullmatch("[A-Z]{3}", currency):
        raise TenantRefused(f"{currency!r} is not a currency; use three letters such as GBP.")

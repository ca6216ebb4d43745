"""What a company states about itself."""

from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import available_timezones

from django.db import transaction

from tenancy.models import Member, Tenant, TenantProfile
from tenancy.registries import company_changes


class SettingsRefused(ValueError):
    """These settings cannot hold together; the message says which and why."""


@dataclass(frozen=True)
class Company:
    """What may be changed. Rates and chances are shares from 0 to 1; the currency is fixed for life."""

    name: str
    time_zone: str
    fiscal_year_starts: int
    margin_rate: Decimal
    discount_rate: Decimal
    lapsed_after_days: int
    lost_after_days: int
    lost_below_alive: Decimal
    rules_need_second_person: bool


def change_company(*, tenant: Tenant, company: Company, by: Member | None = None) -> TenantProfile:
    """Change name, calendar, rates and thresholds. Raises SettingsRefused.

    Derived figures follow in the next night; a room that must follow sooner begins its job here.
    """
    _require_sense(company)
    with transaction.atomic():
        profile = TenantProfile.objects.select_for_update().get()
        stated = {field: value for field, value in vars(company).items() if field != "name"}
        changed = frozenset(field for field, value in stated.items() if getattr(profile, field) != value)
        for field in changed:
            setattr(profile, field, stated[field])
        profile.save()
        # Tenant is a global table: the id is the one of the request, never one out of a form.
        Tenant.objects.filter(id=tenant.id).update(name=company.name.strip())
        for follow in company_changes:
            follow(changed, by)
    return profile


def _require_sense(company: Company) -> None:
    if not company.name.strip():
        raise SettingsRefused("A company needs a name.")
    if company.time_zone not in available_timezones():
        raise SettingsRefused(f"{company.time_zone} is not a time zone.")
    if company.lost_after_days <= company.lapsed_after_days:
        raise SettingsRefused(
            "A customer lapses before they are lost: the second number must be the larger one."
        )
    for share in (company.margin_rate, company.discount_rate, company.lost_below_alive):
        if not 0 <= share <= 1:
            raise SettingsRefused("Rates and chances lie between 0 and 100 %.")

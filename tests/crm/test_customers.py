"""Customers come, go to the trash and return."""

from datetime import timedelta

import pytest

from crm.models import Customer, CustomerSummary
from crm.services.customers import CustomerRefused, restore_customers, set_manual_status, trash_customers
from crm.services.summaries import tenant_today
from tenancy.models import OutboxEvent, TenantProfile
from tests.cast import Company


def trash_events() -> list[dict[str, object]]:
    return list(
        OutboxEvent.objects.filter(name="crm.customers_trashed")
        .order_by("id")
        .values_list("payload", flat=True)
    )


def test_the_trash_says_only_what_changed(in_a: Company) -> None:
    ada, ben = in_a.customer["ada"].id, in_a.customer["ben"].id
    assert trash_customers(customer_ids=[ada], by=in_a.member["alice"]) == 1
    assert trash_customers(customer_ids=[ada, ben], by=in_a.member["alice"]) == 1
    assert trash_customers(customer_ids=[ada, ben], by=in_a.member["alice"]) == 0
    assert CustomerSummary.objects.filter(trashed=True).count() == 2
    assert restore_customers(customer_ids=[ben]) == 1
    assert restore_customers(customer_ids=[ben]) == 0
    assert CustomerSummary.objects.get(trashed=True).customer_id == ada
    assert Customer.objects.get(id=ben).trashed_by is None
    said = [(event["customer_ids"], event["restored"]) for event in trash_events()]
    assert said == [([str(ada)], False), ([str(ben)], False), ([str(ben)], True)]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue"])
def test_the_end_of_a_manual_status_is_a_day_of_the_tenant(in_a: Company, zone: str) -> None:
    TenantProfile.objects.update(time_zone=zone)
    today = tenant_today(TenantProfile.objects.get())
    ada, alice = in_a.customer["ada"], in_a.member["alice"]
    set_manual_status(customer=ada, status="lost", until=today, by=alice)
    assert CustomerSummary.objects.get(customer=ada).status == "lost"
    with pytest.raises(CustomerRefused):
        set_manual_status(customer=ada, status="lost", until=today - timedelta(days=1), by=alice)

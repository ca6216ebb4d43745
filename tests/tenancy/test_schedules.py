"""Work that returns every night."""

from datetime import timedelta

from django.utils import timezone

from tenancy import schedules
from tenancy.context import tenant_context
from tenancy.models import Schedule
from tests.cast import Company


def test_one_tenants_trouble_does_not_stop_the_others(company_a: Company, company_b: Company) -> None:
    past = timezone.now() - timedelta(minutes=1)
    for company in (company_a, company_b):
        with tenant_context(company.tenant.id):
            Schedule.objects.update(due_at=past)
            kinds = Schedule.objects.count()
    with tenant_context(company_a.tenant.id):
        Schedule.objects.create(kind="a.room_that_is_gone", due_at=past)
    assert schedules.start_what_is_due() == kinds
    with tenant_context(company_b.tenant.id):
        assert not Schedule.objects.filter(due_at__lte=timezone.now()).exists()
    with tenant_context(company_a.tenant.id):
        assert Schedule.objects.filter(due_at=past).count() == kinds + 1

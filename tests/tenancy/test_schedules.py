"""Work that returns every night, or every few minutes."""

from datetime import timedelta

from django.utils import timezone

from tenancy import schedules
from tenancy.context import tenant_context
from tenancy.models import Schedule
from tests.cast import Company


def test_the_trouble_of_one_kind_stops_no_other(company_a: Company, company_b: Company) -> None:
    past = timezone.now() - timedelta(minutes=1)
    kinds = 0
    for company in (company_a, company_b):
        with tenant_context(company.tenant.id):
            Schedule.objects.update(due_at=past)
            kinds += Schedule.objects.count()
    with tenant_context(company_a.tenant.id):
        Schedule.objects.create(kind="a.room_that_is_gone", due_at=past)
    assert schedules.start_what_is_due() == kinds
    with tenant_context(company_b.tenant.id):
        assert not Schedule.objects.filter(due_at=past).exists()
    with tenant_context(company_a.tenant.id):
        assert list(Schedule.objects.filter(due_at=past).values_list("kind", flat=True)) == [
            "a.room_that_is_gone"
        ]


def test_what_returns_by_the_minute_is_due_again_soon(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        kinds = {schedule.kind: schedule.due_at for schedule in Schedule.objects.all()}
        frequent = [kind for kind in kinds if kind in schedules.often]
        Schedule.objects.update(due_at=timezone.now() - timedelta(hours=1))
    schedules.start_what_is_due()
    now = timezone.now()
    with tenant_context(company_a.tenant.id):
        for schedule in Schedule.objects.all():
            soon = schedules.often.get(schedule.kind) or 24 * 60 + 60
            assert now - timedelta(minutes=1) < schedule.due_at <= now + timedelta(minutes=soon), (
                schedule.kind
            )
    assert frequent == [kind for kind in kinds if kind in schedules.often]

"""Another margin rate: estimated margins of all orders follow, once, whoever writes orders meanwhile."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from crm.models import CustomerSummary, Order
from crm.services import margins
from crm.services.margins import KIND, start_restating
from crm.services.orders import Line, record_order, record_return
from tenancy.context import tenant_context
from tenancy.jobs import cancel_job, resume_job, run_job
from tenancy.models import AuditEntry, Job, OutboxEvent, TenantProfile
from tenancy.outbox import run_step
from tenancy.services.settings import Company as Stated
from tenancy.services.settings import change_company
from tests.at_once import Paused
from tests.cast import Company, make_company
from tests.tenancy.test_settings_pages import COMPANY, signed_in
from value.services.recompute import KIND as RECOMPUTE

YESTERDAY = timezone.now() - timedelta(days=1)


def sell(company: Company, number: str, whom: str | None, price: str = "10.01", **values: Any) -> Order:
    customer = company.customer[whom] if whom else None
    lines = [Line(Decimal(1), Decimal(price), **values)]
    return record_order(
        external_id=number, customer=customer, ordered_at=YESTERDAY, lines=lines, source="member"
    ).order


def state_rate(company: Company, rate: str) -> Job | None:
    """Change nothing but the rate; the newest job of restating."""
    profile = TenantProfile.objects.get()
    names = [name for name in Stated.__dataclass_fields__ if name != "name"]
    now = {name: getattr(profile, name) for name in names}
    change_company(
        tenant=company.tenant,
        company=Stated(name=company.tenant.name, **{**now, "margin_rate": Decimal(rate)}),
        by=company.member["admin"],
    )
    return Job.objects.filter(kind=KIND).order_by("-created_at", "-id").first()


def margin(number: str) -> int:
    return Order.objects.get(external_id=number).margin


def run(company: Company, job: Job) -> Job:
    run_job(company.tenant.id, job.id)
    job.refresh_from_db()
    return job


def test_old_orders_follow_the_new_rate_and_known_costs_stay(in_a: Company) -> None:
    sale = sell(in_a, "o-1", "ada")
    sell(in_a, "o-2", "ada", cost=Decimal("6"))
    sell(in_a, "o-3", None)
    record_return(external_id="r-1", order=sale, returned_at=timezone.now(), source="member",
                  lines=[Line(Decimal(1), Decimal("5.01"))])  # fmt: skip
    job = state_rate(in_a, "0.5000")
    assert run(in_a, job).state == Job.State.DONE, job.error
    # Halves away from zero, as one order is reckoned: 1001 and -501 times a half.
    assert [margin(number) for number in ("o-1", "o-2", "o-3", "r-1")] == [501, 401, 501, -251]
    assert CustomerSummary.objects.get(customer=in_a.customer["ada"]).margin == 501 + 401 - 251
    assert (job.rows_total, job.rows_done) == (3, 3)
    assert AuditEntry.objects.filter(table="crm_order", action="restate").count() == 1
    assert not AuditEntry.objects.filter(table="crm_order", action="update").exists()


def test_values_are_computed_again_at_the_end(in_a: Company) -> None:
    sell(in_a, "o-1", "ada")
    job = run(in_a, state_rate(in_a, "0.5000"))
    told = OutboxEvent.objects.get(name="crm.margins_restated")
    step = told.steps.get(handler="value.steps.recompute_after_restating")
    run_step(in_a.tenant.id, step.id)
    assert Job.objects.get(kind=RECOMPUTE).slot == f"margins:{job.id}"


def test_the_same_rate_or_another_setting_begins_nothing(in_a: Company) -> None:
    sell(in_a, "o-1", "ada")
    assert state_rate(in_a, "0.3000") is None


def test_parts_cover_everybody_and_a_stopped_job_goes_on(
    in_a: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(margins, "RANGE", 2)
    for name in ("ada", "ben", "hal", None):
        for number in range(3):
            sell(in_a, f"{name}-{number}", name, "10")
    job = state_rate(in_a, "0.5000")
    cancel_job(job=job)
    assert run(in_a, job).state == Job.State.CANCELLED
    assert set(Order.objects.values_list("margin", flat=True)) == {300}
    resume_job(job=job)
    assert run(in_a, job).state == Job.State.DONE, job.error
    assert job.parts.count() > 3
    assert (job.rows_done, set(Order.objects.values_list("margin", flat=True))) == (12, {500})
    again = run(in_a, start_restating())
    assert (again.state, set(Order.objects.values_list("margin", flat=True))) == ("done", {500})


def test_a_change_under_way_is_followed_not_joined_by_a_second_at_once(in_a: Company) -> None:
    sell(in_a, "o-1", "ada", "10")
    first = state_rate(in_a, "0.5000")
    assert state_rate(in_a, "0.6000").id == first.id
    run(in_a, first)
    second = Job.objects.filter(kind=KIND).latest("created_at")
    assert (second.id != first.id, second.state, second.slot) == (True, "queued", f"after:{first.id}")
    assert not OutboxEvent.objects.filter(name="crm.margins_restated").exists()
    assert run(in_a, second).state == Job.State.DONE
    assert (margin("o-1"), Job.objects.filter(kind=KIND).count()) == (600, 2)
    third = state_rate(in_a, "0.7000")
    assert third.slot == f"after:{second.id}"


def test_the_page_says_what_happens_and_shows_how_far_it_is(company_a: Company) -> None:
    admin, url = signed_in(company_a, "admin"), company_a.url("settings/company/")
    with tenant_context(company_a.tenant.id):
        sell(company_a, "o-1", "ada")
    assert "are restated at once" in admin.get(url).content.decode()
    page = admin.post(url, COMPANY, follow=True).content.decode()
    assert margins.TITLE in page
    with tenant_context(company_a.tenant.id):
        job = Job.objects.get(kind=KIND)
        assert job.created_by_id == company_a.member["admin"].id
        cancel_job(job=job)
        run(company_a, job)
    page = admin.get(url).content.decode()
    assert f"jobs/{job.id}/" in page
    assert "It stopped" in page
    with tenant_context(company_a.tenant.id):
        resume_job(job=job)
        run(company_a, job)
        assert margin("o-1") == 425
    assert margins.TITLE not in admin.get(url).content.decode()


def test_another_company_keeps_its_margins(company_a: Company, company_b: Company) -> None:
    with tenant_context(company_b.tenant.id):
        sell(company_b, "o-1", "cleo", "10")
    with tenant_context(company_a.tenant.id):
        sell(company_a, "o-1", "ada", "10")
        run(company_a, state_rate(company_a, "0.5000"))
        assert margin("o-1") == 500
    with tenant_context(company_b.tenant.id):
        assert margin("o-1") == 300


@pytest.mark.django_db(transaction=True)
def test_an_order_being_written_while_the_rate_changes_follows_it() -> None:
    """It has read the rate before, and commits when the plan already runs."""
    company = make_company("alpha")
    late = Paused(company, lambda: sell(company, "late", None, "10"))
    with tenant_context(company.tenant.id):
        job = state_rate(company, "0.5000")
    late.commit_soon()
    run_job(company.tenant.id, job.id)
    late.ended()
    with tenant_context(company.tenant.id):
        job.refresh_from_db()
        assert (job.state, margin("late")) == ("done", 500), job.error


@pytest.mark.django_db(transaction=True)
def test_who_never_ends_makes_the_plan_wait_for_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    company = make_company("alpha")
    monkeypatch.setattr(margins, "PATIENCE", timedelta(seconds=0))
    late = Paused(company, lambda: sell(company, "late", None, "10"))
    with tenant_context(company.tenant.id):
        job = state_rate(company, "0.5000")
    run_job(company.tenant.id, job.id)
    with tenant_context(company.tenant.id):
        job.refresh_from_db()
        assert (job.state, job.attempts) == ("queued", 1)
        assert "still open" in job.error
    late.commit()
    run_job(company.tenant.id, job.id)
    with tenant_context(company.tenant.id):
        assert margin("late") == 500

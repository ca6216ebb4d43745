"""Long work on its pages: one's own, everybody's for who may follow it, cancel, resume, retry."""

import pytest
from django.utils import timezone

from tenancy.context import tenant_context
from tenancy.jobs import JobKind as Kind
from tenancy.jobs import Part, job_kinds, start_job
from tenancy.models import Job, OutboxEvent, OutboxStep
from tests.cast import Company
from tests.tenancy.test_settings_pages import signed_in


@pytest.fixture
def job(company_a: Company) -> Job:
    job_kinds.register(
        "test.count", Kind("test.count", lambda job: [Part({}, rows=10)], lambda job, part: None)
    )
    with tenant_context(company_a.tenant.id):
        return start_job(
            kind="test.count", title="Count the shelves", arguments={}, created_by=company_a.member["alice"]
        )


def test_ones_own_work_and_nobody_elses(company_a: Company, company_b: Company, job: Job) -> None:
    url, one = company_a.url("jobs/"), company_a.url(f"jobs/{job.id}/")
    for key, sees in (("alice", True), ("bob", False), ("admin", True)):
        client = signed_in(company_a, key)
        assert ("Count the shelves" in client.get(url).content.decode()) is sees
        assert client.get(one).status_code == (200 if sees else 404)
    assert signed_in(company_b, "charlie").get(one).status_code == 404
    assert signed_in(company_a, "bob").post(f"{one}cancel/").status_code == 404


def test_cancel_and_resume(company_a: Company, job: Job) -> None:
    alice, one = signed_in(company_a, "alice"), company_a.url(f"jobs/{job.id}/")
    assert alice.get(f"{one}cancel/").status_code == 405
    assert alice.post(f"{one}cancel/").headers["Location"] == one
    with tenant_context(company_a.tenant.id):
        job.refresh_from_db()
        assert job.cancel_asked_at
        Job.objects.filter(id=job.id).update(state="cancelled", finished_at=timezone.now())
    assert "Go on" in alice.get(one).content.decode()
    alice.post(f"{one}resume/")
    with tenant_context(company_a.tenant.id):
        job.refresh_from_db()
        assert (job.state, job.cancel_asked_at) == ("queued", None)


def test_the_bar_says_when_the_page_must_be_read_again(company_a: Company, job: Job) -> None:
    alice, bar = signed_in(company_a, "alice"), company_a.url(f"jobs/{job.id}/progress/")
    with tenant_context(company_a.tenant.id):
        Job.objects.filter(id=job.id).update(
            state="running", started_at=timezone.now(), rows_total=90_000, rows_done=61_000
        )
    response = alice.get(bar)
    assert "61,000 of 90,000 rows" in response.content.decode()
    assert "HX-Refresh" not in response.headers
    with tenant_context(company_a.tenant.id):
        Job.objects.filter(id=job.id).update(state="done", finished_at=timezone.now())
    assert alice.get(bar).headers["HX-Refresh"] == "true"
    assert alice.get(company_a.url("jobs/bell/")).status_code == 200


def test_a_parked_step_is_tried_again(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        event = OutboxEvent.objects.create(name="crm.order_recorded")
        step = OutboxStep.objects.create(
            event=event, handler="value.steps.revalue_customer", state="parked", attempts=5,
            due_at=timezone.now(), error="ValueError: no such order",
        )  # fmt: skip
    admin, work = signed_in(company_a, "admin"), company_a.url("settings/work/")
    assert "no such order" in admin.get(work).content.decode()
    retry = company_a.url(f"settings/work/{step.id}/retry/")
    assert signed_in(company_a, "alice").post(retry).status_code == 403
    assert admin.post(retry).status_code == 302
    assert admin.post(retry).status_code == 404
    with tenant_context(company_a.tenant.id):
        step.refresh_from_db()
        assert (step.state, step.attempts) == ("waiting", 0)

"""Nothing lost, nothing twice: steps of events and parts of jobs under failure."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from tenancy import jobs, outbox
from tenancy.context import tenant_context
from tenancy.jobs import JobFailed, JobKind, Part, job_kinds, run_job, start_job
from tenancy.models import Job, JobPart, OutboxStep, Unit
from tenancy.outbox import Announced, emit, flow, run_step
from tenancy.services.units import add_unit
from tests.cast import Company

RAN: list[str] = []


def add_a_unit(event: Announced) -> None:
    RAN.append(event.name)
    add_unit(name=f"of {event.id}", parent=None)


def always_fails(event: Announced) -> None:
    add_unit(name="must not stay", parent=None)
    raise ValueError("no")


@pytest.fixture
def steps(company_a: Company, monkeypatch: pytest.MonkeyPatch) -> tuple[UUID, dict[str, OutboxStep]]:
    from crm.events import CustomerCreated

    RAN.clear()
    here = "tests.tenancy.test_outbox_and_jobs"
    monkeypatch.setitem(flow(), CustomerCreated.name, (f"{here}.add_a_unit", f"{here}.always_fails"))
    with tenant_context(company_a.tenant.id):
        event = emit(CustomerCreated(customer_id=company_a.customer["ada"].id))
        found = {step.handler.rpartition(".")[2]: step for step in OutboxStep.objects.filter(event=event)}
    return company_a.tenant.id, found


def test_a_step_happens_once(steps: tuple[UUID, dict[str, OutboxStep]]) -> None:
    tenant, found = steps
    assert run_step(tenant, found["add_a_unit"].id)
    assert not run_step(tenant, found["add_a_unit"].id)
    assert RAN == ["crm.customer_created"]


def test_a_failing_step_leaves_nothing_and_is_parked(steps: tuple[UUID, dict[str, OutboxStep]]) -> None:
    tenant, found = steps
    for _ in range(5):
        run_step(tenant, found["always_fails"].id)
    with tenant_context(tenant):
        step = OutboxStep.objects.get(id=found["always_fails"].id)
        assert (step.state, step.attempts) == ("parked", 5)
        assert "ValueError: no" in step.error
        assert not Unit.objects.filter(name="must not stay").exists()
        outbox.retry_step(step=step)
        assert OutboxStep.objects.get(id=step.id).state == "waiting"


def test_the_sweep_finds_what_nobody_ran(steps: tuple[UUID, dict[str, OutboxStep]]) -> None:
    tenant, found = steps
    assert outbox.claim_due_steps() == []
    with tenant_context(tenant):
        OutboxStep.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    claimed = {step for _, step in outbox.claim_due_steps()}
    assert claimed >= {step.id for step in found.values()}
    assert outbox.claim_due_steps() == []


@pytest.fixture
def counting() -> JobKind:
    def plan(job: Job) -> list[Part]:
        return [Part({"name": f"u{n}"}, rows=10, phase=n // 2) for n in range(4)]

    def run_part(job: Job, part: JobPart) -> None:
        add_unit(name=part.arguments["name"], parent=None)
        if part.arguments["name"] == job.arguments.get("breaks_at"):
            raise JobFailed("This part is broken.")

    kind = JobKind("test.counting", plan, run_part)
    job_kinds.register(kind.name, kind)
    return kind


def units() -> list[str]:
    return list(Unit.objects.filter(name__startswith="u").order_by("name").values_list("name", flat=True))


def test_a_job_runs_its_parts_in_phases_and_counts_rows(in_a: Company, counting: JobKind) -> None:
    job = start_job(kind=counting.name, title="count", arguments={})
    run_job(in_a.tenant.id, job.id)
    job.refresh_from_db()
    assert (job.state, job.rows_done, job.rows_total) == ("done", 40, 40)
    assert units() == ["u0", "u1", "u2", "u3"]
    run_job(in_a.tenant.id, job.id)
    assert units() == ["u0", "u1", "u2", "u3"]


def test_a_failed_part_leaves_nothing_and_the_job_resumes(in_a: Company, counting: JobKind) -> None:
    job = start_job(kind=counting.name, title="count", arguments={"breaks_at": "u2"})
    run_job(in_a.tenant.id, job.id)
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "This part is broken.")
    assert units() == ["u0", "u1"]
    Job.objects.filter(id=job.id).update(arguments={})
    jobs.resume_job(job=job)
    run_job(in_a.tenant.id, job.id)
    job.refresh_from_db()
    assert (job.state, job.rows_done) == ("done", 40)


def test_a_slot_has_one_job(in_a: Company, counting: JobKind) -> None:
    first = start_job(kind=counting.name, title="count", arguments={}, slot="2026-11-21")
    assert start_job(kind=counting.name, title="count", arguments={}, slot="2026-11-21").id == first.id


def test_cancel_stops_before_the_next_part(in_a: Company, counting: JobKind) -> None:
    job = start_job(kind=counting.name, title="count", arguments={})
    jobs.cancel_job(job=job)
    run_job(in_a.tenant.id, job.id)
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert units() == []
    jobs.resume_job(job=job)
    run_job(in_a.tenant.id, job.id)
    assert units() == ["u0", "u1", "u2", "u3"]

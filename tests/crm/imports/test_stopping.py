"""An import that is stopped, killed or worked on by two workers ends as if nothing had happened."""

import random
from typing import Any

import pytest

from crm.imports import order_sql, staging
from crm.models import Import, ImportChunk, Order, OrderLine
from crm.services.imports import cancel_import, check_import, load_import, resume_import, upload_import
from tenancy import jobs
from tenancy.context import tenant_context
from tenancy.models import Job
from tests.at_once import at_once
from tests.cast import Company, make_company
from tests.crm.imports.helpers import check, load, outcome, upload, work

HEAD = "order,date,customer,product,quantity,price\n"


def scattered(orders: int = 60, lines: int = 5) -> str:
    """Orders whose rows stand far from each other in the file."""
    rows = [
        f"{o},2026-01-{1 + o % 28:02d},c{o % 7},p{o % 5},{1 + n},{o}.50\n"
        for n in range(lines)
        for o in range(orders)
    ]
    random.Random(3).shuffle(rows)
    return HEAD + "".join(rows)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.imports.checking.ROWS_A_PART", 40)
    monkeypatch.setattr(staging, "ROWS_A_PART", 40)
    monkeypatch.setattr("crm.imports.reading.BLOCK", 20)


def contents() -> list[Any]:
    """Orders and lines without ids and times of writing."""
    fields = ("order__external_id", "position", "product__external_id", "quantity", "amount", "cost")
    orders = Order.objects.order_by("external_id").values_list(
        "external_id", "net", "margin", "ordered_on", "kind"
    )
    return [
        list(orders),
        list(OrderLine.objects.order_by("order__external_id", "position").values_list(*fields)),
    ]


def test_rows_of_an_order_may_stand_in_many_parts(in_a: Company, small_parts: None) -> None:
    run = check(upload(scattered()))
    assert run.job.parts.filter(arguments__do="read").count() > 5
    assert run.job.parts.filter(arguments__do="weigh").count() > 5
    assert outcome(load(run)) == (60, 0, 0)
    assert OrderLine.objects.count() == 300
    assert outcome(load(check(upload(scattered())))) == (0, 0, 60)


def test_one_part_or_many_make_the_same(in_a: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    load(check(upload(scattered())))
    whole = contents()
    OrderLine.objects.all().delete()
    Order.objects.all().delete()
    monkeypatch.setattr("crm.imports.checking.ROWS_A_PART", 17)
    monkeypatch.setattr(staging, "ROWS_A_PART", 33)
    load(check(upload(scattered())))
    assert contents() == whole


def test_stop_and_go_on(in_a: Company, small_parts: None) -> None:
    run = check(upload(scattered()))
    job = load_import(run=run)
    for _ in range(6):
        assert jobs._one_turn(job.tenant_id, job.id)
    run = Import.objects.select_related("job").get(id=run.id)
    cancel_import(run=run)
    assert work(job).state == Job.State.CANCELLED
    done = job.parts.exclude(done_at=None).count()
    assert 0 < done < job.parts.count()
    resume_import(run=Import.objects.get(id=run.id))
    assert work(job).state == Job.State.DONE
    run = Import.objects.get(id=run.id)
    assert (run.state, outcome(run)) == ("done", (60, 0, 0))
    assert not ImportChunk.objects.exists()


def test_a_part_that_dies_leaves_nothing_and_is_done_again(
    in_a: Company, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = check(upload(scattered()))
    job = load_import(run=run)
    died = []

    def dies(values: dict[str, Any]) -> list[Any]:
        written = real(values)
        if not died:
            died.append(True)
            raise ConnectionError("the worker is gone")
        return written

    real = order_sql.write_orders
    monkeypatch.setattr("crm.imports.order_sql.write_orders", dies)
    assert work(job).state == Job.State.RUNNING
    assert not Order.objects.exists()
    assert work(job).state == Job.State.DONE
    assert outcome(Import.objects.get(id=run.id)) == (60, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_work(small_parts: None) -> None:
    company = make_company(f"two-{random.Random().randrange(10**9)}")
    tenant_id = company.tenant.id
    with tenant_context(tenant_id):
        run = upload_import(kind="orders", name="f.csv", chunks=[scattered(200).encode()], created_by=None)
        job = check_import(run=run, mapping=run.mapping)
    both(tenant_id, job)
    with tenant_context(tenant_id):
        job = load_import(run=Import.objects.get(id=run.id))
    both(tenant_id, job)
    with tenant_context(tenant_id):
        assert outcome(Import.objects.get(id=run.id)) == (200, 0, 0)
        assert OrderLine.objects.count() == 1000


def both(tenant_id: Any, job: Job) -> None:
    def worker() -> None:
        for _ in range(50):
            jobs.run_job(tenant_id, job.id)
            with tenant_context(tenant_id):
                if Job.objects.get(id=job.id).state == Job.State.DONE:
                    return

    assert at_once(worker, worker) == [None, None]
    with tenant_context(tenant_id):
        job.refresh_from_db()
        assert job.state == Job.State.DONE, job.error

"""The recompute: from order rows to what every customer is worth, harmless when run twice, resumable."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import Count
from django.utils import timezone

from crm.models import CustomerSummary
from privacy.models import ConsentChain
from tenancy.context import tenant_context
from tenancy.jobs import resume_job, run_job
from tenancy.models import AuditEntry, Job, JobPart, OutboxEvent
from tests.cast import Company
from tests.value.shop import CALIBRATION_END, LAST_DAY, Bought, add_orders, cdnow, load
from value.models import EquityPoint, ModelFit, ValueSnapshot
from value.services import recompute, scoring
from value.services.recompute import start_history, start_nightly, start_recompute

FIGURES = (
    "score",
    "alive",
    "no_order_90",
    "orders_year",
    "margin_3y",
    "value",
    "value_low",
    "value_high",
    "valued_at",
)


def run(job: Job, company: Company) -> Job:
    run_job(company.tenant.id, job.id)
    job.refresh_from_db()
    return job


def figures() -> dict[Any, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in CustomerSummary.objects.values_list("customer_id", *FIGURES)}


def by_score() -> dict[str, int]:
    return dict(CustomerSummary.objects.values_list("score").annotate(Count("customer_id")))


def test_cdnow_gives_the_published_figures_and_everybody_a_state(in_a: Company) -> None:
    load(cdnow())
    job = run(start_recompute(as_of=CALIBRATION_END), in_a)
    assert job.state == Job.State.DONE, job.error
    fit = ModelFit.objects.get(is_current=True)
    params = fit.model["frequency"]["params"]
    published = {
        "bg_nbd": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
        "mbg_nbd": {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
        "pareto_nbd": {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669},
    }[fit.chosen]
    assert params == pytest.approx(published, rel=0.005)
    # Dollars as cents: gamma has the unit of money.
    spend = fit.model["spend"]["model"]
    assert (spend["p"], spend["q"], spend["gamma"] / 100) == pytest.approx((6.25, 3.74, 15.44), rel=0.005)
    assert (fit.customers, fit.repeaters) == (2357, 946)
    assert by_score() == {"none": 3, "one_order": 2357 - 946, "scored": 946}
    assert not CustomerSummary.objects.filter(score="one_order", alive__isnull=False).exists()
    assert not CustomerSummary.objects.filter(score="one_order", value=None).exists()
    assert not CustomerSummary.objects.filter(score="scored", alive=None).exists()


def test_twice_changes_nothing_but_the_fit_in_force(in_a: Company) -> None:
    load(cdnow(every=4))
    run(start_recompute(as_of=CALIBRATION_END), in_a)
    before = figures()
    run(start_recompute(as_of=CALIBRATION_END), in_a)
    assert figures() == before
    assert ModelFit.objects.filter(is_current=True).count() == 1
    opening = ValueSnapshot.objects.filter(occasion="refit")
    assert opening.count() == 2 * 565
    assert set(opening.values_list("fit_id", flat=True)) == set(ModelFit.objects.values_list("id", flat=True))


def test_the_night_learns_only_when_it_is_due(in_a: Company) -> None:
    load(cdnow(every=4))
    run(start_recompute(as_of=LAST_DAY), in_a)
    start_nightly("2026-01-01T02:00")
    start_nightly("2026-01-01T02:00")
    night = Job.objects.get(slot="night:2026-01-01T02:00")
    assert run(night, in_a).result["refit"] is False
    assert ModelFit.objects.count() == 1
    ModelFit.objects.update(as_of=LAST_DAY - timedelta(days=35))
    start_nightly("2026-01-02T02:00")
    assert run(Job.objects.get(slot="night:2026-01-02T02:00"), in_a).result["refit"] is True
    assert ModelFit.objects.count() == 2


def test_records_that_stop_are_valued_on_their_last_day(in_a: Company) -> None:
    rows = cdnow(every=4)
    load(rows)
    run(start_recompute(), in_a)
    assert ModelFit.objects.get(is_current=True).as_of == max(row.on for row in rows)


def test_an_error_in_the_middle_is_resumed(in_a: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    load(cdnow(every=4))
    monkeypatch.setattr(recompute, "RANGE", 120)
    job = start_recompute(as_of=CALIBRATION_END)
    score, calls = scoring.score_customers, []

    def failing(*arguments: Any) -> int:
        calls.append(arguments)
        if len(calls) == 3:
            raise ConnectionError("the server went away")
        return score(*arguments)

    monkeypatch.setattr(scoring, "score_customers", failing)
    run(job, in_a)
    assert (job.state, job.attempts) == (Job.State.RUNNING, 1)
    assert job.rows_done == 240
    assert not ModelFit.objects.filter(is_current=True).exists()
    run(job, in_a)
    assert (job.state, job.rows_done, job.rows_total) == (Job.State.DONE, 568, 568)
    assert ModelFit.objects.count() == 1
    assert by_score()["scored"] == 233
    done = JobPart.objects.filter(job=job, arguments__do="value")
    assert len(calls) == done.count() + 1


def test_a_cancelled_recompute_is_resumed_where_it_stopped(in_a: Company) -> None:
    load(cdnow(until=CALIBRATION_END, every=4))
    job = start_recompute(as_of=CALIBRATION_END)
    Job.objects.update(state=Job.State.CANCELLED)
    resume_job(job=job)
    assert run(job, in_a).state == Job.State.DONE


def test_two_who_ask_at_once_share_one_job(in_a: Company) -> None:
    assert start_recompute().id == start_recompute().id


def test_another_tenant_sees_nothing_of_it(in_a: Company, company_b: Company) -> None:
    load(cdnow(until=CALIBRATION_END, every=4))
    run(start_recompute(as_of=CALIBRATION_END), in_a)
    with tenant_context(company_b.tenant.id):
        assert not ModelFit.objects.exists()
        assert not ValueSnapshot.objects.exists()
        assert not EquityPoint.objects.exists()
        assert not CustomerSummary.objects.exclude(value=None).exists()


def test_it_is_announced_and_audited_once_a_batch(in_a: Company) -> None:
    load(cdnow(until=CALIBRATION_END, every=4))
    job = run(start_recompute(as_of=CALIBRATION_END), in_a)
    event = OutboxEvent.objects.get(name="value.values_recomputed")
    assert event.payload["fit_id"] == job.result["fit"]
    assert AuditEntry.objects.filter(action="recompute").count() == 1


def test_a_past_day_is_kept_and_current_values_stay(in_a: Company) -> None:
    load(cdnow(every=4))
    run(start_recompute(as_of=LAST_DAY), in_a)
    before = figures()
    taken_on = date(1997, 12, 31)
    run(start_history(taken_on=taken_on), in_a)
    run(start_history(taken_on=taken_on), in_a)
    assert figures() == before
    assert ValueSnapshot.objects.filter(taken_on=taken_on, occasion="month_end").count() == 565
    point = EquityPoint.objects.get(taken_on=taken_on)
    assert point.customers == 565
    assert point.value == sum(ValueSnapshot.objects.filter(taken_on=taken_on).values_list("value", flat=True))
    assert set(EquityPoint.objects.values_list("taken_on", flat=True)) == {taken_on, date(1998, 5, 31)}


def test_history_needs_a_model(in_a: Company) -> None:
    job = run(start_history(taken_on=date(1997, 12, 31)), in_a)
    assert (job.state, "no model yet" in job.error) == (Job.State.FAILED, True)


def test_an_empty_tenant_is_no_error(company_b: Company) -> None:
    with tenant_context(company_b.tenant.id):
        CustomerSummary.objects.all().delete()
        job = run(start_recompute(), company_b)
        assert job.state == Job.State.DONE, job.error
        assert "no order" in job.result["problem"]


def test_only_returns_and_prospects_have_no_score(in_a: Company) -> None:
    load([Bought("R", date(2026, 1, 5), -500, "return")])
    job = run(start_recompute(), in_a)
    assert job.state == Job.State.DONE, job.error
    assert by_score() == {"none": 4}


def test_too_little_data_is_said(in_a: Company) -> None:
    load([Bought("N", date(2026, 1, day), 500) for day in (1, 5, 9)])
    job = run(start_recompute(as_of=date(2026, 1, 20)), in_a)
    assert "26 weeks" in job.result["problem"]
    assert by_score() == {"none": 3, "no_model": 1}
    assert not ModelFit.objects.exists()


def test_a_base_of_one_time_buyers_has_no_model(in_a: Company) -> None:
    load([Bought(f"O{n}", date(2025, 1, 1) + timedelta(days=n), 500) for n in range(300)])
    job = run(start_recompute(as_of=date(2025, 11, 1)), in_a)
    assert job.state == Job.State.DONE, job.error
    assert by_score() == {"none": 3, "no_model": 300}


def test_a_model_is_withdrawn_when_the_data_go(in_a: Company) -> None:
    load(cdnow(until=CALIBRATION_END, every=4))
    run(start_recompute(as_of=CALIBRATION_END), in_a)
    run(start_recompute(as_of=date(1997, 2, 1)), in_a)
    assert not ModelFit.objects.filter(is_current=True).exists()
    assert by_score() == {"none": 3, "no_model": 565}
    assert not CustomerSummary.objects.exclude(value=None).exists()


def test_losses_are_valued_as_losses(in_a: Company) -> None:
    load(
        [
            Bought(b.customer, b.on, -b.margin if int(b.customer) % 3 == 0 else b.margin)
            for b in cdnow(every=4)
        ]
    )
    job = run(start_recompute(as_of=LAST_DAY), in_a)
    assert job.state == Job.State.DONE, job.error
    assert CustomerSummary.objects.filter(value__lt=0).exists()


def test_only_losses_and_absurd_margins_do_not_break_it(in_a: Company) -> None:
    load([Bought(b.customer, b.on, -b.margin - 1 if int(b.customer) % 7 else 10**12) for b in cdnow(every=4)])
    job = run(start_recompute(as_of=LAST_DAY), in_a)
    assert job.state == Job.State.DONE, job.error
    assert not CustomerSummary.objects.filter(orders__gt=0, value=None).exists()


def test_who_objected_and_who_is_in_the_trash_are_left_out(in_a: Company) -> None:
    customers = load(cdnow(until=CALIBRATION_END, every=4))
    objector, trashed = sorted(customers)[:2]
    ConsentChain.objects.create(customer=customers[objector], profiling_objected_at=timezone.now())
    CustomerSummary.objects.filter(customer=customers[trashed]).update(trashed=True)
    run(start_recompute(as_of=CALIBRATION_END), in_a)
    assert ModelFit.objects.get(is_current=True).customers == 563
    row = CustomerSummary.objects.get(customer=customers[objector])
    assert (row.score, row.value) == ("objected", None)


def test_an_order_that_comes_while_its_range_is_valued_is_not_overwritten(
    in_a: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers = load(cdnow(until=CALIBRATION_END, every=4))
    run(start_recompute(as_of=CALIBRATION_END), in_a)
    label = min(customers)
    before = CustomerSummary.objects.get(customer=customers[label])
    read = scoring.read_orders

    def read_then_order(*arguments: Any) -> Any:
        book = read(*arguments)
        add_orders([Bought(label, CALIBRATION_END, 5000)], customers)
        return book

    monkeypatch.setattr(scoring, "read_orders", read_then_order)
    run(start_recompute(as_of=CALIBRATION_END + timedelta(days=7)), in_a)
    after = CustomerSummary.objects.get(customer=customers[label])
    assert (after.orders, after.value, after.valued_at) == (before.orders + 1, before.value, before.valued_at)
    others = CustomerSummary.objects.exclude(customer=customers[label]).filter(score="scored")
    assert not others.filter(valued_at__lte=before.valued_at).exists()

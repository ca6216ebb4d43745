"""One new order revalues its customer at once, with the fit in force."""

import time
from datetime import timedelta

from django.utils import timezone

from crm.models import CustomerSummary
from crm.services.summaries import refresh_summaries
from tenancy.jobs import run_job
from tenancy.models import Job, OutboxEvent, TenantProfile
from tenancy.outbox import Announced
from tests.cast import Company
from tests.value.shop import LAST_DAY, Bought, add_orders, cdnow, load
from value.models import ModelFit
from value.services import learning
from value.services.recompute import KIND, fit_in_force, start_recompute
from value.steps import recompute_after_import, revalue_customer


def order_came(customer_id: object) -> Announced:
    event = OutboxEvent.objects.create(name="crm.order_recorded", payload={})
    return Announced(event.id, event.name, {"order_id": "", "customer_id": str(customer_id)})


def test_a_new_order_revalues_its_customer_within_a_second(in_a: Company) -> None:
    today = timezone.localdate()
    customers = load(cdnow(shift=today - LAST_DAY, every=4))
    job = start_recompute()
    run_job(in_a.tenant.id, job.id)
    one = CustomerSummary.objects.filter(score="one_order").order_by("last_order_on", "customer_id").first()
    assert one is not None
    label = next(key for key, customer in customers.items() if customer.id == one.customer_id)
    add_orders([Bought(label, today, 2500)], customers)
    started = time.perf_counter()
    revalue_customer(order_came(one.customer_id))
    assert time.perf_counter() - started < 1
    after = CustomerSummary.objects.get(customer_id=one.customer_id)
    assert (after.score, after.alive is not None) == ("scored", True)
    assert after.value > one.value
    assert OutboxEvent.objects.filter(name="value.customer_revalued").count() == 1


def test_the_status_follows_the_new_chance_of_being_alive(in_a: Company) -> None:
    """The company's own threshold decides before the days do, and only with the chance of these very orders."""
    today = timezone.localdate()
    customers = load(cdnow(shift=today - LAST_DAY, every=4))
    job = start_recompute()
    run_job(in_a.tenant.id, job.id)
    one = CustomerSummary.objects.filter(score="scored", last_order_on__gt=today - timedelta(days=30)).first()
    assert one is not None
    TenantProfile.objects.update(lost_below_alive="1.000")
    refresh_summaries([one.customer_id])
    assert CustomerSummary.objects.get(customer_id=one.customer_id).status == "lost"
    label = next(key for key, customer in customers.items() if customer.id == one.customer_id)
    add_orders([Bought(label, today, 2500)], customers)
    assert CustomerSummary.objects.get(customer_id=one.customer_id).status == "active"
    revalue_customer(order_came(one.customer_id))
    assert CustomerSummary.objects.get(customer_id=one.customer_id).status == "lost"


def test_without_a_fit_the_state_stays(in_a: Company) -> None:
    customers = load([Bought("A", timezone.localdate(), 500)])
    revalue_customer(order_came(customers["A"].id))
    assert CustomerSummary.objects.get(customer=customers["A"]).score == "not_computed"


def test_an_anonymous_sale_is_nobodys(in_a: Company) -> None:
    event = OutboxEvent.objects.create(name="crm.order_recorded", payload={})
    revalue_customer(Announced(event.id, event.name, {"order_id": "", "customer_id": None}))
    assert not OutboxEvent.objects.filter(name="value.customer_revalued").exists()


def test_an_import_starts_one_recompute(in_a: Company) -> None:
    event = OutboxEvent.objects.create(name="crm.orders_imported", payload={})
    announced = Announced(event.id, event.name, {"import_id": str(event.id), "orders": 3})
    recompute_after_import(announced)
    recompute_after_import(announced)
    assert Job.objects.filter(kind=KIND).count() == 1


def test_while_a_recompute_runs_its_fit_counts(in_a: Company) -> None:
    load(cdnow(every=4))
    first = start_recompute(as_of=LAST_DAY)
    run_job(in_a.tenant.id, first.id)
    newer = learning.learn(LAST_DAY - timedelta(days=30))
    job = start_recompute(as_of=LAST_DAY)
    assert fit_in_force() == ModelFit.objects.get(is_current=True)
    Job.objects.filter(id=job.id).update(state=Job.State.RUNNING, result={"fit": str(newer.id)})
    assert fit_in_force() == newer

"""Who objects to profiling, is restricted or reported dead has no number; who may be profiled again has them back."""

from typing import Any

import pytest
from django.utils import timezone

from crm.models import Customer, CustomerSummary
from crm.selectors.scope import visible_summaries
from privacy.models import ConsentChain
from privacy.services.consents import ConsentEntry, record_consent
from privacy.services.persons import lift_restriction, report_death, restrict_person
from rules.catalogue import find_fact
from rules.moment import setting_now
from tenancy.jobs import run_job
from tenancy.models import OutboxEvent, OutboxStep
from tenancy.outbox import Announced
from tests.api.conftest import session_client
from tests.cast import Company
from tests.tenancy.test_settings_pages import signed_in
from tests.value.shop import CALIBRATION_END, cdnow, load
from value.models import ValueSnapshot
from value.selectors.equity import customer_equity
from value.services.kinds import decide_kinds
from value.services.recompute import start_recompute
from value.steps import follow_protection


@pytest.fixture
def valued(in_a: Company) -> Customer:
    """One scored customer among many."""
    customers = load(cdnow(until=CALIBRATION_END, every=4))
    run_job(in_a.tenant.id, start_recompute(as_of=CALIBRATION_END).id)
    scored = CustomerSummary.objects.filter(score="scored").order_by("customer_id").first()
    assert scored is not None
    return next(customer for customer in customers.values() if customer.id == scored.customer_id)


def follow() -> None:
    """What the flow does after each change of what protects a person."""
    waiting = OutboxStep.objects.filter(handler="value.steps.follow_protection", state="waiting")
    events = [Announced(step.event.id, step.event.name, step.event.payload) for step in waiting]
    follow_protection.handle(events)  # type: ignore[attr-defined]
    waiting.update(state="done")


def score_of(customer: Customer) -> tuple[Any, ...]:
    row = CustomerSummary.objects.get(customer=customer)
    return row.score, row.value, row.alive, row.orders_year, row.margin_3y, row.customer_kind


def said(customer: Customer, action: str, **more: Any) -> None:
    entry = ConsentEntry(
        customer_id=customer.id,
        action=action,
        channel="*",
        purposes=("profiling",),
        method="web_form",
        **more,
    )
    record_consent(entry)


def test_an_objection_takes_every_number_and_consent_gives_them_back(valued: Customer, in_a: Company) -> None:
    before = score_of(valued)
    said(valued, "object")
    follow()
    assert score_of(valued) == ("objected", None, None, None, None, None)
    assert OutboxEvent.objects.filter(name="value.customer_revalued").count() == 1
    run_job(in_a.tenant.id, start_recompute(as_of=CALIBRATION_END).id)
    assert score_of(valued)[0] == "objected"
    assert ("Objected to profiling", 1) in customer_equity(in_a.access("admin")).unscored
    said(
        valued, "grant", occurred_at=timezone.now(), source="form 12", evidence=("post 1",), wording="specific",
        words="We may work out what you like.",
    )  # fmt: skip
    follow()
    assert score_of(valued)[0] == "scored"
    assert score_of(valued)[1] is not None
    assert before[0] == "scored"


def test_who_objected_shows_no_earlier_score_to_anybody_and_it_comes_back(in_a: Company) -> None:
    from tests.value.test_kinds import put_in_force

    ada = in_a.customer["ada"]
    put_in_force(in_a, otherwise="below_zero")
    decide_kinds([ada.id])
    ValueSnapshot.objects.create(
        customer=ada, taken_on=CALIBRATION_END, occasion="month_end", value=98765, value_low=1, value_high=99999,
        portfolio_id=in_a.portfolio["alice"].id,
    )  # fmt: skip
    program, client = session_client(in_a, "alice"), signed_in(in_a, "alice")

    def shown() -> tuple[Any, str, str, str]:
        body = program.get(f"/api/v1/customers/{ada.id}/value/").json()
        pages = [
            client.get(in_a.url(f"customers/{ada.id}/why/{one}/")).content.decode()
            for one in ("value", "kind")
        ]
        return len(body["history"]), body["withheld"], *pages

    points, why, value, kind = shown()
    assert (points, why) == (1, "")
    assert "988" in value
    assert "elow zero" in kind
    said(ada, "object")  # at once, before any step has run
    points, why, value, kind = shown()
    assert (points, why) == (0, "objected")
    assert "988" not in value
    assert "elow zero" not in kind
    assert "objected to profiling" in value + kind
    said(
        ada,
        "grant",
        occurred_at=timezone.now(),
        source="form 12",
        evidence=("post 1",),
        wording="specific",
        words="Yes",
    )
    assert shown()[:2] == (1, "")
    report_death(customer_id=ada.id, reported_by="daughter")
    assert shown()[:2] == (0, "deceased")


@pytest.mark.parametrize("why", ["restricted", "deceased"])
def test_the_dead_and_the_restricted_are_worth_nothing_that_we_say(valued: Customer, why: str) -> None:
    if why == "restricted":
        restrict_person(customer_id=valued.id, reason="contested")
    else:
        report_death(customer_id=valued.id, reported_by="daughter")
    follow()
    assert score_of(valued) == (why, None, None, None, None, None)
    if why == "restricted":
        lift_restriction(customer_id=valued.id, reason="settled")
        follow()
        assert score_of(valued)[0] == "scored"


def test_whoever_may_not_be_profiled_is_of_no_kind(in_a: Company) -> None:
    from tests.value.test_kinds import kind_of, put_in_force

    put_in_force(in_a, otherwise="low_maintenance")
    ada, ben = in_a.customer["ada"], in_a.customer["ben"]
    decide_kinds([ada.id, ben.id])
    said(ada, "object")
    follow()
    assert (kind_of(ada), kind_of(ben)) == (None, "low_maintenance")


def test_a_recompute_learns_of_an_objection_by_itself(valued: Customer, in_a: Company) -> None:
    """The steps may be late; the nightly run asks again."""
    ConsentChain.objects.create(customer=valued, profiling_objected_at=timezone.now())
    run_job(in_a.tenant.id, start_recompute(as_of=CALIBRATION_END).id)
    assert score_of(valued)[:2] == ("objected", None)


def test_facts_about_protection(in_a: Company) -> None:
    ada, ben = in_a.customer["ada"], in_a.customer["ben"]
    restrict_person(customer_id=ada.id, reason="contested")
    said(ben, "object")
    rows = visible_summaries(in_a.access("admin"))

    def holds(key: str) -> set[str]:
        found = rows.annotate(x=find_fact(key).sql(setting_now())).filter(x=True)
        return set(found.values_list("customer__name", flat=True))

    assert holds("privacy.restricted") == {"Ada Lovelace"}
    assert holds("privacy.objected_to_profiling") == {"Ben Bernanke"}
    assert holds("privacy.may_be_profiled") == {"Hal House"}
    assert holds("privacy.deceased") == holds("privacy.age_known") == holds("privacy.minor") == set()

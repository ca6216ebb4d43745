"""The one writer of the ledger: what it keeps, what it refuses, and that a chain holds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.models import CustomerSummary, TimelineEntry
from crm.services.contact_points import add_contact_point
from privacy.events import MOST_NAMED
from privacy.models import ConsentChain, ConsentEvent, ConsentText, Person
from privacy.selectors.consents import shared_stops, states_of
from privacy.services.chains import event_digest
from privacy.services.consents import (
    ConsentEntry,
    ConsentRefused,
    record_consent,
    record_consents,
    record_each,
)
from privacy.services.persons import lift_restriction
from tenancy.db.ids import new_id
from tenancy.models import OutboxEvent, OutboxStep
from tenancy.outbox import run_step
from tests.cast import Company

MAY = datetime(2026, 5, 1, 12, tzinfo=UTC)


def entry(company: Company, of: str = "ada", **values: Any) -> ConsentEntry:
    values = {"action": "grant", "channel": "email", "purposes": ("newsletter",), "method": "web_form",
              "source": "sign-up form", "occurred_at": MAY, "wording": "specific", "evidence": ("form:1",),
              **values}  # fmt: skip
    return ConsentEntry(customer_id=company.customer[of].id, **values)


def test_an_event_is_kept_with_its_proof_and_its_place(in_a: Company) -> None:
    made = record_consent(entry(in_a, address=("email", "Ada@Example.org"), words="I agree to the letter."))
    event = ConsentEvent.objects.get(id=made.event.id)
    assert made.is_new
    assert (event.sequence, event.previous, event.digest) == (1, "", event_digest(event))
    assert event.actor == f"member:{in_a.member['alice'].id}"
    assert event.address_hash
    assert "example" not in event.address_hash
    assert ConsentText.objects.get().address == "Ada@Example.org"
    chain = ConsentChain.objects.get()
    assert (chain.events, chain.head, chain.last_contact_at) == (1, event.digest, MAY)
    assert TimelineEntry.objects.get(kind="consent").title == "Agreed: Newsletter by e-mail"
    assert OutboxEvent.objects.filter(name="privacy.consent_changed").count() == 1


def test_what_is_recorded_together_is_told_together_in_events_of_bounded_size(in_a: Company) -> None:
    of = [in_a.customer[key].id for key in ("ada", "ben")]
    said = [entry(in_a, "ada", action="object", purposes=("profiling",)) for _ in range(MOST_NAMED)]
    recorded = record_consents([*said, entry(in_a, "ben", action="object", purposes=("profiling",))])
    told = OutboxEvent.objects.filter(name="privacy.consent_changed").order_by("id")
    assert [one.payload["event_ids"] for one in told] == [
        [str(one.event.id) for one in recorded[:MOST_NAMED]],
        [str(recorded[-1].event.id)],
    ]
    assert [one.payload["customer_ids"] for one in told] == [[str(one)] for one in of]
    protection = OutboxEvent.objects.get(name="privacy.person_changed")
    assert protection.payload == {
        "customer_ids": sorted(map(str, of)),
        "fields": ["profiling_objected_at"],
    }
    step = OutboxStep.objects.get(event=protection, handler="value.steps.follow_protection")
    assert run_step(in_a.tenant.id, step.id)
    assert set(CustomerSummary.objects.filter(customer_id__in=of).values_list("score", flat=True)) == {
        "objected"
    }


def test_events_out_of_order_keep_the_order_of_arrival_in_the_chain(in_a: Company) -> None:
    later = record_consent(entry(in_a)).event
    earlier = record_consent(entry(in_a, occurred_at=MAY - timedelta(days=400))).event
    assert (earlier.sequence, earlier.previous) == (2, later.digest)
    assert ConsentChain.objects.get().last_contact_at == MAY


def test_the_same_key_is_the_same_event(in_a: Company) -> None:
    said = entry(
        in_a, key="form-7", address=("email", "ada@example.org"), detail={"ip": "192.0.2.1", "x": 1.5}
    )
    first, again = record_consents([said, said])
    assert (first.is_new, again.is_new) == (True, False)
    assert not record_consent(said).is_new
    assert ConsentEvent.objects.count() == 1


@pytest.mark.parametrize(
    "other", [{"action": "withdraw"}, {"words": "Other words"}, {"address": ("email", "b@example.org")}]
)
def test_the_same_key_with_other_content_is_refused(in_a: Company, other: dict[str, Any]) -> None:
    record_consent(entry(in_a, key="form-7"))
    with pytest.raises(ConsentRefused) as refused:
        record_consent(entry(in_a, key="form-7", **other))
    assert (refused.value.field, refused.value.code) == ("key", "key_reused")
    assert ConsentEvent.objects.count() == 1


def test_what_is_in_the_future_is_refused_and_a_clock_a_little_ahead_is_set_right(in_a: Company) -> None:
    with pytest.raises(ConsentRefused, match="in the future"):
        record_consent(entry(in_a, occurred_at=timezone.now() + timedelta(minutes=6)))
    event = record_consent(entry(in_a, occurred_at=timezone.now() + timedelta(minutes=3))).event
    assert event.occurred_at == event.recorded_at


def test_a_stop_without_a_time_counts_from_its_recording(in_a: Company) -> None:
    stop = record_consent(entry(in_a, action="withdraw", occurred_at=None)).event
    assert stop.occurred_at == stop.recorded_at
    assert record_consent(entry(in_a, occurred_at=None)).event.occurred_at is None


def test_all_or_nothing_and_item_by_item(in_a: Company, company_b: Company) -> None:
    foreign = entry(company_b, "cleo")
    unknown = ConsentEntry(customer_id=new_id(), action="grant", channel="email", purposes=("newsletter",))
    with pytest.raises(ConsentRefused) as refused:
        record_consents([entry(in_a), foreign])
    assert refused.value.place == 1
    assert not ConsentEvent.objects.exists()
    answers = record_each([foreign, entry(in_a), unknown, entry(in_a, "ben")])
    assert [getattr(answer, "code", "recorded") for answer in answers] == [
        "unknown_customer", "recorded", "unknown_customer", "recorded",
    ]  # fmt: skip
    assert str(answers[0]) == str(answers[2])


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"action": "bless"}, "action"),
        ({"channel": "fax"}, "channel"),
        ({"purposes": ()}, "purposes"),
        ({"purposes": ("x" * 41,)}, "purposes"),
        ({"purposes": ("newsletters",)}, "purposes"),
        ({"source": "a\0b"}, "source"),
        ({"source": "x" * 121}, "source"),
        ({"occurred_at": datetime(2026, 5, 1)}, "occurred_at"),  # noqa: DTZ001
        ({"action": "pause"}, "until"),
        ({"address": ("email", "nobody")}, "contact_point"),
        ({"address": ("pigeon", "grey")}, "contact_point"),
        ({"contact_point_id": new_id()}, "contact_point"),
        ({"detail": {"a": "\0"}}, "detail"),
    ],
)
def test_bad_entries_say_which_field(in_a: Company, values: dict[str, Any], field: str) -> None:
    with pytest.raises(ConsentRefused) as refused:
        record_consent(entry(in_a, **values))
    assert refused.value.field == field


def test_a_restriction_marks_the_person(in_a: Company) -> None:
    record_consent(entry(in_a, action="restrict", channel="*", purposes=("*",)))
    record_consent(entry(in_a, action="restrict", channel="*", purposes=("*",)))
    assert Person.objects.get().restricted_at is not None
    assert OutboxEvent.objects.filter(name="privacy.person_changed").count() == 1
    lift_restriction(customer_id=in_a.customer["ada"].id, reason="Settled; told by letter.")
    assert ConsentEvent.objects.latest("sequence").action == "release"
    assert Person.objects.get().restricted_at is None


def test_a_stop_said_for_an_address_is_found_for_every_record_that_has_it(in_a: Company) -> None:
    """Three customers share one address; the one stop is found by its hash for all of them."""
    for key in ("ada", "ben", "hal"):
        add_contact_point(
            customer=in_a.customer[key], kind="email", value="office@example.org", source="member"
        )
    point = in_a.customer["ben"].contact_points.get()
    stop = record_consent(
        entry(in_a, "ben", action="opt_out", purposes=("marketing",), method="unsubscribe_link",
              contact_point_id=point.id)
    ).event  # fmt: skip
    assert [found.id for found in shared_stops(in_a.customer["ada"])] == [stop.id]
    assert shared_stops(in_a.customer["ben"]) == []
    newsletter = {s.purpose.key: s for s in states_of(in_a.customer["hal"]) if s.channel == "email"}[
        "newsletter"
    ]
    assert (newsletter.standing.state, newsletter.standing.code) == ("stopped", "OPTED_OUT")
    assert newsletter.event is not None
    assert newsletter.event.id == stop.id
    said = record_consent(entry(in_a, "ada", address=("email", "OFFICE@example.org"))).event
    assert said.address_hash == stop.address_hash


def test_a_thousand_are_recorded_in_few_statements(in_a: Company, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(18):
        record_consents([entry(in_a, key) for key in ("ada", "ben", "hal")] * 334)
    assert ConsentEvent.objects.count() == 1002


def test_an_objection_to_profiling_is_in_force_until_a_later_consent_that_can_be_proven(
    in_a: Company,
) -> None:
    def said(**values: Any) -> datetime | None:
        values = {"channel": "*", "purposes": ("profiling",), **values}
        record_consent(entry(in_a, **values))
        return ConsentChain.objects.get().profiling_objected_at

    assert said(action="object") == MAY
    assert said(action="grant", occurred_at=MAY) == MAY
    assert said(action="grant", occurred_at=MAY + timedelta(days=1), evidence=()) == MAY
    assert said(action="grant", occurred_at=MAY + timedelta(days=1)) is None
    assert said(action="object", purposes=("*",), occurred_at=MAY + timedelta(days=2)) == MAY + timedelta(
        days=2
    )

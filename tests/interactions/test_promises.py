"""Promises: made once, broken at their hour, counted right while many write at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.models import CustomerSummary, TimelineEntry
from crm.services.customers import trash_customers
from interactions.models import CaseKind, Promise, PromiseStep
from interactions.services.authors import author_of
from interactions.services.cases import note_case, open_case, wait_for_customer
from interactions.services.hand_overs import add_words, write_hand_overs
from interactions.services.holding import CustomerRefused
from interactions.services.promise_sweep import sweep_promises
from interactions.services.promises import (
    PromiseRefused,
    break_promise,
    keep_promise,
    make_promise,
    release_promise,
    renegotiate_promise,
)
from interactions.services.tasks import Work, change_task, make_task
from interactions.steps import end_after_erasure
from portfolios.models import Portfolio
from portfolios.services.assignments import transfer_customers
from privacy.services.erasure import erase_person
from privacy.services.persons import restrict_person
from tenancy.context import tenant_context
from tenancy.models import OutboxEvent
from tenancy.outbox import Announced
from tenancy.services.members import remove_member
from tests.at_once import at_once_in
from tests.cast import Company, make_company


def promise(company: Company, of: str = "ada", who: str = "alice", **values: Any) -> Promise:
    values = {"words": "Call back about the kettle", "due_at": timezone.now() + timedelta(days=3), **values}
    made, _ = make_promise(customer=company.customer[of], by=author_of(company.access(who)), **values)
    return made


def let_the_hour_pass(*promises: Promise, ago: timedelta = timedelta(minutes=1)) -> None:
    past = timezone.now() - ago
    for one in promises:
        Promise.objects.filter(id=one.id).update(due_at=past, remind_at=past - timedelta(hours=1))
        one.refresh_from_db()


def open_of(company: Company, key: str = "ada") -> int:
    return CustomerSummary.objects.get(customer=company.customer[key]).open_promises


def told(promise: Promise) -> list[str]:
    events = OutboxEvent.objects.filter(payload__promise_id=str(promise.id)).order_by("id")
    return [event.name.removeprefix("interactions.") for event in events]


def test_a_promise_is_made_moved_and_kept_and_everybody_sees_it(in_a: Company) -> None:
    alice = author_of(in_a.access("alice"))
    made = promise(in_a)
    assert (made.portfolio_id, made.member_id) == (in_a.portfolio["alice"].id, None)
    assert made.remind_at == made.due_at - timedelta(days=1)
    assert open_of(in_a) == 1
    later = made.due_at + timedelta(days=2)
    moved = renegotiate_promise(promise=made, due_at=later, reason="the part is late", by=alice)
    assert (moved.due_at, moved.first_due_at, moved.renegotiated) == (later, made.due_at, 1)
    kept = keep_promise(promise=made, by=alice)
    assert (kept.state, kept.counted_for_id, open_of(in_a)) == ("kept", in_a.member["alice"].id, 0)
    assert keep_promise(promise=made, by=alice).version == kept.version
    assert told(made) == ["promise_made", "promise_changed", "promise_kept"]
    titles = list(TimelineEntry.objects.filter(kind="promise").order_by("at").values_list("title", flat=True))
    assert titles == [
        f"{words}: Call back about the kettle"
        for words in ("Promised", "Promise moved, as agreed", "Promise kept")
    ]


def test_it_is_broken_at_its_hour_and_stays_so_when_it_is_kept_after_all(in_a: Company) -> None:
    alice = author_of(in_a.access("alice"))
    swept, unswept, ahead = (
        promise(in_a),
        promise(in_a, words="Send the manual"),
        promise(in_a, words="Not yet due"),
    )
    let_the_hour_pass(swept)
    assert sweep_promises("x") == 1
    assert sweep_promises("x") == 0
    swept.refresh_from_db()
    assert (swept.state, swept.ended_at, open_of(in_a)) == ("broken", swept.due_at, 2)
    assert TimelineEntry.objects.filter(key=f"promise:{swept.id}:broken", at=swept.due_at).count() == 1
    let_the_hour_pass(unswept)
    for too_late in (renegotiate_promise, release_promise):
        more = {"due_at": timezone.now() + timedelta(days=1)} if too_late is renegotiate_promise else {}
        with pytest.raises(PromiseRefused, match="hour is over"):
            too_late(promise=unswept, reason="so it goes", by=alice, **more)
    mended = keep_promise(promise=unswept, by=alice)
    assert (mended.state, mended.ended_at) == ("broken", unswept.due_at)
    assert list(mended.steps.order_by("at").values_list("kind", flat=True)) == ["broken", "made", "mended"]
    assert told(unswept) == ["promise_made", "promise_broken", "promise_changed"]
    said = break_promise(promise=ahead, reason="the maker is bankrupt", by=alice)
    assert said.state == "broken"
    assert said.ended_at is not None
    assert said.ended_at < said.due_at
    assert open_of(in_a) == 0


def test_who_answers_is_reminded_once_and_again_when_it_is_moved(in_a: Company) -> None:
    alice = author_of(in_a.access("alice"))
    made = promise(in_a, remind_at=timezone.now())
    assert (sweep_promises("x"), sweep_promises("x")) == (1, 0)
    moved = renegotiate_promise(
        promise=made, due_at=timezone.now() + timedelta(hours=2), reason="asked for it", by=alice
    )
    assert moved.reminded_at is None
    assert moved.remind_at is not None
    assert timedelta(minutes=59) < moved.due_at - moved.remind_at <= timedelta(hours=1)
    assert told(made) == ["promise_made", "promise_reminded", "promise_changed"]


def test_the_same_key_is_the_same_promise_also_when_its_hour_is_over(in_a: Company) -> None:
    made = promise(in_a, key="till 4, receipt 88")
    let_the_hour_pass(made)
    again = {"key": made.key, "due_at": made.first_due_at}
    assert promise(in_a, **again).id == made.id
    with pytest.raises(PromiseRefused) as refusal:
        promise(in_a, words="Something else", **again)
    assert refusal.value.code == "key_reused"
    assert open_of(in_a) == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"words": "  "}, "words"),
        ({"words": "x" * 501}, "words"),
        ({"words": "a\0b"}, "words"),
        ({"due_at": datetime(2020, 1, 1, tzinfo=UTC)}, "due_at"),
        ({"due_at": datetime(2999, 1, 1, tzinfo=UTC)}, "due_at"),
        ({"due_at": datetime(2030, 1, 1)}, "due_at"),  # noqa: DTZ001
        ({"remind_at": datetime(2999, 1, 1, tzinfo=UTC)}, "remind_at"),
        ({"key": "k" * 121}, "key"),
    ],
)
def test_what_cannot_be_promised_is_refused_in_words(
    in_a: Company, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(PromiseRefused) as refusal:
        promise(in_a, **values)
    assert refusal.value.field == field
    assert not Promise.objects.exists()


def test_nothing_is_promised_to_whom_nothing_may_be_written_about(in_a: Company) -> None:
    made = promise(in_a)
    restrict_person(customer_id=in_a.customer["ada"].id, reason="they contest it")
    with pytest.raises(CustomerRefused, match="restricted"):
        promise(in_a)
    trash_customers(customer_ids=[in_a.customer["ben"].id], by=None)
    with pytest.raises(CustomerRefused, match="trash"):
        promise(in_a, "ben")
    assert keep_promise(promise=made, by=author_of(in_a.access("alice"))).state == "kept"


def test_when_a_member_leaves_their_promises_fall_to_the_portfolio(in_a: Company) -> None:
    fran = in_a.member["fran"]
    kept, still_open = promise(in_a, member=fran), promise(in_a, words="Order the lid", member=fran)
    keep_promise(promise=kept, by=author_of(in_a.access("fran")))
    remove_member(member=fran)
    with pytest.raises(PromiseRefused, match="has left"):
        promise(in_a, member=type(fran).objects.get(id=fran.id))
    let_the_hour_pass(still_open)
    sweep_promises("x")
    counted = dict(Promise.objects.values_list("state", "counted_for_id"))
    assert counted == {"kept": fran.id, "broken": in_a.member["alice"].id}


def test_whoever_was_erased_is_owed_nothing(in_a: Company) -> None:
    ada = in_a.customer["ada"].id
    owed, by = promise(in_a), author_of(in_a.access("alice"))
    case, _ = open_case(customer=in_a.customer["ada"], kind=CaseKind.objects.all()[0], subject="Lid", by=by)
    waiting, _ = open_case(
        customer=in_a.customer["ada"], kind=CaseKind.objects.all()[0], subject="Box", by=by
    )
    wait_for_customer(case=waiting, by=by)
    task, _ = make_task(
        subject="Call Ada", customer=in_a.customer["ada"], due_at=timezone.now(), repeats="daily", by=by
    )
    transfer = transfer_customers(
        customer_ids=[ada], to=in_a.portfolio["bob"], reason="Alice moves", author_name="alice"
    )
    erasure = erase_person(customer_id=ada, why="request")
    event = Announced(erasure.id, "privacy.person_erased", {"customer_id": str(ada)})
    end_after_erasure(event)
    end_after_erasure(event)
    owed.refresh_from_db()
    assert (owed.state, owed.words, open_of(in_a)) == ("released", "", 0)
    assert not TimelineEntry.objects.filter(customer_id=ada, kind="promise").exists()
    for row in (case, waiting, task):
        row.refresh_from_db()
    assert (case.state, waiting.state, task.state, task.subject) == ("resolved", "resolved", "dropped", "")
    assert CustomerSummary.objects.get(customer_id=ada).open_cases == 0
    assert write_hand_overs(transfer_id=transfer.id) == 0
    for write in (
        lambda: promise(in_a),
        lambda: note_case(case=case, text="Ada called", by=by),
        lambda: change_task(task=task, work=Work(subject="Call Ada")),
        lambda: add_words(
            access=in_a.access("alice"), transfer=transfer, customer_id=ada, words="Ask for Ada"
        ),
    ):
        with pytest.raises(CustomerRefused, match="erased"):
            write()


@pytest.mark.django_db(transaction=True)
def test_at_once_nothing_is_told_twice_and_every_count_is_right() -> None:
    company = make_company("alpha")
    with tenant_context(company.tenant.id):
        company.add_manager("alice")
        for name in ("ada", "eve"):
            company.add_customer(name, "alice")
        alice = author_of(company.access("alice"))
        over = [
            promise(company, name, words=f"Over {number}") for name in ("ada", "eve") for number in range(4)
        ]
        let_the_hour_pass(*over)
        early = promise(company, words="In time")
        moved = promise(company, words="Moved")

    def settle() -> Any:
        return keep_promise(promise=early, by=alice)

    same = timezone.now() + timedelta(days=4)

    def make() -> Any:
        return promise(company, words="One more", due_at=same, key="the same key")

    def move() -> Any:
        due_at = timezone.now() + timedelta(days=9)
        return renegotiate_promise(promise=moved, due_at=due_at, reason="so agreed", by=alice)

    def mend() -> Any:
        return keep_promise(promise=over[0], by=alice)

    sweep = [lambda: sweep_promises("x")] * 2
    answers = at_once_in(company, *sweep, settle, settle, make, make, move, mend)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    with tenant_context(company.tenant.id):
        sweep_promises("once more")
        assert (
            open_of(company, "ada")
            == Promise.objects.filter(customer=company.customer["ada"], state="open").count()
        )
        assert (open_of(company, "ada"), open_of(company, "eve")) == (2, 0)
        for one in over:
            assert told(one).count("promise_broken") == 1
            assert PromiseStep.objects.filter(promise=one, kind="broken").count() == 1
        assert told(early) == ["promise_made", "promise_kept"]
        assert Portfolio.objects.get(name="Alice's portfolio").promises.count() == 11

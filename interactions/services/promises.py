"""Promises: made, moved, kept, broken, let off. A promise is broken at its hour, whoever looks or not.

Each change holds the portfolio, the customer, the promise, then the customer's summary: always in this order, so that
nobody waits in a circle.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from crm.models import Customer
from crm.services.timeline import Entry, add_entry
from interactions.events import PromiseBroken, PromiseChanged, PromiseKept, PromiseMade
from interactions.models import Interaction, Promise, PromiseStep
from interactions.services.authors import SYSTEM, Author
from interactions.services.holding import hold_customer_in_place, keep_still
from interactions.services.promise_counts import hold_summaries, recount_promises
from interactions.services.refusals import Refused, require_text
from portfolios.models import Portfolio
from tenancy.db.ids import new_id
from tenancy.models import Member
from tenancy.outbox import emit

LONGEST_YEARS: Final = 5
_A_DAY: Final = timedelta(days=1)
State, Step = Promise.State, PromiseStep.Kind


class PromiseRefused(Refused):
    """The promise cannot be made or changed so."""


def make_promise(
    *, customer: Customer, words: str, due_at: datetime, member: Member | None = None,
    interaction: Interaction | None = None, remind_at: datetime | None = None, by: Author, key: str = "",
) -> tuple[Promise, bool]:  # fmt: skip
    """Promise a customer something until `due_at`; returns it, and whether it is new.

    Without a `member` whoever manages the customer's portfolio answers for it. Without `remind_at` they are reminded a
    day before, or halfway where that is sooner. The same key with the same content is the promise that is there.
    Raises PromiseRefused, CustomerRefused.
    """
    words = require_text(PromiseRefused, words, field="words", most=500, least=1)
    _require_aware(due_at, "due_at")
    said = {"customer_id": customer.id, "words": words, "first_due_at": due_at,
            "interaction_id": interaction.id if interaction else None}  # fmt: skip
    with transaction.atomic():
        portfolio_id = hold_customer_in_place(customer.id)
        found = _with_key(key, said)
        if found:
            return found, False
        now = timezone.now()
        _require_sense(customer, due_at, member, interaction, now)
        hold_summaries([customer.id])
        promise, created = Promise.objects.get_or_create(
            key=_key(key),
            defaults={
                **said, "due_at": due_at, "remind_at": _reminder(remind_at, due_at, now), "member": member,
                "portfolio_id": portfolio_id, "made_at": now, "author": by.actor, "author_name": by.name,
            },
        )  # fmt: skip
        if not created:
            return _same(promise, said), False
        _note(promise, Step.MADE, now, by, due_after=due_at)
        emit(PromiseMade(customer_id=customer.id, promise_id=promise.id))
        recount_promises([customer.id])
    return promise, True


def _key(key: str) -> str:
    if len(key) > 120 or "\0" in key:
        raise PromiseRefused("A key has at most 120 characters.", field="key", code="too_long")
    return key or str(new_id())


def _with_key(key: str, said: dict[str, Any]) -> Promise | None:
    """What this key made before: asked before the hour is looked at, which may be over by now."""
    promise = Promise.objects.filter(key=_key(key)).first() if key else None
    return _same(promise, said) if promise else None


def _same(promise: Promise, said: dict[str, Any]) -> Promise:
    if any(getattr(promise, field) != value for field, value in said.items()):
        raise PromiseRefused(
            f"The key {promise.key!r} was used for another promise.", field="key", code="key_reused"
        )
    return promise


def _require_aware(moment: datetime, field: str) -> None:
    if moment.tzinfo is None:
        raise PromiseRefused("Say the time with its offset, as 2026-05-01T12:00:00+02:00.", field=field)


def _require_sense(
    customer: Customer,
    due_at: datetime,
    member: Member | None,
    interaction: Interaction | None,
    now: datetime,
) -> None:
    _require_ahead(due_at, now)
    if member and member.left_at:
        raise PromiseRefused(
            f"{member.name} has left; choose somebody who is here.", field="member", code="left"
        )
    if interaction and interaction.customer_id != customer.id:
        raise PromiseRefused("That contact was with another customer.", field="interaction")


def _require_ahead(due_at: datetime, now: datetime) -> None:
    if due_at <= now:
        raise PromiseRefused(
            "A promise is about what is to come: choose a time that is not over.", field="due_at", code="past"
        )
    if due_at > now + timedelta(days=366 * LONGEST_YEARS):
        raise PromiseRefused(f"At most {LONGEST_YEARS} years ahead.", field="due_at", code="too_far")


def _reminder(asked: datetime | None, due_at: datetime, now: datetime) -> datetime:
    if asked is None:
        return due_at - min(_A_DAY, (due_at - now) / 2)
    _require_aware(asked, "remind_at")
    if asked >= due_at:
        raise PromiseRefused("The reminder comes before the promise is due.", field="remind_at")
    return asked


def keep_promise(*, promise: Promise, words: str = "", by: Author) -> Promise:
    """We did it. After its hour the promise stays broken, and it is noted that it was kept after all.

    Kept before, it stays as it is. Raises PromiseRefused where the customer let us off.
    """
    words = require_text(PromiseRefused, words, field="words", most=300)
    with transaction.atomic():
        held, now = _held(promise), timezone.now()
        if held.state == State.RELEASED:
            raise PromiseRefused(
                "The customer let us off this promise; there is nothing to keep.", code="ended"
            )
        if _is_over(held, now):
            _break(held, held.due_at, "", SYSTEM)
        if held.state == State.OPEN:
            _end(held, State.KEPT, now)
            _note(held, Step.KEPT, now, by, reason=words)
            emit(PromiseKept(customer_id=held.customer_id, promise_id=held.id))
        elif held.state == State.BROKEN and not held.steps.filter(kind=Step.MENDED).exists():
            _note(held, Step.MENDED, now, by, reason=words)
            emit(PromiseChanged(customer_id=held.customer_id, promise_id=held.id))
    return held


def break_promise(*, promise: Promise, reason: str, by: Author) -> Promise:
    """We say before its hour that it will not be kept. Broken before, it stays as it is. Raises PromiseRefused."""
    reason = require_text(PromiseRefused, reason, field="reason", most=300)
    with transaction.atomic():
        held = _held(promise)
        if held.state != State.BROKEN:
            _require_open(held)
            over = _is_over(held, timezone.now())
            _break(held, held.due_at if over else timezone.now(), reason, by)
    return held


def renegotiate_promise(*, promise: Promise, due_at: datetime, reason: str, by: Author) -> Promise:
    """The customer agreed to another time, before the promise was due. Raises PromiseRefused."""
    reason = require_text(PromiseRefused, reason, field="reason", most=300, least=1)
    _require_aware(due_at, "due_at")
    with transaction.atomic():
        held, now = _held(promise), timezone.now()
        _require_open(held)
        if _is_over(held, now):
            raise _too_late()
        if due_at == held.due_at:
            return held
        _require_ahead(due_at, now)
        before, held.due_at = held.due_at, due_at
        held.remind_at, held.reminded_at = _reminder(None, due_at, now), None
        held.renegotiated += 1
        _save(held, "due_at", "remind_at", "reminded_at", "renegotiated")
        _note(held, Step.RENEGOTIATED, now, by, reason=reason, due_before=before, due_after=due_at)
        emit(PromiseChanged(customer_id=held.customer_id, promise_id=held.id))
    return held


def release_promise(*, promise: Promise, reason: str, by: Author) -> Promise:
    """The customer let us off before it was due; it counts neither as kept nor as broken. Raises PromiseRefused."""
    reason = require_text(PromiseRefused, reason, field="reason", most=300, least=1)
    with transaction.atomic():
        held, now = _held(promise), timezone.now()
        if held.state == State.RELEASED:
            return held
        _require_open(held)
        if _is_over(held, now):
            raise _too_late()
        _end(held, State.RELEASED, now)
        _note(held, Step.RELEASED, now, by, reason=reason)
        emit(PromiseChanged(customer_id=held.customer_id, promise_id=held.id))
    return held


def assign_promise(*, promise: Promise, member: Member | None, by: Author) -> Promise:
    """Somebody else answers for an open promise; None: whoever manages the portfolio. Raises PromiseRefused."""
    with transaction.atomic():
        held = _held(promise)
        _require_open(held)
        if member and member.left_at:
            raise PromiseRefused(
                f"{member.name} has left; choose somebody who is here.", field="member", code="left"
            )
        held.member = member
        _save(held, "member")
        emit(PromiseChanged(customer_id=held.customer_id, promise_id=held.id))
    return held


def leave_promises(leaver_id: UUID, successor_id: UUID | None) -> None:
    """A member leaves: from now on whoever manages the customers' portfolios answers for what they promised."""
    Promise.objects.filter(member_id=leaver_id, state=State.OPEN).update(member=None)


def _held(promise: Promise) -> Promise:
    keep_still(promise.customer_id)
    return Promise.objects.select_for_update(of=("self",), no_key=True).get(id=promise.id)


def _is_over(promise: Promise, now: datetime) -> bool:
    """Its hour is over and no sweep came by yet: it is broken all the same."""
    return promise.state == State.OPEN and promise.due_at <= now


def _require_open(promise: Promise) -> None:
    if promise.state != State.OPEN:
        raise PromiseRefused(
            f"This promise ended before: {promise.get_state_display()}. Make a new one if there is one.", code="ended"
        )  # fmt: skip


def _too_late() -> PromiseRefused:
    return PromiseRefused(
        "Its hour is over, so the promise is broken. Say so to the customer and make a new one.",
        field="due_at", code="over",
    )  # fmt: skip


def _break(held: Promise, at: datetime, reason: str, by: Author) -> None:
    _end(held, State.BROKEN, at)
    _note(held, Step.BROKEN, at, by, reason=reason)
    emit(PromiseBroken(customer_id=held.customer_id, promise_id=held.id))


def _end(held: Promise, state: str, at: datetime) -> None:
    held.state, held.ended_at = state, at
    held.counted_for_id = held.member_id or _manager_of(held.portfolio_id)
    hold_summaries([held.customer_id])
    _save(held, "state", "ended_at", "counted_for")
    recount_promises([held.customer_id])


def _manager_of(portfolio_id: UUID) -> UUID | None:
    return Portfolio.objects.values_list("manager_id", flat=True).get(id=portfolio_id)


def _save(held: Promise, *fields: str) -> None:
    held.version += 1
    held.save(update_fields=[*fields, "version"])


TITLES: Final = {
    Step.MADE: "Promised", Step.RENEGOTIATED: "Promise moved, as agreed", Step.KEPT: "Promise kept",
    Step.BROKEN: "Promise broken", Step.RELEASED: "Let off a promise", Step.MENDED: "Kept after its hour",
}  # fmt: skip


def _note(
    promise: Promise, kind: PromiseStep.Kind, at: datetime, by: Author, *, reason: str = "",
    due_before: datetime | None = None, due_after: datetime | None = None,
) -> None:  # fmt: skip
    step = PromiseStep.objects.create(
        promise=promise, kind=kind, at=at, reason=reason, due_before=due_before, due_after=due_after,
        author=by.actor, author_name=by.name,
    )  # fmt: skip
    title = f"{TITLES[kind]}: {promise.words}"
    key = (
        f"promise:{promise.id}:{kind}:{step.id}"
        if kind == Step.RENEGOTIATED
        else f"promise:{promise.id}:{kind}"
    )
    add_entry(Entry(promise.customer_id, at, "promise", key, title, reason, by.name))

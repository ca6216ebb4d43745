"""Promises due today, and those that broke and were not mended."""

from datetime import timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from desk.selectors.day.basis import MOST, NOBODY, Day, Stake
from desk.selectors.line import LATE, TODAY, Line
from interactions.models import Interaction, Promise, PromiseStep

STANDS: Final = timedelta(days=14)
"""So long a broken promise asks to be mended; then it is history."""


def promise_lines(day: Day) -> list[Line]:
    """Mine and my portfolios', what broke first."""
    found = [*_broken(day), *_due(day)]
    stakes = day.stakes([promise.customer_id for promise in found])
    return [_line(day, promise, stakes.get(promise.customer_id, NOBODY)) for promise in found]


def promises_of(day: Day) -> QuerySet[Promise]:
    """Promises this member answers for: their own, and those of customers in the portfolios they manage."""
    mine = Q(member_id__in=day.access.covers)
    if day.own:
        mine |= Q(customer__summary__portfolio_id__in=day.own_ids)
    return Promise.objects.filter(mine, customer__trashed_at=None).select_related("customer", "member")


def _due(day: Day) -> list[Promise]:
    rows = promises_of(day).filter(state=Promise.State.OPEN, due_at__lt=day.ends)
    return list(rows.order_by("due_at", "id")[:MOST])


def _broken(day: Day) -> list[Promise]:
    """Until they were kept after all, somebody was in touch since, or two weeks have passed."""
    rows = promises_of(day).filter(state=Promise.State.BROKEN, ended_at__gte=day.now - STANDS)
    mended = PromiseStep.objects.filter(promise=OuterRef("pk"), kind=PromiseStep.Kind.MENDED)
    talked = Interaction.objects.filter(
        customer=OuterRef("customer"), touchpoint=Interaction.Touchpoint.HUMAN, occurred_at__gt=OuterRef("ended_at")
    )  # fmt: skip
    return list(rows.filter(~Exists(mended), ~Exists(talked)).order_by("-ended_at", "id")[:MOST])


def _line(day: Day, promise: Promise, stake: Stake) -> Line:
    broken = promise.state == Promise.State.BROKEN or promise.due_at <= day.now
    whose = (
        ""
        if promise.member is None or promise.member_id in day.access.covers
        else f"; {promise.member.name}’s"
    )
    return Line(
        kind="promise", icon="heart-broken" if broken else "calendar-event", tone="bad" if broken else "warn",
        url=_page(day, promise),
        who=promise.customer.name,
        why=f"{'Promise broken' if broken else 'Promised'}: {promise.words}{whose}",
        value=stake.value, value_words=stake.words, due=day.due(promise.due_at), due_tone="bad" if broken else "",
        answers=_answers(day, promise, broken), urgency=LATE if broken else TODAY, at=promise.due_at,
        customer_id=promise.customer_id,
    )  # fmt: skip


def _answers(day: Day, promise: Promise, broken: bool) -> list[dict[str, Any]]:
    call = day.open(day.record(promise.customer_id), icon="user")
    keep = day.say("promise", promise.id, "keep", key="d", icon="check",
                   label="Kept after all" if broken else "Kept")  # fmt: skip
    if broken or not day.access.may("interactions.work"):
        return [keep, call]
    return [keep, day.open(_page(day, promise), key="m", label="Move", icon="calendar-event"), call]


def _page(day: Day, promise: Promise) -> str:
    """Where it can be moved, as agreed; for those who have no customers of their own, the card."""
    if day.access.may("interactions.view"):
        return day.url("promise", promise.id)
    return day.record(promise.customer_id)

"""Promises as people see them: who answers for which, and the parts on the customer page and the service card.

Whoever is named answers; where nobody is, whoever manages the portfolio in which the customer is now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from crm.models import Customer
from crm.selectors.scope import visible_portfolios
from interactions.models import Promise, PromiseStep
from portfolios.models import Portfolio
from tenancy.access import Access

MOST_IN_PART: Final = 8
LATELY: Final = timedelta(days=90)
"""So long a promise that was broken stays beside the open ones, unless it was kept after all."""
State = Promise.State


@dataclass(frozen=True)
class PromiseLine:
    """One promise in a list. `is_over`: its hour is over and the sweep has not come by yet."""

    promise: Promise
    customer: str
    answers: str
    is_over: bool
    is_mended: bool

    @property
    def is_open(self) -> bool:
        return self.promise.state == State.OPEN and not self.is_over

    @property
    def state(self) -> str:
        return State.BROKEN if self.is_over else self.promise.state


def visible_promises(access: Access) -> QuerySet[Promise]:
    """Promises to the customers in scope, those in the trash left out."""
    rows = Promise.objects.filter(customer__trashed_at=None)
    portfolios = visible_portfolios(access)
    return rows if portfolios is None else rows.filter(customer__summary__portfolio_id__in=portfolios)


def visible_promise(access: Access, promise_id: UUID) -> Promise | None:
    """One promise in the scope, or None."""
    rows = visible_promises(access).select_related("customer", "customer__summary", "member", "portfolio")
    return rows.filter(id=promise_id).first()


def answered_by(access: Access) -> Q:
    """Promises that somebody, or whom they stand in for, answers for in person."""
    unnamed = Q(member=None, customer__summary__portfolio_id__in=own_portfolios(access))
    return Q(member_id__in=access.covers) | unnamed


def in_own_portfolios(access: Access) -> Q:
    """Promises to the customers of somebody's own portfolios, whoever answers for them."""
    return Q(customer__summary__portfolio_id__in=own_portfolios(access))


def own_portfolios(access: Access) -> list[UUID]:
    """Ids of the portfolios that somebody manages, or covers today."""
    return list(Portfolio.objects.filter(manager_id__in=access.covers).values_list("id", flat=True))


def due_today(access: Access, now: datetime) -> Q:
    """Open, and due before the day is over in the tenant's time zone."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    ends = timezone.make_aware(midnight + timedelta(days=1))
    return Q(state=State.OPEN, due_at__lt=ends)


def lines_of(promises: Sequence[Promise], now: datetime) -> list[PromiseLine]:
    """Four statements at most, however many there are."""
    ids = [one.id for one in promises]
    rows = {
        row.id: row
        for row in Promise.objects.filter(id__in=ids).select_related("customer__summary", "member")
    }
    homes = {row.customer.summary.portfolio_id for row in rows.values()}
    managers = dict(Portfolio.objects.filter(id__in=homes).values_list("id", "manager__name"))
    broken = [row.id for row in rows.values() if row.state == State.BROKEN]
    steps = PromiseStep.objects.filter(promise_id__in=broken, kind=PromiseStep.Kind.MENDED)
    mended = set(steps.values_list("promise_id", flat=True)) if broken else set()
    return [_line(rows[key], managers, mended, now) for key in ids if key in rows]


def _line(row: Promise, managers: Mapping[UUID, str | None], mended: set[UUID], now: datetime) -> PromiseLine:
    home = row.customer.summary.portfolio_id
    manager = managers.get(home) if home else None
    return PromiseLine(
        promise=row, customer=row.customer.name, answers=row.member.name if row.member else manager or "",
        is_over=row.state == State.OPEN and row.due_at <= now, is_mended=row.id in mended,
    )  # fmt: skip


def steps_of(promise: Promise) -> list[PromiseStep]:
    """What became of it, oldest first."""
    return list(promise.steps.order_by("at", "id"))


def promises_part(access: Access, customer: Customer) -> dict[str, Any] | None:
    """For the customer page: what is open or was broken lately; None for whoever may not read it."""
    if not access.may("interactions.view"):
        return None
    may = access.may("interactions.work") and customer.trashed_at is None
    found = _part(access, customer, may_change=may)
    may_make = access.may("interactions.log") and customer.trashed_at is None
    url = reverse("promise_new", args=[access.tenant.slug, customer.id]) if may_make else ""
    return {**found, "new_url": url} if found["promises"] or url else None


def promises_card(access: Access, customer: Customer) -> dict[str, Any] | None:
    """For the service card: what was promised, for whoever serves them; nothing to change."""
    found = _part(access, customer, may_change=False)
    return found if found["promises"] else None


def _part(access: Access, customer: Customer, *, may_change: bool) -> dict[str, Any]:
    now = timezone.now()
    lines = lines_of(_open_and_broken(customer.id, now), now)
    shown = [line for line in lines if not line.is_mended][:MOST_IN_PART]
    slug = access.tenant.slug
    return {
        "promises": [drawn(line, slug, may_change) for line in shown],
        "open_count": customer.summary.open_promises,
        "more_url": reverse("promises", args=[slug]) + f"?customer={customer.id}&state=all"
        if access.may("interactions.view") and may_change else "",
    }  # fmt: skip


def _open_and_broken(customer_id: UUID, now: datetime) -> list[Promise]:
    """What is broken first, the newest first; then what is open, the next first."""
    rows = Promise.objects.filter(customer_id=customer_id)
    broken = rows.filter(state=State.BROKEN, ended_at__gte=now - LATELY).order_by("-due_at", "-id")
    waiting = rows.filter(state=State.OPEN).order_by("due_at", "id")
    return [*broken[:MOST_IN_PART], *waiting[:MOST_IN_PART]]


def drawn(line: PromiseLine, slug: str, may_change: bool) -> dict[str, Any]:
    """A line of the part on the customer page, with its doors for who may change it."""
    key = line.promise.id
    doors = (
        {name: reverse(f"promise_{name}", args=[slug, key]) for name in ("keep", "move")}
        if may_change
        else {}
    )
    return {
        "line": line, "url": reverse("promise", args=[slug, key]) if may_change else "",
        "keep_url": doors.get("keep", ""), "move_url": doors.get("move", "") if line.is_open else "",
    }  # fmt: skip

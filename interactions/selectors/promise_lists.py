"""The promises page: whose, in which state, page by page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from crm.models import Customer
from crm.selectors.scope import visible_customer
from interactions.models import Promise
from interactions.selectors.promises import (
    PromiseLine,
    answered_by,
    due_today,
    in_own_portfolios,
    lines_of,
    own_portfolios,
    visible_promises,
)
from tenancy.access import Access
from tenancy.selectors.keyset import Order, ordered_page

PAGE: Final = 50
State = Promise.State
STATES: Final = (
    ("open", "Open"), ("due", "Due today"), ("broken", "Broken"), ("kept", "Kept"), ("released", "Let off"),
    ("all", "All"),
)  # fmt: skip
_MINE: Final = ("mine", "Mine")
_PORTFOLIOS: Final = ("portfolios", "My portfolios")
_ALL: Final = ("all", "All I see")
_WHOSE: Final[dict[str, Callable[[Access], Q]]] = {
    "mine": answered_by, "portfolios": in_own_portfolios, "all": lambda access: Q(),
}  # fmt: skip


@dataclass(frozen=True)
class PromisePage:
    """`edges` says in words what the page holds."""

    lines: list[PromiseLine]
    edges: str
    earlier: str
    later: str


def scopes_for(access: Access) -> list[tuple[str, str]]:
    """(key, words) of whose promises this member may list; the first is where the page opens."""
    return [_MINE, _PORTFOLIOS, _ALL] if own_portfolios(access) else [_ALL, _MINE]


def customer_here(access: Access, customer_id: UUID) -> Customer | None:
    return visible_customer(access, customer_id)


def promise_page(
    access: Access, *, whose: str, state: str, customer: Customer | None = None, cursor: str = ""
) -> PromisePage:
    """What waits: the next first. What ended: the latest first."""
    now = timezone.now()
    rows = visible_promises(access).filter(_WHOSE[whose](access), _state(access, state, now))
    if customer:
        rows = rows.filter(customer=customer)
    waits = state in ("open", "due")
    found = ordered_page(rows, Order("due_at", "id", descending=not waits), cursor=cursor, size=PAGE)
    order = "what is due first" if waits else "the latest first"
    count = len(found.rows)
    edges = f"{count} promise{'' if count == 1 else 's'}, {order}"
    return PromisePage(lines_of(found.rows, now), edges, found.earlier, found.later)


def _state(access: Access, state: str, now: datetime) -> Q:
    """A promise whose hour is over is broken from that moment on, also before the sweep has come by."""
    match state:
        case "open":
            return Q(state=State.OPEN, due_at__gt=now)
        case "due":
            return due_today(access, now) & Q(due_at__gt=now)
        case "broken":
            return Q(state=State.BROKEN) | Q(state=State.OPEN, due_at__lte=now)
        case "all":
            return Q()
    return Q(state=state)

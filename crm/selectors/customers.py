"""What the customer page shows of one customer whom the caller has found in their scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, QuerySet

from crm.models import ContactPoint, CostEvent, Customer, DatumSource, Order, TimelineEntry
from crm.selectors.scope import visible_customer, visible_customers
from tenancy.access import Access
from tenancy.models import AuditEntry

TIMELINE_PAGE: Final = 30
COUNTED: Final = 2000
"""Entries of a timeline up to which its kinds are counted."""
ORDER_DAYS: Final = 12


@dataclass(frozen=True)
class Rhythm:
    """The last days with an order, oldest first; the usual days between two; whether they are late."""

    days: list[date]
    usual_gap: float | None
    overdue: bool


def rhythm_of(
    customer_id: UUID, *, orders: int, first: date | None, last: date | None, today: date
) -> Rhythm:
    days = Order.objects.filter(customer_id=customer_id, kind=Order.Kind.SALE)
    latest = days.order_by("-ordered_at", "id").values_list("ordered_on", flat=True)[: ORDER_DAYS * 3]
    shown = sorted(set(latest))[-ORDER_DAYS:]
    gap = usual_gap(orders, first, last)
    return Rhythm(shown, gap, is_overdue(gap, last, today))


def usual_gap(orders: int, first: date | None, last: date | None) -> float | None:
    """Mean days between orders; None below three orders, which tell no rhythm."""
    if orders < 3 or first is None or last is None or first == last:
        return None
    return (last - first).days / (orders - 1)


def is_overdue(gap: float | None, last: date | None, today: date) -> bool:
    """Silent for more than twice the usual gap, and for two weeks at least."""
    if gap is None or last is None:
        return False
    return (today - last).days > max(2 * gap, 14)


def rhythms_of(customer_ids: Sequence[UUID], *, since: date) -> dict[UUID, list[date]]:
    """Days with an order since a day, oldest first, for many customers in one query."""
    rows = (
        Order.objects.filter(customer_id__in=customer_ids, kind=Order.Kind.SALE, ordered_on__gte=since)
        .values_list("customer_id", "ordered_on")
        .distinct()
        .order_by("ordered_on")
    )
    found: dict[UUID, list[date]] = {}
    for customer_id, day in rows:
        if customer_id:
            found.setdefault(customer_id, []).append(day)
    return {key: days[-ORDER_DAYS:] for key, days in found.items()}


def contact_points_of(customer: Customer) -> QuerySet[ContactPoint]:
    return ContactPoint.objects.filter(customer=customer).order_by("kind", "-is_primary", "created_at", "id")


def contact_point(customer: Customer, point_id: UUID) -> ContactPoint | None:
    return ContactPoint.objects.select_related("customer").filter(customer=customer, id=point_id).first()


def sources_of(customer: Customer) -> dict[str, DatumSource]:
    """Attribute -> its source, where it differs from the customer's own."""
    return {source.field: source for source in DatumSource.objects.filter(customer=customer)}


def people_of(access: Access, customer: Customer) -> list[Customer]:
    """People in the scope who act for this organisation: one who was moved elsewhere is not named."""
    return list(visible_customers(access).filter(acts_for=customer).order_by("name_key", "id")[:20])


def organisation_of(access: Access, customer: Customer) -> Customer | None:
    """The organisation a person acts for, if the scope reaches it."""
    return visible_customer(access, customer.acts_for_id) if customer.acts_for_id else None


def last_orders(customer_id: UUID, *, most: int = 5) -> list[Order]:
    """Newest first, each with `line_count`."""
    rows = Order.objects.filter(customer_id=customer_id).order_by("-ordered_at", "id")[:most]
    newest = list(rows)
    counts = dict(
        Order.objects.filter(id__in=[o.id for o in newest]).annotate(n=Count("lines")).values_list("id", "n")
    )
    for order in newest:
        order.line_count = counts.get(order.id, 0)  # type: ignore[attr-defined]
    return newest


def order_of(customer_id: UUID, order_id: UUID) -> Order | None:
    rows = Order.objects.select_related("returns").prefetch_related("lines__product")
    return rows.filter(customer_id=customer_id, id=order_id).first()


def costs_of(customer_id: UUID, *, since: datetime, most: int = 50) -> list[CostEvent]:
    rows = CostEvent.objects.filter(customer_id=customer_id, occurred_at__gt=since)
    return list(rows.order_by("-occurred_at", "id")[:most])


@dataclass(frozen=True)
class TimelinePage:
    entries: list[TimelineEntry]
    later: str
    """Place of the next, older page; empty at the end."""


def timeline_page(customer_id: UUID, *, kind: str = "", after: str = "") -> TimelinePage:
    """Newest first by keyset. A place that makes no sense opens the beginning."""
    rows = TimelineEntry.objects.filter(customer_id=customer_id).order_by("-at", "-id")
    if kind:
        rows = rows.filter(kind=kind.replace("\x00", ""))
    place = _place(after)
    if place:
        at, entry_id = place
        # The first bound uses the index; entries of the very same instant are told apart by id.
        rows = rows.filter(at__lte=at).exclude(at=at, id__gte=entry_id)
    found = list(rows[: TIMELINE_PAGE + 1])
    entries = found[:TIMELINE_PAGE]
    more = len(found) > TIMELINE_PAGE
    return TimelinePage(entries, f"{entries[-1].at.isoformat()}_{entries[-1].id}" if more else "")


def _place(text: str) -> tuple[datetime, UUID] | None:
    moment, _, entry_id = text.partition("_")
    try:
        at = datetime.fromisoformat(moment)
        return (at, UUID(entry_id)) if at.tzinfo else None
    except ValueError:
        return None


def timeline_kinds(customer_id: UUID) -> dict[str, int | None]:
    """Kind -> how many entries; None where there are too many to be counted for a page."""
    newest = TimelineEntry.objects.filter(customer_id=customer_id).order_by("-at", "-id")
    kinds = list(newest.values_list("kind", flat=True)[: COUNTED + 1])
    complete = len(kinds) <= COUNTED
    return {kind: kinds.count(kind) if complete else None for kind in sorted(set(kinds))}


@dataclass(frozen=True)
class Change:
    """What somebody changed on a customer: field -> (before, after)."""

    actor: str
    at: datetime
    fields: dict[str, tuple[Any, Any]]


NOISE: Final = frozenset({"version", "updated_at", "name_key", "created_at"})


def changes_since(customer: Customer, version: int, *, but_not_by: str = "") -> Change | None:
    """The newest change of a customer after the version somebody has on the screen; theirs are left out."""
    newer = customer.version - version
    if newer <= 0:
        return None
    entries = AuditEntry.objects.select_related("difference").filter(
        table="crm_customer", row_id=customer.id, action="update"
    )
    found = [entry for entry in entries.order_by("-at", "id")[: min(newer, 50)] if entry.actor != but_not_by]
    if not found:
        return None
    difference = getattr(found[0], "difference", None)
    before = (difference.before if difference else None) or {}
    after = (difference.after if difference else None) or {}
    fields = {f: (before.get(f), after.get(f)) for f in found[0].fields if f not in NOISE}
    return Change(found[0].actor, found[0].at, fields)


def trashed(rows: QuerySet[Customer]) -> list[Customer]:
    """The newest of what lies in the trash."""
    return list(rows.select_related("trashed_by").order_by("-trashed_at", "id")[:200])

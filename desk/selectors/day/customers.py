"""Customers who need me: silent against their rhythm, new with me, worth much more or less than a month ago."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, FloatField, Q, Sum
from django.db.models.functions import Cast
from django.utils import timezone

from crm.models import Customer, CustomerSummary
from crm.selectors.customers import is_overdue, usual_gap
from crm.selectors.where import all_of, in_address
from desk.selectors.day.basis import MOST, Day, times
from desk.selectors.line import LATER, Line
from desk.selectors.list_tabs import BY_VALUE, managed_by
from desk.templatetags.figures import money, short_date
from interactions.models import Interaction, Task
from portfolios.models import Assignment, Transfer
from value.models import ValueSnapshot

CANDIDATES: Final = 2_000
"""Of a scope too large to be looked through, the most valuable are."""
LATELY: Final = timedelta(days=7)
ONE_BY_ONE: Final = 3
"""So many customers of one transfer have a line each; more share one."""


def customer_lines(day: Day) -> list[Line]:
    """Who is silent, new with me, or worth much more or less; each customer once."""
    overdue = _overdue(day)
    shown = {line.url for line in overdue}
    others = [*_new_with_me(day), *_changes(day)]
    return overdue + [line for line in others if line.url not in shown]


def _overdue(day: Day) -> list[Line]:
    """Silent against their own rhythm, by what their silence may cost."""
    # The same rule as is_overdue, in SQL, among the most valuable.
    silent = day.rows.filter(
        orders__gte=3,
        value__gt=0,
        no_order_90__isnull=False,
        last_order_on__lt=day.today - timedelta(days=14),
    ).exclude(status=Customer.Status.LOST)
    best = silent.order_by("-value", "-customer_id").values_list("customer_id", flat=True)[:CANDIDATES]
    ranked = (
        CustomerSummary.objects.filter(customer_id__in=list(best))
        .annotate(stake=Cast("value", FloatField()) * F("no_order_90"))
        .order_by("-stake", "customer_id")
    )
    late = [row for row in ranked if is_overdue(_gap(row), row.last_order_on, day.today)][: MOST * 3]
    seen_to = _seen_to(day, [row.customer_id for row in late])
    late = [row for row in late if row.customer_id not in seen_to][:MOST]
    customers = Customer.objects.in_bulk([row.customer_id for row in late])
    return [_overdue_line(day, row, customers[row.customer_id].name) for row in late]


def _seen_to(day: Day, customer_ids: list[UUID]) -> set[UUID]:
    """Of these, whom somebody has a task about for a later day, or was in touch with this week."""
    later = Task.objects.filter(
        Q(due_at__gte=day.ends) | Q(snoozed_until__gte=day.ends),
        customer_id__in=customer_ids, state=Task.State.OPEN,
    )  # fmt: skip
    talked = Interaction.objects.filter(
        customer_id__in=customer_ids, touchpoint=Interaction.Touchpoint.HUMAN,
        occurred_at__gte=day.now - LATELY, occurred_at__lte=day.now,
    )  # fmt: skip
    rows = later.order_by().values_list("customer_id").union(talked.order_by().values_list("customer_id"))
    return {row[0] for row in rows}


def _gap(row: CustomerSummary) -> float | None:
    return usual_gap(row.orders, row.first_order_on, row.last_order_on)


def _overdue_line(day: Day, row: CustomerSummary, name: str) -> Line:
    gap, last = _gap(row), row.last_order_on
    assert gap is not None
    assert last is not None
    silent = (day.today - last).days
    at_stake = round((row.value or 0) * (row.no_order_90 or 0))
    return Line(
        kind="overdue", icon="clock-exclamation", tone="bad", url=day.record(row.customer_id), who=name,
        why=f"Overdue: an order every {gap:.0f} days, silent for {silent}",
        value=at_stake, value_words=f"of {money(row.value, day.currency)} at stake",
        due=f"since {short_date(last + timedelta(days=round(gap)))}",
        answers=_call(day, row.customer_id), overdue=True, customer_id=row.customer_id,
    )  # fmt: skip


def _call(day: Day, customer_id: UUID) -> list[dict[str, Any]]:
    """Their page, where the numbers and the may-we chips stand; a task for tomorrow; not today."""
    url = day.record(customer_id)
    open_it = day.open(url, icon="user")
    if not day.access.may("interactions.log"):
        return [open_it]
    return [
        open_it,
        day.say("overdue", customer_id, "tomorrow", key="t", label="Call tomorrow", icon="phone"),
    ]


def _new_with_me(day: Day) -> list[Line]:
    """Customers who came into my portfolios since yesterday; many of one transfer are one line."""
    if not day.own:
        return []
    came = Assignment.objects.filter(
        portfolio_id__in=day.own_ids, period__endswith=None,
        period__startswith__gte=timezone.now() - timedelta(days=1), customer__trashed_at=None,
    )  # fmt: skip
    groups = came.values("transfer").annotate(customers=Count("id"), value=Sum("customer__summary__value"))
    large = {group["transfer"]: group for group in groups if group["customers"] > ONE_BY_ONE}
    lines = [_group_line(day, transfer_id, group) for transfer_id, group in large.items()]
    single = came.exclude(transfer__in=[key for key in large if key])
    if None in large:
        single = single.exclude(transfer=None)
    rows = single.select_related("customer", "customer__summary", "transfer")
    return lines + [_new_line(day, row) for row in rows.order_by("-customer__summary__value")[:MOST]]


def _group_line(day: Day, transfer_id: UUID | None, group: dict[str, Any]) -> Line:
    transfer = Transfer.objects.filter(id=transfer_id).first() if transfer_id else None
    count = times(group["customers"], "customer")
    by = f" from {transfer.author_name}" if transfer and transfer.author_name else ""
    url = f"{day.url('customers')}?{in_address(all_of(managed_by(day.own[0])), sort=BY_VALUE)}"
    return Line(
        kind="new", icon="arrows-exchange" if transfer else "sparkles", tone="" if transfer else "good", url=url,
        who=f"{count}{by}" if transfer else f"{count}, new with you",
        why=f"Transferred to you: {transfer.reason}" if transfer else "Yours from the start",
        value=group["value"], value_words="lifetime value", due=short_date(transfer.at if transfer else day.today),
        answers=[day.open(url, icon="users")], urgency=LATER,
    )  # fmt: skip


def _new_line(day: Day, assignment: Assignment) -> Line:
    transfer, value = assignment.transfer, assignment.customer.summary.value
    by = f" by {transfer.author_name}" if transfer and transfer.author_name else ""
    why = (
        f"Transferred to you{by}: {assignment.reason}" if transfer else "A new customer, yours from the start"
    )
    return Line(
        kind="new", icon="arrows-exchange" if transfer else "sparkles", tone="" if transfer else "good",
        url=day.record(assignment.customer_id), who=assignment.customer.name, why=why, value=value,
        value_words="lifetime value" if value is not None else "", due=short_date(assignment.period.lower),
        answers=[day.open(day.record(assignment.customer_id), icon="user")], urgency=LATER,
        customer_id=assignment.customer_id,
    )  # fmt: skip


def _changes(day: Day) -> list[Line]:
    """Whose value has moved most since the last month's end."""
    taken = ValueSnapshot.objects.filter(occasion=ValueSnapshot.Occasion.MONTH_END, taken_on__lt=day.today)
    last = taken.order_by("-taken_on").values_list("taken_on", flat=True).first()
    if last is None or not day.own:
        return []
    before = dict(
        taken.filter(taken_on=last, portfolio_id__in=day.own_ids, value__isnull=False)
        .order_by("-value").values_list("customer_id", "value")[:CANDIDATES]
    )  # fmt: skip
    rows = day.rows.filter(customer_id__in=list(before), value__isnull=False).select_related("customer")
    moved = sorted(rows, key=lambda row: -abs((row.value or 0) - (before[row.customer_id] or 0)))[:5]
    return [
        _change_line(day, row, before[row.customer_id] or 0, last) for row in moved if _matters(row, before)
    ]


def _matters(row: CustomerSummary, before: dict[UUID, int | None]) -> bool:
    """A fifth of the value at least."""
    was = before[row.customer_id] or 0
    return abs((row.value or 0) - was) * 5 >= max(abs(was), 1)


def _change_line(day: Day, row: CustomerSummary, was: int, since: date) -> Line:
    change = (row.value or 0) - was
    word = "up" if change > 0 else "down"
    return Line(
        kind="change", icon=f"trending-{word}", tone="good" if change > 0 else "warn",
        url=day.record(row.customer_id), who=row.customer.name,
        why=f"Worth {money(row.value, day.currency)}, was {money(was, day.currency)} on {short_date(since)}",
        value=change, value_words=f"{word} since {short_date(since)}",
        answers=[day.open(day.record(row.customer_id), icon="user")],
        customer_id=row.customer_id,
    )  # fmt: skip

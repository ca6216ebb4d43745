"""My day, first form: who needs me and why, by value at stake; what my portfolio is worth beside it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, FloatField, Q, QuerySet, Sum
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone

from crm.models import Customer, CustomerSummary, Order
from crm.selectors.customers import is_overdue, rhythms_of, usual_gap
from crm.selectors.scope import visible_summaries
from crm.selectors.where import all_of, in_address
from crm.services.summaries import tenant_today
from desk.selectors.attention import attention_lines
from desk.selectors.customer_page import Links
from desk.selectors.day_worth import company_worth, portfolio_worth
from desk.selectors.line import Line
from desk.selectors.list_tabs import BY_VALUE, managed_by
from desk.selectors.people import PortfolioName, own_portfolios, portfolio_names
from desk.templatetags.figures import money, number, short_date
from portfolios.models import Assignment, Transfer
from tenancy.access import Access
from value.models import ValueSnapshot
from value.selectors.margins import margin_words

MOST: Final = 30
"""Lines of a kind; nobody works through more in a day."""
CANDIDATES: Final = 2_000
"""Of a scope too large to be looked through, the most valuable are."""
ONE_BY_ONE: Final = 3
"""So many customers of one transfer have a line each; more share one."""
KINDS: Final = {"overdue": "Overdue", "new": "New with you", "change": "Changes", "work": "To look after"}


@dataclass(frozen=True)
class Day:
    """Whose day it is, and over which customers."""

    access: Access
    today: date
    own: list[PortfolioName]
    rows: QuerySet[CustomerSummary]

    @property
    def currency(self) -> str:
        return self.access.profile.currency

    def url(self, name: str, *parts: Any) -> str:
        return reverse(name, args=[self.access.tenant.slug, *parts])


def my_day(access: Access, *, kind: str = "") -> dict[str, Any]:
    """Context of desk/my_day.html."""
    day = _day(access)
    may_see = access.may("crm.view_customer")
    lines = [*attention_lines(access), *(_customer_lines(day) if may_see else [])]
    ranked = sorted(lines, key=lambda line: (_rank(line.kind), -line.at_stake))
    shown = [line for line in ranked if not kind or line.kind == kind]
    return {
        "today": day.today,
        "today_words": f"{day.today:%A %-d %B}",
        "sentence": _sentence(ranked, day.currency) if may_see else "",
        "currency": day.currency,
        "tabs": _tabs(day, ranked, kind),
        "tabs_aside": "Ranked by value at stake",
        "lines": shown,
        "first_run": may_see and not shown and not visible_summaries(access).exists(),
        "may_import": access.may("crm.import"),
        "may_add": access.may("crm.add_customer"),
        "may_see": may_see,
        "worth": _worth(day) if may_see and access.may("value.view_value") else None,
        "since": _since(day) if may_see else [],
        "margin_words": margin_words() if may_see and access.may("value.view_value") else "",
        "invented": access.profile.demo_note,
        "customers_url": day.url("customers"),
        "import_url": f"/t/{access.tenant.slug}/imports/",
        "new_url": day.url("customer_new"),
    }


def _rank(kind: str) -> int:
    """Work first, then whoever may be lost or has changed, by value; who is new can wait an hour."""
    return {"work": 0, "new": 2}.get(kind, 1)


def _day(access: Access) -> Day:
    own = own_portfolios(access, portfolio_names(access))
    rows = visible_summaries(access)
    if own:
        rows = rows.filter(portfolio_id__in=[portfolio.id for portfolio in own])
    return Day(access, tenant_today(access.profile), own, rows)


def _sentence(lines: list[Line], currency: str) -> str:
    at_stake = sum(line.value or 0 for line in lines if line.kind == "overdue")
    count = f"{len(lines)} line{'' if len(lines) == 1 else 's'}"
    return f"{count}, {money(at_stake, currency)} at stake." if at_stake else f"{count}."


def _tabs(day: Day, lines: list[Line], kind: str) -> list[dict[str, Any]]:
    home = day.url("home")
    tabs = [{"label": "All", "count": len(lines), "url": home, "active": not kind}]
    for key, label in KINDS.items():
        count = sum(line.kind == key for line in lines)
        if count:
            tabs.append({"label": label, "count": count, "url": f"{home}?kind={key}", "active": kind == key})
    return tabs


def _customer_lines(day: Day) -> list[Line]:
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
    late = [row for row in ranked if is_overdue(_gap(row), row.last_order_on, day.today)][:MOST]
    customers = Customer.objects.in_bulk([row.customer_id for row in late])
    days = rhythms_of([row.customer_id for row in late[:5]], since=day.today - timedelta(days=730))
    return [
        _overdue_line(day, row, customers[row.customer_id].name, days.get(row.customer_id, []))
        for row in late
    ]


def _gap(row: CustomerSummary) -> float | None:
    return usual_gap(row.orders, row.first_order_on, row.last_order_on)


def _overdue_line(day: Day, row: CustomerSummary, name: str, days: list[date]) -> Line:
    gap, last = _gap(row), row.last_order_on
    assert gap is not None
    assert last is not None
    silent = (day.today - last).days
    at_stake = round((row.value or 0) * (row.no_order_90 or 0))
    return Line(
        kind="overdue", icon="clock-exclamation", tone="bad", url=_record(day, row.customer_id), who=name,
        why=f"Overdue: an order every {gap:.0f} days, silent for {silent}",
        value=at_stake, value_words=f"of {money(row.value, day.currency)} at stake",
        due=f"since {short_date(last + timedelta(days=round(gap)))}",
        answers=[_open(day, row.customer_id)], order_days=days, overdue=True, facts=_facts(row, day),
    )  # fmt: skip


def _facts(row: CustomerSummary, day: Day) -> list[dict[str, Any]]:
    return [
        {"label": "Chance alive", "share": row.alive},
        {
            "label": "Orders",
            "text": f"{number(row.orders)} since {short_date(row.first_order_on)}",
            "share": None,
        },
        {"label": "Margin, 12 months", "text": money(row.margin_year, day.currency), "share": None},
    ]


def _record(day: Day, customer_id: UUID) -> str:
    return Links(day.access.tenant.slug, customer_id).to("customer")


def _open(day: Day, customer_id: UUID) -> dict[str, Any]:
    return {"key": "o", "label": "Open", "icon": "user", "url": _record(day, customer_id), "post": False}


def _new_with_me(day: Day) -> list[Line]:
    """Customers who came into my portfolios since yesterday; many of one transfer are one line."""
    if not day.own:
        return []
    came = Assignment.objects.filter(
        portfolio_id__in=[portfolio.id for portfolio in day.own], period__endswith=None,
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
    count = _times(group["customers"], "customer")
    by = f" from {transfer.author_name}" if transfer and transfer.author_name else ""
    url = f"{day.url('customers')}?{in_address(all_of(managed_by(day.own[0])), sort=BY_VALUE)}"
    return Line(
        kind="new", icon="arrows-exchange" if transfer else "sparkles", tone="" if transfer else "good", url=url,
        who=f"{count}{by}" if transfer else f"{count}, new with you",
        why=f"Transferred to you: {transfer.reason}" if transfer else "Yours from the start",
        value=group["value"], value_words="lifetime value", due=short_date(transfer.at if transfer else day.today),
        answers=[{"key": "o", "label": "Open", "icon": "users", "url": url, "post": False}],
    )  # fmt: skip


def _new_line(day: Day, assignment: Assignment) -> Line:
    transfer, value = assignment.transfer, assignment.customer.summary.value
    by = f" by {transfer.author_name}" if transfer and transfer.author_name else ""
    why = (
        f"Transferred to you{by}: {assignment.reason}" if transfer else "A new customer, yours from the start"
    )
    return Line(
        kind="new", icon="arrows-exchange" if transfer else "sparkles", tone="" if transfer else "good",
        url=_record(day, assignment.customer_id), who=assignment.customer.name, why=why, value=value,
        value_words="lifetime value" if value is not None else "", due=short_date(assignment.period.lower),
        answers=[_open(day, assignment.customer_id)],
    )  # fmt: skip


def _changes(day: Day) -> list[Line]:
    """Whose value has moved most since the last month's end."""
    taken = ValueSnapshot.objects.filter(occasion=ValueSnapshot.Occasion.MONTH_END, taken_on__lt=day.today)
    last = taken.order_by("-taken_on").values_list("taken_on", flat=True).first()
    if last is None or not day.own:
        return []
    before = dict(
        taken.filter(taken_on=last, portfolio_id__in=[p.id for p in day.own], value__isnull=False)
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
        url=_record(day, row.customer_id), who=row.customer.name,
        why=f"Worth {money(row.value, day.currency)}, was {money(was, day.currency)} on {short_date(since)}",
        value=change, value_words=f"{word} since {short_date(since)}", answers=[_open(day, row.customer_id)],
    )  # fmt: skip


def _worth(day: Day) -> dict[str, Any] | None:
    if day.own:
        return portfolio_worth(day.access, [p.id for p in day.own], day.rows, day.today)
    return company_worth(day.access, day.rows) if day.access.scope == "all" else None


def _since(day: Day) -> list[dict[str, str]]:
    """What has happened since yesterday morning among these customers."""
    yesterday = day.today - timedelta(days=1)
    recent = Order.objects.filter(
        ordered_on__gte=yesterday, ordered_at__gte=timezone.now() - timedelta(days=3)
    )
    if day.own:
        recent = recent.filter(customer__summary__portfolio_id__in=[p.id for p in day.own])
    found = recent.aggregate(
        orders=Count("id", filter=Q(kind=Order.Kind.SALE)), sold=Sum("net", filter=Q(kind=Order.Kind.SALE)),
        returns=Count("id", filter=Q(kind=Order.Kind.RETURN)), back=Sum("net", filter=Q(kind=Order.Kind.RETURN)),
    )  # fmt: skip
    lines = []
    if found["orders"]:
        lines.append(
            {
                "label": _times(found["orders"], "order"),
                "figure": money(found["sold"], day.currency),
                "url": "",
            }
        )
    if found["returns"]:
        lines.append(
            {
                "label": _times(found["returns"], "return"),
                "figure": money(found["back"], day.currency),
                "url": "",
            }
        )
    return lines


def _times(count: int, noun: str) -> str:
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"

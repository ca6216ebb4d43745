"""What has happened since yesterday morning among my customers, beside my day."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from crm.models import Order
from desk.selectors.day.basis import Day, times
from desk.templatetags.figures import money, percent
from interactions.models import Case, Interaction, Promise

Entry = dict[str, str]


def since_yesterday(day: Day) -> list[Entry]:
    """(label, figure, url) of orders, returns, contacts, promises and cases; what did not happen is left out."""
    start = datetime.combine(day.today - timedelta(days=1), datetime.min.time(), day.zone)
    found = [*_orders(day)]
    if day.access.may("interactions.view"):
        found += [*_contacts(day, start), *_promises(day, start), *_cases(day, start)]
    return found


def _mine(day: Day, rows: QuerySet[Any]) -> QuerySet[Any]:
    if day.own:
        return rows.filter(customer__summary__portfolio_id__in=day.own_ids)
    return rows if day.access.scope == "all" else rows.filter(customer__in=day.rows.values("customer_id"))


def _entry(label: str, figure: str = "", url: str = "") -> Entry:
    return {"label": label, "figure": figure, "url": url}


def _orders(day: Day) -> list[Entry]:
    recent = _mine(day, Order.objects.filter(
        ordered_on__gte=day.today - timedelta(days=1), ordered_at__gte=day.now - timedelta(days=3)
    ))  # fmt: skip
    sale, back = Q(kind=Order.Kind.SALE), Q(kind=Order.Kind.RETURN)
    found = recent.aggregate(
        orders=Count("id", filter=sale), sold=Sum("net", filter=sale),
        returns=Count("id", filter=back), back=Sum("net", filter=back),
    )  # fmt: skip
    return [
        _entry(times(found[count], noun), money(found[total], day.currency))
        for count, total, noun in (("orders", "sold", "order"), ("returns", "back", "return"))
        if found[count]
    ]


def _contacts(day: Day, start: datetime) -> list[Entry]:
    rows = _mine(day, Interaction.objects.filter(occurred_at__gte=start))
    found = rows.aggregate(count=Count("id"), customers=Count("customer", distinct=True))
    return (
        [_entry(times(found["count"], "contact"), f"with {found['customers']:,}")] if found["count"] else []
    )


def _promises(day: Day, start: datetime) -> list[Entry]:
    rows = _mine(
        day, Promise.objects.filter(state__in=[Promise.State.KEPT, Promise.State.BROKEN], ended_at__gte=start)
    )
    found = rows.aggregate(
        kept=Count("id", filter=Q(state=Promise.State.KEPT)), broken=Count("id", filter=Q(state=Promise.State.BROKEN))
    )  # fmt: skip
    ended = found["kept"] + found["broken"]
    if not ended:
        return []
    words = f"{times(found['kept'], 'promise')} kept, {found['broken']:,} broken"
    return [_entry(words, percent(found["kept"] / ended))]


def _cases(day: Day, start: datetime) -> list[Entry]:
    count = _mine(day, Case.objects.filter(state=Case.State.RESOLVED, resolved_at__gte=start)).count()
    return [_entry(f"{times(count, 'case')} resolved")] if count else []

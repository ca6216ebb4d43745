"""What the open line says of its customer: rhythm, chance alive, what they told us, may we."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from crm.models import CustomerSummary
from crm.selectors.customers import is_overdue, rhythms_of, usual_gap
from crm.selectors.scope import visible_customer, visible_summaries
from desk.selectors.day.basis import Day
from desk.selectors.line import Line
from desk.selectors.may_we import chips_of
from desk.templatetags.figures import money, number, short_date
from interactions.models import Need
from interactions.selectors.needs import visible_needs

TOLD: Final = 3
YEARS_SHOWN: Final = timedelta(days=730)


def opened(day: Day, line: Line) -> Line:
    """The line with `order_days` and `facts`; itself where it is about nobody, or about somebody outside the scope."""
    if line.customer_id is None or not day.sees_customers:
        return line
    row = visible_summaries(day.access).filter(customer_id=line.customer_id).first()
    if row is None:
        return line
    days = rhythms_of([line.customer_id], since=day.today - YEARS_SHOWN).get(line.customer_id, [])
    overdue = is_overdue(
        usual_gap(row.orders, row.first_order_on, row.last_order_on), row.last_order_on, day.today
    )
    return replace(
        line, order_days=days, overdue=overdue, facts=[*_figures(day, row), *_told_us(day, line.customer_id)]
    )


def may_we_of(day: Day, line: Line) -> list[dict[str, Any]]:
    """Chips of desk/customers/_may_we.html for the open line."""
    if line.customer_id is None or not day.sees_customers:
        return []
    customer = visible_customer(day.access, line.customer_id)
    return chips_of(day.access, customer, asked_for="my day") if customer else []


def _figures(day: Day, row: CustomerSummary) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = []
    if row.alive is not None and day.sees_value:
        facts.append({"label": "Chance alive", "share": row.alive})
    if row.orders:
        facts.append(_text("Orders", f"{number(row.orders)} since {short_date(row.first_order_on)}"))
    if row.orders and day.sees_value:
        facts.append(_text("Margin, 12 months", money(row.margin_year, day.currency)))
    return facts


def _told_us(day: Day, customer_id: UUID) -> list[dict[str, Any]]:
    if not day.access.may("interactions.view"):
        return []
    mine = visible_needs(day.access).filter(
        customer_id=customer_id, status=Need.Status.OPEN, expires_on__gte=day.today
    )
    told = [
        f"{need.kind.name}: {need.words}" if need.words else need.kind.name
        for need in mine.select_related("kind").order_by("-strength", "-stated_at")[:TOLD]
    ]
    return [_text("Told us", "; ".join(told))] if told else []


def _text(label: str, text: str) -> dict[str, Any]:
    return {"label": label, "text": text, "share": None}

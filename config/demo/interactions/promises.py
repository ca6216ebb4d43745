"""What the demo's customers said they need, and what they were promised; invented, the same at every load.

All of it was written down at the load. Promises are due on the days that follow: what nobody keeps is broken at its
hour.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.keys import name_key
from crm.models import Customer, CustomerSummary
from crm.services.summaries import tenant_today
from interactions.models import Need, NeedKind, Promise
from interactions.services.authors import SYSTEM, Author
from interactions.services.needs import end_need, note_treatment, record_need
from interactions.services.promises import break_promise, keep_promise, make_promise, renegotiate_promise
from portfolios.models import Portfolio
from privacy.models import Person
from privacy.selectors.persons import set_aside
from tenancy.models import TenantProfile

CUSTOMERS: Final = 90
NEEDS: Final = (
    ("Delivery at a certain time", "At work all week; only Saturdays.", 2, "Delivered on Saturdays, before noon"),
    ("Advice before buying", "Reads everything about the pressing first. Wants to talk it over.", 2, ""),
    ("Something we do not sell", "Asks for sheet music to the records.", 1, ""),
    ("Lower price", "Sees the same box for less elsewhere, and says so each time.", 3, ""),
    ("Another size or variant", "Only buys what is on vinyl.", 2, "Told first when something comes on vinyl"),
    ("Gift", "A present for a godchild, every December.", 1, ""),
    ("A call instead of a letter", "Letters stay unopened; calls are welcome.", 3, "Called after six, no letters"),
    ("Faster repair", "The turntable was away for five weeks.", 3, ""),
)  # fmt: skip
PROMISES: Final = (
    ("Call back about the scratched sleeve", 0, 17), ("Send the list of reissues", 1, 12),
    ("Find out when the box is in stock again", 2, 15), ("Replace the record that skipped", 3, 17),
    ("Put a copy aside until they come", 5, 18), ("Ask the workshop for a price", 1, 16),
    ("Send the invoice with the company’s name", 0, 18), ("Write down what is missing in their collection", 9, 12),
)  # fmt: skip
"""(words, days from today, hour)."""


def load_promises() -> None:
    """Needs and promises of the most valuable customers. In the tenant's context; not twice."""
    if Promise.objects.exists() or Need.objects.exists():
        return
    aside = Person.objects.filter(set_aside()).values("customer_id")
    rows = CustomerSummary.objects.filter(trashed=False, value__gt=0).exclude(customer_id__in=aside)
    rows = rows.order_by("-value", "customer_id")
    served = list(rows.select_related("customer")[:CUSTOMERS])
    managers = {row.id: row for row in Portfolio.objects.select_related("manager")}
    authors = [_author(managers, row) for row in served]
    customers = [row.customer for row in served]
    _note_needs(customers, authors)
    profile = TenantProfile.objects.get()
    _promise(customers, authors, tenant_today(profile), ZoneInfo(profile.time_zone))


def _author(managers: dict[UUID, Portfolio], row: CustomerSummary) -> Author:
    manager = managers[row.portfolio_id].manager if row.portfolio_id else None
    return Author(f"member:{manager.id}", manager.name, manager) if manager else SYSTEM


def _note_needs(customers: Sequence[Customer], authors: Sequence[Author]) -> None:
    kinds = {kind.name_key: kind for kind in NeedKind.objects.all()}
    for place, (customer, by) in enumerate(zip(customers, authors, strict=True)):
        name, words, strength, treatment = NEEDS[place * 5 % len(NEEDS)]
        private = place % 11 == 4
        visibility = Need.Visibility.PORTFOLIO if private else Need.Visibility.SHARED
        kind = kinds[name_key(name)]
        need, _ = record_need(
            customer=customer, kind=kind, words=words, strength=strength, visibility=visibility, by=by
        )
        if treatment and place % 3:
            note_treatment(need=need, words=treatment, by=by)
        elif place % 4 == 1:
            end_need(need=need, status="unmet", because="not in this year’s plans", by=by)


def _promise(customers: Sequence[Customer], authors: Sequence[Author], today: date, zone: ZoneInfo) -> None:
    for place, (customer, by) in enumerate(zip(customers[::2], authors[::2], strict=True)):
        words, days, hour = PROMISES[place % len(PROMISES)]
        due_at = datetime.combine(today + timedelta(days=days + 1), time(hour), zone)
        made, _ = make_promise(customer=customer, words=words, due_at=due_at, by=by)
        if place % 3 == 0:
            keep_promise(promise=made, by=by)
        elif place % 13 == 5:
            break_promise(promise=made, reason="the supplier has none left", by=by)
        elif place % 7 == 2:
            later = due_at + timedelta(days=2)
            renegotiate_promise(promise=made, due_at=later, reason="they are away until then", by=by)

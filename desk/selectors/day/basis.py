"""Whose day it is, and what lines of every kind share."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from crm.models import CustomerSummary
from crm.selectors.scope import visible_summaries
from crm.services.summaries import tenant_today
from desk.selectors.people import PortfolioName, own_portfolios, portfolio_names
from desk.templatetags.figures import money
from tenancy.access import Access

MOST: Final = 30
"""Lines of a kind; nobody works through more in a day."""


@dataclass(frozen=True)
class Stake:
    """What a line about a customer is worth (minor units, None where no value is known), and the words beside it."""

    value: int | None
    words: str


@dataclass(frozen=True)
class Day:
    """Whose day it is, and over which customers. `own`: the open portfolios they answer for."""

    access: Access
    today: date
    now: datetime
    own: list[PortfolioName]
    rows: QuerySet[CustomerSummary]

    @property
    def currency(self) -> str:
        return self.access.profile.currency

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.access.profile.time_zone)

    @property
    def own_ids(self) -> list[UUID]:
        return [portfolio.id for portfolio in self.own]

    @property
    def ends(self) -> datetime:
        """The first moment of tomorrow, in the company's zone."""
        return datetime.combine(self.today + timedelta(days=1), datetime.min.time(), self.zone)

    @property
    def sees_customers(self) -> bool:
        return self.access.may("crm.view_customer")

    @property
    def sees_value(self) -> bool:
        return self.sees_customers and self.access.may("value.view_value")

    def url(self, name: str, *parts: Any) -> str:
        return reverse(name, args=[self.access.tenant.slug, *parts])

    def record(self, customer_id: UUID) -> str:
        """The customer's page; the card, for those who have no customers of their own."""
        return self.url("customer" if self.sees_customers else "service_card", customer_id)

    def open(self, url: str, *, key: str = "o", label: str = "Open", icon: str = "") -> dict[str, Any]:
        return {"key": key, "label": label, "icon": icon, "url": url, "post": False}

    def say(self, kind: str, id_: UUID, do: str, *, key: str, label: str, icon: str = "") -> dict[str, Any]:
        """An answer that one key gives."""
        return {"key": key, "label": label, "icon": icon, "url": self.url("day_answer", kind, id_), "do": do,
                "post": True}  # fmt: skip

    def due(self, at: datetime | None) -> str:
        """ "15:40", "yesterday 15:40", "Fri 27 Nov 09:30"."""
        if at is None:
            return ""
        local = at.astimezone(self.zone)
        days = (local.date() - self.today).days
        near = {0: "", 1: "tomorrow ", -1: "yesterday "}
        words = near.get(days, f"{local:%a} {local.day} {local:%b} ")
        return f"{words}{local:%H:%M}"

    def stakes(self, customer_ids: Collection[UUID | None]) -> Mapping[UUID, Stake]:
        """By customer in the scope: the part of their value that is lost if they do not order again.

        A task or a promise may be about somebody else's customer; what that one is worth is not one's business.
        """
        if not self.sees_value or not customer_ids:
            return {}
        rows = visible_summaries(self.access).filter(customer_id__in={key for key in customer_ids if key})
        return {
            key: self._stake(value, risk)
            for key, value, risk in rows.values_list("pk", "value", "no_order_90")
        }

    def _stake(self, value: int | None, risk: float | None) -> Stake:
        if value is None:
            return Stake(None, "no value known yet")
        if risk is None:
            return Stake(value, "their whole value")
        return Stake(round(value * risk), f"of {money(value, self.currency)} at stake")


NOBODY: Final = Stake(None, "")


def day_of(access: Access) -> Day:
    own = own_portfolios(access, portfolio_names(access))
    rows = visible_summaries(access)
    if own:
        rows = rows.filter(portfolio_id__in=[portfolio.id for portfolio in own])
    return Day(access, tenant_today(access.profile), timezone.now(), own, rows)


def times(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"

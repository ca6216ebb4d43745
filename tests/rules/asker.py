"""Asks both back ends who is kept by a rule. Ada is Alice's, Ben is Bob's, Hal is in the house."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.models import Customer, CustomerSummary, Order
from rules.catalogue import customers
from rules.language.closures import predicate
from rules.language.parse import parse
from rules.language.sql import condition
from rules.language.tree import Group
from rules.moment import Setting, setting_now
from rules.selectors.records import read_records
from tests.cast import Company

Json = dict[str, Any]
NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)
TODAY = date(2026, 3, 15)


@dataclass(frozen=True)
class Asker:
    """Says who is kept by a rule, by name; both back ends must say the same."""

    setting: Setting

    def __call__(self, raw: Json) -> set[str]:
        return self.of(parse(raw, currency=self.setting.currency))

    def of(self, tree: Group) -> set[str]:
        names = dict(Customer.objects.values_list("id", "name"))
        holds = predicate(tree, self.setting)
        records = read_records([tree], list(names), self.setting)
        told = {names[key] for key, record in records.items() if holds(record)}
        ways: list[dict[str, Any]] = [{"bulk": True}, {"bulk": False}, {"within": (min(names), max(names))}]
        for how in ways:
            rows = customers().rows(None).filter(condition(tree, self.setting, **how))
            kept = {names[key] for key in rows.values_list("customer_id", flat=True)}
            assert kept == told, how
        return told

    def at(self, now: datetime, zone: str = "") -> "Asker":
        return Asker(replace(self.setting, now=now, zone=ZoneInfo(zone) if zone else self.setting.zone))


@pytest.fixture
def ask(in_a: Company) -> Asker:
    return Asker(setting_now(NOON))


@pytest.fixture
def summary(in_a: Company) -> Callable[..., None]:
    """Write columns of one customer's summary."""

    def write(key: str, **columns: Any) -> None:
        CustomerSummary.objects.filter(customer=in_a.customer[key]).update(**columns)

    return write


def add_order(company: Company, key: str, *, net: int = 1000, on: date = TODAY, **values: Any) -> Order:
    moment = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    row = {
        "channel": "web",
        "gross": net,
        "net": net,
        "margin": net // 2,
        "margin_is_estimate": False,
        **values,
    }
    return Order.objects.create(
        external_id=f"{key}-{Order.objects.count()}", customer=company.customer[key], ordered_at=moment, ordered_on=on,
        currency="GBP", source="member", **row,
    )  # fmt: skip


def compared(fact: str, is_: str, value: Any = None) -> Json:
    return {"fact": fact, "is": is_} | ({} if value is None else {"value": value})


ALL = {"Ada Lovelace", "Ben Bernanke", "Hal House"}
ADA, BEN, HAL = {"Ada Lovelace"}, {"Ben Bernanke"}, {"Hal House"}

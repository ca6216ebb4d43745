"""Facts and a relation of tests' own, as a room would register them; nothing here is read from the database."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from rules import catalogue
from rules.catalogue import Fact, Option, PersonalDataClass, Relation, Type
from rules.language.tree import Test
from rules.moment import Setting

Test.__test__ = False  # type: ignore[attr-defined]  # a line of a rule is no test of ours
SETTING = Setting(datetime(2026, 3, 15, 9, 30, tzinfo=UTC), ZoneInfo("Europe/London"), "USD")
VIP = UUID("00000000-0000-7000-8000-000000000001")
SLEEPERS = UUID("00000000-0000-7000-8000-000000000002")
COUNTRIES = {"DE": "Germany", "FR": "France", "ES": "Spain", "GB": "United Kingdom"}
asked: list[str] = []
"""Which options were looked up, in order."""


def _countries() -> list[Option]:
    asked.append("country")
    return list(COUNTRIES.items())


def _segments() -> list[Option]:
    asked.append("segment")
    return [(str(VIP), "VIP"), (str(SLEEPERS), "Sleepers")]


def fact(key: str, label: str, type: Type, **values: object) -> Fact:
    return Fact(key, label, type, "", PersonalDataClass.BEHAVIOUR, key.rsplit(".", 1)[-1], **values)  # type: ignore[arg-type]


COUNTRY = fact(
    "shelf.country",
    "Country",
    Type.CHOICE,
    options=_countries,
    phrases={"one_of": "in {value}", "not_one_of": "not in {value}"},
)
SEGMENT = fact("shelf.segment", "Segments", Type.SET, options=_segments, python=UUID)
KIND = fact(
    "shelf.kind", "Kind", Type.CHOICE, options=lambda: [("best", "most valuable"), ("zero", "below zero")]
)
ORDERS = fact("shelf.orders", "Orders ever", Type.COUNT, unit="orders", phrases={"any": "who have {value}"})
LINES = fact("shelf.lines", "Order lines", Type.COUNT)
POINTS = fact("shelf.points", "Points", Type.NUMBER, unit="points")
DAYS = fact("shelf.days", "Days since last order", Type.COUNT, unit="days")
GAP = fact("shelf.gap", "Usual gap", Type.NUMBER, unit="days")
VALUE = fact("shelf.value", "Lifetime value, three years", Type.MONEY)
SPENT = fact("shelf.spent", "Money spent", Type.MONEY, permission="value.view")
WALLET = fact(
    "shelf.wallet", "Share of wallet", Type.SHARE, phrases={"any": "who give us {value} of the wallet"}
)
RETURNS = fact("shelf.returns", "Returns share", Type.SHARE)
LAST_ORDER = fact("shelf.last_order", "Last order", Type.DATE)
JOINED = fact(
    "shelf.joined", "Joined", Type.MOMENT, phrases={"within_last": "who joined in the last {value}"}
)
CITY = fact("shelf.city", "City", Type.TEXT, normalise=str.casefold)
HOUSE = fact("shelf.house", "In the house portfolio", Type.FLAG)
PERSON = fact(
    "shelf.person",
    "Is a person",
    Type.FLAG,
    phrases={"yes": "who are people", "no": "who are organisations"},
)
FACTS = (
    COUNTRY, SEGMENT, KIND, ORDERS, LINES, POINTS, DAYS, GAP, VALUE, SPENT, WALLET, RETURNS, LAST_ORDER, JOINED, CITY,
    HOUSE, PERSON,
)  # fmt: skip

NET = fact("shelf.bought.net", "Net amount", Type.MONEY, phrases={"any": "of {value}"})
PLACED = fact("shelf.bought.placed", "Placed on", Type.DATE)
CHANNEL = fact(
    "shelf.bought.channel", "Channel", Type.CHOICE, options=lambda: [("web", "web"), ("shop", "shop")]
)
QUANTITY = fact("shelf.bought.quantity", "Quantity", Type.COUNT)
BOUGHT = Relation(
    "shelf.bought",
    "orders",
    "",
    lambda: (_ for _ in ()).throw(AssertionError("read")),  # type: ignore[arg-type]
    "customer_id",
    (NET, PLACED, CHANNEL, QUANTITY),
)


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The catalogue holds the shelf too, for one test."""
    for entry in FACTS:
        monkeypatch.setitem(catalogue.facts._entries, entry.key, entry)
    monkeypatch.setitem(catalogue.relations._entries, BOUGHT.key, BOUGHT)
    asked.clear()
    return

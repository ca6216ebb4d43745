"""The purchases of the demo: CDNOW's customers as they bought, and a second shop that is simulated."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

CDNOW = Path(__file__).resolve().parents[2] / "value" / "engine" / "data" / "cdnow_sample.txt"

# Invented: the data set says how many discs and how many dollars, not which ones, nor what they cost the shop.
GENRES = (
    ("JAZ", "Jazz"), ("CLA", "Classical"), ("FLK", "Folk"), ("ROK", "Rock"), ("SOU", "Soul"),
    ("OPE", "Opera"), ("ELE", "Electronic"), ("WOR", "World"),
)  # fmt: skip
COST_SHARE = (Decimal("0.52"), Decimal("0.58"), Decimal("0.61"), Decimal("0.64"), Decimal("0.69"))


@dataclass(frozen=True)
class Purchase:
    """One order of one line. `cost` is what the goods cost the shop, in all."""

    order: str
    customer: str
    day: date
    product: str
    description: str
    quantity: int
    amount: Decimal
    cost: Decimal


def cdnow_purchases(*, last_day: date) -> list[Purchase]:
    """The 6,919 purchases of the CDNOW sample, all dates shifted by the same days so that the last is `last_day`.

    Source: B. Hardie, "CDNOW dataset (1/10th sample)"; see value/engine/data/README.md.
    """
    rows = [line.split() for line in CDNOW.read_text().splitlines() if line.strip()]
    rows.sort(key=lambda row: row[2])
    shift = last_day - _day(rows[-1][2])
    return [_purchase(number, row, shift) for number, row in enumerate(rows, start=10001)]


def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def _purchase(number: int, row: list[str], shift: timedelta) -> Purchase:
    customer, quantity, amount = int(row[1]), int(row[3]), Decimal(row[4])
    # A customer keeps to a taste; now and then they buy something else.
    code, genre = GENRES[(customer + (1 if number % 5 == 0 else 0)) % len(GENRES)]
    share = COST_SHARE[(customer * 7 + number) % len(COST_SHARE)]
    return Purchase(
        order=f"W{number}",
        customer=f"{customer:04d}",
        day=_day(row[2]) + shift,
        product=code,
        description=f"{genre}, {'1 disc' if quantity == 1 else f'{quantity} discs'}",
        quantity=quantity,
        amount=amount,
        cost=(amount * share).quantize(Decimal("0.01")),
    )


def simulated_purchases(*, customers: int, last_day: date, seed: int) -> list[Purchase]:
    """Orders of a small bookshop over two years: each customer at their own pace, some of them gone."""
    chance = random.Random(seed)  # noqa: S311  (a demo, not a secret)
    purchases: list[Purchase] = []
    for customer in range(1, customers + 1):
        purchases += _simulated_customer(customer, last_day, chance, first_number=len(purchases) + 1)
    return purchases


def _simulated_customer(
    number: int, last_day: date, chance: random.Random, *, first_number: int
) -> list[Purchase]:
    pace, stays = chance.uniform(15, 120), chance.uniform(0.75, 0.98)
    day = last_day - timedelta(days=chance.randint(30, 730))
    purchases: list[Purchase] = []
    while day <= last_day:
        amount = Decimal(chance.randint(800, 9000)) / 100
        purchases.append(
            Purchase(
                order=f"B{first_number + len(purchases):05d}", customer=f"K{number:03d}", day=day, product="BOOK",
                description="Books", quantity=chance.randint(1, 4), amount=amount,
                cost=(amount * Decimal("0.6")).quantize(Decimal("0.01")),
            )
        )  # fmt: skip
        if chance.random() > stays:
            break
        day += timedelta(days=max(1, round(chance.expovariate(1 / pace))))
    return purchases

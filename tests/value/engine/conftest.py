"""The CDNOW sample and a few simulated bases. Nothing here needs Django or a database.

To run without either: `pytest -p no:django --confcutdir=tests/value/engine tests/value/engine`.
"""

import lzma
from collections.abc import Callable
from csv import DictReader
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tests.online_retail import FILE, MISSING
from value.engine import Histories, Orders, Split, histories_from_orders, read_orders, split_orders
from value.engine.history import Sample, grouped

CALIBRATION_END, OBSERVATION_END = date(1997, 9, 30), date(1998, 6, 30)
CDNOW = Path(__file__).parents[3] / "value" / "engine" / "data" / "cdnow_sample.txt"


@pytest.fixture(scope="session")
def cdnow() -> Orders:
    return read_orders(CDNOW, "cdnow")


@pytest.fixture(scope="session")
def cdnow_histories(cdnow: Orders) -> Histories:
    return histories_from_orders(cdnow, CALIBRATION_END.toordinal())


@pytest.fixture(scope="session")
def cdnow_sample(cdnow_histories: Histories) -> Sample:
    return grouped(cdnow_histories)


@pytest.fixture(scope="session")
def cdnow_split(cdnow: Orders) -> Split:
    return split_orders(cdnow, calibration_end=CALIBRATION_END, observation_end=OBSERVATION_END)


@pytest.fixture(scope="session")
def online_retail() -> Orders:
    """Purchases of identified customers, one row per customer and day (C... invoices are returns)."""
    if not FILE.exists():
        pytest.skip(MISSING)
    totals: dict[tuple[str, str], float] = {}
    with lzma.open(FILE, "rt", encoding="utf-8") as lines:
        for row in DictReader(lines):
            if row["CustomerID"] and not row["InvoiceNo"].startswith("C") and int(row["Quantity"]) > 0:
                key = row["CustomerID"], row["InvoiceDate"][:10]
                totals[key] = totals.get(key, 0.0) + int(row["Quantity"]) * float(row["UnitPrice"])
    days = np.array([date.fromisoformat(day).toordinal() for _, day in totals])
    return Orders.of([customer for customer, _ in totals], days, np.array(list(totals.values())))


@pytest.fixture
def simulate() -> Callable[..., Histories]:
    """Customers who order at gamma rates (per week) and stop with a beta chance after each repeat order."""

    def simulated(
        customers: int,
        *,
        rate: tuple[float, float] = (0.8, 5.0),
        stop: tuple[float, float] | float = (0.8, 2.4),
        weeks: float = 52.0,
        seed: int = 1,
    ) -> Histories:
        random = np.random.default_rng(seed)
        rates = random.gamma(rate[0], 1 / rate[1], customers) / 7
        stops = np.full(customers, stop) if isinstance(stop, float) else random.beta(*stop, customers)
        age = random.integers(round(weeks * 3.5), round(weeks * 7), customers)
        return _lived(random, rates, stops, age)

    return simulated


def _lived(random: np.random.Generator, rates: np.ndarray, stops: np.ndarray, age: np.ndarray) -> Histories:
    clock, x, last = np.zeros(len(age)), np.zeros(len(age), np.int64), np.zeros(len(age), np.int64)
    going = np.ones(len(age), np.bool_)
    while going.any():
        clock += random.exponential(1 / rates)
        going &= clock <= age
        day = np.ceil(clock).astype(np.int64)
        counted = going & (day > last)
        x, last = x + counted, np.where(counted, day, last)
        going &= random.random(len(age)) >= stops
    return Histories.of(x, np.minimum(last, age), age)

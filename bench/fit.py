"""Fit and predict for N simulated customers: `python bench/fit.py --customers 1000000 [--model bg_nbd]`.

Prints one JSON line each for fit, predict and history. The yardstick of fit and predict is one evaluation of
the plain ungrouped numpy log-likelihood over the same customers in the same run; that of history is np.sort.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.special import gammaln

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from value.engine import Histories, Orders, fit, histories_from_orders, predict


def simulated(customers: int, seed: int = 7) -> Histories:
    """Two years of BG/NBD customers with the CDNOW parameters and gamma-gamma spend."""
    random = np.random.default_rng(seed)
    age = random.integers(30, 730, customers)
    rate = random.gamma(0.243, 1 / 4.414, customers) / 7
    dropout = random.beta(0.793, 2.426, customers)
    clock, x, last = np.zeros(customers), np.zeros(customers, np.int64), np.zeros(customers, np.int64)
    going = np.ones(customers, np.bool_)
    while going.any():
        clock[going] += random.exponential(1 / np.maximum(rate[going], 1e-12))
        going &= clock <= age
        day = np.floor(clock).astype(np.int64)
        counted = going & (day > last)
        x[counted] += 1
        last[counted] = day[counted]
        going &= random.random(customers) > dropout
    level = (
        random.gamma(6.25 * np.maximum(x, 1), 1.0)
        / np.maximum(x, 1)
        / random.gamma(3.74, 1 / 15.44, customers)
    )
    return Histories.of(x, last, age, np.where(x > 0, level, 0.0))


def plain_log_likelihood(histories: Histories) -> float:
    """BG/NBD row by row at the CDNOW parameters, as one writes it first."""
    r, alpha, a, b = 0.243, 4.414, 0.793, 2.426
    x, t_x, T = histories.x.astype(float), histories.t_x, histories.T
    first = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    second = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    alive = -(r + x) * np.log(alpha + T)
    dead = np.log(a) - np.log(np.maximum(b + x - 1, 1e-9)) - (r + x) * np.log(alpha + t_x)
    both = np.where(x > 0, np.logaddexp(alive, dead), alive)
    return float((first + second + both).sum())


def orders_of(histories: Histories, seed: int = 7) -> Orders:
    """Order rows that have about these histories (repeat days at random places up to the last one)."""
    random = np.random.default_rng(seed)
    customers = np.repeat(np.arange(len(histories)), histories.x + 4)
    share = random.random(len(customers))
    days = (730 - histories.age_days[customers] + share * histories.recency_days[customers]).astype(np.int64)
    return Orders(customers, days, random.gamma(2.0, 20.0, len(customers)))


def timed(work: Callable[[], object], rounds: int = 3) -> float:
    """The best of some rounds, in seconds."""
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best


def line(what: str, size: int, seconds: float, yardstick: str, yard: float) -> None:
    facts = {"what": what, "size": size, "seconds": round(seconds, 4), "yardstick": yardstick}
    print(json.dumps(facts | {"yardstick_seconds": round(yard, 4), "ratio": round(seconds / yard, 2)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--model", default="bg_nbd")
    options = parser.parse_args()
    histories = simulated(options.customers)
    yard = timed(lambda: plain_log_likelihood(histories))
    fitted = fit(histories, model=options.model)
    name = "one plain log-likelihood"
    line(
        f"value.fit {options.model}",
        len(histories),
        timed(lambda: fit(histories, model=options.model)),
        name,
        yard,
    )
    line(
        f"value.predict {options.model}",
        len(histories),
        timed(lambda: predict(fitted, histories)),
        name,
        yard,
    )
    orders = orders_of(histories)
    sort = timed(lambda: np.sort(orders.customers * 1000 + orders.days))
    seconds = timed(lambda: histories_from_orders(orders, 730))
    line("value.histories_from_orders", len(orders.days), seconds, "np.sort of the rows", sort)


if __name__ == "__main__":
    main()

"""From order rows to one history per customer: repeat days x, recency t_x, age T and mean spend.

Conventions of Fader, Hardie & Lee (2005), *Counting your customers the easy way*: orders of one customer on
one day count once, x leaves out the first day, t_x = last - first, T = as-of - first.
Spend leaves out the first day (Fader, Hardie & Lee 2005, *RFM and CLV*, JMR 42).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from value.engine.arrays import DAYS_PER_WEEK, BadInput, BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Orders:
    """Order rows as three arrays of one length: customer code (0..n-1), day (ordinal) and amount.

    `labels[code]` names the customer; it may be empty where nobody needs names.
    """

    customers: IntArray
    days: IntArray
    amounts: FloatArray
    labels: Sequence[str] = ()

    @staticmethod
    def of(customers: Sequence[str], days: IntArray, amounts: FloatArray) -> "Orders":
        """Number the customers in order of first appearance."""
        codes: dict[str, int] = {}
        numbers = np.fromiter((codes.setdefault(c, len(codes)) for c in customers), np.int64, len(customers))
        return Orders(numbers, days, amounts, tuple(codes))

    def until(self, day: int) -> "Orders":
        """The rows of `day` and earlier."""
        return self.only(self.days <= day)

    def only(self, keep: BoolArray) -> "Orders":
        """The rows where `keep` is true; codes and labels stay."""
        return Orders(self.customers[keep], self.days[keep], self.amounts[keep], self.labels)


@dataclass(frozen=True, slots=True)
class Histories:
    """One row per customer; all arrays have the same length.

    x: repeat order days; recency_days: last less first order day; age_days: as-of day less first order day;
    mean_spend: mean amount (or margin) of the repeat days, 0 where x = 0;
    customers: the caller's own code or key of each row.
    """

    x: IntArray
    recency_days: IntArray
    age_days: IntArray
    mean_spend: FloatArray
    customers: IntArray

    @staticmethod
    def of(
        x: IntArray,
        recency_days: IntArray,
        age_days: IntArray,
        mean_spend: FloatArray | None = None,
        customers: IntArray | None = None,
    ) -> "Histories":
        """Build from columns, checking them; raises BadInput for impossible histories."""
        counts, recency, age = (np.asarray(column, np.int64) for column in (x, recency_days, age_days))
        _refuse_impossible(counts, recency, age)
        spend = np.zeros(len(counts)) if mean_spend is None else np.asarray(mean_spend, np.float64)
        keys = np.arange(len(counts)) if customers is None else np.asarray(customers, np.int64)
        return Histories(counts, recency, age, spend, keys)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def t_x(self) -> FloatArray:
        """Recency in weeks."""
        return self.recency_days / DAYS_PER_WEEK

    @property
    def T(self) -> FloatArray:
        """Age in weeks."""
        return self.age_days / DAYS_PER_WEEK

    @property
    def repeaters(self) -> int:
        return int(np.count_nonzero(self.x))

    def take(self, rows: BoolArray | IntArray) -> "Histories":
        """The chosen rows, in the given order."""
        return Histories(
            self.x[rows],
            self.recency_days[rows],
            self.age_days[rows],
            self.mean_spend[rows],
            self.customers[rows],
        )


def _refuse_impossible(x: IntArray, recency: IntArray, age: IntArray) -> None:
    rules = {
        "x is negative": x < 0,
        "recency is negative": recency < 0,
        "the last order lies after the as-of day": recency > age,
        "a one-time buyer has a recency": (x == 0) & (recency > 0),
        "more repeat days than days between first and last order": x > recency,
    }
    problems = [f"row {int(np.argmax(bad)) + 1}: {text}" for text, bad in rules.items() if bad.any()]
    if problems:
        raise BadInput(problems)


@dataclass(frozen=True, slots=True)
class OrderDays:
    """Distinct (customer, day) pairs, sorted by customer and then by day."""

    customers: IntArray
    days: IntArray
    starts: IntArray

    @property
    def is_repeat(self) -> BoolArray:
        """False on the first day of each customer."""
        repeat = np.ones(len(self.days), np.bool_)
        repeat[self.starts] = False
        return repeat


def distinct_order_days(orders: Orders) -> OrderDays:
    """Each customer's order days once, however many orders a day holds."""
    if len(orders.days) == 0:
        return OrderDays(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64))
    origin, span = int(orders.days.min()), int(np.ptp(orders.days)) + 1
    keys = np.sort(orders.customers * span + (orders.days - origin))
    keys = keys[np.concatenate(([True], keys[1:] != keys[:-1]))]
    customers = keys // span
    starts = np.flatnonzero(np.concatenate(([True], customers[1:] != customers[:-1])))
    return OrderDays(customers, keys - customers * span + origin, starts.astype(np.int64))


def histories_from_orders(orders: Orders, as_of_day: int) -> Histories:
    """One history per customer who ordered on or before `as_of_day` (an ordinal); later rows are ignored."""
    known = orders.until(as_of_day)
    visited = distinct_order_days(known)
    customers = visited.customers[visited.starts]
    counts = np.diff(np.append(visited.starts, len(visited.days)))
    first = visited.days[visited.starts]
    last = visited.days[visited.starts + counts - 1]
    spend = _mean_repeat_spend(known, customers, first, counts - 1)
    return Histories(counts - 1, last - first, as_of_day - first, spend, customers)


def _mean_repeat_spend(orders: Orders, customers: IntArray, first: IntArray, x: IntArray) -> FloatArray:
    if len(customers) == 0:
        return np.zeros(0)
    size = int(customers[-1]) + 1
    first_day = np.zeros(size, np.int64)
    first_day[customers] = first
    repeat = np.where(orders.days > first_day[orders.customers], orders.amounts, 0.0)
    total = np.bincount(orders.customers, weights=repeat, minlength=size)[customers]
    return np.asarray(total / np.maximum(x, 1), np.float64)


@dataclass(frozen=True, slots=True)
class Sample:
    """Histories in weeks with weights, as the likelihoods read them: each column as distinct values and an
    index.

    `x_values[x_index]` is x of each row, and so on; the log-gamma terms are then tables over `x_values`.
    """

    x_values: FloatArray
    x_index: IntArray
    t_values: FloatArray
    t_index: IntArray
    T_values: FloatArray
    T_index: IntArray
    weights: FloatArray

    @staticmethod
    def of(x: FloatArray, t_x: FloatArray, T: FloatArray, weights: FloatArray | None = None) -> "Sample":
        """Index given columns (any unit of time); weights count how often a row stands (default once)."""
        columns = [np.unique(np.asarray(column, np.float64), return_inverse=True) for column in (x, t_x, T)]
        weight = np.ones(len(columns[0][1])) if weights is None else np.asarray(weights, np.float64)
        (xs, xi), (ts, ti), (Ts, Ti) = columns
        return Sample(xs, xi, ts, ti, Ts, Ti, weight)

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def x(self) -> FloatArray:
        return self.x_values[self.x_index]

    @property
    def t_x(self) -> FloatArray:
        return self.t_values[self.t_index]

    @property
    def T(self) -> FloatArray:
        return self.T_values[self.T_index]

    @property
    def customers(self) -> float:
        return float(self.weights.sum())

    @property
    def repeats(self) -> float:
        return float(self.weights @ self.x)

    def in_unit(self, weeks: float) -> "Sample":
        """The same rows with time counted in units of `weeks`."""
        return Sample(
            self.x_values, self.x_index, self.t_values / weeks, self.t_index,
            self.T_values / weeks, self.T_index, self.weights,
        )  # fmt: skip

    def sketch(self, rows: int) -> "Sample":
        """About `rows` rows, evenly spaced, with weights made up; all rows with x = 0 are kept."""
        repeat = np.flatnonzero(self.x_values[self.x_index] > 0)
        step = max(len(repeat) // rows, 1)
        kept = repeat[::step]
        weights = self.weights[kept] * (self.weights[repeat].sum() / max(self.weights[kept].sum(), 1e-300))
        zero = np.flatnonzero(self.x_values[self.x_index] == 0)
        chosen = np.concatenate((zero, kept))
        return Sample(
            self.x_values, self.x_index[chosen], self.t_values, self.t_index[chosen],
            self.T_values, self.T_index[chosen], np.concatenate((self.weights[zero], weights)),
        )  # fmt: skip


def grouped(histories: Histories) -> Sample:
    """Distinct (x, t_x, T) in weeks with their counts as weights; x = 0 collapses to distinct T."""
    width = int(histories.age_days.max(initial=0)) + 1
    keys = (histories.x * width + histories.recency_days) * width + histories.age_days
    distinct, counts = np.unique(keys, return_counts=True)
    rest, age = np.divmod(distinct, width)
    x, recency = np.divmod(rest, width)
    return _indexed_by_day(x, recency, age, counts.astype(np.float64))


def _indexed_by_day(x: IntArray, recency: IntArray, age: IntArray, weights: FloatArray) -> Sample:
    xs, x_index = np.unique(x, return_inverse=True)
    weeks = np.arange(int(age.max(initial=0)) + 1) / DAYS_PER_WEEK
    return Sample(xs.astype(np.float64), x_index, weeks, recency, weeks, age, weights)

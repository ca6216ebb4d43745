"""What the customers that are alive will do, for every distinct (x, T), fast.

Given alive, all expectations depend on x and T alone and are smooth in T, so they are computed at Chebyshev
nodes in ln(c+T) for each distinct x and interpolated (Berrut & Trefethen 2004, barycentric form); c is the
model's time scale.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from value.engine.arrays import DAYS_PER_WEEK, WEEKS_PER_YEAR, FloatArray, IntArray
from value.engine.frequency_model import FrequencyModel
from value.engine.history import Histories

_AGE_NODES = 28
_HORIZON_NODES = 18
_ROWS = 4096

Column = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class Discounting:
    """How future orders are discounted: at the end of each period, by `annual_rate`, for `years`.

    periods_per_year: 12 for months, 365/7 for weeks. The discounted expected transactions (DET) are
    the sum over k of (1 + rate)^(-k/periods) (E[Y(k)] - E[Y(k-1)]), Fader, Hardie & Lee (2005, JMR).
    """

    annual_rate: float = 0.10
    years: float = 10.0
    periods_per_year: float = 12.0

    @property
    def weeks(self) -> float:
        return self.years * WEEKS_PER_YEAR

    def terms(self) -> tuple[FloatArray, FloatArray]:
        """Times in weeks and the weights w with DET = sum of w E[Y(time)] (summation by parts)."""
        periods = np.arange(1, max(round(self.years * self.periods_per_year), 1) + 1)
        factors = np.exp(-np.log1p(self.annual_rate) * periods / self.periods_per_year)
        weights = factors - np.append(factors[1:], 0.0)
        return np.asarray(periods * WEEKS_PER_YEAR / self.periods_per_year, np.float64), weights

    def nodes(self, scale: float) -> tuple[FloatArray, FloatArray]:
        """The same functional on few nodes: `terms` interpolated in ln(1 + t/scale)."""
        times, weights = self.terms()
        if len(times) <= _HORIZON_NODES:
            return times, weights
        logs = np.log1p(times / scale)
        points = _chebyshev(0.0, float(logs[-1]), _HORIZON_NODES)
        return scale * np.expm1(points), weights @ _lagrange(points, logs)


def discounted_orders(
    model: FrequencyModel, discounting: Discounting, x: FloatArray, T: FloatArray
) -> FloatArray:
    """DET of customers alive at T (multiply by P(alive)); see `Discounting`."""
    total = np.zeros(len(x))
    for weeks, weight in zip(*discounting.nodes(model.time_scale), strict=True):
        total += weight * model.alive_orders(float(weeks), x, T)
    return total


def on_pairs(columns: Sequence[Column], x: FloatArray, T: FloatArray, scale: float) -> list[FloatArray]:
    """Each column at each (x, T), by way of the nodes; directly where there are fewer pairs than nodes."""
    xs, index = np.unique(x, return_inverse=True)
    if len(x) <= len(xs) * _AGE_NODES:
        return [_in_pieces(column, x, T) for column in columns]
    low, high = (float(np.log(scale + end)) for end in (T.min(), T.max()))
    points = _chebyshev(low, high, _AGE_NODES)
    ages = np.exp(points) - scale
    grid_x, grid_T = np.repeat(xs, _AGE_NODES), np.tile(np.maximum(ages, 0.0), len(xs))
    basis = _lagrange(points, np.log(scale + T))
    tables = [_in_pieces(column, grid_x, grid_T).reshape(len(xs), _AGE_NODES) for column in columns]
    return [np.asarray(np.einsum("ij,ij->i", table[index], basis), np.float64) for table in tables]


def _in_pieces(column: Column, x: FloatArray, T: FloatArray) -> FloatArray:
    return np.concatenate([column(x[i : i + _ROWS], T[i : i + _ROWS]) for i in range(0, len(x), _ROWS)])


def _chebyshev(low: float, high: float, count: int) -> FloatArray:
    """Chebyshev points of the second kind on [low, high], ends included."""
    points = np.cos(np.pi * np.arange(count) / (count - 1))
    return np.asarray((low + high) / 2 + (high - low) / 2 * points, np.float64)


def _lagrange(points: FloatArray, at: FloatArray) -> FloatArray:
    """Values of the Lagrange basis on Chebyshev `points`, shape (len(at), len(points))."""
    signs = (-1.0) ** np.arange(len(points))
    signs[[0, -1]] /= 2
    distance = at[:, None] - points
    hit = np.abs(distance) < 1e-14 * (np.abs(points).max() + 1)
    terms = signs / np.where(hit, 1.0, distance)
    basis = terms / terms.sum(axis=1, keepdims=True)
    exact = hit.any(axis=1)
    basis[exact] = hit[exact] / hit[exact].sum(axis=1, keepdims=True)
    return np.asarray(basis, np.float64)


def chance_alive(model: FrequencyModel, histories: Histories) -> FloatArray:
    """P(alive) of each customer; where a row is dear (Pareto/NBD), of each distinct history once."""
    if not model.dear:
        return model.p_alive(histories.x.astype(np.float64), histories.t_x, histories.T)
    width = int(histories.age_days.max(initial=0)) + 1
    keys = (histories.x * width + histories.recency_days) * width + histories.age_days
    _, first, index = np.unique(keys, return_index=True, return_inverse=True)
    distinct = histories.take(first)
    return model.p_alive(distinct.x.astype(np.float64), distinct.t_x, distinct.T)[index]


def given_alive(columns: Sequence[Column], histories: Histories, scale: float) -> list[FloatArray]:
    """Each column for each customer, as if alive, by way of the distinct (x, T)."""
    if len(histories) == 0:
        return [np.zeros(0) for _ in columns]
    x, T, index = _pairs(histories)
    return [column[index] for column in on_pairs(columns, x, T, scale)]


def _pairs(histories: Histories) -> tuple[FloatArray, FloatArray, IntArray]:
    """Distinct x, T and the index of each customer's pair."""
    width = int(histories.age_days.max(initial=0)) + 1
    keys = histories.x * width + histories.age_days
    if int(keys.max(initial=0)) < 20_000_000:
        seen = np.zeros(int(keys.max(initial=0)) + 1, np.bool_)
        seen[keys] = True
        distinct, index = np.flatnonzero(seen), np.cumsum(seen)[keys] - 1
    else:
        distinct, index = np.unique(keys, return_inverse=True)
    x, age = np.divmod(distinct, width)
    return x.astype(np.float64), age / DAYS_PER_WEEK, index

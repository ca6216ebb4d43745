"""Recalibrating P(no order in the next H days) on a holdout, so that a percentage means what it says.

Isotonic regression (Ayer et al. 1955, pool adjacent violators) on groups of equal size, separately for one-time
buyers and repeaters, because models miss the two differently. The result is a small table read by interpolation.
"""

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from scipy.optimize import isotonic_regression

from value.engine.arrays import BoolArray, FloatArray

_GROUPS = 20
_SMALLEST_GROUP = 25


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (said, happened), both rising; empty = leave as said."""

    said: tuple[float, ...]
    happened: tuple[float, ...]

    def apply(self, probability: FloatArray) -> FloatArray:
        if not self.said:
            return probability
        return np.interp(probability, self.said, self.happened)


@dataclass(frozen=True, slots=True)
class Recalibration:
    """What was said and what happened for P(no order in `horizon_days`), one curve for each kind of buyer.

    brier_before, brier_after: mean squared error of the raw and of the recalibrated probability, the latter
    cross-validated in two halves.
    """

    horizon_days: int
    one_time: Curve
    repeat: Curve
    brier_before: float
    brier_after: float
    method: str = "isotonic regression on groups of equal size, one-time buyers and repeaters apart"

    def apply(self, probability: FloatArray, one_time: BoolArray) -> FloatArray:
        """The recalibrated probability of each customer."""
        return np.where(one_time, self.one_time.apply(probability), self.repeat.apply(probability))

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        curves = {
            name: Curve(*(tuple(data[name][key]) for key in ("said", "happened")))
            for name in ("one_time", "repeat")
        }
        return cls(**(data | curves))


def recalibrate(
    said: FloatArray, happened: BoolArray, one_time: BoolArray, horizon_days: int
) -> Recalibration:
    """Learn the curves: `said` = raw P(no order), `happened` = True where no order came in `horizon_days`."""
    outcome = happened.astype(np.float64)
    checked = np.empty(len(said))
    half = np.arange(len(said)) % 2 == 0
    for train in (half, ~half):
        one, rest = _curves(said[train], outcome[train], one_time[train])
        checked[~train] = np.where(one_time[~train], one.apply(said[~train]), rest.apply(said[~train]))
    one, rest = _curves(said, outcome, one_time)
    before, after = (float(np.mean((guess - outcome) ** 2)) for guess in (said, checked))
    return Recalibration(horizon_days, one, rest, before, after)


def _curves(said: FloatArray, outcome: FloatArray, one_time: BoolArray) -> tuple[Curve, Curve]:
    return _curve(said[one_time], outcome[one_time]), _curve(said[~one_time], outcome[~one_time])


def _curve(said: FloatArray, outcome: FloatArray) -> Curve:
    groups = min(_GROUPS, len(said) // _SMALLEST_GROUP)
    if groups < 1:
        return Curve((), ())
    order = np.argsort(said, kind="stable")
    parts = np.array_split(order, groups)
    levels = np.array([said[part].mean() for part in parts])
    rates = np.array([(outcome[part].sum() + 0.5) / (len(part) + 1) for part in parts])
    smooth = isotonic_regression(rates, weights=np.array([len(part) for part in parts], np.float64)).x
    distinct = np.concatenate(([True], np.diff(levels) > 1e-12))
    return Curve(tuple(levels[distinct].tolist()), tuple(np.asarray(smooth)[distinct].tolist()))

"""Recalibrating P(no order in the next H days) on a holdout, so that a percentage means what it says.

Logistic recalibration (Cox 1958; Platt 1999): logit(happened) = intercept + slope logit(said), separately for
one-time buyers and repeaters, because models miss the two differently. Isotonic regression was tried on the
CDNOW sample: cross-validated it made the Brier score worse than the raw model, the logistic curve made it
better.
"""

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from scipy.special import expit, logit

from value.engine.arrays import BoolArray, FloatArray

_PRIOR = 4.0
_ROUNDS = 30
_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Curve:
    """expit(intercept + slope logit(p)); 0 and 1 leave p as it is. Learned from `customers`."""

    intercept: float = 0.0
    slope: float = 1.0
    customers: int = 0

    def apply(self, probability: FloatArray) -> FloatArray:
        safe = np.clip(probability, _EDGE, 1 - _EDGE)
        return np.asarray(expit(self.intercept + self.slope * logit(safe)), np.float64)


@dataclass(frozen=True, slots=True)
class Recalibration:
    """The curves for P(no order in `horizon_days`), one for each kind of buyer.

    brier_before, brier_after: mean squared error of the raw and of the recalibrated probability, the latter
    cross-validated in two halves.
    """

    horizon_days: int
    one_time: Curve
    repeat: Curve
    brier_before: float
    brier_after: float
    method: str = "logistic on the logit, one-time buyers and repeaters apart"

    def apply(self, probability: FloatArray, one_time: BoolArray) -> FloatArray:
        """The recalibrated probability of each customer; certainty (exactly 0 or 1) is softened by 1e-6."""
        result = self.repeat.apply(probability)
        result[one_time] = self.one_time.apply(probability[one_time])
        return result

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(**(data | {name: Curve(**data[name]) for name in ("one_time", "repeat")}))


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
    """Newton on the logistic likelihood, with a normal prior (precision 4) that pulls towards "as said"."""
    columns = np.stack((np.ones(len(said)), logit(np.clip(said, _EDGE, 1 - _EDGE))))
    neutral = np.array([0.0, 1.0])
    theta = neutral.copy()
    for _ in range(_ROUNDS):
        guess = expit(theta @ columns)
        gradient = columns @ (outcome - guess) - _PRIOR * (theta - neutral)
        step = np.linalg.solve((columns * guess * (1 - guess)) @ columns.T + _PRIOR * np.eye(2), gradient)
        theta = theta + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-10:
            break
    # A falling curve would rank customers the wrong way round; then only the level is corrected.
    slope = float(theta[1]) if theta[1] > 0 else 1.0
    return Curve(float(theta[0]) if theta[1] > 0 else _level(columns[1], outcome), slope, len(said))


def _level(logits: FloatArray, outcome: FloatArray) -> float:
    """The shift that makes the mean of what was said the mean of what happened, by bisection."""
    if len(outcome) == 0:
        return 0.0
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if expit(logits + middle).mean() < outcome.mean() else (low, middle)
    return (low + high) / 2

"""The fitted pair of models as one serialisable thing, and what it says about each customer."""

import json
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, Self

import numpy as np
from scipy.special import ndtri

from value.engine.arrays import DAYS_PER_WEEK, BoolArray, FloatArray, IntArray
from value.engine.frequency import FrequencyFit
from value.engine.frequency_model import FrequencyModel
from value.engine.gamma_gamma import GammaGamma, SpendFit
from value.engine.history import Histories
from value.engine.outlook import Column, Discounting, chance_alive, discounted_orders, given_alive
from value.engine.recalibration import Recalibration

QUARTER_DAYS, YEAR_DAYS, THREE_YEARS_DAYS = 91, 365, 1095


@dataclass(frozen=True, slots=True)
class FittedModel:
    """Everything needed to value a customer later: store `to_json()`, read it back with `from_json`.

    spend is None where no spend model could be fitted; then `mean_spend`, the mean of repeat days,
    values every order. `requested` names the model asked for where the fit fell back to another.
    """

    frequency: FrequencyFit
    spend: SpendFit | None
    mean_spend: float
    requested: str
    warnings: tuple[str, ...] = ()
    recalibration: Recalibration | None = None
    discounting: Discounting = field(default_factory=Discounting)

    @property
    def name(self) -> str:
        return self.frequency.name

    def recalibrated(self, recalibration: Recalibration | None) -> "FittedModel":
        """The same model with the curves learned on a holdout."""
        return replace(self, recalibration=recalibration)

    def discounted(self, discounting: Discounting) -> "FittedModel":
        """The same model with another horizon or rate for the lifetime value."""
        return replace(self, discounting=discounting)

    def to_json(self) -> str:
        return json.dumps(asdict(self), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        data: dict[str, Any] = json.loads(text)
        data["frequency"] = FrequencyFit.from_dict(data["frequency"])
        if data["spend"] is not None:
            data["spend"] = SpendFit(**(data["spend"] | {"model": GammaGamma(**data["spend"]["model"])}))
        if data["recalibration"] is not None:
            data["recalibration"] = Recalibration.from_dict(data["recalibration"])
        data["warnings"], data["discounting"] = tuple(data["warnings"]), Discounting(**data["discounting"])
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Predictions:
    """One entry per customer, in the order of the histories. Orders are counts of order days, margins are
    money; "90" stands for a quarter of 13 weeks (91 days).

    one_time: x = 0. alive_known: False where P(alive) = 1 is an assumption of the model and no finding
    (every customer under the NBD, one-time buyers under BG/NBD): show p_no_order_90 there, never p_alive.
    p_no_order_90 is recalibrated where the model has curves for it; p_no_order_90_raw is what the model says.
    low, high: the 10 % and 90 % points of the discounted margin over the discounting horizon; see
    `value_interval`.
    """

    customers: IntArray
    one_time: BoolArray
    alive_known: BoolArray
    p_alive: FloatArray
    p_no_order_90: FloatArray
    p_no_order_90_raw: FloatArray
    expected_orders_90: FloatArray
    expected_orders_1y: FloatArray
    expected_orders_3y: FloatArray
    expected_margin_per_order: FloatArray
    expected_margin_90: FloatArray
    expected_margin_1y: FloatArray
    expected_margin_3y: FloatArray
    lifetime_orders: FloatArray
    lifetime_value: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True)
class _Alive:
    """What happens to customers who are alive: by customer, gathered from the distinct (x, T)."""

    orders_90: FloatArray
    orders_1y: FloatArray
    orders_3y: FloatArray
    discounted: FloatArray
    lifetime_orders: FloatArray
    lifetime_pairs: FloatArray
    none_90: FloatArray
    none_lifetime: FloatArray


def predict(fitted: FittedModel, histories: Histories) -> Predictions:
    """Value each customer. Anyone who objected to profiling is simply not among the histories.

    Conditional expectations: Fader, Hardie & Lee (2005) for the orders; their JMR paper for the spend.
    """
    model = fitted.frequency.model
    p_alive = chance_alive(model, histories)
    alive = _alive(model, histories, fitted.discounting)
    margin = expected_margin(fitted, histories)
    one_time = histories.x == 0
    raw = np.clip(1 - p_alive * (1 - alive.none_90), 0, 1)
    said = raw if fitted.recalibration is None else fitted.recalibration.apply(raw, one_time)
    low, high = value_interval(fitted, histories, p_alive, alive, margin)
    quarter, year, three = (p_alive * part for part in (alive.orders_90, alive.orders_1y, alive.orders_3y))
    return Predictions(
        customers=histories.customers,
        one_time=one_time,
        alive_known=alive_known(model, one_time),
        p_alive=p_alive,
        p_no_order_90=said,
        p_no_order_90_raw=raw,
        expected_orders_90=quarter,
        expected_orders_1y=year,
        expected_orders_3y=three,
        expected_margin_per_order=margin,
        expected_margin_90=quarter * margin,
        expected_margin_1y=year * margin,
        expected_margin_3y=three * margin,
        lifetime_orders=p_alive * alive.discounted,
        lifetime_value=p_alive * alive.discounted * margin,
        low=low,
        high=high,
    )


def alive_known(model: FrequencyModel, one_time: BoolArray) -> BoolArray:
    """Whether P(alive) is a finding: not under the NBD, and not for one-time buyers under BG/NBD."""
    if not model.dropout_parameters:
        return np.zeros(len(one_time), np.bool_)
    return ~one_time if model.silent_after_first else np.ones(len(one_time), np.bool_)


def _alive(model: FrequencyModel, histories: Histories, discounting: Discounting) -> _Alive:
    weeks, horizons = discounting.weeks, (QUARTER_DAYS, YEAR_DAYS, THREE_YEARS_DAYS)
    columns: list[Column] = [
        *(partial(model.alive_orders, days / DAYS_PER_WEEK) for days in horizons),
        partial(discounted_orders, model, discounting),
        partial(model.alive_orders, weeks),
        partial(model.alive_pairs, weeks),
        partial(model.alive_none, QUARTER_DAYS / DAYS_PER_WEEK),
        partial(model.alive_none, weeks),
    ]
    return _Alive(*given_alive(columns, histories, model.time_scale))


def expected_margin(fitted: FittedModel, histories: Histories) -> FloatArray:
    """Expected margin of the next order: gamma-gamma, or the plain mean where it was not fitted."""
    if fitted.spend is None:
        return np.full(len(histories), fitted.mean_spend)
    return fitted.spend.model.expected_spend(histories.x.astype(np.float64), histories.mean_spend)


def value_interval(
    fitted: FittedModel, histories: Histories, p_alive: FloatArray, alive: _Alive, margin: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """10 % and 90 % points of the discounted margin over the horizon, by moments.

    Covers: how many orders come (dropout, unknown rate), the unknown mean spend and the spread of single
    orders. Leaves out: uncertain parameters, and that the model may be wrong. Method: no order with the
    model's own probability; else a lognormal with the mean and variance of a compound sum (counts by their
    first two moments, discounting as one factor on the sum).
    """
    ordered = np.clip(p_alive * (1 - alive.none_lifetime), 1e-12, 1)
    first, second = p_alive * alive.lifetime_orders, p_alive * alive.lifetime_pairs
    square, product = _spend_squares(fitted, histories, margin)
    factor = alive.discounted / np.maximum(alive.lifetime_orders, 1e-300)
    mean = first * margin * factor / ordered
    spread = (first * square + second * product) * factor**2 / ordered
    sigma2 = np.log(np.maximum(spread / np.maximum(mean**2, 1e-300), 1.0))
    ends = [_lognormal_point(level, ordered, mean, sigma2) for level in (0.1, 0.9)]
    return np.minimum(*ends), np.maximum(*ends)


def _spend_squares(
    fitted: FittedModel, histories: Histories, margin: FloatArray
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    if fitted.spend is None:
        return margin**2, margin**2
    return fitted.spend.model.squares(histories.x.astype(np.float64), margin)


def _lognormal_point(level: float, ordered: FloatArray, mean: FloatArray, sigma2: FloatArray) -> FloatArray:
    """The `level` point of a mixture: 0 with 1 - ordered, else lognormal with that mean (negative means
    mirrored).
    """
    inside = (level - (1 - ordered)) / ordered
    z = ndtri(np.clip(inside, 1e-12, 1 - 1e-12))
    return np.where(inside > 0, mean * np.exp(np.sqrt(sigma2) * z - sigma2 / 2), 0.0)

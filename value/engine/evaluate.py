"""Fit on the calibration part, foretell the holdout, compare with naive guesses, choose, recalibrate."""

from collections.abc import Sequence
from datetime import date
from functools import partial

import numpy as np

from value.engine.arrays import (
    DAYS_PER_WEEK,
    WEEKS_PER_YEAR,
    BoolArray,
    FloatArray,
    IntArray,
    TooLittleData,
)
from value.engine.choice import choose
from value.engine.evidence import (
    Evidence,
    FrequencyGroup,
    HoldoutError,
    ModelEvidence,
    SilenceCheck,
    SilenceGroup,
    Tracking,
    ValueCheck,
)
from value.engine.fitting import data_warnings, fit_spend, fit_warnings, mean_repeat_spend
from value.engine.frequency import fit_frequency
from value.engine.frequency_model import FrequencyModel
from value.engine.history import Histories, grouped
from value.engine.holdout import Split
from value.engine.outlook import Discounting, chance_alive, given_alive
from value.engine.prediction import QUARTER_DAYS, FittedModel, Predictions, predict
from value.engine.recalibration import Recalibration, recalibrate

DEFAULT_MODELS = ("bg_nbd", "mbg_nbd", "pareto_nbd")
LAST_GROUP = 7


def evaluate(split: Split, *, models: Sequence[str] = DEFAULT_MODELS) -> Evidence:
    """Fit `models` (and the NBD, as the measure of dropout) on the calibration part and test them on the
    holdout.

    Raises TooLittleData where nobody repeats in calibration. The recalibration of P(no order in 91 days) is
    learned on the same holdout and is None where that is shorter than 91 days.
    """
    histories = split.histories
    if histories.repeaters == 0:
        raise TooLittleData(["no customer ordered on two days before the calibration end"])
    sample = grouped(histories)
    fits = {name: fit_frequency(name, sample) for name in dict.fromkeys((*models, "nbd"))}
    expected = {name: expected_holdout_orders(fit.model, split) for name, fit in fits.items()}
    compared = {name: ModelEvidence(fit, holdout_error(expected[name], split)) for name, fit in fits.items()}
    chosen, why = choose(compared)
    spend, spend_warnings = fit_spend(histories)
    fitted = FittedModel(fits[chosen], spend, mean_repeat_spend(histories), chosen)
    silence, recalibration, silence_warnings = _silence(fitted, split)
    return Evidence(
        calibration_end=date.fromordinal(split.calibration_end).isoformat(),
        observation_end=date.fromordinal(split.observation_end).isoformat(),
        customers=len(histories),
        repeaters=histories.repeaters,
        repeats=int(histories.x.sum()),
        holdout_repeats=int(split.holdout_orders.sum()),
        models=compared,
        naive={name: holdout_error(guess, split) for name, guess in naive_guesses(split).items()},
        tracking=tracking({name: fit.model for name, fit in fits.items()}, split),
        groups=frequency_groups(expected, split),
        spend=spend,
        silence=silence,
        value=_value_check(fitted, split),
        recalibration=recalibration,
        chosen=chosen,
        why=why,
        warnings=(
            *data_warnings(histories),
            *fit_warnings(list(fits.values())),
            *spend_warnings,
            *silence_warnings,
        ),
    )


def expected_holdout_orders(model: FrequencyModel, split: Split) -> FloatArray:
    """E[orders in the holdout] of each customer, from what was known at the calibration end."""
    orders = partial(model.alive_orders, split.holdout_days / DAYS_PER_WEEK)
    return chance_alive(model, split.histories) * given_alive([orders], split.histories, model.time_scale)[0]


def holdout_error(expected: FloatArray, split: Split) -> HoldoutError:
    """Mean absolute and root mean square error per customer, and the relative error of the sum."""
    gap = expected - split.holdout_orders
    came = max(float(split.holdout_orders.sum()), 1.0)
    return HoldoutError(
        expected_repeats=float(expected.sum()),
        mae=float(np.abs(gap).mean()),
        rmse=float(np.sqrt((gap**2).mean())),
        cumulative_error=float(gap.sum()) / came,
    )


def naive_guesses(split: Split) -> dict[str, FloatArray]:
    """What one would guess without a model, per customer.

    same_again: the orders of the equally long window before; average: the base's mean rate for everybody;
    recency_rule: the customer's own rate, but nothing from those silent for longer than the holdout
    (the hiatus rule of Wuebben & v. Wangenheim 2008).
    """
    histories, days = split.histories, split.holdout_days
    age = np.maximum(histories.age_days, 1)
    average = histories.x.sum() / age.sum() * days
    silent = histories.age_days - histories.recency_days > days
    return {
        "same_again": split.previous_orders.astype(np.float64),
        "average": np.full(len(histories), float(average)),
        "recency_rule": np.where(silent, 0.0, histories.x / age * days),
    }


def frequency_groups(expected: dict[str, FloatArray], split: Split) -> tuple[FrequencyGroup, ...]:
    """Mean holdout orders by the number of repeat days in calibration: 0, 1, ..., 7+."""
    group = np.minimum(split.histories.x, LAST_GROUP)
    rows = []
    for k in np.unique(group).tolist():
        inside = group == k
        means = {name: float(values[inside].mean()) for name, values in expected.items()}
        label = f"{k}+" if k == LAST_GROUP else str(k)
        rows.append(
            FrequencyGroup(label, int(inside.sum()), float(split.holdout_orders[inside].mean()), means)
        )
    return tuple(rows)


def tracking(models: dict[str, FrequencyModel], split: Split) -> Tracking:
    """Cumulative and weekly repeat orders, actual and expected, from the first order on."""
    first = int(split.first_days.min())
    ends = _week_ends(first, split)
    actual = np.searchsorted(split.repeat_days, ends, side="right")
    acquired = np.bincount(split.first_days - first, minlength=split.observation_end - first + 1)
    expected = {name: _cumulative(model, acquired)[ends - first] for name, model in models.items()}
    return Tracking(
        week_ends=tuple(date.fromordinal(day).isoformat() for day in ends.tolist()),
        cumulative_actual=tuple(actual.tolist()),
        cumulative_expected={name: tuple(values.tolist()) for name, values in expected.items()},
        weekly_actual=tuple(np.diff(actual, prepend=0).tolist()),
        weekly_expected={name: tuple(np.diff(v, prepend=0.0).tolist()) for name, v in expected.items()},
    )


def _week_ends(first: int, split: Split) -> IntArray:
    """Every seventh day counted from the calibration end both ways, and the observation end."""
    before = np.arange(split.calibration_end, first - 1, -7)[::-1]
    after = np.arange(split.calibration_end + 7, split.observation_end + 1, 7)
    return np.unique(np.concatenate((before, after, [split.observation_end]))).astype(np.int64)


def _cumulative(model: FrequencyModel, acquired: IntArray) -> FloatArray:
    """Expected repeats up to each day, of customers acquired as counted per day."""
    curve = model.new_customer_orders(np.arange(len(acquired)) / DAYS_PER_WEEK)
    return np.asarray(np.convolve(acquired, curve)[: len(acquired)], np.float64)


def _silence(fitted: FittedModel, split: Split) -> tuple[SilenceCheck, Recalibration | None, list[str]]:
    days = min(QUARTER_DAYS, split.holdout_days)
    said = no_order_probability(fitted.frequency.model, split.histories, days)
    happened, one_time = split.days_to_next > days, split.histories.x == 0
    check = SilenceCheck(
        horizon_days=days,
        one_time_said=_share(said[one_time]),
        one_time_happened=_share(happened[one_time]),
        repeat_said=_share(said[~one_time]),
        repeat_happened=_share(happened[~one_time]),
        groups=_tenths(said, happened),
    )
    if days < QUARTER_DAYS:
        return (
            check,
            None,
            [f"The holdout has {days} days; the chance of no order in 91 days stays uncorrected."],
        )
    return check, recalibrate(said, happened, one_time, days), []


def _tenths(said: FloatArray, happened: BoolArray) -> tuple[SilenceGroup, ...]:
    parts = np.array_split(np.argsort(said, kind="stable"), min(10, len(said)))
    return tuple(SilenceGroup(len(part), _share(said[part]), _share(happened[part])) for part in parts)


def _share(values: FloatArray | BoolArray) -> float:
    return float(values.mean()) if len(values) else 0.0


def no_order_probability(model: FrequencyModel, histories: Histories, days: int) -> FloatArray:
    """P(no order in the next `days`) as the model says it, not recalibrated."""
    none = given_alive([partial(model.alive_none, days / DAYS_PER_WEEK)], histories, model.time_scale)[0]
    return np.clip(1 - chance_alive(model, histories) * (1 - none), 0, 1)


def _value_check(fitted: FittedModel, split: Split) -> ValueCheck:
    """The interval of `predict` with the holdout as its horizon, undiscounted, against what was spent."""
    years = split.holdout_days / DAYS_PER_WEEK / WEEKS_PER_YEAR
    horizon = Discounting(annual_rate=0.0, years=years, periods_per_year=1 / years)
    said: Predictions = predict(fitted.discounted(horizon), split.histories)
    inside = (split.holdout_amounts >= said.low - 0.005) & (split.holdout_amounts <= said.high + 0.005)
    return ValueCheck(
        expected=float(said.lifetime_value.sum()),
        actual=float(split.holdout_amounts.sum()),
        coverage_all=float(inside.mean()),
        coverage_repeaters=_share(inside[~said.one_time]),
    )

"""Fit both models to a base of customers, with the fallbacks and the warnings that belong to them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from value.engine.arrays import FloatArray, TooLittleData
from value.engine.frequency import MODELS, FrequencyFit, fit_frequency
from value.engine.gamma_gamma import SpendFit, fit_gamma_gamma
from value.engine.history import Histories, grouped
from value.engine.outlook import Discounting
from value.engine.prediction import FittedModel

FEWEST_REPEATERS = 100
SHORTEST_DAYS = 182


def fit(
    histories: Histories, *, model: str = "mbg_nbd", discounting: Discounting | None = None
) -> FittedModel:
    """Fit the frequency model called `model` and gamma-gamma spend by maximum likelihood.

    Falls back to the NBD where dropout cannot be identified, says so in `warnings`, and then counts a
    lifetime value over at most three years. Raises TooLittleData
    where nobody ever ordered twice, KeyError for an unknown model.
    """
    if len(histories) == 0 or histories.repeaters == 0:
        raise TooLittleData(["no customer has ordered on two days: there is nothing to learn a rhythm from"])
    requested = MODELS[model].name
    sample = grouped(histories)
    asked = fit_frequency(requested, sample)
    used = fit_frequency("nbd", sample) if asked.problem == "no_dropout" else asked
    spend, spend_warnings = fit_spend(histories)
    warnings = [*data_warnings(histories), *fit_warnings([asked]), *spend_warnings]
    mean = mean_repeat_spend(histories)
    horizon = _horizon(used, discounting or Discounting())
    return FittedModel(used, spend, mean, requested, tuple(warnings), None, horizon)


def _horizon(fitted: FrequencyFit, discounting: Discounting) -> Discounting:
    """A model in which nobody ever stops is not extrapolated beyond three years."""
    never_stops = not fitted.model.dropout_parameters
    return replace(discounting, years=min(discounting.years, 3.0)) if never_stops else discounting


def mean_repeat_spend(histories: Histories) -> float:
    """Mean spend of all repeat days, 0 where there are none."""
    repeat = histories.x > 0
    return float(np.average(histories.mean_spend[repeat], weights=histories.x[repeat]))


def fit_spend(histories: Histories) -> tuple[SpendFit | None, list[str]]:
    """Gamma-gamma on the repeaters, or None; with what should be said about it."""
    try:
        spend = fit_gamma_gamma(histories.x.astype(np.float64), _as_spend(histories))
    except TooLittleData as problem:
        return None, [f"No spend model: {problem}. Every order is valued at the plain mean."]
    return spend, spend_warnings(spend)


def _as_spend(histories: Histories) -> FloatArray:
    return np.where(histories.x > 0, histories.mean_spend, 0.0)


def data_warnings(histories: Histories) -> list[str]:
    """Too little data is said, not hidden."""
    warnings = []
    if histories.repeaters < FEWEST_REPEATERS:
        warnings.append(
            f"Only {histories.repeaters} customers ordered twice; below {FEWEST_REPEATERS} all is rough."
        )
    span = int(histories.age_days.max())
    if span < SHORTEST_DAYS:
        warnings.append(f"The history covers only {span} days; below half a year no rhythm can be trusted.")
    return warnings


_SAYINGS = {
    "no_dropout": (
        "dropout is not identifiable on this data; the model collapses to the NBD, in which nobody stops, "
        "so the chance of being alive is not shown and the lifetime value counts at most three years."
    ),
    "no_dropout_heterogeneity": (
        "customers do drop out, but whether they differ in it is not identifiable; a weak prior stands in."
    ),
    "no_rate_heterogeneity": "whether customers differ in how often they order is not identifiable.",
    "singular": "the data do not determine all parameters together (singular Hessian).",
}


def fit_warnings(fits: Sequence[FrequencyFit]) -> list[str]:
    """One sentence for each thing that the data could not tell, with the models it concerns."""
    labels = {
        problem: ", ".join(fit.label for fit in fits if fit.problem == problem)
        for problem in dict.fromkeys(fit.problem for fit in fits if fit.degenerate)
    }
    return [f"{names}: {_SAYINGS[problem]}" for problem, names in labels.items()]


def spend_warnings(spend: SpendFit) -> list[str]:
    """What limits the spend model: customers left out, undefined mean, spend that depends on frequency."""
    warnings = []
    if spend.excluded:
        warnings.append(
            f"Spend: {spend.excluded} repeaters with a mean of zero or less are left out of the fit."
        )
    if spend.degenerate:
        warnings.append(
            "Spend: the gamma-gamma fit is degenerate; one-time buyers are valued at the plain mean."
        )
    if abs(spend.frequency_correlation) > 0.3:
        warnings.append(
            f"Spend: mean spend and frequency correlate by {spend.frequency_correlation:.2f}; "
            "the model assumes none."
        )
    return warnings

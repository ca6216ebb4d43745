"""The published tables on the CDNOW sample come out, within the tolerances of the papers' printed digits."""

import numpy as np
import pytest

from value.engine import Histories, Split
from value.engine.evaluate import evaluate
from value.engine.frequency import fit_frequency
from value.engine.gamma_gamma import fit_gamma_gamma
from value.engine.history import Sample

PUBLISHED = [
    ("bg_nbd", {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, -9582.4, 0.05),
    ("pareto_nbd", {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}, -9595.0, 0.05),
    ("mbg_nbd", {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}, -9582.14, 0.01),
]


def test_prepared_data(cdnow_histories: Histories, cdnow_split: Split) -> None:
    assert len(cdnow_histories) == 2357
    assert cdnow_histories.repeaters == 946
    assert cdnow_histories.x.sum() == 2457
    assert cdnow_histories.x.max() == 29
    assert cdnow_split.holdout_orders.sum() == 1882


@pytest.mark.parametrize(("name", "params", "log_likelihood", "printed"), PUBLISHED)
def test_frequency_models(
    name: str, params: dict[str, float], log_likelihood: float, printed: float, cdnow_sample: Sample
) -> None:
    fitted = fit_frequency(name, cdnow_sample)
    assert fitted.params == pytest.approx(params, rel=0.005)
    assert fitted.log_likelihood == pytest.approx(log_likelihood, abs=printed)
    assert not fitted.degenerate


@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd", "pareto_nbd", "nbd"])
def test_nothing_nearby_is_more_likely(name: str, cdnow_sample: Sample) -> None:
    fitted = fit_frequency(name, cdnow_sample)
    for parameter, value in fitted.params.items():
        for factor in (0.999, 1.001):
            moved = type(fitted.model)(**(fitted.params | {parameter: value * factor}))
            assert moved.log_likelihood(cdnow_sample) <= fitted.log_likelihood + 1e-6


def test_gamma_gamma(cdnow_histories: Histories) -> None:
    fitted = fit_gamma_gamma(cdnow_histories.x.astype(float), cdnow_histories.mean_spend)
    assert fitted.model.params == pytest.approx({"p": 6.25, "q": 3.74, "gamma": 15.44}, rel=0.005)
    assert fitted.log_likelihood == pytest.approx(-4055.92, abs=0.01)
    assert fitted.customers == 946


@pytest.mark.parametrize(("name", "orders"), [("bg_nbd", 1.444), ("pareto_nbd", 1.473)])
def test_a_new_customer_after_a_year(name: str, orders: float, cdnow_sample: Sample) -> None:
    model = fit_frequency(name, cdnow_sample).model
    assert model.new_customer_orders(np.array([52.0]))[0] == pytest.approx(orders, abs=0.0006)


def test_cumulative_repeats_at_week_78_are_four_percent_low(cdnow_split: Split) -> None:
    tracking = evaluate(cdnow_split, models=["bg_nbd"]).tracking
    actual, expected = tracking.cumulative_actual[-1], tracking.cumulative_expected["bg_nbd"][-1]
    assert actual == 2457 + 1882
    assert expected / actual - 1 == pytest.approx(-0.040, abs=0.002)

"""Analytic gradients against differences; what may not change a likelihood does not; simulated truth is found."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from value.engine import Histories
from value.engine.frequency import MODELS, fit_frequency
from value.engine.gamma_gamma import fit_gamma_gamma, spend_objective
from value.engine.history import Sample, grouped

NAMES = list(MODELS)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("theta", [(-1.0, 1.2, -0.3, 0.8), (0.6, 2.5, 0.4, 2.6), (-2.0, 0.3, -2.0, -1.0)])
def test_gradients(name: str, theta: tuple[float, ...], cdnow_sample: Sample) -> None:
    objective = MODELS[name].objective(cdnow_sample)
    point = np.array(theta[: len(MODELS[name].parameter_names())])
    numeric = approx_fprime(point, lambda at: objective(at)[0], 1e-7)
    assert objective(point)[1] == pytest.approx(numeric, abs=2e-5)


def test_spend_gradient(cdnow_histories: Histories) -> None:
    repeat = cdnow_histories.take((cdnow_histories.x > 0) & (cdnow_histories.mean_spend > 0))
    objective = spend_objective(repeat.x.astype(float), repeat.mean_spend)
    point = np.array([1.5, 1.0, 2.5])
    numeric = approx_fprime(point, lambda at: objective(at)[0], 1e-7)
    assert objective(point)[1] == pytest.approx(numeric, abs=2e-5)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_of_a_heavy_buyer_is_finite(name: str) -> None:
    sample = Sample.of(np.array([254.0, 254, 0]), np.array([97.1, 1, 0]), np.array([97.3, 97.3, 97.3]))
    value, gradient = MODELS[name].objective(sample)(np.zeros(len(MODELS[name].parameter_names())))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("name", NAMES)
def test_days_instead_of_weeks_change_only_the_time_parameters(name: str, cdnow_sample: Sample) -> None:
    weeks = fit_frequency(name, cdnow_sample)
    days = fit_frequency(name, cdnow_sample.in_unit(1 / 7))
    for parameter, value in weeks.params.items():
        scale = 7 if parameter in MODELS[name].time_parameters else 1
        assert days.params[parameter] == pytest.approx(value * scale, rel=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_each_customer_twice_doubles_the_likelihood(name: str, cdnow_histories: Histories) -> None:
    once = fit_frequency(name, grouped(cdnow_histories))
    twice = fit_frequency(name, grouped(cdnow_histories.take(np.tile(np.arange(len(cdnow_histories)), 2))))
    assert twice.log_likelihood == pytest.approx(2 * once.log_likelihood, rel=1e-12)
    assert twice.params == pytest.approx(once.params, rel=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_row_order_and_grouping_change_nothing(name: str, cdnow_histories: Histories) -> None:
    shuffled = cdnow_histories.take(np.random.default_rng(1).permutation(len(cdnow_histories)))
    x, t_x, T = shuffled.x.astype(float), shuffled.t_x, shuffled.T
    group, rows = fit_frequency(name, grouped(cdnow_histories)), fit_frequency(name, Sample.of(x, t_x, T))
    assert rows.params == pytest.approx(group.params, rel=1e-6)
    assert rows.log_likelihood == pytest.approx(group.log_likelihood, rel=1e-12)


@pytest.mark.parametrize("factor", [100.0, 0.01])
def test_amounts_in_another_unit_scale_gamma_only(factor: float, cdnow_histories: Histories) -> None:
    x, spend = cdnow_histories.x.astype(float), cdnow_histories.mean_spend
    plain, scaled = fit_gamma_gamma(x, spend).model, fit_gamma_gamma(x, spend * factor).model
    assert scaled.params == pytest.approx(plain.params | {"gamma": plain.gamma * factor}, rel=1e-6)
    assert scaled.expected_spend(x, spend * factor) == pytest.approx(plain.expected_spend(x, spend) * factor)


def test_bg_nbd_finds_what_was_simulated(simulate: Callable[..., Histories]) -> None:
    fitted = fit_frequency("bg_nbd", grouped(simulate(60_000, rate=(0.8, 20.0), stop=(0.8, 2.4), weeks=104)))
    for name, true in {"r": 0.8, "alpha": 20.0, "a": 0.8, "b": 2.4}.items():
        assert abs(fitted.params[name] - true) < 4 * fitted.standard_errors[name] + 0.03 * true
        assert fitted.standard_errors[name] < 0.15 * true


def test_gamma_gamma_finds_what_was_simulated() -> None:
    random = np.random.default_rng(5)
    x = random.integers(1, 9, 60_000).astype(float)
    spend = random.gamma(6.0 * x) / x / random.gamma(3.5, 1 / 15.0, len(x))
    fitted = fit_gamma_gamma(x, spend)
    assert fitted.model.params == pytest.approx({"p": 6.0, "q": 3.5, "gamma": 15.0}, rel=0.05)
    for name, true in {"p": 6.0, "q": 3.5, "gamma": 15.0}.items():
        assert abs(fitted.model.params[name] - true) < 4 * fitted.standard_errors[name]


def test_a_large_base_is_sketched_but_fitted_in_full(simulate: Callable[..., Histories]) -> None:
    sample = grouped(simulate(400_000, rate=(0.8, 10.0), weeks=156))
    assert len(sample) > 40_000
    fitted = fit_frequency("bg_nbd", sample)
    gradient = MODELS["bg_nbd"].objective(sample)(np.log(np.array(list(fitted.params.values()))))[1]
    assert np.abs(gradient).max() < 1e-7

"""Where the data cannot tell, the engine says so and falls back."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date

import numpy as np
import pytest

from value.engine import (
    FittedModel,
    Histories,
    Orders,
    TooLittleData,
    evaluate,
    fit,
    histories_from_orders,
    predict,
    split_orders,
)
from value.engine.frequency import fit_frequency
from value.engine.history import grouped

WITH_DROPOUT = ["bg_nbd", "mbg_nbd", "pareto_nbd"]


@pytest.mark.parametrize("name", WITH_DROPOUT)
def test_customers_who_never_stop(name: str, simulate: Callable[..., Histories]) -> None:
    histories = simulate(3000, rate=(0.8, 10.0), stop=0.0)
    assert fit_frequency(name, grouped(histories)).problem == "no_dropout"
    fitted = fit(histories, model=name)
    assert (fitted.name, fitted.requested) == ("nbd", name)
    assert "dropout is not identifiable" in fitted.warnings[0]
    assert fitted.discounting.years == 3
    assert not predict(fitted, histories).alive_known.any()


def test_customers_who_all_stop_alike(simulate: Callable[..., Histories]) -> None:
    """One chance of 0.2 for everybody: dropout is there, differences in it are not."""
    histories = simulate(20_000, rate=(2.0, 3.0), stop=0.2)
    fitted = fit_frequency("bg_nbd", grouped(histories))
    assert fitted.problem == "no_dropout_heterogeneity"
    assert fitted.weak_prior
    chance = fitted.params["a"] / (fitted.params["a"] + fitted.params["b"])
    assert chance == pytest.approx(0.2, abs=0.02)
    assert fit(histories, model="bg_nbd").name == "bg_nbd"


@pytest.mark.parametrize("name", WITH_DROPOUT)
def test_online_retail_collapses_to_the_nbd(name: str, online_retail: Orders) -> None:
    histories = histories_from_orders(online_retail, date(2011, 12, 9).toordinal())
    assert len(histories) == 4339
    fitted, nbd = fit_frequency(name, grouped(histories)), fit_frequency("nbd", grouped(histories))
    assert fitted.problem == "no_dropout"
    assert fitted.log_likelihood == pytest.approx(nbd.log_likelihood, abs=1.0)
    assert not nbd.degenerate


def test_evidence_on_online_retail_says_so(online_retail: Orders) -> None:
    split = split_orders(online_retail, calibration_end=date(2011, 8, 12), observation_end=date(2011, 12, 9))
    evidence = evaluate(split)
    assert evidence.chosen == "nbd"
    assert "not identifiable" in evidence.why
    assert any(
        "BG/NBD, MBG/NBD, Pareto/NBD: dropout is not identifiable" in text for text in evidence.warnings
    )


def test_nobody_came_back() -> None:
    zero = np.zeros(50, np.int64)
    with pytest.raises(TooLittleData, match="two days"):
        fit(Histories.of(zero, zero, zero + 300))


def test_hardly_anybody_came_back(simulate: Callable[..., Histories]) -> None:
    fitted = fit(simulate(150, rate=(0.4, 20.0)), model="bg_nbd")
    assert any("below 100" in warning for warning in fitted.warnings)


def test_a_history_of_a_few_weeks(simulate: Callable[..., Histories]) -> None:
    fitted = fit(simulate(2000, rate=(0.8, 2.0), weeks=12.0), model="bg_nbd")
    assert any("half a year" in warning for warning in fitted.warnings)


def test_spend_that_is_not_positive_is_left_out_and_said(simulate: Callable[..., Histories]) -> None:
    histories = simulate(2000)
    spend = np.random.default_rng(1).gamma(4.0, 10.0, len(histories))
    spend[:40] = -5.0
    histories = Histories.of(histories.x, histories.recency_days, histories.age_days, spend)
    fitted = fit(histories)
    left_out = int((histories.x[:40] > 0).sum())
    assert fitted.spend is not None
    assert fitted.spend.excluded == left_out
    assert any(f"{left_out} repeaters with a mean of zero or less" in text for text in fitted.warnings)
    assert np.isfinite(predict(fitted, histories).lifetime_value).all()


def test_no_spend_at_all_values_orders_at_the_plain_mean(simulate: Callable[..., Histories]) -> None:
    histories = simulate(500)
    fitted = fit(histories)
    assert fitted.spend is None
    assert (predict(fitted, histories).lifetime_value == 0).all()


def test_everybody_spends_the_same(simulate: Callable[..., Histories]) -> None:
    histories = simulate(1000)
    same = Histories.of(
        histories.x, histories.recency_days, histories.age_days, np.full(len(histories), 25.0)
    )
    predictions = predict(fit(same), same)
    assert predictions.expected_margin_per_order == pytest.approx(25.0, rel=0.02)


@pytest.mark.parametrize("seed", range(25))
def test_small_and_odd_bases_never_break(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = int(random.choice([2, 3, 10, 50, 400]))
    age = random.integers(0, int(random.choice([30, 400, 3000])), count)
    recency = (age * random.random(count) * (random.random(count) < random.random())).astype(np.int64)
    x = np.where(recency > 0, np.clip(random.poisson(random.gamma(0.5, 4, count)), 1, recency), 0)
    spend = random.gamma(2, 10, count) * random.choice([1, 1, 1, -1, 0], count)
    histories = Histories.of(x, recency, age, spend)
    for name in [*WITH_DROPOUT, "nbd"]:
        try:
            fitted = fit(histories, model=name)
        except TooLittleData:
            assert histories.repeaters == 0
            continue
        assert FittedModel.from_json(fitted.to_json()) == fitted
        predictions = predict(fitted, histories)
        for field in fields(predictions):
            assert np.isfinite(getattr(predictions, field.name)).all(), field.name

"""What is said about each customer."""

from dataclasses import fields, replace

import numpy as np
import pytest

from value.engine import Discounting, FittedModel, Histories, Predictions, fit, predict
from value.engine.recalibration import Curve, Recalibration

NAMES = ["bg_nbd", "mbg_nbd", "pareto_nbd", "nbd"]


@pytest.mark.parametrize("name", NAMES)
def test_model_survives_json(name: str, cdnow_histories: Histories) -> None:
    fitted = fit(cdnow_histories, model=name).recalibrated(
        Recalibration(91, Curve(), Curve(0.1, 0.9, 5), 0.2, 0.1)
    )
    again = FittedModel.from_json(fitted.to_json())
    assert again == fitted
    one, two = predict(fitted, cdnow_histories), predict(again, cdnow_histories)
    assert (one.lifetime_value == two.lifetime_value).all()


@pytest.mark.parametrize("name", NAMES)
def test_predictions_agree_with_the_model_row_by_row(name: str, cdnow_histories: Histories) -> None:
    fitted = fit(cdnow_histories, model=name)
    predictions, model = predict(fitted, cdnow_histories), fitted.frequency.model
    rows = cdnow_histories.take(np.arange(0, 2357, 101))
    x, t_x, T = rows.x.astype(float), rows.t_x, rows.T
    chosen = np.arange(0, 2357, 101)
    assert predictions.p_alive[chosen] == pytest.approx(model.p_alive(x, t_x, T), rel=1e-9)
    assert predictions.expected_orders_1y[chosen] == pytest.approx(
        model.expected_orders(365 / 7, x, t_x, T), rel=1e-9
    )
    assert predictions.p_no_order_90_raw[chosen] == pytest.approx(model.p_none(13.0, x, t_x, T), rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_order_of_magnitudes(name: str, cdnow_histories: Histories) -> None:
    said = predict(fit(cdnow_histories, model=name), cdnow_histories)
    assert (said.expected_orders_90 < said.expected_orders_1y).all()
    assert (said.expected_orders_1y < said.expected_orders_3y).all()
    assert (said.low <= said.lifetime_value).all()
    assert (said.low <= said.high).all()
    assert ((said.p_alive > 0) & (said.p_alive <= 1)).all()
    assert all(np.isfinite(getattr(said, field.name)).all() for field in fields(Predictions))


def test_one_time_buyers_are_marked_and_never_known_to_be_alive(cdnow_histories: Histories) -> None:
    bg, mbg = (predict(fit(cdnow_histories, model=name), cdnow_histories) for name in ("bg_nbd", "mbg_nbd"))
    assert bg.one_time.sum() == 2357 - 946
    assert (bg.p_alive[bg.one_time] == 1).all()
    assert not bg.alive_known[bg.one_time].any()
    assert bg.alive_known[~bg.one_time].all()
    assert mbg.alive_known.all()
    assert (mbg.p_alive[mbg.one_time] < 0.5).all()


def test_discounting_and_horizon_are_parameters(cdnow_histories: Histories) -> None:
    free, dear = (
        predict(fit(cdnow_histories, discounting=Discounting(rate, years=3)), cdnow_histories)
        for rate in (0.0, 0.3)
    )
    assert free.lifetime_orders == pytest.approx(free.expected_orders_3y, rel=1e-9)
    assert (dear.lifetime_orders < free.lifetime_orders).all()
    assert (dear.expected_orders_3y == free.expected_orders_3y).all()


def test_spend_is_shrunk_towards_the_base(cdnow_histories: Histories) -> None:
    fitted = fit(cdnow_histories)
    assert fitted.spend is not None
    mean = fitted.spend.model.population_mean
    said = predict(fitted, cdnow_histories).expected_margin_per_order
    assert said[cdnow_histories.x == 0] == pytest.approx(mean)
    repeat = cdnow_histories.x > 0
    own = cdnow_histories.mean_spend[repeat]
    assert (np.abs(said[repeat] - mean) <= np.abs(own - mean) + 1e-9).all()


def test_a_customer_who_costs_money_has_a_negative_value(cdnow_histories: Histories) -> None:
    spend = cdnow_histories.mean_spend.copy()
    heavy = int(np.argmax(cdnow_histories.x))
    spend[heavy] = -30.0
    said = predict(fit(cdnow_histories), replace(cdnow_histories, mean_spend=spend))
    assert said.lifetime_value[heavy] < 0
    assert said.low[heavy] < said.lifetime_value[heavy] < said.high[heavy] <= 0


def test_nobody(cdnow_histories: Histories) -> None:
    nobody = cdnow_histories.take(np.zeros(0, np.int64))
    assert len(predict(fit(cdnow_histories), nobody).lifetime_value) == 0


def test_one_customer_alone_is_valued_as_in_the_crowd(cdnow_histories: Histories) -> None:
    fitted = fit(cdnow_histories)
    crowd = predict(fitted, cdnow_histories)
    alone = predict(fitted, cdnow_histories.take(np.array([17])))
    for field in fields(Predictions):
        assert getattr(alone, field.name)[0] == pytest.approx(getattr(crowd, field.name)[17], rel=1e-7)


def test_moments_and_interval_against_simulation() -> None:
    """A BG/NBD customer with x = 6, simulated forward from the posterior over the horizon."""
    from value.engine.bg_nbd import BgNbd

    model, weeks, draws = BgNbd(0.8, 6.0, 0.9, 4.0), 156.0, 40_000
    random = np.random.default_rng(9)
    x, T = np.array([6.0]), np.array([50.0])
    rate = random.gamma(model.r + 6, 1 / (model.alpha + 50), draws)
    stop = random.beta(model.a, model.b + 6, draws)
    count = np.minimum(random.poisson(rate * weeks), random.geometric(np.maximum(stop, 1e-12)))
    assert model.alive_orders(weeks, x, T)[0] == pytest.approx(count.mean(), rel=0.02)
    assert model.alive_pairs(weeks, x, T)[0] == pytest.approx((count * (count - 1.0)).mean(), rel=0.04)
    assert model.alive_none(weeks, x, T)[0] == pytest.approx((count == 0).mean(), abs=0.004)

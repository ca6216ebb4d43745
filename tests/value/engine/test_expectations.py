"""Expectations at given parameters, against values computed with mpmath at 80 digits from the papers' 2F1 forms."""

import numpy as np
import pytest
from scipy.integrate import quad

from value.engine.arrays import FloatArray
from value.engine.frequency import MODELS
from value.engine.frequency_model import FrequencyModel
from value.engine.outlook import Discounting, discounted_orders, on_pairs
from value.engine.special import BetaExpectation, box_cox

# model, parameters, (x, t_x, T, horizon), (P(alive), expected orders, P(no order in the horizon))
GOLDEN = [
    ("bg_nbd", (0.243, 4.414, 0.793, 2.426), (0, 0, 38.86, 52), (1.0, 0.2520730222825, 0.8254910935852)),
    (
        "bg_nbd",
        (0.243, 4.414, 0.793, 2.426),
        (2, 30.43, 38.86, 39),
        (0.7265785700807, 1.226028174767, 0.445372862083),
    ),
    (
        "bg_nbd",
        (0.243, 4.414, 0.793, 2.426),
        (5, 10.0, 38.86, 156.43),
        (0.02480436616878, 0.2618482667588, 0.9752038060259),
    ),
    (
        "bg_nbd",
        (0.243, 4.414, 0.793, 2.426),
        (29, 38.0, 38.86, 13),
        (0.9552217212416, 7.585932482986, 0.04521887516294),
    ),
    (
        "bg_nbd",
        (0.243, 4.414, 0.793, 2.426),
        (254, 97.1, 97.3, 52),
        (0.9949053429313, 109.1652809886, 0.005094657068714),
    ),
    (
        "bg_nbd",
        (0.243, 4.414, 0.793, 2.426),
        (12, 0.5, 60.0, 521),
        (3.520210147863e-13, 1.294681795387e-11, 0.9999999999996),
    ),
    ("bg_nbd", (2.0, 0.4, 1.0, 0.3), (0, 0, 38.86, 52), (1.0, 1.064071137895, 0.1850715497439)),
    (
        "bg_nbd",
        (2.0, 0.4, 1.0, 0.3),
        (2, 30.43, 38.86, 39),
        (0.3308136106349, 0.7899362864924, 0.6901383744465),
    ),
    (
        "bg_nbd",
        (2.0, 0.4, 1.0, 0.3),
        (5, 10.0, 38.86, 156.43),
        (0.0003934403169373, 0.00385990298061, 0.99960656483),
    ),
    (
        "bg_nbd",
        (2.0, 0.4, 1.0, 0.3),
        (29, 38.0, 38.86, 13),
        (0.9343952359643, 8.224736628499, 0.06573651026723),
    ),
    (
        "bg_nbd",
        (2.0, 0.4, 1.0, 0.3),
        (254, 97.1, 97.3, 52),
        (0.9933731988041, 108.385074849, 0.006626801195898),
    ),
    ("bg_nbd", (2.0, 0.4, 1.0, 0.3), (12, 0.5, 60.0, 521), (3.005774771438e-25, 8.818859578306e-24, 1.0)),
    (
        "mbg_nbd",
        (0.525, 6.183, 0.891, 1.614),
        (0, 0, 38.86, 52),
        (0.3897350809188, 0.1977058174164, 0.8707408649914),
    ),
    (
        "mbg_nbd",
        (0.525, 6.183, 0.891, 1.614),
        (2, 30.43, 38.86, 39),
        (0.7062022651185, 1.262960623267, 0.4400059091777),
    ),
    (
        "mbg_nbd",
        (0.525, 6.183, 0.891, 1.614),
        (5, 10.0, 38.86, 156.43),
        (0.02530552074953, 0.2561032782647, 0.9747009166141),
    ),
    (
        "mbg_nbd",
        (0.525, 6.183, 0.891, 1.614),
        (29, 38.0, 38.86, 13),
        (0.9510934225811, 7.266259765434, 0.04943973439219),
    ),
    (
        "mbg_nbd",
        (0.525, 6.183, 0.891, 1.614),
        (254, 97.1, 97.3, 52),
        (0.9943289106632, 105.4873799404, 0.005671089336801),
    ),
    (
        "mbg_nbd",
        (0.525, 6.183, 0.891, 1.614),
        (12, 0.5, 60.0, 521),
        (5.152598642577e-12, 1.716903882284e-10, 0.9999999999948),
    ),
    (
        "pareto_nbd",
        (0.553, 10.578, 0.606, 11.669),
        (0, 0, 38.86, 52),
        (0.2952866046169, 0.1362010059239, 0.9200959516148),
    ),
    (
        "pareto_nbd",
        (0.553, 10.578, 0.606, 11.669),
        (2, 30.43, 38.86, 39),
        (0.869167559153, 1.455123193258, 0.4080627236065),
    ),
    (
        "pareto_nbd",
        (0.553, 10.578, 0.606, 11.669),
        (5, 10.0, 38.86, 156.43),
        (0.04668580900804, 0.4995801710562, 0.9578369704764),
    ),
    (
        "pareto_nbd",
        (0.553, 10.578, 0.606, 11.669),
        (29, 38.0, 38.86, 13),
        (0.9864743441997, 7.139063739455, 0.03378988475615),
    ),
    (
        "pareto_nbd",
        (0.553, 10.578, 0.606, 11.669),
        (254, 97.1, 97.3, 52),
        (0.9985781818838, 108.2847257808, 0.003769833777534),
    ),
    (
        "pareto_nbd",
        (0.553, 10.578, 0.606, 11.669),
        (12, 0.5, 60.0, 521),
        (6.474284278464e-10, 2.720339158566e-8, 0.999999999382),
    ),
    (
        "pareto_nbd",
        (1.4, 1.2, 0.24, 16.7),
        (0, 0, 38.86, 52),
        (0.1837239673882, 0.3060857742909, 0.8810752861112),
    ),
    (
        "pareto_nbd",
        (1.4, 1.2, 0.24, 16.7),
        (2, 30.43, 38.86, 39),
        (0.9418905255556, 2.910490034768, 0.1840870152257),
    ),
    (
        "pareto_nbd",
        (1.4, 1.2, 0.24, 16.7),
        (5, 10.0, 38.86, 156.43),
        (0.01407362905066, 0.2904124719815, 0.9863114545916),
    ),
    (
        "pareto_nbd",
        (1.4, 1.2, 0.24, 16.7),
        (29, 38.0, 38.86, 13),
        (0.9947168489548, 9.561163863098, 0.01114670538191),
    ),
    (
        "pareto_nbd",
        (1.4, 1.2, 0.24, 16.7),
        (254, 97.1, 97.3, 52),
        (0.9994477195483, 128.4950178191, 0.001363539290918),
    ),
    (
        "pareto_nbd",
        (1.4, 1.2, 0.24, 16.7),
        (12, 0.5, 60.0, 521),
        (5.159521822177e-19, 4.287740179467e-17, 1.0),
    ),
]

CDNOW_MODELS: list[tuple[str, tuple[float, ...]]] = [
    ("bg_nbd", (0.243, 4.414, 0.793, 2.426)),
    ("mbg_nbd", (0.525, 6.183, 0.891, 1.614)),
    ("pareto_nbd", (0.553, 10.578, 0.606, 11.669)),
    ("nbd", (0.385, 12.07)),
]


def at(*values: float) -> list[FloatArray]:
    return [np.array([value], np.float64) for value in values]


@pytest.mark.parametrize(("name", "params", "history", "expected"), GOLDEN)
def test_golden_values(
    name: str, params: tuple[float, ...], history: tuple[float, ...], expected: tuple[float, ...]
) -> None:
    model, weeks = MODELS[name](*params), history[3]
    x, t_x, T = at(*history[:3])
    assert model.p_alive(x, t_x, T)[0] == pytest.approx(expected[0], rel=1e-8)
    assert model.expected_orders(weeks, x, t_x, T)[0] == pytest.approx(expected[1], rel=1e-8)
    assert model.p_none(weeks, x, t_x, T)[0] == pytest.approx(expected[2], rel=1e-8)


@pytest.mark.parametrize(("name", "params"), CDNOW_MODELS)
def test_the_heaviest_buyer_is_no_trouble(name: str, params: tuple[float, ...]) -> None:
    model = MODELS[name](*params)
    x, t_x, T = at(254, 97.1, 97.3)
    for value in (
        model.p_alive(x, t_x, T),
        model.expected_orders(156.43, x, t_x, T),
        model.p_none(13.0, x, t_x, T),
        model.alive_pairs(521.0, x, T),
        discounted_orders(model, Discounting(), x, T),
    ):
        assert np.isfinite(value).all()


@pytest.mark.parametrize(("name", "params"), CDNOW_MODELS)
def test_none_in_no_time_is_certain_and_falls_with_the_horizon(name: str, params: tuple[float, ...]) -> None:
    model = MODELS[name](*params)
    x, t_x, T = np.array([0.0, 1, 7, 40]), np.array([0.0, 12, 30, 30]), np.array([39.0, 39, 39, 39])
    assert model.p_none(0.0, x, t_x, T) == pytest.approx(1.0)
    steps = np.array([model.p_none(h, x, t_x, T) for h in (0.0, 1, 4, 13, 52, 500)])
    assert (np.diff(steps, axis=0) < 0).all()


@pytest.mark.parametrize(("name", "params"), CDNOW_MODELS)
def test_none_is_the_likelihood_later_over_the_likelihood_now(name: str, params: tuple[float, ...]) -> None:
    from value.engine.history import Sample

    model = MODELS[name](*params)
    for x, t_x, T in ((0.0, 0.0, 39.0), (3.0, 20.0, 39.0), (17.0, 38.0, 39.0)):
        now, later = (model.log_likelihood(Sample.of(*at(x, t_x, T + h))) for h in (0.0, 13.0))
        assert model.p_none(13.0, *at(x, t_x, T))[0] == pytest.approx(np.exp(later - now), rel=1e-9)


@pytest.mark.parametrize(("name", "params"), CDNOW_MODELS)
def test_no_dropout_is_the_nbd(name: str, params: tuple[float, ...]) -> None:
    still = {"bg_nbd": {"a": 1e-10}, "mbg_nbd": {"a": 1e-10}, "pareto_nbd": {"s": 1e-10}, "nbd": {}}[name]
    model = MODELS[name](**(MODELS[name](*params).params | still))
    nbd = MODELS["nbd"](*params[:2])
    history = np.array([0.0, 4]), np.array([0.0, 20]), np.array([39.0, 39])
    assert model.expected_orders(52.0, *history) == pytest.approx(
        nbd.expected_orders(52.0, *history), rel=1e-6
    )


@pytest.mark.parametrize(("name", "params"), CDNOW_MODELS)
def test_interpolation_over_ages_keeps_six_digits(name: str, params: tuple[float, ...]) -> None:
    model = MODELS[name](*params)
    random = np.random.default_rng(3)
    x = random.choice([0.0, 1, 2, 9, 60, 254], 2000)
    T = random.uniform(0, 300, 2000)

    def orders(x: FloatArray, T: FloatArray) -> FloatArray:
        return model.alive_orders(52.0, x, T)

    assert on_pairs([orders], x, T, model.time_scale)[0] == pytest.approx(orders(x, T), rel=1e-9)


@pytest.mark.parametrize("name", ["bg_nbd", "pareto_nbd"])
@pytest.mark.parametrize("periods", [12.0, 365 / 7])
def test_discounting_period_by_period(name: str, periods: float) -> None:
    """The shortcut by way of nodes against the sum in the paper."""
    model: FrequencyModel = MODELS[name](*dict(CDNOW_MODELS)[name])
    discounting = Discounting(annual_rate=0.15, years=10, periods_per_year=periods)
    x, T = at(4, 39)
    total, before = 0.0, 0.0
    for k in range(1, round(10 * periods) + 1):
        orders = model.alive_orders(k * 365 / 7 / periods, x, T)[0]
        total, before = total + (orders - before) * 1.15 ** (-k / periods), orders
    assert discounted_orders(model, discounting, x, T)[0] == pytest.approx(total, rel=1e-8)


def test_no_discount_is_the_plain_expectation() -> None:
    model = MODELS["bg_nbd"](*CDNOW_MODELS[0][1])
    discounting = Discounting(annual_rate=0.0, years=3, periods_per_year=12)
    x, T = at(4, 39)
    assert discounted_orders(model, discounting, x, T) == pytest.approx(
        model.alive_orders(discounting.weeks, x, T)
    )


@pytest.mark.parametrize(("a", "n"), [(0.05, 0.1), (0.8, 2.4), (0.8, 256.0), (40.0, 90.0), (3000.0, 9000.0)])
def test_beta_expectations(a: float, n: float) -> None:
    beta = BetaExpectation(a, np.array([n]))
    assert beta.of(lambda p: p)[0] == pytest.approx(a / (a + n), rel=1e-10)
    assert beta.of(lambda p: p * p)[0] == pytest.approx(a * (a + 1) / ((a + n) * (a + n + 1)), rel=1e-10)


@pytest.mark.parametrize("power", [-2.0, -1e-14, 0.0, 0.4])
def test_box_cox_is_an_integral(power: float) -> None:
    assert box_cox(np.array([3.0]), power)[0] == pytest.approx(
        quad(lambda u: (1 + u) ** (power - 1), 0, 3)[0]
    )

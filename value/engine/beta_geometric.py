"""What BG/NBD and MBG/NBD share: Poisson orders, and a chance p ~ Beta(a, b) to drop out after each order."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import betaln, psi

from value.engine.arrays import FloatArray, Objective
from value.engine.frequency_model import FrequencyModel
from value.engine.history import Sample
from value.engine.special import BetaExpectation, log_rising, softplus


@dataclass(frozen=True)
class BetaGeometric(FrequencyModel):
    """Rates ~ Gamma(r, alpha) (alpha in weeks), dropout after an order with p ~ Beta(a, b).

    `chances_at_first` is 1 where the first order already is such a chance (MBG/NBD), else 0 (BG/NBD).
    """

    r: float
    alpha: float
    a: float
    b: float

    chances_at_first: ClassVar[int]
    time_parameters = ("alpha",)
    dropout_parameters = ("a", "b")
    starts = ((-1.0, -1.0, -0.3, 0.7), (0.0, 0.0, -2.0, 1.0))

    @property
    def time_scale(self) -> float:
        return self.alpha

    @classmethod
    def objective(cls, sample: Sample) -> Objective:
        """Minus mean log-likelihood: equation 6 of Fader, Hardie & Lee (2005), with its analytic gradient."""
        return _Likelihood(sample, cls.chances_at_first)

    def death_log_odds(self, x: FloatArray, t_x: FloatArray, T: FloatArray) -> FloatArray:
        chances = x + self.chances_at_first
        drop = np.where(chances > 0, self.a / np.maximum(self.b + chances - 1, 1e-300), 0.0)
        with np.errstate(divide="ignore"):
            odds = np.log(drop) + (self.r + x) * np.log((self.alpha + T) / (self.alpha + t_x))
        return np.asarray(odds, np.float64)

    def _survivors(self, x: FloatArray) -> tuple[BetaExpectation, FloatArray]:
        return BetaExpectation(self.a, self.b + x + self.chances_at_first), (self.r + x)[:, None]

    def alive_orders(self, weeks: float, x: FloatArray, T: FloatArray) -> FloatArray:
        """Equation 10 of the paper without its 2F1: E over p of (1 - (1 + p t/(alpha+T))^-(r+x)) / p."""
        beta, shape = self._survivors(x)
        growth = (weeks / (self.alpha + T))[:, None]
        return beta.of(lambda p: -np.expm1(-shape * np.log1p(p * growth)) / p)

    def alive_pairs(self, weeks: float, x: FloatArray, T: FloatArray) -> FloatArray:
        """Orders at s1 < s2 both happen with rate l^2 (1-p) exp(-l p s2): integrated over both, doubled."""
        beta, shape = self._survivors(x)
        growth = (weeks / (self.alpha + T))[:, None]
        return beta.of(lambda p: _pairs(p, shape, growth))

    def alive_none(self, weeks: float, x: FloatArray, T: FloatArray) -> FloatArray:
        return np.exp(-(self.r + x) * np.log1p(weeks / (self.alpha + T)))

    def new_customer_orders(self, weeks: FloatArray) -> FloatArray:
        """Equation 9 of the paper (in MBG/NBD the first order is survived with chance b/(a+b))."""
        beta, shape = self._survivors(np.zeros(len(weeks)))
        growth = (weeks / self.alpha)[:, None]
        survive = self.b / (self.a + self.b) if self.chances_at_first else 1.0
        return survive * beta.of(lambda p: -np.expm1(-shape * np.log1p(p * growth)) / p)


def _pairs(p: FloatArray, shape: FloatArray, growth: FloatArray) -> FloatArray:
    grown = p * growth
    none = np.exp(-shape * np.log1p(grown))
    exact = (1 - none - shape * grown * none / (1 + grown)) / np.maximum(p * p, 1e-300)
    series = shape * (shape + 1) * growth**2 * (0.5 - (shape + 2) * grown / 3)
    return np.asarray(2 * (1 - p) * np.where((shape + 2) * grown < 1e-4, series, exact), np.float64)


class _Likelihood:
    """The objective: everything that depends on one column only is a table over its distinct values."""

    def __init__(self, sample: Sample, chances_at_first: int) -> None:
        self.s = sample
        self.n = sample.x_values + chances_at_first
        self.total = sample.customers
        self.by_x = np.bincount(sample.x_index, sample.weights, len(sample.x_values))

    def __call__(self, theta: FloatArray) -> tuple[float, FloatArray]:
        r, alpha, a, b = np.exp(theta).tolist()
        s, x = self.s, self.s.x_values
        log_T, log_t = np.log(alpha + s.T_values)[s.T_index], np.log(alpha + s.t_values)[s.t_index]
        shape, gap = (r + x)[s.x_index], log_T - log_t
        death, dead = softplus(self._log_drop(a, b)[s.x_index] + shape * gap)
        table = log_rising(r, x) + r * np.log(alpha) + betaln(a, b + self.n) - betaln(a, b)
        value = self.by_x @ table + s.weights @ (death - shape * log_T)
        gradient = self._gradient(r, alpha, a, b, log_T, gap, s.weights * dead)
        return -float(value) / self.total, -gradient * np.exp(theta) / self.total

    def _log_drop(self, a: float, b: float) -> FloatArray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.n > 0, np.log(a) - np.log(b + self.n - 1), -np.inf)

    def _gradient(
        self, r: float, alpha: float, a: float, b: float, log_T: FloatArray, gap: FloatArray, dead: FloatArray
    ) -> FloatArray:  # fmt: skip
        s, n, w = self.s, self.n, self.by_x
        by_T, by_t = (1 / (alpha + s.T_values))[s.T_index], (1 / (alpha + s.t_values))[s.t_index]
        shape = (r + s.x_values)[s.x_index]
        dead_by_x = np.bincount(s.x_index, dead, len(n))
        digamma = psi(a + b) - psi(a + b + n)
        d_r = w @ (psi(r + s.x_values) - psi(r) + np.log(alpha)) - s.weights @ log_T + dead @ gap
        d_alpha = self.total * r / alpha + shape @ ((dead - s.weights) * by_T - dead * by_t)
        d_a = w @ digamma + dead_by_x.sum() / a
        drop = np.where(n > 0, dead_by_x / np.where(n > 0, b + n - 1, 1.0), 0.0)
        d_b = w @ (psi(b + n) - psi(b) + digamma) - drop.sum()
        return np.array([d_r, d_alpha, d_a, d_b])

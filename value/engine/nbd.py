"""NBD: Ehrenberg (1959); gamma-mixed Poisson orders of customers who never drop out. The fallback model."""

from dataclasses import dataclass

import numpy as np
from scipy.special import psi

from value.engine.arrays import FloatArray, Objective
from value.engine.frequency_model import FrequencyModel
from value.engine.history import Sample
from value.engine.special import log_rising


@dataclass(frozen=True)
class Nbd(FrequencyModel):
    """Rates ~ Gamma(r, alpha), alpha in weeks. P(alive) is 1 by assumption, no evidence: never show it."""

    r: float
    alpha: float

    name = "nbd"
    label = "NBD"
    source = "Ehrenberg (1959)"
    time_parameters = ("alpha",)
    dropout_parameters = ()
    starts = ((-1.0, -1.0),)

    @property
    def time_scale(self) -> float:
        return self.alpha

    @classmethod
    def objective(cls, sample: Sample) -> Objective:
        """Minus mean log of Gamma(r+x)/Gamma(r) alpha^r (alpha+T)^-(r+x): that of the order times."""
        by_x = np.bincount(sample.x_index, sample.weights, len(sample.x_values))
        x, row_x, total = sample.x_values, sample.x, sample.customers

        def negative(theta: FloatArray) -> tuple[float, FloatArray]:
            r, alpha = np.exp(theta).tolist()
            log_T = np.log(alpha + sample.T_values)[sample.T_index]
            by_T = (1 / (alpha + sample.T_values))[sample.T_index]
            weighted = sample.weights * (r + row_x)
            value = by_x @ log_rising(r, x) + total * r * theta[1] - weighted @ log_T
            d_r = by_x @ (psi(r + x) - psi(r)) + total * theta[1] - sample.weights @ log_T
            d_alpha = total * r / alpha - weighted @ by_T
            return -float(value) / total, -np.array([d_r * r, d_alpha * alpha]) / total

        return negative

    def death_log_odds(self, x: FloatArray, t_x: FloatArray, T: FloatArray) -> FloatArray:
        return np.full(np.shape(x), -np.inf)

    def alive_orders(self, weeks: float, x: FloatArray, T: FloatArray) -> FloatArray:
        return np.asarray((self.r + x) * weeks / (self.alpha + T), np.float64)

    def alive_pairs(self, weeks: float, x: FloatArray, T: FloatArray) -> FloatArray:
        return np.asarray((self.r + x) * (self.r + x + 1) * (weeks / (self.alpha + T)) ** 2, np.float64)

    def alive_none(self, weeks: float, x: FloatArray, T: FloatArray) -> FloatArray:
        return np.exp(-(self.r + x) * np.log1p(weeks / (self.alpha + T)))

    def new_customer_orders(self, weeks: FloatArray) -> FloatArray:
        return np.asarray(self.r * weeks / self.alpha, np.float64)

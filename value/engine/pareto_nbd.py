"""Pareto/NBD: Schmittlein, Morrison & Colombo (1987), Management Science 33; derivations in Fader & Hardie
(2005).

The hypergeometric functions of the papers all are one integral of a positive function,
I = integral from t_x to T of (alpha+y)^-(r+x) (beta+y)^-(s+1) dy, taken here by Gauss-Legendre in
ln(min(alpha, beta) + y), cut where the rest is below e^-45 of it: no cancellation, and the gradient comes from the
same nodes.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import psi

from value.engine.arrays import FloatArray, Objective
from value.engine.frequency_model import FrequencyModel
from value.engine.history import Sample
from value.engine.special import box_cox, log_rising, softplus

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(28)
_CHUNK = 8192
_NEGLIGIBLE = 45.0


@dataclass(frozen=True)
class ParetoNbd(FrequencyModel):
    """Order rates ~ Gamma(r, alpha), death rates ~ Gamma(s, beta), alpha and beta in weeks."""

    r: float
    alpha: float
    s: float
    beta: float

    name = "pareto_nbd"
    label = "Pareto/NBD"
    source = "Schmittlein, Morrison & Colombo (1987)"
    time_parameters = ("alpha", "beta")
    dropout_parameters = ("s", "beta")
    dear = True
    starts = ((-0.5, -1.0, -0.5, -1.0), (0.0, 0.0, -1.0, 1.0))

    @property
    def time_scale(self) -> float:
        return min(self.alpha, self.beta)

    @classmethod
    def objective(cls, sample: Sample) -> Objective:
        """Minus mean log-likelihood, equation 17 of Fader & Hardie (2005), with its analytic gradient."""
        by_x = np.bincount(sample.x_index, sample.weights, len(sample.x_values))
        x, t_x, T, w = sample.x, sample.t_x, sample.T, sample.weights

        def negative(theta: FloatArray) -> tuple[float, FloatArray]:
            r, alpha, s, beta = np.exp(theta).tolist()
            base = w.sum() * (r * theta[1] + s * theta[3]) + by_x @ log_rising(r, sample.x_values)
            rows, slopes = _row_terms(r, alpha, s, beta, x, t_x, T, w)
            d_r = w.sum() * theta[1] + by_x @ (psi(r + sample.x_values) - psi(r))
            outer = np.array([d_r, w.sum() * r / alpha, w.sum() * theta[3], w.sum() * s / beta])
            return -float(base + rows) / sample.customers, -(outer + slopes) * np.exp(theta) / w.sum()

        return negative

    def death_log_odds(self, x: FloatArray, t_x: FloatArray, T: FloatArray) -> FloatArray:
        log_alive = -(self.r + x) * np.log(self.alpha + T) - self.s * np.log(self.beta + T)
        return np.asarray(np.log(self.s) + self._log_integral(x, t_x, T) - log_alive, np.float64)

    def _log_integral(self, x: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
        pieces = [
            _Nodes(
                self.r, self.alpha, self.s, self.beta, *(c[i : i + _CHUNK] for c in (x, start, end))
            ).log_integral
            for i in range(0, max(len(x), 1), _CHUNK)
        ]
        return np.concatenate(pieces)

    def alive_orders(self, weeks: float, x: FloatArray, T: FloatArray) -> FloatArray:
        """Equation 41 of Fader & Hardie (2005), given alive."""
        decay = (self.beta + T) * box_cox(weeks / (self.beta + T), 1 - self.s)
        return np.asarray((self.r + x) / (self.alpha + T) * decay, np.float64)

    def alive_pairs(self, weeks: float, x: FloatArray, T: FloatArray) -> FloatArray:
        """2 E[l^2] times the integral over u of u (1 + u/(beta+T))^-s."""
        growth = weeks / (self.beta + T)
        integral = (self.beta + T) ** 2 * (box_cox(growth, 2 - self.s) - box_cox(growth, 1 - self.s))
        return np.asarray(2 * (self.r + x) * (self.r + x + 1) / (self.alpha + T) ** 2 * integral, np.float64)

    def alive_none(self, weeks: float, x: FloatArray, T: FloatArray) -> FloatArray:
        """Alive all the while without an order, or dead before the first one."""
        quiet = -(self.r + x) * np.log1p(weeks / (self.alpha + T)) - self.s * np.log1p(
            weeks / (self.beta + T)
        )
        log_alive = -(self.r + x) * np.log(self.alpha + T) - self.s * np.log(self.beta + T)
        return np.exp(quiet) + self.s * np.exp(self._log_integral(x, T, T + weeks) - log_alive)

    def new_customer_orders(self, weeks: FloatArray) -> FloatArray:
        """Equation 10 of Fader & Hardie (2005)."""
        return np.asarray(
            self.r * self.beta / self.alpha * box_cox(weeks / self.beta, 1 - self.s), np.float64
        )


class _Nodes:
    """The integral I row by row at Gauss-Legendre nodes; `share` are the parts that each node contributes."""

    def __init__(
        self, r: float, alpha: float, s: float, beta: float, x: FloatArray, start: FloatArray, end: FloatArray
    ) -> None:
        least, most = min(alpha, beta), max(alpha, beta)
        reach = np.minimum.reduce(
            [
                _fallen(alpha + start, r + x) - alpha,
                _fallen(beta + start, np.full(len(x), s + 1)) - beta,
                _fallen(most + start, r + s + x) - most,
            ]
        )
        width = np.log1p((np.minimum(end, reach) - start) / (least + start))
        steps = width[:, None] * (1 + _NODES) / 2
        near = np.log(least + start)[:, None] + steps
        far = np.log(np.exp(near) + (most - least))
        self.log_a: FloatArray = near if alpha <= beta else far
        self.log_b: FloatArray = far if alpha <= beta else near
        start_a, start_b = np.log(alpha + start), np.log(beta + start)
        fall = (r + x)[:, None] * (self.log_a - start_a[:, None]) + (s + 1) * (self.log_b - start_b[:, None])
        terms = _WEIGHTS * np.exp(steps - fall)
        total = terms.sum(axis=1)
        self.share = terms / total[:, None]
        with np.errstate(divide="ignore"):
            scale = np.log(width / 2) + np.log(least + start)
        self.log_integral = scale + np.log(total) - (r + x) * start_a - (s + 1) * start_b


def _fallen(start: FloatArray, power: FloatArray) -> FloatArray:
    """Where v^-power has fallen to e^-45 of its value at `start`."""
    return np.asarray(start * np.exp(np.minimum(_NEGLIGIBLE / power, 600.0)), np.float64)


def _row_terms(
    r: float,
    alpha: float,
    s: float,
    beta: float,
    x: FloatArray,
    t_x: FloatArray,
    T: FloatArray,
    w: FloatArray,
) -> tuple[float, FloatArray]:
    """Sum of w ln(alive + s I) over the rows, and its gradient in (r, alpha, s, beta)."""
    value, slopes = 0.0, np.zeros(4)
    for i in range(0, len(x), _CHUNK):
        part = slice(i, i + _CHUNK)
        piece, slope = _chunk_terms(r, alpha, s, beta, x[part], t_x[part], T[part], w[part])
        value, slopes = value + piece, slopes + slope
    return value, slopes


def _chunk_terms(
    r: float,
    alpha: float,
    s: float,
    beta: float,
    x: FloatArray,
    t_x: FloatArray,
    T: FloatArray,
    w: FloatArray,
) -> tuple[float, FloatArray]:
    nodes = _Nodes(r, alpha, s, beta, x, t_x, T)
    log_a, log_b = np.log(alpha + T), np.log(beta + T)
    log_alive = -(r + x) * log_a - s * log_b
    extra, dead = softplus(np.log(s) + nodes.log_integral - log_alive)
    alive = 1 - dead
    inner = [np.einsum("ij,ij->i", nodes.share, f) for f in (nodes.log_a, nodes.log_b)]
    inverse = [np.einsum("ij,ij->i", nodes.share, np.exp(-f)) for f in (nodes.log_a, nodes.log_b)]
    d_r = -alive * log_a - dead * inner[0]
    d_alpha = -(r + x) * (alive / (alpha + T) + dead * inverse[0])
    d_s = -alive * log_b + dead * (1 / s - inner[1])
    d_beta = -alive * s / (beta + T) - dead * (s + 1) * inverse[1]
    return float(w @ (log_alive + extra)), np.array([w @ d_r, w @ d_alpha, w @ d_s, w @ d_beta])

"""Numerically stable pieces shared by the models."""

from collections.abc import Callable

import numpy as np
from scipy.special import gammaln

from value.engine.arrays import FloatArray

_STEP = 0.07
_TAIL = 42.0
_LEAST_LOG = -460.0


def log_rising(start: float, count: FloatArray) -> FloatArray:
    """ln of start (start+1) ... (start+count-1), that is lnGamma(start+count) - lnGamma(start)."""
    return np.asarray(gammaln(start + count) - gammaln(start), np.float64)


def box_cox(growth: FloatArray, power: float) -> FloatArray:
    """((1+growth)^power - 1) / power, and ln(1+growth) in the limit power = 0."""
    logs = np.log1p(growth)
    if abs(power) < 1e-12:
        return np.asarray(logs, np.float64)
    return np.asarray(np.expm1(power * logs) / power, np.float64)


def softplus(z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """ln(1+e^z) and its derivative 1/(1+e^-z), without overflow."""
    small = np.exp(-np.abs(z))
    slope = np.where(z > 0, 1.0, small) / (1 + small)
    return np.maximum(z, 0) + np.log1p(small), slope


class BetaExpectation:
    """E[f(p)] for p ~ Beta(a, n), one n per row, by the trapezoid rule after p = logistic(centre + sinh(w)).

    The substitution makes the integrand fall doubly exponentially at both ends, also where a or n is far
    below 1, so the rule converges exponentially (Takahasi & Mori 1974). Weights are normalised to sum to 1.
    """

    def __init__(self, a: float, n: FloatArray) -> None:
        n, index = np.unique(n, return_inverse=True)
        width = max(min(1.0, float((1 / a + 1 / n.max()) ** 0.5)), 1e-3)
        left = np.arcsinh((_TAIL / a + 4) / width)
        right = np.arcsinh((_TAIL / float(n.min()) + 12) / width)
        w = np.arange(-left, right + _STEP, _STEP)
        centre = np.log((a + 0.5) / (n + 0.5))
        y = centre[:, None] + width * np.sinh(w)
        log_p, log_rest = -np.logaddexp(0, -y), -np.logaddexp(0, y)
        log_weight = a * log_p + n[:, None] * log_rest + np.log(np.cosh(w))
        weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
        self.p: FloatArray = np.exp(np.maximum(log_p, _LEAST_LOG))[index]
        self.weight: FloatArray = (weight / weight.sum(axis=1, keepdims=True))[index]

    def of(self, function: Callable[[FloatArray], FloatArray]) -> FloatArray:
        """The expectation of `function`, which gets p of shape (rows, nodes) and returns the same shape."""
        return np.asarray(np.einsum("ij,ij->i", self.weight, function(self.p)), np.float64)

"""Gamma-gamma spend: Fader, Hardie & Lee (2005), *RFM and CLV*, JMR 42; Fader & Hardie (2013) note 25."""

from dataclasses import asdict, dataclass

import numpy as np
from scipy.special import gammaln, psi

from value.engine.arrays import FloatArray, Objective, TooLittleData
from value.engine.maximum import DEGENERATE_LOG, UNKNOWN_ERROR, Maximum, maximise

_SKETCH = 20_000


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """Amounts ~ Gamma(p, rate v), v ~ Gamma(q, gamma); gamma has the unit of money.

    `fallback_mean` is the plain mean spend, used where q <= 1 leaves the population mean undefined.
    """

    p: float
    q: float
    gamma: float
    fallback_mean: float

    @property
    def params(self) -> dict[str, float]:
        values = asdict(self)
        del values["fallback_mean"]
        return values

    @property
    def population_mean(self) -> float:
        """p gamma / (q - 1), the mean over all customers (JMR, below equation 5)."""
        return self.p * self.gamma / (self.q - 1) if self.q > 1 else self.fallback_mean

    def expected_spend(self, x: FloatArray, mean_spend: FloatArray) -> FloatArray:
        """E[M | x, mean spend] per order (JMR, equation 6): own mean and population mean, weighted by x.

        The rule is linear in the customer's own mean, and is used as it stands where that mean is not
        positive.
        """
        own = self.p * x / np.maximum(self.p * x + self.q - 1, 1e-12)
        own = np.where(x > 0, np.clip(own, 0.0, 1.0), 0.0)
        return np.asarray(own * mean_spend + (1 - own) * self.population_mean, np.float64)

    def squares(self, x: FloatArray, mean: FloatArray) -> tuple[FloatArray, FloatArray]:
        """E[z^2] of one order and E[z1 z2] of two, given E[M] = `mean`; q + p x is held above 2.5 for both to
        exist.
        """
        shape = np.maximum(self.p * x + self.q, 2.5)
        spread = (shape - 1) / (shape - 2) * mean**2
        return spread * (1 + 1 / self.p), spread


@dataclass(frozen=True, slots=True)
class SpendFit:
    """A fitted spend model; `model` is None where too few customers repeat with positive spend."""

    model: GammaGamma
    log_likelihood: float
    standard_errors: dict[str, float]
    customers: int
    excluded: int
    degenerate: bool
    frequency_correlation: float


def spend_objective(x: FloatArray, mean_spend: FloatArray) -> Objective:
    """Minus mean log-likelihood (note 25, equation 1a) and gradient in ln p, ln q, ln gamma."""
    xs, index = np.unique(x, return_inverse=True)
    counts = np.bincount(index).astype(np.float64)
    log_total = np.log(x * mean_spend)
    constant = float((log_total - np.log(mean_spend)).sum() - log_total.sum())
    by_x = np.bincount(index, log_total)
    rows = len(x)

    def negative(theta: FloatArray) -> tuple[float, FloatArray]:
        p, q, gamma = np.exp(theta).tolist()
        joint = np.log(gamma + x * mean_spend)
        joint_by_x = np.bincount(index, joint)
        table = gammaln(p * xs + q) - gammaln(p * xs) - gammaln(q) + q * theta[2]
        value = counts @ table + p * (xs @ by_x) - (p * xs + q) @ joint_by_x + constant
        both = psi(p * xs + q)
        d_p = counts @ (xs * (both - psi(p * xs))) + xs @ (by_x - joint_by_x)
        d_q = counts @ (both - psi(q)) + rows * theta[2] - joint.sum()
        by_gamma = np.bincount(index, 1 / (gamma + x * mean_spend))
        d_gamma = rows * q / gamma - (p * xs + q) @ by_gamma
        gradient = np.array([d_p * p, d_q * q, d_gamma * gamma])
        return -float(value) / rows, -gradient / rows

    return negative


def fit_gamma_gamma(x: FloatArray, mean_spend: FloatArray) -> SpendFit:
    """Fit on repeaters with positive mean spend; raises TooLittleData for fewer than three of them.

    x: repeat days; mean_spend: mean amount of the repeat days. Amounts are scaled to mean 1 inside, so that
    multiplying all by c multiplies gamma by c and leaves p and q.
    """
    repeats = np.asarray(x, np.float64) > 0
    usable = repeats & np.isfinite(mean_spend) & (mean_spend > 0)
    if int(usable.sum()) < 3:
        raise TooLittleData(["fewer than three customers repeat with a positive mean spend"])
    counts, spend = np.asarray(x, np.float64)[usable], np.asarray(mean_spend, np.float64)[usable]
    scale = float(spend.mean())
    found = _maximum(counts, spend / scale)
    return _as_fit(found, counts, spend, scale, int(repeats.sum() - usable.sum()))


def _maximum(x: FloatArray, spend: FloatArray) -> Maximum:
    step = len(x) // _SKETCH
    order = np.lexsort((spend, x))[:: max(step, 1)] if step > 1 else slice(None)
    sketch = spend_objective(x[order], spend[order]) if step > 1 else None
    return maximise(spend_objective(x, spend), [np.array([0.7, 1.0, 0.5])], sketch)


def _as_fit(found: Maximum, x: FloatArray, spend: FloatArray, scale: float, excluded: int) -> SpendFit:
    p, q, gamma = np.exp(found.theta).tolist()
    errors = found.standard_errors(len(x)) * np.array([p, q, gamma * scale])
    log_likelihood = len(x) * (found.mean_log_likelihood - float(np.log(scale)))
    far = bool((np.abs(found.theta) > DEGENERATE_LOG).any())
    varied = x.std() > 0 and spend.std() > 0
    return SpendFit(
        model=GammaGamma(p, q, gamma * scale, float(spend.mean())),
        log_likelihood=log_likelihood,
        standard_errors=dict(zip(("p", "q", "gamma"), errors.tolist(), strict=True)),
        customers=len(x),
        excluded=excluded,
        degenerate=far or q <= 1 or found.least_known(len(x))[0] > UNKNOWN_ERROR,
        frequency_correlation=float(np.corrcoef(x, spend)[0, 1]) if varied else 0.0,
    )

"""Fitting a frequency model by name, and saying honestly what the data could not tell."""

import time
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import numpy as np

from value.engine.arrays import FloatArray, Objective
from value.engine.bg_nbd import BgNbd
from value.engine.frequency_model import FrequencyModel
from value.engine.history import Sample
from value.engine.maximum import DEGENERATE_LOG, UNKNOWN_ERROR, Maximum, maximise
from value.engine.mbg_nbd import MbgNbd
from value.engine.nbd import Nbd
from value.engine.pareto_nbd import ParetoNbd

MODELS: dict[str, type[FrequencyModel]] = {model.name: model for model in (BgNbd, MbgNbd, ParetoNbd, Nbd)}

Problem = Literal["none", "no_dropout", "no_dropout_heterogeneity", "no_rate_heterogeneity", "singular"]

# Half the 95 % point of chi-square with two degrees of freedom: what dropout has to add to the NBD's
# likelihood.
DROPOUT_GAIN = 3.0
WEAK_PRIOR_SPREAD = 2.0
_SKETCH = 20_000


@dataclass(frozen=True, slots=True)
class FrequencyFit:
    """A fitted frequency model: parameters under the papers' names (weeks), their errors, and what went
    wrong.

    problem: "no_dropout" - the data do not show that anybody ever stops, the model collapses to the NBD;
    "no_dropout_heterogeneity" - customers stop, but whether they differ in that cannot be told (then
    `weak_prior` is True and the parameters are penalised); "no_rate_heterogeneity" - nor can it for order
    rates; "singular" - some other combination of parameters is not determined.
    """

    name: str
    params: dict[str, float]
    standard_errors: dict[str, float]
    log_likelihood: float
    problem: Problem
    weak_prior: bool
    customers: int
    seconds: float

    @property
    def degenerate(self) -> bool:
        return self.problem != "none"

    @property
    def model(self) -> FrequencyModel:
        return MODELS[self.name](**self.params)

    @property
    def label(self) -> str:
        return MODELS[self.name].label

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(**data)


def fit_frequency(name: str, sample: Sample) -> FrequencyFit:
    """Maximum likelihood for the model called `name`; the unit of time is that of the sample.

    Where the data do not determine how much customers differ in dropping out, a weak prior (normal on the ln
    parameters, spread 2) stands in. Fits the NBD too, to tell whether dropout is there at all.
    """
    started = time.perf_counter()
    unit = max(float(sample.weights @ sample.T) / sample.customers, 1e-9)
    scaled = sample.in_unit(unit)
    cls = MODELS[name]
    found = _maximum(cls, scaled, weak=False)
    problem = _problem(cls, found, scaled)
    weak = problem == "no_dropout_heterogeneity"
    if weak:
        found = _maximum(cls, scaled, weak=True)
    return _as_fit(cls, found, sample, unit, problem, weak, started)


def _maximum(cls: type[FrequencyModel], sample: Sample, *, weak: bool) -> Maximum:
    def objective(rows: Sample) -> Objective:
        plain = cls.objective(rows)
        return _with_prior(plain, cls, rows.customers) if weak else plain

    starts = [np.array(start) for start in cls.starts]
    sketch = objective(sample.sketch(_SKETCH)) if len(sample) > 2 * _SKETCH else None
    return maximise(objective(sample), starts, sketch)


def _with_prior(objective: Objective, cls: type[FrequencyModel], customers: float) -> Objective:
    names = cls.parameter_names()
    pull = np.array([name in cls.dropout_parameters for name in names]) / (WEAK_PRIOR_SPREAD**2 * customers)

    def penalised(theta: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = objective(theta)
        return value + float(pull @ theta**2) / 2, gradient + pull * theta

    return penalised


def _problem(cls: type[FrequencyModel], found: Maximum, sample: Sample) -> Problem:
    far = dict(zip(cls.parameter_names(), np.abs(found.theta) > DEGENERATE_LOG, strict=True))
    if cls.dropout_parameters:
        gain = found.mean_log_likelihood - _maximum(Nbd, sample, weak=False).mean_log_likelihood
        if gain * sample.customers < DROPOUT_GAIN:
            return "no_dropout"
        if any(far[name] for name in cls.dropout_parameters):
            return "no_dropout_heterogeneity"
    if far["r"] or far["alpha"]:
        return "no_rate_heterogeneity"
    error, direction = found.least_known(sample.customers)
    if error < UNKNOWN_ERROR:
        return "none"
    names = cls.parameter_names()
    of_dropout = sum(float(direction[names.index(name)] ** 2) for name in cls.dropout_parameters)
    return "no_dropout_heterogeneity" if of_dropout > 0.5 else "singular"


def _as_fit(
    cls: type[FrequencyModel],
    found: Maximum,
    sample: Sample,
    unit: float,
    problem: Problem,
    weak: bool,
    started: float,
) -> FrequencyFit:
    names = cls.parameter_names()
    scale = np.array([unit if name in cls.time_parameters else 1.0 for name in names])
    values = np.exp(found.theta) * scale
    errors = found.standard_errors(sample.customers) * values
    model = cls(*values.tolist())
    return FrequencyFit(
        name=cls.name,
        params=model.params,
        standard_errors=dict(zip(names, errors.tolist(), strict=True)),
        log_likelihood=model.log_likelihood(sample),
        problem=problem,
        weak_prior=weak,
        customers=round(sample.customers),
        seconds=time.perf_counter() - started,
    )

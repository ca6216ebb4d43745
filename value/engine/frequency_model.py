"""What every frequency model can say about a customer, whatever its parameters are."""

from abc import ABC, abstractmethod
from dataclasses import astuple, dataclass, fields
from typing import ClassVar, Self

import numpy as np

from value.engine.arrays import FloatArray, Objective
from value.engine.history import Sample
from value.engine.special import softplus


@dataclass(frozen=True)
class FrequencyModel(ABC):
    """A fitted frequency model. Time is in weeks; x, t_x, T are arrays of one shape.

    Given that a customer is alive at T, what comes depends on x and T only; t_x enters through P(alive).
    """

    name: ClassVar[str]
    label: ClassVar[str]
    source: ClassVar[str]
    time_parameters: ClassVar[tuple[str, ...]]
    dropout_parameters: ClassVar[tuple[str, ...]]
    starts: ClassVar[tuple[tuple[float, ...], ...]]
    silent_after_first: ClassVar[bool] = False
    dear: ClassVar[bool] = False

    @classmethod
    def parameter_names(cls) -> tuple[str, ...]:
        return tuple(field.name for field in fields(cls))

    @classmethod
    def at(cls, theta: FloatArray) -> Self:
        """The model whose ln parameters are `theta`."""
        return cls(*np.exp(theta).tolist())

    @property
    def params(self) -> dict[str, float]:
        return dict(zip(self.parameter_names(), astuple(self), strict=True))

    @classmethod
    @abstractmethod
    def objective(cls, sample: Sample) -> Objective:
        """Minus mean log-likelihood and its gradient, as a function of ln parameters."""

    @property
    @abstractmethod
    def time_scale(self) -> float:
        """Weeks over which expectations bend: the distance of their nearest singularity from T = 0."""

    @abstractmethod
    def death_log_odds(self, x: FloatArray, t_x: FloatArray, T: FloatArray) -> FloatArray:
        """ln of P(dead at T) / P(alive at T); -inf where the model knows no way to be dead."""

    @abstractmethod
    def alive_orders(self, weeks: float, x: FloatArray, T: FloatArray) -> FloatArray:
        """E[orders in (T, T+weeks] | alive at T, x]."""

    @abstractmethod
    def alive_pairs(self, weeks: float, x: FloatArray, T: FloatArray) -> FloatArray:
        """E[N (N-1) | alive at T, x] of the orders N in (T, T+weeks]."""

    @abstractmethod
    def alive_none(self, weeks: float, x: FloatArray, T: FloatArray) -> FloatArray:
        """P(no order in (T, T+weeks] | alive at T, x)."""

    @abstractmethod
    def new_customer_orders(self, weeks: FloatArray) -> FloatArray:
        """E[X(t)]: repeat orders of a new customer in the first `weeks` (array of weeks)."""

    def p_alive(self, x: FloatArray, t_x: FloatArray, T: FloatArray) -> FloatArray:
        """P(alive at T | x, t_x, T)."""
        return np.exp(-softplus(self.death_log_odds(x, t_x, T))[0])

    def expected_orders(self, weeks: float, x: FloatArray, t_x: FloatArray, T: FloatArray) -> FloatArray:
        """E[orders in (T, T+weeks] | x, t_x, T]: P(alive) times the expectation of those alive."""
        return self.p_alive(x, t_x, T) * self.alive_orders(weeks, x, T)

    def p_none(self, weeks: float, x: FloatArray, t_x: FloatArray, T: FloatArray) -> FloatArray:
        """P(no order in (T, T+weeks] | x, t_x, T), which is the likelihood at T+weeks over that at T."""
        log_alive, dead = softplus(self.death_log_odds(x, t_x, T))
        return np.asarray(dead + np.exp(-log_alive) * self.alive_none(weeks, x, T), np.float64)

    def log_likelihood(self, sample: Sample) -> float:
        """Summed over the sample; combinatorial constants that hold no parameter are left out, as in the
        papers.
        """
        theta = np.log(np.array(astuple(self)))
        return float(-self.objective(sample)(theta)[0] * sample.customers)

"""Maximum likelihood on log parameters: search, Newton polish, Hessian, standard errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import minimize
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from value.engine.arrays import FloatArray, Objective

LOG_BOUND = 11.0
DEGENERATE_LOG = 8.0
# A standard error of 1.5 in the logarithm: known within a factor of four or five at best.
UNKNOWN_ERROR = 1.5
_LARGEST_ERROR = 1e6
_STEP = 1e-5
_GRADIENT_GOAL = 1e-9


@cache
def threads() -> ThreadpoolController:
    """The BLAS pools of this process; many threads make these small products slower, so fits use one."""
    return ThreadpoolController()


@dataclass(frozen=True, slots=True)
class Maximum:
    """Where the mean log-likelihood is largest: ln parameters, its value, and minus its Hessian there."""

    theta: FloatArray
    mean_log_likelihood: float
    information: FloatArray
    gradient: float

    def standard_errors(self, customers: float) -> FloatArray:
        """Of the ln parameters (inverse observed information); 1e6 where the Hessian is singular."""
        try:
            variance = np.diag(np.linalg.inv(self.information * customers))
        except np.linalg.LinAlgError:
            return np.full(len(self.theta), _LARGEST_ERROR)
        errors = np.where(variance > 0, np.sqrt(np.abs(variance)), _LARGEST_ERROR)
        return np.minimum(errors, _LARGEST_ERROR)

    def least_known(self, customers: float) -> tuple[float, FloatArray]:
        """Standard error along the least known direction of the ln parameters, and that unit direction."""
        values, directions = np.linalg.eigh(self.information * customers)
        error = float(1 / np.sqrt(values[0])) if values[0] > 0 else float("inf")
        return error, np.asarray(directions[:, 0], np.float64)


def maximise(objective: Objective, starts: Sequence[FloatArray], sketch: Objective | None = None) -> Maximum:
    """Maximise a mean log-likelihood given as (minus value, minus gradient) of ln parameters.

    `sketch` is the same objective on a part of the rows: the search runs there, the full rows only polish.
    """
    rough = sketch or objective
    with threads().limit(limits=1, user_api="blas"):
        theta = min((_search(rough, start) for start in starts), key=lambda found: found[1])[0]
        if sketch is not None:
            theta = _chord(objective, theta, hessian(rough, theta))
        information = hessian(objective, theta)
        theta = _chord(objective, theta, information)
        value, gradient = objective(theta)
    return Maximum(theta, -value, information, float(np.abs(gradient).max()))


def _search(objective: Objective, start: FloatArray) -> tuple[FloatArray, float]:
    found = minimize(
        objective, start, jac=True, method="L-BFGS-B", bounds=[(-LOG_BOUND, LOG_BOUND)] * len(start),
        options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-7, "maxcor": 12},
    )  # fmt: skip
    return np.asarray(found.x, np.float64), float(found.fun)


def _chord(objective: Objective, theta: FloatArray, information: FloatArray) -> FloatArray:
    """Newton steps with one fixed Hessian, as long as they gain; falls back to a search if they do not."""
    if np.linalg.eigvalsh(information)[0] <= 0:
        return _search(objective, theta)[0]
    gradient = objective(theta)[1]
    for _ in range(12):
        if np.abs(gradient).max() < _GRADIENT_GOAL:
            break
        step = np.linalg.solve(information, gradient)
        moved = np.clip(theta - step, -LOG_BOUND, LOG_BOUND)
        new_gradient = objective(moved)[1]
        if np.abs(step).max() > 1 or np.linalg.norm(new_gradient) > 0.7 * np.linalg.norm(gradient):
            return theta if np.abs(gradient).max() < 1e-6 else _search(objective, theta)[0]
        theta, gradient = moved, new_gradient
    return theta


def hessian(objective: Objective, theta: FloatArray) -> FloatArray:
    """Second derivatives by central differences of the analytic gradient, symmetrised."""
    rows = []
    for i in range(len(theta)):
        shift = np.zeros(len(theta))
        shift[i] = _STEP
        rows.append((objective(theta + shift)[1] - objective(theta - shift)[1]) / (2 * _STEP))
    matrix = np.array(rows)
    return np.asarray((matrix + matrix.T) / 2, np.float64)

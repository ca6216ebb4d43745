"""The two kinds of array the engine passes around, and the error it raises for input it cannot use."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
Objective: TypeAlias = Callable[[FloatArray], tuple[float, FloatArray]]

DAYS_PER_WEEK = 7.0
WEEKS_PER_YEAR = 365.0 / 7.0


class BadInput(ValueError):
    """Input that cannot be used; `problems` holds one readable line for each thing wrong."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class TooLittleData(BadInput):
    """The input is well formed, but no model can be fitted to it."""

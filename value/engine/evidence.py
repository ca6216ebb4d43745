"""What is known about how far the numbers can be trusted: plain data, ready for a page or for JSON."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from value.engine.frequency import FrequencyFit
from value.engine.gamma_gamma import GammaGamma, SpendFit
from value.engine.recalibration import Recalibration


@dataclass(frozen=True, slots=True)
class HoldoutError:
    """Repeat orders foretold for the holdout against those that came.

    mae, rmse: per customer; cumulative_error: (foretold - came) / came over all customers.
    """

    expected_repeats: float
    mae: float
    rmse: float
    cumulative_error: float


@dataclass(frozen=True, slots=True)
class ModelEvidence:
    """One fitted model and how it did on the holdout."""

    fit: FrequencyFit
    holdout: HoldoutError


@dataclass(frozen=True, slots=True)
class Tracking:
    """Repeat orders of the calibration customers, by week: for the plot.

    week_ends: ISO dates (the calibration end is one of them); cumulative_actual and
    cumulative_expected[model] count from the first order on; weekly_* are their steps (the first step may
    cover a shorter week).
    """

    week_ends: tuple[str, ...]
    cumulative_actual: tuple[int, ...]
    cumulative_expected: dict[str, tuple[float, ...]]
    weekly_actual: tuple[int, ...]
    weekly_expected: dict[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class FrequencyGroup:
    """Customers with the same number of repeat days in calibration ("7+" for the last group): mean holdout
    orders.
    """

    label: str
    customers: int
    actual_mean: float
    expected_mean: dict[str, float]


@dataclass(frozen=True, slots=True)
class SilenceGroup:
    """A tenth of the customers by what was said: their number, the mean said, the share that came true."""

    customers: int
    said: float
    happened: float


@dataclass(frozen=True, slots=True)
class SilenceCheck:
    """P(no order in `horizon_days`), raw: what the chosen model said, and the share for whom it came true."""

    horizon_days: int
    one_time_said: float
    one_time_happened: float
    repeat_said: float
    repeat_happened: float
    groups: tuple[SilenceGroup, ...]


@dataclass(frozen=True, slots=True)
class ValueCheck:
    """Spend in the holdout: foretold and actual sums, and the share of customers inside their 10-90 %
    interval.
    """

    expected: float
    actual: float
    coverage_all: float
    coverage_repeaters: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """The outcome of `evaluate`: store `to_json()`, read back with `from_json`."""

    calibration_end: str
    observation_end: str
    customers: int
    repeaters: int
    repeats: int
    holdout_repeats: int
    models: dict[str, ModelEvidence]
    naive: dict[str, HoldoutError]
    tracking: Tracking
    groups: tuple[FrequencyGroup, ...]
    spend: SpendFit | None
    silence: SilenceCheck
    value: ValueCheck
    recalibration: Recalibration | None
    chosen: str
    why: str
    warnings: tuple[str, ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        data: dict[str, Any] = json.loads(text)
        data["models"] = {name: _model(part) for name, part in data["models"].items()}
        data["naive"] = {name: HoldoutError(**part) for name, part in data["naive"].items()}
        data["tracking"] = _tracking(data["tracking"])
        data["groups"] = tuple(FrequencyGroup(**part) for part in data["groups"])
        groups = tuple(SilenceGroup(**part) for part in data["silence"]["groups"])
        data["silence"] = SilenceCheck(**(data["silence"] | {"groups": groups}))
        data["value"] = ValueCheck(**data["value"])
        data["warnings"] = tuple(data["warnings"])
        if data["spend"] is not None:
            data["spend"] = SpendFit(**(data["spend"] | {"model": GammaGamma(**data["spend"]["model"])}))
        if data["recalibration"] is not None:
            data["recalibration"] = Recalibration.from_dict(data["recalibration"])
        return cls(**data)


def _model(data: dict[str, Any]) -> ModelEvidence:
    return ModelEvidence(FrequencyFit.from_dict(data["fit"]), HoldoutError(**data["holdout"]))


def _tracking(data: dict[str, Any]) -> Tracking:
    return Tracking(
        week_ends=tuple(data["week_ends"]),
        cumulative_actual=tuple(data["cumulative_actual"]),
        cumulative_expected={name: tuple(part) for name, part in data["cumulative_expected"].items()},
        weekly_actual=tuple(data["weekly_actual"]),
        weekly_expected={name: tuple(part) for name, part in data["weekly_expected"].items()},
    )

"""The value engine: order histories in; models, predictions and evidence out. Plain numpy and scipy, no
Django.

Time is in weeks inside the models and in whole days at this door; money is float64 in the caller's unit.
The usual way: `choose_calibration` -> `split_orders` -> `evaluate` -> `fit(histories, model=evidence.chosen)`
-> `.recalibrated(evidence.recalibration)` -> `predict`.
"""

from value.engine.arrays import BadInput, TooLittleData
from value.engine.evaluate import evaluate
from value.engine.evidence import Evidence, HoldoutError, ModelEvidence
from value.engine.fitting import fit
from value.engine.frequency import MODELS, FrequencyFit
from value.engine.gamma_gamma import GammaGamma, SpendFit
from value.engine.history import Histories, Orders, histories_from_orders
from value.engine.holdout import Split, choose_calibration, split_orders
from value.engine.outlook import Discounting
from value.engine.prediction import FittedModel, Predictions, predict
from value.engine.readers import read_orders
from value.engine.recalibration import Recalibration

__all__ = [
    "MODELS",
    "BadInput",
    "Discounting",
    "Evidence",
    "FittedModel",
    "FrequencyFit",
    "GammaGamma",
    "Histories",
    "HoldoutError",
    "ModelEvidence",
    "Orders",
    "Predictions",
    "Recalibration",
    "SpendFit",
    "Split",
    "TooLittleData",
    "choose_calibration",
    "evaluate",
    "fit",
    "histories_from_orders",
    "predict",
    "read_orders",
    "split_orders",
]

"""What the command `value_evaluate` prints: the evidence as the contract's JSON, or as lines to read."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from value.engine.arrays import BadInput
from value.engine.evaluate import evaluate
from value.engine.evidence import Evidence, ModelEvidence
from value.engine.holdout import split_orders
from value.engine.readers import read_orders


def evaluate_file(path: str, *, file_format: str, calibration_end: str, observation_end: str) -> Evidence:
    """Read an order file and evaluate the models on it; raises BadInput or OSError, readable."""
    ends = [
        _day(name, text)
        for name, text in (("calibration", calibration_end), ("observation", observation_end))
    ]
    if ends[0] >= ends[1]:
        raise BadInput([f"the calibration end {ends[0]} is not before the observation end {ends[1]}"])
    orders = read_orders(Path(path), file_format)
    return evaluate(split_orders(orders, calibration_end=ends[0], observation_end=ends[1]))


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput([f"the {name} end '{text}' is not a date (YYYY-MM-DD)"]) from error


def as_contract(evidence: Evidence) -> dict[str, Any]:
    """The shape that `value_evaluate --json` promises (contracts.md)."""
    spend = evidence.spend
    return {
        "customers": evidence.customers,
        "repeaters": evidence.repeaters,
        "repeats": evidence.repeats,
        "holdout_repeats": evidence.holdout_repeats,
        "models": {name: _model(model) for name, model in evidence.models.items()},
        "spend": {} if spend is None else {"gamma_gamma": _spend(evidence)},
        "chosen": evidence.chosen,
        "why": evidence.why,
        "warnings": list(evidence.warnings),
        "naive": {name: asdict(error) for name, error in evidence.naive.items()},
        "silence": asdict(evidence.silence),
        "value": asdict(evidence.value),
    }


def _model(model: ModelEvidence) -> dict[str, Any]:
    fit = model.fit
    return {
        "params": fit.params,
        "standard_errors": fit.standard_errors,
        "log_likelihood": fit.log_likelihood,
        "degenerate": fit.degenerate,
        "problem": fit.problem,
        "seconds": fit.seconds,
        "holdout": asdict(model.holdout),
    }


def _spend(evidence: Evidence) -> dict[str, Any]:
    spend = evidence.spend
    assert spend is not None
    return {
        "params": spend.model.params,
        "standard_errors": spend.standard_errors,
        "log_likelihood": spend.log_likelihood,
        "degenerate": spend.degenerate,
    }


def as_text(evidence: Evidence) -> str:
    """The same for a reader at a terminal."""
    lines = [
        f"Until {evidence.calibration_end}: {evidence.customers} customers, {evidence.repeaters} repeaters, "
        f"{evidence.repeats} repeats.",
        f"Until {evidence.observation_end}: {evidence.holdout_repeats} more repeats.",
        "",
        *(_line(model) for model in evidence.models.values()),
        *(f"{name:<12} {_errors(error)}" for name, error in evidence.naive.items()),
        "",
        f"Chosen: {evidence.why}",
        *(f"Warning: {warning}" for warning in evidence.warnings),
    ]
    return "\n".join(lines)


def _line(model: ModelEvidence) -> str:
    params = ", ".join(f"{name} {value:.4g}" for name, value in model.fit.params.items())
    return f"{model.fit.label:<12} {_errors(model.holdout)}  LL {model.fit.log_likelihood:.2f}  {params}"


def _errors(error: Any) -> str:
    return f"MAE {error.mae:.3f}  RMSE {error.rmse:.3f}  sum {error.cumulative_error:+.1%}"

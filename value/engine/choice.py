"""Which frequency model to believe, and the sentence that says why."""

from value.engine.evidence import ModelEvidence

RMSE_TIE = 0.01
CUMULATIVE_TIE = 0.05


def choose(models: dict[str, ModelEvidence]) -> tuple[str, str]:
    """The chosen model's name and one sentence.

    Degenerate fits stand back (those with a weak prior first in line behind the sound ones). Models within 1
    % of the least error per customer (RMSE, holdout) count as equal, then models within 5 points of the least
    cumulative error; among those the likelihood decides.
    """
    candidates = _candidates(models)
    if list(candidates) == ["nbd"]:
        return "nbd", "NBD, because dropout is not identifiable on this data under any model that has it."
    best = min(candidates.values(), key=lambda model: model.holdout.rmse)
    close = _within_rmse(candidates, best.holdout.rmse)
    close = _within_cumulative(close)
    name = max(close, key=lambda key: close[key].fit.log_likelihood)
    return name, _why(models[name], best, len(candidates), len(close))


def _candidates(models: dict[str, ModelEvidence]) -> dict[str, ModelEvidence]:
    sound = {k: m for k, m in models.items() if not m.fit.degenerate and k != "nbd"}
    penalised = {k: m for k, m in models.items() if m.fit.weak_prior}
    return sound or penalised or {"nbd": models["nbd"]}


def _within_rmse(models: dict[str, ModelEvidence], least: float) -> dict[str, ModelEvidence]:
    return {k: m for k, m in models.items() if m.holdout.rmse <= least * (1 + RMSE_TIE)}


def _within_cumulative(models: dict[str, ModelEvidence]) -> dict[str, ModelEvidence]:
    least = min(abs(model.holdout.cumulative_error) for model in models.values())
    return {k: m for k, m in models.items() if abs(m.holdout.cumulative_error) <= least + CUMULATIVE_TIE}


def _why(chosen: ModelEvidence, best: ModelEvidence, compared: int, close: int) -> str:
    fit, holdout = chosen.fit, chosen.holdout
    side = "under" if holdout.cumulative_error < 0 else "over"
    off = f"{abs(holdout.cumulative_error):.1%} {side} the actual repeats"
    facts = f"(RMSE {holdout.rmse:.3f} a customer, {off}, log-likelihood {fit.log_likelihood:.1f})"
    if compared == 1:
        return f"{fit.label}, the only model whose parameters this data determines {facts}."
    if close > 1:
        reason = f"of {close} models about equally good on the holdout it has the highest likelihood"
        return f"{fit.label}: {reason} {facts}."
    reason = (
        "the least error" if chosen is best else "among the least errors per customer the smallest in the sum"
    )
    return f"{fit.label}: {reason} on the holdout of {compared} models {facts}."

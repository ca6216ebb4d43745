"""Evidence on the CDNOW sample, the choice of a model and of a calibration end."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from value.engine import (
    BadInput,
    Evidence,
    HoldoutError,
    ModelEvidence,
    Orders,
    Split,
    TooLittleData,
    choose_calibration,
    evaluate,
    split_orders,
)
from value.engine.choice import choose
from value.engine.frequency import FrequencyFit
from value.engine.recalibration import Recalibration, recalibrate


@pytest.fixture(scope="module")
def evidence(cdnow_split: Split) -> Evidence:
    return evaluate(cdnow_split)


def test_every_model_beats_every_naive_guess(evidence: Evidence) -> None:
    worst = max(model.holdout.rmse for name, model in evidence.models.items() if name != "nbd")
    assert worst < min(error.rmse for error in evidence.naive.values())
    assert set(evidence.naive) == {"same_again", "average", "recency_rule"}


def test_chosen_and_why(evidence: Evidence) -> None:
    assert evidence.chosen == "mbg_nbd"
    assert evidence.why.startswith("MBG/NBD")
    assert evidence.warnings == ()


def test_tracking_starts_and_ends_where_it_should(evidence: Evidence) -> None:
    tracking = evidence.tracking
    assert tracking.week_ends[-1] == "1998-06-30"
    assert tracking.cumulative_actual[tracking.week_ends.index("1997-09-30")] == 2457
    assert sum(tracking.weekly_actual) == tracking.cumulative_actual[-1]
    for name in evidence.models:
        assert len(tracking.cumulative_expected[name]) == len(tracking.week_ends)
        assert (np.diff(tracking.cumulative_expected[name]) >= 0).all()


def test_expected_repeats_agree_with_the_tracking_at_the_calibration_end(evidence: Evidence) -> None:
    tracking = evidence.tracking
    at_end = tracking.week_ends.index("1997-09-30")
    assert tracking.cumulative_expected["bg_nbd"][at_end] == pytest.approx(2457, rel=0.03)


def test_groups_cover_everybody(evidence: Evidence) -> None:
    assert [group.label for group in evidence.groups] == ["0", "1", "2", "3", "4", "5", "6", "7+"]
    assert sum(group.customers for group in evidence.groups) == 2357
    total = sum(group.customers * group.actual_mean for group in evidence.groups)
    assert total == pytest.approx(1882)


def test_interval_holds_what_it_promises(evidence: Evidence) -> None:
    assert evidence.value.coverage_repeaters > 0.78


def test_silence_is_recalibrated(evidence: Evidence) -> None:
    assert evidence.silence.repeat_said > evidence.silence.repeat_happened
    assert evidence.recalibration is not None
    assert evidence.recalibration.brier_after < evidence.recalibration.brier_before


def test_evidence_survives_json(evidence: Evidence) -> None:
    assert Evidence.from_json(evidence.to_json()) == evidence


def test_recalibration_repairs_a_known_distortion() -> None:
    random = np.random.default_rng(4)
    true = random.random(20_000)
    happened, one_time = random.random(20_000) < true, random.random(20_000) < 0.5
    said = np.where(one_time, true**0.5, true**2)
    curves = recalibrate(said, happened, one_time, 91)
    assert curves.brier_after < curves.brier_before - 0.02
    mended = curves.apply(said, one_time)
    assert float(mended.mean()) == pytest.approx(0.5, abs=0.01)
    assert float(np.abs(mended - true).mean()) < 0.04
    assert Recalibration.from_dict(curves.as_dict()) == curves


def test_recalibration_of_nobody_changes_nothing() -> None:
    empty = np.zeros(0, np.bool_)
    one = np.array([0.3, 0.9])
    both = recalibrate(one, np.array([True, True]), np.array([False, False]), 91)
    assert both.one_time.apply(one) == pytest.approx(one)
    assert both.apply(np.zeros(0), empty).shape == (0,)


def model(
    name: str, rmse: float, log_likelihood: float, *, off: float = 0.0, problem: str = "none"
) -> ModelEvidence:
    fit = FrequencyFit(name, {}, {}, log_likelihood, problem, problem == "no_dropout_heterogeneity", 100, 0.0)  # type: ignore[arg-type]
    return ModelEvidence(fit, HoldoutError(1.0, 1.0, rmse, off))


def test_the_least_error_wins() -> None:
    models = {"bg_nbd": model("bg_nbd", 1.0, -200), "pareto_nbd": model("pareto_nbd", 1.2, -100)}
    assert choose(models)[0] == "bg_nbd"


def test_near_ties_are_settled_by_the_sum_and_then_by_likelihood() -> None:
    models = {"bg_nbd": model("bg_nbd", 1.0, -100), "mbg_nbd": model("mbg_nbd", 1.005, -99)}
    assert choose(models)[0] == "mbg_nbd"
    models["mbg_nbd"] = replace(models["mbg_nbd"], holdout=HoldoutError(1.0, 1.0, 1.005, -0.3))
    assert choose(models)[0] == "bg_nbd"


def test_degenerate_models_stand_back() -> None:
    sound, nbd = model("pareto_nbd", 2.0, -300), model("nbd", 0.5, -50)
    collapsed = model("bg_nbd", 0.5, -50, problem="no_dropout")
    penalised = model("mbg_nbd", 0.5, -50, problem="no_dropout_heterogeneity")
    assert (
        choose({"bg_nbd": collapsed, "mbg_nbd": penalised, "pareto_nbd": sound, "nbd": nbd})[0]
        == "pareto_nbd"
    )
    assert choose({"bg_nbd": collapsed, "mbg_nbd": penalised, "nbd": nbd})[0] == "mbg_nbd"
    assert choose({"bg_nbd": collapsed, "nbd": nbd}) == (
        "nbd",
        "NBD, because dropout is not identifiable on this data under any model that has it.",
    )


@pytest.mark.parametrize(
    ("last", "calibration_end"),
    [
        (date(2023, 7, 2), date(2023, 4, 2)),
        (date(2023, 12, 31), date(2023, 9, 3)),
        (date(2030, 1, 1), date(2029, 1, 2)),
    ],
)
def test_calibration_end(last: date, calibration_end: date) -> None:
    first = date(2023, 1, 1)
    assert choose_calibration(first, last) == calibration_end
    assert (calibration_end - first).days >= 91
    assert (last - calibration_end).days >= 91


def test_half_a_year_is_the_least() -> None:
    with pytest.raises(TooLittleData, match="181 days"):
        choose_calibration(date(2023, 1, 1), date(2023, 7, 1))


def test_a_split_in_the_wrong_order_or_without_customers(cdnow: Orders) -> None:
    with pytest.raises(BadInput, match="is not before"):
        split_orders(cdnow, calibration_end=date(1998, 1, 1), observation_end=date(1998, 1, 1))
    with pytest.raises(BadInput, match="no order on or before"):
        split_orders(cdnow, calibration_end=date(1990, 1, 1), observation_end=date(1998, 1, 1))


def test_a_short_holdout_leaves_silence_uncorrected(cdnow: Orders) -> None:
    split = split_orders(cdnow, calibration_end=date(1998, 4, 30), observation_end=date(1998, 6, 30))
    evidence = evaluate(split, models=["bg_nbd"])
    assert evidence.recalibration is None
    assert any("61 days" in warning for warning in evidence.warnings)


def test_nobody_repeats_in_calibration(cdnow: Orders) -> None:
    split = split_orders(cdnow, calibration_end=date(1997, 1, 1), observation_end=date(1998, 6, 30))
    with pytest.raises(TooLittleData, match="two days before the calibration end"):
        evaluate(split)

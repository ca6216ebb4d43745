"""The evidence behind the numbers: how the model tracked weeks it had not seen, beside simple guesses."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from crm.models import Order
from tenancy.money import SYMBOLS as CURRENCY_SIGNS
from tenancy.money import minor_digits
from value.engine import MODELS, Evidence, FittedModel
from value.models import ModelFit
from value.selectors.equity import Equity
from value.selectors.verdict import NAIVE, Reason, Verdict, reasons, typeset, verdict, weeks_hidden

GREEK: Final = {"alpha": "α", "beta": "β", "gamma": "γ"}


@dataclass(frozen=True)
class EvidenceView:
    """What the page shows. tracking, calibration: what the charts read; *_rows: the same as tables."""

    fit: ModelFit
    verdict: Verdict
    reasons: list[Reason]
    tracking: dict[str, Any]
    tracking_rows: list[dict[str, Any]]
    calibration: dict[str, Any]
    calibration_rows: list[dict[str, Any]]
    errors: list[dict[str, Any]]
    errors_words: str
    made: list[dict[str, str]]


def stored_fit(fit_id: UUID | None = None) -> ModelFit | None:
    """The current fit, or an earlier one."""
    fits = ModelFit.objects.all()
    return fits.filter(id=fit_id).first() if fit_id else fits.filter(is_current=True).first()


def latest_fits(most: int = 12) -> list[ModelFit]:
    """The fits of late, newest first, for the menu."""
    return list(ModelFit.objects.defer("evidence", "model").order_by("-fitted_at")[:most])


def fit_verdict(fit: ModelFit) -> Verdict:
    """The judgement alone, for other pages."""
    return verdict(_evidence(fit), _fitted(fit))


def orders_there() -> bool:
    """Whether any known customer has ordered: before that nothing can be computed."""
    return Order.objects.filter(customer__isnull=False, kind=Order.Kind.SALE).exists()


def history_chart(equity: Equity, currency: str) -> dict[str, Any] | None:
    """What the chart of months reads, today's sum last, in major units; None for fewer than two points."""
    if not equity.history:
        return None
    points = [(f"{day:%b %Y}", value) for day, value in equity.history]
    points.append(("today", equity.worth.value))
    digits = minor_digits(currency)
    values = [float(Decimal(value).scaleb(-digits)) for _, value in points]
    return {
        "labels": [label for label, _ in points],
        "prefix": CURRENCY_SIGNS.get(currency, f"{currency} "),
        "end_words": True,
        "lines": [{"label": "today", "look": "happened", "values": values}],
    }


def evidence_view(fit: ModelFit, currency: str) -> EvidenceView:
    """Everything about one fit, ready to be shown. `currency` is the tenant's."""
    evidence, fitted = _evidence(fit), _fitted(fit)
    weeks = weeks_hidden(evidence)
    return EvidenceView(
        fit=fit,
        verdict=verdict(evidence, fitted),
        reasons=reasons(evidence, fitted),
        tracking=_tracking(evidence),
        tracking_rows=_tracking_rows(evidence),
        calibration=_calibration(evidence),
        calibration_rows=_calibration_rows(evidence),
        errors=_errors(evidence),
        errors_words=f"Mean absolute error per customer over {weeks} hidden weeks. The choice among "
        f"{len(evidence.models)} models was made on these weeks, so expect a little worse.",
        made=_made(fit, evidence, fitted, currency),
    )


def _evidence(fit: ModelFit) -> Evidence:
    return Evidence.from_json(json.dumps(fit.evidence))


def _fitted(fit: ModelFit) -> FittedModel:
    return FittedModel.from_json(json.dumps(fit.model))


def _tracking(evidence: Evidence) -> dict[str, Any]:
    tracking = evidence.tracking
    labels = list(range(1, len(tracking.week_ends) + 1))
    hidden = tracking.week_ends.index(evidence.calibration_end) + 1
    said = [round(value, 1) for value in tracking.cumulative_expected[evidence.chosen]]
    return {
        "labels": labels,
        "x_word": "week",
        "every": 13 if len(labels) <= 110 else 26,
        "hidden_from": hidden,
        "end_words": True,
        "lines": [
            {"label": "happened", "look": "happened", "values": list(tracking.cumulative_actual)},
            {"label": "said", "look": "said", "values": said},
        ],
    }


def _tracking_rows(evidence: Evidence) -> list[dict[str, Any]]:
    tracking = evidence.tracking
    said = tracking.cumulative_expected[evidence.chosen]
    pairs = enumerate(zip(tracking.cumulative_actual, said, strict=True), start=1)
    return [{"week": week, "happened": happened, "said": round(value)} for week, (happened, value) in pairs]


def _calibration(evidence: Evidence) -> dict[str, Any]:
    rows = _calibration_rows(evidence)
    return {
        "labels": [row["group"] for row in rows],
        "x_title": "repeat orders before the hidden weeks",
        "digits": 2,
        "bars": [
            {"label": "happened", "look": "happened", "values": [row["happened"] for row in rows]},
            {"label": "the model said", "look": "said", "values": [row["said"] for row in rows]},
        ],
    }


def _calibration_rows(evidence: Evidence) -> list[dict[str, Any]]:
    return [
        {
            "group": group.label,
            "customers": group.customers,
            "happened": round(group.actual_mean, 3),
            "said": round(group.expected_mean[evidence.chosen], 3),
        }
        for group in evidence.groups
    ]


def _errors(evidence: Evidence) -> list[dict[str, Any]]:
    """The model's mean absolute error and those of the guesses, smallest first; share of the largest."""
    found = [(NAIVE[name], guess.mae, False) for name, guess in evidence.naive.items()]
    found.append(("This model", evidence.models[evidence.chosen].holdout.mae, True))
    largest = max(error for _, error, _ in found) or 1.0
    ranked = sorted(found, key=lambda row: row[1])
    return [{"label": w, "error": error, "share": error / largest, "ours": ours} for w, error, ours in ranked]


def _made(fit: ModelFit, evidence: Evidence, fitted: FittedModel, currency: str) -> list[dict[str, str]]:
    spend = "gamma-gamma, on margin" if fitted.spend else "the plain mean margin of an order"
    rows = {
        "Fitted": f"{fit.fitted_at:%d %b %Y, %H:%M} UTC, in {fit.seconds:.1f} s",
        "Orders until": f"{fit.as_of:%d %b %Y}",
        "On": f"{fit.customers:,} customers, {fit.repeaters:,} with repeats",
        "Hidden": f"{date.fromisoformat(evidence.calibration_end):%d %b %Y} to "
        f"{date.fromisoformat(evidence.observation_end):%d %b %Y}",
        "Model": typeset(fit.why),
        "Spend": spend,
        "Discount": typeset(
            f"{fitted.discounting.annual_rate:.0%} a year, {fitted.discounting.years:.0f} years"
        ),
        "Parameters": _parameters(fitted, currency),
        "Next fit": "in four weeks, after an import, or when a twentieth more customers have ordered",
    }
    return [{"label": label, "text": text} for label, text in rows.items()]


def _parameters(fitted: FittedModel, currency: str) -> str:
    timing = [f"{GREEK.get(name, name)} {value:.3f}" for name, value in fitted.frequency.params.items()]
    label = MODELS[fitted.frequency.name].label
    if fitted.spend is None:
        return typeset(f"{label}: {', '.join(timing)}")
    spend = fitted.spend.model.params
    spend["gamma"] /= 10 ** minor_digits(currency)
    money = [f"{GREEK.get(name, name)} {value:.2f}" for name, value in spend.items()]
    return typeset(f"{label}: {', '.join(timing)}; spend: {', '.join(money)}")

"""Fitting the value model to a tenant's orders, and keeping the fit with its evidence."""

import json
import time
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from crm.models import CustomerSummary, Order
from tenancy.models import TenantProfile
from value.engine import (
    Discounting,
    FittedModel,
    TooLittleData,
    choose_calibration,
    evaluate,
    fit,
    split_orders,
)
from value.models import ModelFit
from value.services.order_days import OrderBook, read_all_orders

HORIZON_YEARS: Final = 3.0
REFIT_AFTER: Final = timedelta(days=28)
REFIT_GROWTH: Final = 1.05
RECORDS_SILENT: Final = timedelta(days=14)


def value_day(today: date) -> date:
    """The day on which to value: today, or the last order day where the records stop well before it.

    Orders that nobody has loaded are not orders that nobody placed: without this, a file of last year's sales
    would make every customer look gone.
    """
    newest = (
        Order.objects.filter(kind=Order.Kind.SALE, customer__isnull=False, ordered_on__lte=today)
        .order_by("-ordered_at")
        .values_list("ordered_on", flat=True)
        .first()
    )
    return today if newest is None or today - newest <= RECORDS_SILENT else newest


def learn(as_of: date) -> ModelFit:
    """Test the models on the hidden last part of the orders, fit the chosen one on all, keep it (not current).

    Raises TooLittleData, readable: without a test on hidden weeks no number is shown.
    """
    started = time.perf_counter()
    book = read_all_orders(as_of)
    evidence = evaluate(
        split_orders(book.orders, calibration_end=_calibration_end(book, as_of), observation_end=as_of)
    )
    histories = book.histories(as_of)
    fitted = fit(histories, model=evidence.chosen, discounting=discounting()).recalibrated(
        evidence.recalibration
    )
    return ModelFit.objects.create(
        as_of=as_of,
        customers=len(histories),
        repeaters=histories.repeaters,
        chosen=fitted.name,
        why=evidence.why,
        warnings=list(dict.fromkeys((*evidence.warnings, *fitted.warnings))),
        model=json.loads(fitted.to_json()),
        evidence=json.loads(evidence.to_json()),
        seconds=time.perf_counter() - started,
    )


def _calibration_end(book: OrderBook, as_of: date) -> date:
    if book.first_day is None:
        raise TooLittleData(["no order of a known customer yet"])
    return choose_calibration(book.first_day, as_of)


def discounting() -> Discounting:
    """Three years, at the rate the tenant states."""
    return Discounting(annual_rate=float(TenantProfile.objects.get().discount_rate), years=HORIZON_YEARS)


def model_of(stored: ModelFit) -> FittedModel:
    """The stored model, at the tenant's discount rate of today."""
    fitted = FittedModel.from_json(json.dumps(stored.model))
    return replace(fitted, discounting=discounting())


def current_fit() -> ModelFit | None:
    """The fit behind the numbers people see."""
    return ModelFit.objects.filter(is_current=True).first()


def refit_due(as_of: date) -> bool:
    """Whether the night should learn again: no model, one of four weeks ago, or a twentieth more customers."""
    stored = current_fit()
    if stored is None or as_of - stored.as_of >= REFIT_AFTER:
        return True
    buyers = CustomerSummary.objects.filter(orders__gt=0, trashed=False).count()
    return buyers >= stored.customers * REFIT_GROWTH


def put_in_force(stored: ModelFit) -> None:
    """Make a fit the current one, in the caller's transaction."""
    ModelFit.objects.filter(is_current=True).exclude(id=stored.id).update(is_current=False)
    ModelFit.objects.filter(id=stored.id).update(is_current=True)


def withdraw_current() -> None:
    """There is too little data now: no fit is in force."""
    ModelFit.objects.filter(is_current=True).update(is_current=False)

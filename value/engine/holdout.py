"""Cutting a history in two: what a model may see (calibration), and what it has to foretell (holdout)."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from value.engine.arrays import BadInput, FloatArray, IntArray, TooLittleData
from value.engine.history import Histories, OrderDays, Orders, distinct_order_days, histories_from_orders

SHORTEST_PART_DAYS = 91
NEVER = 10**9


@dataclass(frozen=True, slots=True)
class Split:
    """A base at the calibration end and what it then did. Days are ordinals; arrays run beside `histories`.

    holdout_orders: order days in (calibration end, observation end]; holdout_amounts: their amounts;
    previous_orders: repeat days in the equally long window before the calibration end;
    days_to_next: days from the calibration end to the next order, NEVER where none was seen;
    repeat_days: every repeat day of these customers up to the observation end, ascending, one entry per order
    day.
    """

    histories: Histories
    holdout_orders: IntArray
    holdout_amounts: FloatArray
    previous_orders: IntArray
    days_to_next: IntArray
    repeat_days: IntArray
    calibration_end: int
    observation_end: int

    @property
    def holdout_days(self) -> int:
        return self.observation_end - self.calibration_end

    @property
    def first_days(self) -> IntArray:
        return self.calibration_end - self.histories.age_days


def choose_calibration(first_day: date, last_day: date) -> date:
    """The calibration end for a tenant's own data: the last third of the history is the holdout.

    The holdout is whole weeks, at least 13 and at most 52; calibration keeps at least 13 weeks too. Raises
    TooLittleData where the history is shorter than 26 weeks.
    """
    span = (last_day - first_day).days
    if span < 2 * SHORTEST_PART_DAYS:
        raise TooLittleData(
            [f"the history covers {span} days; a holdout needs 26 weeks ({2 * SHORTEST_PART_DAYS} days)"]
        )
    holdout = min(max(span // 3 // 7 * 7, SHORTEST_PART_DAYS), 364)
    return date.fromordinal(last_day.toordinal() - holdout)


def split_orders(orders: Orders, *, calibration_end: date, observation_end: date) -> Split:
    """Split order rows; customers acquired after the calibration end and later orders are ignored.

    Raises BadInput where the ends are in the wrong order or nobody ordered before the calibration end.
    """
    if calibration_end >= observation_end:
        raise BadInput(
            [f"the calibration end {calibration_end} is not before the observation end {observation_end}"]
        )
    start, end = calibration_end.toordinal(), observation_end.toordinal()
    histories = histories_from_orders(orders, start)
    if len(histories) == 0:
        raise BadInput([f"no order on or before the calibration end {calibration_end}"])
    return _split(orders.until(end), histories, start, end)


def _split(orders: Orders, histories: Histories, start: int, end: int) -> Split:
    visited = distinct_order_days(orders)
    row_of = np.full(int(visited.customers.max()) + 1, -1, np.int64)
    row_of[histories.customers] = np.arange(len(histories))
    rows = row_of[visited.customers]
    known, later = rows >= 0, visited.days > start
    previous = known & ~later & visited.is_repeat & (visited.days > start - (end - start))
    return Split(
        histories=histories,
        holdout_orders=np.bincount(rows[known & later], minlength=len(histories)),
        holdout_amounts=_amounts_after(orders, row_of, start, len(histories)),
        previous_orders=np.bincount(rows[previous], minlength=len(histories)),
        days_to_next=_days_to_next(visited, rows, start, len(histories)),
        repeat_days=np.sort(visited.days[known & visited.is_repeat]),
        calibration_end=start,
        observation_end=end,
    )


def _amounts_after(orders: Orders, row_of: IntArray, start: int, count: int) -> FloatArray:
    rows = row_of[orders.customers]
    chosen = (rows >= 0) & (orders.days > start)
    return np.bincount(rows[chosen], weights=orders.amounts[chosen], minlength=count).astype(np.float64)


def _days_to_next(visited: OrderDays, rows: IntArray, start: int, count: int) -> IntArray:
    later = (rows >= 0) & (visited.days > start)
    result = np.full(count, NEVER, np.int64)
    np.minimum.at(result, rows[later], visited.days[later] - start)
    return result

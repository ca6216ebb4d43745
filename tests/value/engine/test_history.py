"""From rows to histories."""

from datetime import date

import numpy as np
import pytest

from value.engine import BadInput, Histories, Orders, histories_from_orders
from value.engine.history import grouped

DAY = date(2024, 1, 1).toordinal()


def orders(*rows: tuple[str, int, float]) -> Orders:
    names, days, amounts = zip(*rows, strict=True)
    return Orders.of(names, np.array(days) + DAY, np.array(amounts))


def test_counts_days_not_orders_and_leaves_out_the_first() -> None:
    rows = orders(
        ("a", 0, 10.0), ("a", 0, 5.0), ("a", 14, 20.0), ("a", 14, 4.0), ("a", 21, 30.0), ("b", 7, 9.0)
    )
    histories = histories_from_orders(rows, DAY + 70)
    assert histories.x.tolist() == [2, 0]
    assert histories.t_x.tolist() == [3.0, 0.0]
    assert histories.T.tolist() == [10.0, 9.0]
    assert histories.mean_spend.tolist() == [27.0, 0.0]


def test_rows_after_the_day_are_ignored_and_so_are_later_customers() -> None:
    rows = orders(("a", 0, 1.0), ("a", 50, 1.0), ("late", 60, 1.0))
    histories = histories_from_orders(rows, DAY + 40)
    assert histories.x.tolist() == [0]
    assert [rows.labels[code] for code in histories.customers] == ["a"]


def test_row_order_does_not_matter() -> None:
    random = np.random.default_rng(2)
    rows = Orders(random.integers(0, 40, 500), DAY + random.integers(0, 300, 500), random.random(500))
    turned = rows.only(np.arange(500) >= 0)
    back = Orders(turned.customers[::-1], turned.days[::-1], turned.amounts[::-1])
    one, two = histories_from_orders(rows, DAY + 300), histories_from_orders(back, DAY + 300)
    assert one.x.tolist() == two.x.tolist()
    assert one.mean_spend == pytest.approx(two.mean_spend)


def test_no_rows_no_histories() -> None:
    empty = Orders(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    assert len(histories_from_orders(empty, DAY)) == 0


def test_grouping_keeps_weights_and_collapses_one_time_buyers() -> None:
    histories = Histories.of(
        *(np.array(c) for c in ([0, 0, 0, 2, 2], [0, 0, 0, 14, 14], [70, 70, 63, 70, 70]))
    )
    sample = grouped(histories)
    rows = zip(
        sample.x.tolist(), sample.t_x.tolist(), sample.T.tolist(), sample.weights.tolist(), strict=True
    )
    assert sorted(rows) == [(0, 0, 9, 1), (0, 0, 10, 2), (2, 2, 10, 2)]


@pytest.mark.parametrize(
    ("x", "recency", "age", "message"),
    [
        (-1, 0, 10, "x is negative"),
        (1, 11, 10, "after the as-of day"),
        (0, 3, 10, "a one-time buyer has a recency"),
        (5, 3, 10, "more repeat days than days"),
        (0, 0, -1, "after the as-of day"),
    ],
)
def test_impossible_histories_are_refused(x: int, recency: int, age: int, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Histories.of(np.array([x]), np.array([recency]), np.array([age]))

"""What counts as an order day, and what a return does."""

from datetime import date

from tests.cast import Company
from tests.value.shop import Bought, load
from value.services.order_days import OrderBook, Whose, read_all_orders, read_orders

UNTIL = date(2026, 6, 30)


def only_history(book: OrderBook) -> tuple[int, int, int, float]:
    histories = book.histories(UNTIL)
    assert len(histories) == 1
    row = (histories.x, histories.recency_days, histories.age_days, histories.mean_spend)
    return tuple(column[0].item() for column in row)  # type: ignore[return-value]


def test_sales_of_one_day_count_once_and_add_up(in_a: Company) -> None:
    load(
        [
            Bought("A", date(2026, 1, 1), 900),
            Bought("A", date(2026, 2, 1), 300),
            Bought("A", date(2026, 2, 1), 200),
        ]
    )
    assert only_history(read_all_orders(UNTIL)) == (1, 31, 180, 500.0)


def test_a_return_lowers_the_margin_of_the_sale_it_returns(in_a: Company) -> None:
    load([
        Bought("A", date(2026, 1, 1), 900, number="first"), Bought("A", date(2026, 2, 1), 300, number="second"),
        Bought("A", date(2026, 3, 1), 500), Bought("A", date(2026, 4, 1), -100, "return", of="second"),
        Bought("A", date(2026, 4, 2), -900, "return", of="first"),
    ])  # fmt: skip
    assert only_history(read_all_orders(UNTIL)) == (2, 59, 180, 350.0)


def test_a_return_of_nobody_knows_what_goes_to_the_latest_day_before_it(in_a: Company) -> None:
    load([
        Bought("A", date(2026, 1, 1), 900), Bought("A", date(2026, 2, 1), 300), Bought("A", date(2026, 3, 1), 500),
        Bought("A", date(2026, 2, 20), -200, "return"), Bought("A", date(2025, 12, 1), -50, "return"),
    ])  # fmt: skip
    assert only_history(read_all_orders(UNTIL)) == (2, 59, 180, 300.0)


def test_whoever_only_returned_has_no_history(in_a: Company) -> None:
    customers = load([Bought("A", date(2026, 1, 1), 900), Bought("R", date(2026, 1, 5), -100, "return")])
    book = read_orders(Whose(ids=(customers["R"].id,)), UNTIL)
    assert (len(book.ids), len(book.histories(UNTIL)), book.returns.tolist()) == (1, 0, [1])
    assert len(read_all_orders(UNTIL).histories(UNTIL)) == 1


def test_later_orders_only_count(in_a: Company) -> None:
    customers = load([Bought("A", date(2026, 1, 1), 900), Bought("A", date(2026, 8, 1), 900)])
    book = read_orders(Whose(low=customers["A"].id), UNTIL)
    assert book.sales.tolist() == [2]
    assert book.histories(UNTIL).x.tolist() == [0]

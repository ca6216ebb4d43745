"""Both back ends: counts and sums of related rows, also of none; groups, also empty ones; rules in a row."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import CostEvent, Order, Payment
from rules.catalogue import customers, relations
from rules.language.parse import parse
from rules.language.sql import LAST, condition, first_match
from rules.language.tree import EVERYBODY, Group, Measure, Mode, Op, What
from rules.moment import setting_now
from rules.selectors.records import read_records
from tests.cast import Company
from tests.rules.asker import ADA, ALL, BEN, HAL, NOON, TODAY, Asker, add_order, ask, compared, summary

__all__ = ["ask", "summary"]

_FEW_ORDERS = {
    "at_least": {0: ALL, 1: ADA | BEN, 2: ADA}, "at_most": {0: HAL, 1: BEN | HAL, 2: ALL},
    "more_than": {0: ADA | BEN, 1: ADA, 2: set()}, "less_than": {0: set(), 1: HAL, 2: BEN | HAL},
    "equals": {0: HAL, 1: BEN, 2: ADA}, "differs": {0: ADA | BEN, 1: ADA | HAL, 2: BEN | HAL},
}  # fmt: skip


class TestMeasures:
    """Counts and sums of related rows; of no rows they are 0, a largest and a smallest are unknown."""

    @pytest.fixture(autouse=True)
    def orders(self, in_a: Company) -> None:
        add_order(in_a, "ada", net=500)
        add_order(in_a, "ada", net=700, on=TODAY - timedelta(days=100))
        add_order(in_a, "ben", net=-200, kind="return", channel="Shop")
        Order.objects.create(
            external_id="anonymous", ordered_at=NOON, ordered_on=TODAY, currency="GBP", gross=1, net=1, margin=1,
            margin_is_estimate=True, source="member",
        )  # fmt: skip

    @pytest.mark.parametrize("is_", list(_FEW_ORDERS))
    @pytest.mark.parametrize("value", [0, 1, 2])
    def test_a_count(self, ask: Asker, is_: str, value: int) -> None:
        rule = {"count": "crm.orders", "is": is_, "value": value}
        assert ask(rule) == _FEW_ORDERS[is_][value]
        assert ask({"none": [rule]}) == ALL - _FEW_ORDERS[is_][value]

    def test_a_count_between(self, ask: Asker) -> None:
        assert ask({"count": "crm.orders", "is": "between", "value": [0, 1]}) == BEN | HAL
        assert ask({"count": "crm.orders", "is": "between", "value": [1, 9]}) == ADA | BEN

    def test_a_sum(self, ask: Asker) -> None:
        amount = lambda text: {"amount": text, "currency": "GBP"}  # noqa: E731
        total = {"sum": "crm.orders", "of": "crm.orders.net"}
        assert ask({**total, "is": "at_least", "value": amount("12")}) == ADA
        assert ask({**total, "is": "less_than", "value": amount("0")}) == BEN
        assert ask({**total, "is": "equals", "value": amount("0")}) == HAL
        assert ask({**total, "is": "at_most", "value": amount("0")}) == BEN | HAL

    def test_largest_and_smallest_of_nothing_are_unknown(self, ask: Asker) -> None:
        zero = {"amount": "0", "currency": "GBP"}
        for what in ("largest", "smallest"):
            rule = {what: "crm.orders", "of": "crm.orders.net", "is": "at_most", "value": zero}
            assert ask(rule) == BEN
            assert ask({"none": [rule]}) == ADA | HAL

    def test_rows_with_conditions_of_their_own(self, ask: Asker) -> None:
        lately = {"all": [compared("crm.orders.ordered_on", "within_last", {"days": 90})]}
        assert ask({"count": "crm.orders", "where": lately, "is": "equals", "value": 1}) == ADA | BEN
        web = {
            "any": [
                compared("crm.orders.channel", "equals", "WEB"),
                compared("crm.orders.kind", "one_of", ["return"]),
            ]
        }
        assert ask({"count": "crm.orders", "where": web, "is": "at_least", "value": 1}) == ADA | BEN
        shop = {"none": [compared("crm.orders.channel", "equals", "web")]}
        assert ask({"count": "crm.orders", "where": shop, "is": "at_least", "value": 1}) == BEN

    def test_a_sum_of_nothing_but_unknowns_is_nothing(self, in_a: Company, ask: Asker) -> None:
        order = Order.objects.filter(customer=in_a.customer["ben"])[0]
        Payment.objects.create(order=order, external_id="a", amount=1, currency="GBP")
        days = {"sum": "crm.payments", "of": "crm.payments.days_late"}
        assert ask({**days, "is": "differs", "value": 26}) == ALL
        assert ask({**days, "is": "equals", "value": 0}) == ALL
        assert ask({**days, "is": "at_least", "value": 1}) == set()

    def test_payments_that_were_late(self, in_a: Company, ask: Asker) -> None:
        order = Order.objects.filter(customer=in_a.customer["ben"])[0]
        for number, paid_at in (("a", None), ("b", NOON)):
            Payment.objects.create(
                order=order, external_id=number, amount=1, currency="GBP", due_on=TODAY - timedelta(days=2),
                paid_at=paid_at,
            )  # fmt: skip
        for is_, kept in (("yes", BEN), ("no", set())):
            late = {"all": [compared("crm.payments.is_late", is_)]}
            assert ask({"count": "crm.payments", "where": late, "is": "at_least", "value": 2}) == kept
        days = {"largest": "crm.payments", "of": "crm.payments.days_late", "is": "equals", "value": 2}
        assert ask(days) == BEN

    def test_costs_without_minutes(self, in_a: Company, ask: Asker) -> None:
        for key, minutes in (("ada", None), ("ben", 5)):
            CostEvent.objects.create(
                customer=in_a.customer[key],
                key=key,
                kind="Call",
                amount=100,
                minutes=minutes,
                occurred_at=NOON,
            )
        longest = {"largest": "crm.costs", "of": "crm.costs.minutes", "is": "at_least", "value": 0}
        assert ask(longest) == BEN
        called = {"all": [compared("crm.costs.kind", "equals", "call")]}
        assert ask({"count": "crm.costs", "where": called, "is": "at_least", "value": 1}) == ADA | BEN

    def test_of_a_range_only_its_own_rows_are_read(self, in_a: Company, ask: Asker) -> None:
        tree = parse({"count": "crm.orders", "is": "at_least", "value": 1}, currency="GBP")
        ben = in_a.customer["ben"].id
        rows = customers().rows(None).filter(condition(tree, ask.setting, within=(ben, ben)))
        assert [row.customer_id for row in rows] == [ben]
        assert str(rows.query).count(str(ben)) == 2

    def test_for_everybody_the_other_table_is_read_once(self, ask: Asker) -> None:
        tree = parse({"count": "crm.orders", "is": "at_least", "value": 2}, currency="GBP")
        bulk = str(customers().rows(None).filter(condition(tree, ask.setting, bulk=True)).query)
        single = str(customers().rows(None).filter(condition(tree, ask.setting, bulk=False)).query)
        assert "HAVING" in bulk
        assert "HAVING" not in single


class TestGroups:
    def test_empty_groups(self, ask: Asker) -> None:
        """The reader refuses them inside a rule; somebody who is still writing has them."""
        nobody, everybody, none = Group(Mode.ANY), EVERYBODY, Group(Mode.NONE)
        assert ask.of(everybody) == ALL
        assert ask.of(none) == ALL
        assert ask.of(nobody) == set()
        assert ask.of(Group(Mode.ANY, (nobody, everybody))) == ALL
        assert ask.of(Group(Mode.ALL, (none, nobody))) == set()
        assert ask.of(Group(Mode.NONE, (nobody,))) == ALL
        assert ask.of(Group(Mode.NONE, (everybody,))) == set()
        some = Measure(relations["crm.orders"], What.COUNT, None, EVERYBODY, Op.AT_LEAST, 0)
        assert ask.of(Group(Mode.ALL, (some,))) == ALL

    def test_the_first_that_holds(self, ask: Asker, summary: Callable[..., None]) -> None:
        summary("ada", orders=5)
        summary("ben", orders=2)
        many = parse(compared("crm.orders", "at_least", 5), currency="GBP")
        some = parse(compared("crm.orders", "at_least", 1), currency="GBP")

        def numbers(*trees: Group) -> dict[str, int | None]:
            rows = customers().rows(None).annotate(first=first_match(trees, ask.setting))
            return dict(rows.values_list("customer__name", "first"))

        ada, ben, hal = "Ada Lovelace", "Ben Bernanke", "Hal House"
        assert numbers(many, some) == {ada: 0, ben: 1, hal: None}
        assert numbers(some, many) == {ada: 0, ben: 0, hal: None}
        assert numbers(many, EVERYBODY, some) == {ada: 0, ben: 1, hal: 1}
        assert numbers(Group(Mode.ANY), many) == {ada: 1, ben: None, hal: None}
        assert numbers() == {ada: None, ben: None, hal: None}

    def test_a_tree_of_the_largest_size(self, ask: Asker) -> None:
        line = compared("crm.orders", "at_least", 0)
        wide = {"all": [{"none": [{"any": [line] * 4}] * 2}] * 8}
        assert ask(wide) == set()

    def test_odd_words_are_only_words(self, ask: Asker) -> None:
        for word in ("%", "_", "'; DROP TABLE x; --", "\\", "{0}", "%s", "\U0001f9e6", "\u202e", LAST):
            for operator in ("equals", "starts_with", "contains"):
                assert ask(compared("crm.number", operator, word)) == set()


def test_another_companys_customers_and_orders_are_not_there(in_a: Company, company_b: Company) -> None:
    ask = Asker(setting_now())
    assert ask(compared("crm.number", "equals", "ada-1")) == ADA
    assert ask({"count": "crm.orders", "is": "equals", "value": 0}) == ALL


def test_facts_of_a_few_are_read_in_one_query_a_table(in_a: Company, ask: Asker) -> None:
    tree = parse(
        {
            "all": [
                compared("crm.orders", "at_least", 0), compared("crm.country", "one_of", ["GB"]),
                {"count": "crm.orders", "is": "at_least", "value": 1},
                {"sum": "crm.orders", "of": "crm.orders.net", "is": "at_least",
                 "value": {"amount": "1", "currency": "GBP"}},
            ]
        },
        currency="GBP",
    )  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        read_records([tree, tree], [in_a.customer["ada"].id], ask.setting)
    assert len(queries) == 2

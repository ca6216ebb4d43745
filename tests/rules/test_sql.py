"""Both back ends, case by case: unknowns, days and clocks, money, lists."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crm.models import ContactPoint, Customer
from portfolios.models import Portfolio
from rules.catalogue import customers, facts
from rules.language.parse import parse
from rules.language.sql import condition
from rules.language.tree import OPERATORS, Op
from rules.moment import setting_now
from tests.cast import Company
from tests.rules.asker import ADA, ALL, BEN, HAL, NOON, TODAY, Asker, ask, compared, summary

__all__ = ["ask", "summary"]


class TestUnknown:
    """A condition on something unknown does not hold; none of it does."""

    @pytest.mark.parametrize(
        ("is_", "value"),
        [
            ("at_least", "0.1"), ("at_most", "0.9"), ("more_than", "0"), ("less_than", "1"), ("equals", "0.5"),
            ("differs", "0.4"), ("between", ["0", "1"]), ("known", None),
            ("at_least", {"fact": "value.no_order_90", "times": "1"}),
            ("differs", {"fact": "value.no_order_90", "times": "2"}),
        ],
    )  # fmt: skip
    def test_numbers(self, ask: Asker, summary: Callable[..., None], is_: str, value: Any) -> None:
        summary("ada", alive=0.5, no_order_90=0.5)
        line = compared("value.alive", is_, value)
        assert ask({"all": [line]}) == ADA
        assert ask({"none": [line]}) == BEN | HAL
        assert ask({"none": [{"none": [line]}]}) == ADA

    @pytest.mark.parametrize(
        ("is_", "value"),
        [
            ("within_last", {"days": 30}), ("longer_ago", {"days": 3}), ("on", {"ago": {"days": 14}}),
            ("before", "2026-03-02"), ("after", "2026-02-28"), ("on_or_before", "2026-03-01"),
            ("on_or_after", "2026-03-01"), ("between", ["2026-03-01", "2026-03-01"]), ("known", None),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("fact", ["crm.last_order_on", "value.valued_at"])
    def test_days(self, ask: Asker, summary: Callable[..., None], fact: str, is_: str, value: Any) -> None:
        summary("ada", last_order_on=date(2026, 3, 1), valued_at=datetime(2026, 3, 1, 9, tzinfo=UTC))
        line = compared(fact, is_, value)
        assert ask({"all": [line]}) == ADA
        assert ask({"none": [line]}) == BEN | HAL

    @pytest.mark.parametrize(
        ("is_", "value"),
        [
            ("equals", "ADA-1"), ("differs", "other"), ("starts_with", "ADA"), ("contains", "A-1"),
            ("one_of", ["ADA-1", "x"]), ("not_one_of", ["x"]), ("known", None),
        ],
    )  # fmt: skip
    def test_text(self, ask: Asker, is_: str, value: Any) -> None:
        Customer.objects.update(external_id=None)
        Customer.objects.filter(name="Ada Lovelace").update(external_id="ADA-1")
        line = compared("crm.number", is_, value)
        assert ask({"all": [line]}) == ADA
        assert ask({"none": [line]}) == BEN | HAL
        assert ask(compared("crm.number", "unknown")) == BEN | HAL

    def test_choices(self, ask: Asker) -> None:
        Customer.objects.filter(name="Ada Lovelace").update(country="DE")
        Customer.objects.filter(name="Ben Bernanke").update(country="FR")
        assert ask(compared("crm.country", "one_of", ["DE", "GB"])) == ADA
        assert ask(compared("crm.country", "not_one_of", ["DE", "GB"])) == BEN
        assert ask({"none": [compared("crm.country", "one_of", ["DE"])]}) == BEN | HAL
        assert ask({"none": [compared("crm.country", "not_one_of", ["DE"])]}) == ADA | HAL
        assert ask(compared("crm.country", "unknown")) == HAL

    def test_a_manager_nobody_is(self, in_a: Company, ask: Asker) -> None:
        alice, bob = (str(in_a.member[key].id) for key in ("alice", "bob"))
        assert ask(compared("portfolios.manager", "one_of", [alice])) == ADA
        assert ask(compared("portfolios.manager", "not_one_of", [alice])) == BEN
        assert ask({"none": [compared("portfolios.manager", "one_of", [alice])]}) == BEN | HAL
        assert ask(compared("portfolios.manager", "not_one_of", [alice, bob])) == set()
        assert ask(compared("portfolios.manager", "unknown")) == HAL
        assert ask(compared("portfolios.manager", "known")) == ADA | BEN

    def test_flags(self, in_a: Company, ask: Asker) -> None:
        Customer.objects.filter(name="Ada Lovelace").update(acts_for=in_a.customer["ben"])
        assert ask(compared("crm.acts_for_organisation", "yes")) == ADA
        assert ask(compared("crm.acts_for_organisation", "no")) == BEN | HAL
        assert ask(compared("portfolios.in_house", "yes")) == HAL
        assert ask(compared("portfolios.in_house", "no")) == ADA | BEN

    def test_every_fact_is_known_or_unknown(self, ask: Asker) -> None:
        for fact in facts:
            if Op.KNOWN in OPERATORS[fact.type]:
                known = ask(compared(fact.key, "known"))
                assert known | ask(compared(fact.key, "unknown")) == ALL, fact.key
                assert known == ask({"none": [compared(fact.key, "unknown")]}), fact.key


class TestSets:
    def test_ways_to_reach_somebody(self, in_a: Company, ask: Asker) -> None:
        for key, kind, invalid in (("ada", "email", None), ("ben", "email", NOON), ("ben", "post", None)):
            ContactPoint.objects.create(
                customer=in_a.customer[key], kind=kind, value="x", value_key="x", source="member", invalid_at=invalid
            )  # fmt: skip
        assert ask(compared("crm.contact_points", "has_any", ["email", "phone"])) == ADA
        assert ask(compared("crm.contact_points", "has_none", ["email", "phone"])) == BEN | HAL
        assert ask({"none": [compared("crm.contact_points", "has_none", ["email", "post"])]}) == ADA | BEN

    def test_a_unit_and_all_below_it(self, in_a: Company, ask: Asker) -> None:
        assert ask(compared("portfolios.unit", "has_any", [str(in_a.root.id)])) == ADA | BEN
        Portfolio.objects.update(unit=None)
        assert ask(compared("portfolios.unit", "has_any", [str(in_a.root.id)])) == set()
        assert ask(compared("portfolios.unit", "has_none", [str(in_a.root.id)])) == ALL


class TestDays:
    def test_today_is_the_last_of_the_last_days(self, ask: Asker, summary: Callable[..., None]) -> None:
        summary("ada", last_order_on=TODAY)
        summary("ben", last_order_on=TODAY - timedelta(days=29))
        summary("hal", last_order_on=TODAY - timedelta(days=30))
        assert ask(compared("crm.last_order_on", "within_last", {"days": 30})) == ADA | BEN
        assert ask(compared("crm.last_order_on", "longer_ago", {"days": 30})) == HAL
        assert ask(compared("crm.days_since_last_order", "equals", 30)) == HAL

    def test_a_month_before_its_31st_is_the_last_day_of_a_shorter_one(
        self, ask: Asker, summary: Callable[..., None]
    ) -> None:
        on_31_march = ask.at(datetime(2026, 3, 31, 12, tzinfo=UTC))
        summary("ada", last_order_on=date(2026, 3, 1))
        summary("ben", last_order_on=date(2026, 2, 28))
        assert on_31_march(compared("crm.last_order_on", "within_last", {"months": 1})) == ADA
        assert on_31_march(compared("crm.last_order_on", "on", {"ago": {"months": 1}})) == BEN
        leap = ask.at(datetime(2028, 2, 29, 12, tzinfo=UTC))
        summary("hal", last_order_on=date(2027, 2, 28))
        assert leap(compared("crm.last_order_on", "on", {"ago": {"years": 1}})) == HAL

    @pytest.mark.parametrize(
        ("is_", "value", "kept"),
        [
            ("at_least", 10, BEN | HAL), ("at_most", 10, ADA | BEN), ("more_than", 10, HAL), ("less_than", 10, ADA),
            ("equals", 10, BEN), ("differs", 10, ADA | HAL), ("between", [9, 10], ADA | BEN),
            ("between", [-5, 8], set()), ("at_least", -5, ALL), ("at_least", 2**62, set()), ("at_most", 2**62, ALL),
            ("less_than", -(2**62), set()), ("at_least", 10**8, set()), ("at_most", 700_000, ALL),
        ],
    )  # fmt: skip
    def test_days_since_are_tested_on_the_day(
        self, ask: Asker, summary: Callable[..., None], is_: str, value: Any, kept: set[str]
    ) -> None:
        for key, days in (("ada", 9), ("ben", 10), ("hal", 11)):
            summary(key, last_order_on=TODAY - timedelta(days=days))
        assert ask(compared("crm.days_since_last_order", is_, value)) == kept

    def test_days_since_read_the_days_index(self, ask: Asker) -> None:
        tree = parse(compared("crm.days_since_last_order", "at_least", 90), currency="GBP")
        sql = str(customers().rows(None).filter(condition(tree, ask.setting)).query)
        assert '"last_order_on" < 2025-12-16' in sql

    @pytest.mark.parametrize(
        ("zone", "now", "inside", "outside"),
        [
            # London's 29 March 2026 has 23 hours, its 25 October 25.
            ("Europe/London", "2026-03-29T12:00Z", "2026-03-29T00:00Z", "2026-03-28T23:59:59Z"),
            ("Europe/London", "2026-03-29T12:00Z", "2026-03-29T22:59:59Z", "2026-03-29T23:00Z"),
            ("Europe/London", "2026-10-25T12:00Z", "2026-10-24T23:00Z", "2026-10-24T22:59:59Z"),
            ("Europe/London", "2026-10-25T12:00Z", "2026-10-25T23:59:59Z", "2026-10-26T00:00Z"),
            ("America/New_York", "2026-03-08T12:00Z", "2026-03-08T05:00Z", "2026-03-09T04:00Z"),
            ("Asia/Kathmandu", "2026-03-08T12:00Z", "2026-03-07T18:15Z", "2026-03-07T18:14:59Z"),
            # Beirut's clocks jump over midnight: the day begins at one.
            ("Asia/Beirut", "2026-03-29T12:00Z", "2026-03-28T22:00Z", "2026-03-28T21:59:59Z"),
            # Havana sees the hour after midnight twice: both are of the day.
            ("America/Havana", "2026-11-01T15:00Z", "2026-11-01T04:00Z", "2026-11-01T03:59:59Z"),
            ("America/Havana", "2026-11-01T15:00Z", "2026-11-01T05:30Z", "2026-11-02T05:00Z"),
        ],
    )  # fmt: skip
    def test_a_moment_is_on_its_day_where_the_company_is(
        self, ask: Asker, summary: Callable[..., None], zone: str, now: str, inside: str, outside: str
    ) -> None:
        summary("ada", valued_at=datetime.fromisoformat(inside))
        summary("ben", valued_at=datetime.fromisoformat(outside))
        there = ask.at(datetime.fromisoformat(now), zone)
        assert there(compared("value.valued_at", "within_last", {"days": 1})) == ADA
        assert there(compared("value.valued_at", "on", {"ahead": {"days": 1}})) <= BEN
        assert there(compared("value.valued_at", "on", there.setting.today.isoformat())) == ADA

    def test_a_portfolio_entered_today(self, ask: Asker) -> None:
        now = Asker(setting_now())
        assert now(compared("portfolios.since", "within_last", {"days": 2})) == ALL
        assert now(compared("portfolios.since", "longer_ago", {"days": 2})) == set()
        assert now(compared("portfolios.since", "unknown")) == set()


class TestMoney:
    @pytest.mark.parametrize("amount", [0, 1, -1, 2**62, -(2**62)])
    def test_to_the_minor_unit(self, ask: Asker, summary: Callable[..., None], amount: int) -> None:
        for key, off in (("ada", -1), ("ben", 0), ("hal", 1)):
            summary(key, value=amount + off)
        sign, digits = ("-" if amount < 0 else ""), f"{abs(amount):03d}"
        value = {"amount": f"{sign}{digits[:-2]}.{digits[-2:]}", "currency": "GBP"}
        assert ask(compared("value.lifetime_value", "at_least", value)) == BEN | HAL
        assert ask(compared("value.lifetime_value", "equals", value)) == BEN
        assert ask(compared("value.lifetime_value", "less_than", value)) == ADA

    def test_a_multiple_of_another_figure(self, ask: Asker, summary: Callable[..., None]) -> None:
        summary("ada", margin_year=300, margin_year_before=100)
        summary("ben", margin_year=299, margin_year_before=100)
        rule = compared("crm.margin_year", "at_least", {"fact": "crm.margin_year_before", "times": "3"})
        assert ask(rule) == ADA | HAL

    @pytest.mark.parametrize("is_", ["differs", "equals", "at_least", "at_most"])
    def test_a_multiple_of_what_is_unknown(self, ask: Asker, summary: Callable[..., None], is_: str) -> None:
        summary("ada", value=0, margin_3y=None)
        summary("ben", value=None, margin_3y=0)
        summary("hal", value=0, margin_3y=0 if is_ != "differs" else 5)
        rule = compared("value.lifetime_value", is_, {"fact": "value.margin_3y", "times": "1"})
        assert ask(rule) == HAL


class TestRhythm:
    def test_the_usual_gap_and_how_often_it_passed(self, ask: Asker, summary: Callable[..., None]) -> None:
        first = TODAY - timedelta(days=60)
        summary("ada", orders=3, first_order_on=first, last_order_on=TODAY - timedelta(days=40))
        summary("ben", orders=2, first_order_on=first, last_order_on=TODAY - timedelta(days=40))
        summary("hal", orders=5, first_order_on=TODAY, last_order_on=TODAY)
        assert ask(compared("value.usual_gap", "equals", 10)) == ADA
        assert ask(compared("value.usual_gap", "unknown")) == BEN | HAL
        assert ask(compared("value.gaps_since_last_order", "equals", 4)) == ADA
        late = {"fact": "value.usual_gap", "times": "2.5"}
        assert ask(compared("crm.days_since_last_order", "more_than", late)) == ADA

    def test_averages_of_nothing_are_unknown(self, ask: Asker, summary: Callable[..., None]) -> None:
        summary("ada", orders=3, returns=1, revenue=1000)
        summary("ben", orders=1, returns=4, revenue=-5)
        assert ask(compared("crm.average_order", "equals", {"amount": "3.33", "currency": "GBP"})) == ADA
        assert ask(compared("crm.return_share", "equals", 1)) == BEN
        assert ask(compared("crm.average_order", "unknown")) == HAL
        assert ask(compared("crm.return_share", "unknown")) == HAL
